import { useEffect, useRef } from 'react';
import { type KeyCommand, keyCommand } from './key-map.ts';

/** Where typing means typing, or the keys belong to a menu or dialog. */
const OWN_KEYS = 'input:not([type="range"]), select, textarea, [role="menu"], [role="dialog"], [role="alertdialog"], [contenteditable]';

/** The picture itself. The drawing library stops every key there, Tab too; none of them is its own. */
export const PICTURE = '[data-picture]';

export function useStudyKeys(run: (command: KeyCommand) => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const act = (event: KeyboardEvent, target: Element | undefined) => {
      const command = keyCommand(event);
      if (command === undefined) return;
      // The space bar presses the button that has the focus.
      if (command.kind === 'play' && target?.closest('button, a')) return;
      event.preventDefault();
      latest.current(command);
    };
    const onKeyInPicture = (event: KeyboardEvent) => {
      const target = elementOf(event);
      if (!target?.closest(PICTURE)) return;
      event.stopPropagation();
      act(event, target);
    };
    const onKey = (event: KeyboardEvent) => {
      const target = elementOf(event);
      if (event.defaultPrevented || target?.closest(OWN_KEYS)) return;
      act(event, target);
    };
    window.addEventListener('keydown', onKeyInPicture, true);
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKeyInPicture, true);
      window.removeEventListener('keydown', onKey);
    };
  }, []);
}

function elementOf({ target }: KeyboardEvent): Element | undefined {
  return target instanceof Element ? target : undefined;
}
