/** Up to when a person has seen the notices, remembered on the device. Times are ISO 8601 in UTC, as the gateway writes them. */

const listeners = new Set<() => void>();
const keyOf = (userId: string) => `renkei.notices-seen.${userId}`;

export function readSeen(userId: string): string | null {
  return localStorage.getItem(keyOf(userId));
}

/** Never back to an earlier time: a slow answer must not bring the mark up again. */
export function markSeen(userId: string, at: string): void {
  if (!isUnread(at, readSeen(userId))) return;
  localStorage.setItem(keyOf(userId), at);
  for (const tell of listeners) tell();
}

/** Called when it changes, in this tab or in another. Returns how to stop. */
export function watchSeen(tell: () => void): () => void {
  listeners.add(tell);
  window.addEventListener('storage', tell);
  return () => {
    listeners.delete(tell);
    window.removeEventListener('storage', tell);
  };
}

/** Whether something of that time is newer than what was seen. `seen` null or no time: nothing was. */
export function isUnread(at: string, seen: string | null): boolean {
  const before = seen === null ? Number.NaN : Date.parse(seen);
  return Number.isNaN(before) || Date.parse(at) > before;
}
