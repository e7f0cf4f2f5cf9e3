import type { QueryClient } from '@tanstack/react-query';

/** Heard by `viewer/imaging`, which is loaded only when an image was opened. */
export const FORGET_IMAGES = 'renkei-forget-images';

/** What the page holds of patients when nobody is signed in any more: answers and decoded images. */
export function forgetPatients(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  window.dispatchEvent(new Event(FORGET_IMAGES));
}
