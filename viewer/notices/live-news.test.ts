import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hearNews, REFUSED_WAIT_MS } from './live-news.ts';

/** A browser's tabs share its locks, its channel, and the streams that they open. */
function browser() {
  const waiting: { held: () => Promise<void>; signal: AbortSignal }[] = [];
  const channels = new Set<{ onmessage: (() => void) | null }>();
  const streams: Stream[] = [];
  let taken = false;
  const hand = () => {
    const next = taken ? undefined : waiting.shift();
    if (next === undefined) return;
    if (next.signal.aborted) return hand();
    taken = true;
    void next.held().then(() => {
      taken = false;
      hand();
    });
  };
  const tab = ({ locks = true } = {}) => {
    const state = { hidden: false, asked: 0 };
    const channel = {
      onmessage: null as (() => void) | null,
      postMessage: () => {
        for (const other of channels) if (other !== channel) other.onmessage?.();
      },
      close: () => channels.delete(channel),
    };
    const news = hearNews({
      lock: locks
        ? async (signal, held) => {
            waiting.push({ held, signal });
            hand();
          }
        : undefined,
      source: () => {
        const stream = new Stream();
        streams.push(stream);
        return stream as unknown as EventSource;
      },
      channel: () => {
        channels.add(channel);
        return channel as unknown as BroadcastChannel;
      },
      isHidden: () => state.hidden,
      ask: () => state.asked++,
    });
    const look = (hidden: boolean) => {
      state.hidden = hidden;
      news.looked();
    };
    return { news, look, asked: () => state.asked };
  };
  return { tab, open: () => streams.filter(({ readyState }) => readyState !== 2), streams };
}

class Stream {
  readyState = 0;
  onopen: (() => void) | undefined;
  onerror: (() => void) | undefined;
  heard: (() => void) | undefined;
  addEventListener(_: 'news', heard: () => void) {
    this.heard = heard;
  }
  opens() {
    this.readyState = 1;
    this.onopen?.();
  }
  breaks(readyState: number) {
    this.readyState = readyState;
    this.onerror?.();
  }
  close() {
    this.readyState = 2;
  }
}

const settled = () => vi.advanceTimersByTimeAsync(0);
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('one stream for all tabs; each of them asks when it says something', async () => {
  const { tab, open } = browser();
  const tabs = [tab(), tab(), tab()];
  expect(open()).toHaveLength(1);
  open()[0]?.opens();
  open()[0]?.heard?.();
  expect(tabs.map(({ asked }) => asked())).toEqual([2, 2, 2]);
});

test('a tab that is hidden leaves the stream to the next, asks nothing, and asks when it is looked at again', async () => {
  const { tab, open, streams } = browser();
  const [first, second] = [tab(), tab()];
  first.look(true);
  await settled();
  expect([streams.length, open().length]).toEqual([2, 1]);
  open()[0]?.heard?.();
  expect([first.asked(), second.asked()]).toEqual([0, 1]);
  first.look(false);
  expect(first.asked()).toBe(1);
  second.look(true);
  await settled();
  expect(open()).toHaveLength(1);
  first.look(true);
  await settled();
  expect(open()).toEqual([]);
  expect(streams).toHaveLength(3);
});

test('a tab that is closed while it waits never has one', async () => {
  const { tab, open, streams } = browser();
  const [first, second] = [tab(), tab()];
  second.news.stop();
  first.news.stop();
  await settled();
  expect([streams.length, open().length]).toEqual([1, 0]);
});

test('one that was refused is asked for again after a while; one that broke is the browser’s to mend', async () => {
  const { tab, streams } = browser();
  const { news } = tab();
  streams[0]?.breaks(0);
  await vi.advanceTimersByTimeAsync(REFUSED_WAIT_MS);
  expect(streams).toHaveLength(1);
  streams[0]?.breaks(2);
  await vi.advanceTimersByTimeAsync(REFUSED_WAIT_MS);
  expect(streams).toHaveLength(2);
  streams[1]?.breaks(2);
  news.stop();
  await vi.advanceTimersByTimeAsync(REFUSED_WAIT_MS);
  expect(streams).toHaveLength(2);
});

test('without locks none is opened', () => {
  const { tab, streams } = browser();
  tab({ locks: false }).look(false);
  expect(streams).toEqual([]);
});
