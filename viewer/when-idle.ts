const IDLE_MS_MAX = 2_000;

/** Does it once the reader pauses, at the latest after two seconds. Returns what calls that off. */
export function whenIdle(begin: () => void): () => void {
  // Safari has no idle callback.
  if (typeof requestIdleCallback === 'undefined') {
    const timer = setTimeout(begin, IDLE_MS_MAX);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(begin, { timeout: IDLE_MS_MAX });
  return () => cancelIdleCallback(handle);
}
