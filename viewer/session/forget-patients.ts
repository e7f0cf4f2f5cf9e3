import type { QueryClient } from '@tanstack/react-query';
import { FORGET_IMAGES } from '../imaging/port.ts';

/** What the page holds of patients when nobody is signed in any more: answers and decoded images. */
export function forgetPatients(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  window.dispatchEvent(new Event(FORGET_IMAGES));
}
