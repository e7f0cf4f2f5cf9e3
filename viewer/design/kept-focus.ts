import { type RefObject, useEffect, useRef } from 'react';

/** What the keyboard can stand on in a row. */
const STOPS = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), summary';

interface Stood {
  readonly element: Element;
  /** Of the list's rows, from 0; -1: beside them. */
  readonly row: number;
}

/**
 * For what holds a list whose rows can be taken away, spread into its element. When what had the focus goes, the keyboard goes on in the row that took
 * its place, or else at the whole: a browser would leave it at the beginning of the page. In a dialog that is the dialog: from a place behind its
 * last control Tab would lead out of it, and be led back.
 */
export function useKeptFocus<Whole extends HTMLElement>(): { readonly ref: RefObject<Whole | null>; readonly tabIndex: -1 } {
  const ref = useRef<Whole>(null);
  useEffect(() => {
    const { current: whole } = ref;
    if (whole === null) return;
    let stood: Stood | undefined;
    const note = ({ target }: FocusEvent) => {
      if (target instanceof Element) stood = { element: target, row: rowsOf(whole).findIndex((row) => row.contains(target)) };
    };
    const goOn = () => {
      if (stood === undefined || stood.element.isConnected) return;
      const { row } = stood;
      stood = undefined;
      if (document.activeElement !== document.body) return;
      (nextStop(whole, row) ?? whole.closest<HTMLElement>('[role="dialog"]') ?? whole).focus();
    };
    const changes = new MutationObserver(goOn);
    changes.observe(whole, { childList: true, subtree: true });
    whole.addEventListener('focusin', note);
    return () => {
      changes.disconnect();
      whole.removeEventListener('focusin', note);
    };
  }, []);
  return { ref, tabIndex: -1 };
}

const rowsOf = (whole: HTMLElement) => [...whole.querySelectorAll('li')];

function nextStop(whole: HTMLElement, row: number): HTMLElement | undefined {
  if (row < 0) return undefined;
  const rows = rowsOf(whole);
  return rows[Math.min(row, rows.length - 1)]?.querySelector<HTMLElement>(STOPS) ?? undefined;
}
