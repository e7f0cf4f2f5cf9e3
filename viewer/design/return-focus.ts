import { useRef } from 'react';

/**
 * What opened a dialog has the focus again when it closes. The library knows only a trigger of its own: of a dialog that is opened by a row or
 * by code it would leave the keyboard at the beginning of the page.
 */
export function useReturnFocus() {
  const opener = useRef<Element | null>(null);
  return {
    onOpenAutoFocus: () => {
      opener.current = document.activeElement;
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      if (opener.current instanceof HTMLElement && opener.current.isConnected) opener.current.focus();
    },
  };
}
