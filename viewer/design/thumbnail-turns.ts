/**
 * Small pictures that a page asks for at a time. A browser has six connections to an address over HTTP/1.1, and the gateway may have to draw each of
 * these first: the others stay free for what the reader asks for by hand.
 */
export const THUMBNAILS_AT_ONCE = 3;

let underWay = 0;
const waiting = new Set<() => void>();

/** Begins at once or when another has left. @returns to be called when it has ended or is wanted no more, any number of times */
export function takeTurn(begin: () => void): () => void {
  let state: 'waits' | 'has' | 'left' = 'waits';
  const go = () => {
    waiting.delete(go);
    state = 'has';
    underWay += 1;
    begin();
  };
  if (underWay < THUMBNAILS_AT_ONCE) go();
  else waiting.add(go);
  return () => {
    waiting.delete(go);
    if (state === 'has') {
      underWay -= 1;
      const [next] = waiting;
      next?.();
    }
    state = 'left';
  };
}

/** Once the element is in sight, or nearly: calls `begin`, and no more. @returns gives it up */
export function onceInSight(element: Element, begin: () => void): () => void {
  if (typeof IntersectionObserver === 'undefined') {
    begin();
    return () => undefined;
  }
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      begin();
    },
    { rootMargin: '200px' },
  );
  observer.observe(element);
  return () => observer.disconnect();
}
