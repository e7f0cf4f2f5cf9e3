/**
 * Hears of news as it happens, over one stream for all tabs of a browser: over HTTP/1.1 a browser has six connections for one host, and images need them.
 * The stream belongs to one of the tabs that are looked at (a lock of the browser), which tells the others. Where there are no locks (plain HTTP, old browsers),
 * and while the stream is away, the pages ask now and then, as they do in any case.
 */

/** A stream that was refused is asked for again after this. */
export const REFUSED_WAIT_MS = 60_000;

export interface LivePorts {
  /** Resolves what it is given once this tab has the lock, and gives the lock back when that does. */
  readonly lock: ((signal: AbortSignal, held: () => Promise<void>) => Promise<void>) | undefined;
  readonly source: () => EventSource;
  readonly channel: () => BroadcastChannel;
  readonly isHidden: () => boolean;
  /** There may be something new. */
  readonly ask: () => void;
}

export interface LiveNews {
  /** Shown, or hidden: a hidden tab asks nothing, and leaves the stream to the others. */
  looked(): void;
  stop(): void;
}

export function hearNews(ports: LivePorts): LiveNews {
  const { lock, isHidden, ask } = ports;
  const channel = ports.channel();
  channel.onmessage = () => {
    if (!isHidden()) ask();
  };
  const told = () => {
    channel.postMessage('news');
    ask();
  };
  let turn: AbortController | undefined;
  const enter = () => {
    if (turn !== undefined || lock === undefined) return;
    const mine = new AbortController();
    turn = mine;
    // Whoever gives up waiting for it is told so.
    lock(mine.signal, () => listen(ports.source, told, mine.signal)).catch(() => {});
  };
  const leave = () => {
    turn?.abort();
    turn = undefined;
  };
  if (!isHidden()) enter();
  return {
    looked: () => {
      if (isHidden()) return leave();
      ask();
      enter();
    },
    stop: () => {
      leave();
      channel.close();
    },
  };
}

/** Until it is told to stop. What happened before the stream was open is asked for once it is. */
function listen(source: () => EventSource, told: () => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let stream: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      const begun = source();
      stream = begun;
      begun.onopen = told;
      begun.addEventListener('news', told);
      begun.onerror = () => {
        // Otherwise the browser itself asks again.
        if (begun.readyState === 2) again = setTimeout(begin, REFUSED_WAIT_MS);
      };
    };
    const end = () => {
      clearTimeout(again);
      stream?.close();
      resolve();
    };
    if (signal.aborted) return end();
    signal.addEventListener('abort', end, { once: true });
    begin();
  });
}
