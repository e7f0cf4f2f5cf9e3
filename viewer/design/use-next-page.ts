import { useEffect } from 'react';

/** Asks for more of a list as soon as the last row that is drawn is so near to its end. */
export function useNextPage(lastRow: number, count: number, rowsAhead: number, more: boolean, onEnd: () => void): void {
  useEffect(() => {
    if (more && lastRow >= count - rowsAhead) onEnd();
  }, [more, lastRow, count, rowsAhead, onEnd]);
}
