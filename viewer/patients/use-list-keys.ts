import { type FocusEvent, type KeyboardEvent, useState } from 'react';

/** Rows of a list of which Tab reaches one, the one last used or the first; arrow keys lead to the others. `attribute`: what a row is marked with, its place from 0. */
export function useListKeys(attribute: string, count: number, scrollTo?: (row: number) => void) {
  const [row, setRow] = useState(0);
  const rowOf = (target: EventTarget) => Number((target as HTMLElement).closest(`[${attribute}]`)?.getAttribute(attribute) ?? Number.NaN);
  const focus = (list: HTMLElement, to: number) => {
    scrollTo?.(to);
    requestAnimationFrame(() => list.querySelector<HTMLElement>(`[${attribute}="${to}"]`)?.focus());
  };
  return {
    tabStop: Math.min(row, Math.max(0, count - 1)),
    onFocus: (event: FocusEvent) => {
      const focused = rowOf(event.target);
      if (!Number.isNaN(focused)) setRow(focused);
    },
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      const from = rowOf(event.target);
      const to = Number.isNaN(from) ? undefined : nextRow(event.key, from, count);
      if (to === undefined) return;
      event.preventDefault();
      focus(event.currentTarget, Math.max(0, Math.min(count - 1, to)));
    },
  };
}

function nextRow(key: string, from: number, count: number): number | undefined {
  if (key === 'ArrowDown') return from + 1;
  if (key === 'ArrowUp') return from - 1;
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : undefined;
}
