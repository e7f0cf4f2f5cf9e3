import { useSyncExternalStore } from 'react';

/** Narrower than an upright tablet. The same bound as the style sheets' `sm`. */
export const PHONE = '(max-width: 639px)';

/** Whether the screen is so now; follows its turning. */
export function useMediaQuery(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => matchMedia(query).matches,
  );
}
