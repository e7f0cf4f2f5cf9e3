import type { ReactNode } from 'react';
import { createPortal } from 'react-dom';

/** What is printed in place of the page, on A4 (`tokens.css`); nothing of it is on the screen. */
export function PrintSheet({ children }: { children: ReactNode }) {
  return createPortal(
    <div className="print-sheet" aria-hidden>
      {children}
    </div>,
    document.body,
  );
}
