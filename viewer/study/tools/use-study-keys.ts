import { useEffect, useRef } from 'react';
import { type KeyCommand, keyCommand } from './key-map.ts';

/** Where typing means typing, or the keys belong to a menu or dialog. */
const OWN_KEYS = 'input:not([type="range"]), select, textarea, [role="menu"], [role="dialog"], [role="alertdialog"], [contenteditable]';

export function useStudyKeys(run: (command: KeyCommand) => void): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : undefined;
      if (event.defaultPrevented || target?.closest(OWN_KEYS)) return;
      const command = keyCommand(event);
      if (command === undefined) return;
      // The space bar presses the button that has the focus.
      if (command.kind === 'play' && target?.closest('button, a')) return;
      event.preventDefault();
      latest.current(command);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
