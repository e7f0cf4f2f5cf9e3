import { afterEach, describe, expect, test, vi } from 'vitest';
import { DomainError } from '../../domain/errors.ts';
import type { FacilityId, UserId } from '../../domain/identifiers.ts';
import { NO_LOG } from '../../domain/operation/log.ts';
import {
  createLiveNews,
  LIVE_HEARTBEAT_MS,
  LIVE_LOOK_MS,
  LIVE_STREAM_MS_MAX,
  LIVE_STREAMS_PER_ACCOUNT_MAX,
  type LiveNews,
} from './live-news.ts';

const HERE = '1' as FacilityId;
const THERE = '2' as FacilityId;
const somebody = (id: string) => id as UserId;

interface Page {
  readonly next: () => Promise<string | undefined>;
  readonly leave: () => void;
}

let asked: FacilityId[][];
let marks: Map<FacilityId, string>;
let away: boolean;

function live(streamsMax?: number): LiveNews {
  asked = [];
  marks = new Map([
    [HERE, 'a'],
    [THERE, 'a'],
  ]);
  away = false;
  vi.useFakeTimers();
  return createLiveNews({
    news: {
      async marks(facilities) {
        asked.push([...facilities]);
        if (away) throw new DomainError('unavailable', 'the index is away');
        return new Map(facilities.map((id) => [id, marks.get(id) ?? '']));
      },
    },
    clock: { now: () => new Date(Date.now()) },
    log: NO_LOG,
    monotonicMs: () => Date.now(),
    ...(streamsMax === undefined ? {} : { streamsMax }),
  });
}

async function page(news: LiveNews, userId = somebody('7'), facilityId = HERE): Promise<Page> {
  let leave = () => {};
  const bytes = await news.open({ userId, facilityId, onceOver: (listener) => (leave = listener) });
  const pieces = bytes[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await pieces.next();
    return done === true ? undefined : new TextDecoder().decode(value);
  };
  expect(await next()).toMatch(/^retry: \d+\n\n$/);
  return { next, leave };
}

const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const refused = (opening: Promise<unknown>) =>
  opening.then(
    () => undefined,
    (thrown: DomainError) => thrown.kind,
  );

afterEach(() => {
  vi.useRealTimers();
});

test('who listens is told once, whatever else is new until they have read it; other facilities hear nothing', async () => {
  const news = live();
  const [here, there] = [await page(news), await page(news, somebody('8'), THERE)];
  for (const mark of ['b', 'c', 'd']) {
    marks.set(HERE, mark);
    await passes(LIVE_LOOK_MS);
  }
  expect(await here.next()).toBe('event: news\ndata: ask\n\n');
  const heard = vi.fn();
  void here.next().then(heard);
  void there.next().then(heard);
  await passes(LIVE_LOOK_MS * 3);
  expect(heard).not.toHaveBeenCalled();
  marks.set(HERE, 'e');
  await passes(LIVE_LOOK_MS);
  expect(heard.mock.calls).toEqual([['event: news\ndata: ask\n\n']]);
  news.close();
});

test('one question a look for all facilities; none while nobody listens', async () => {
  const news = live();
  const pages = await Promise.all(['7', '8', '9'].map((id, at) => page(news, somebody(id), at === 2 ? THERE : HERE)));
  asked = [];
  await passes(LIVE_LOOK_MS * 2);
  expect(asked).toEqual([
    [HERE, THERE],
    [HERE, THERE],
  ]);
  for (const { leave } of pages) leave();
  expect(news.streams).toBe(0);
  await passes(LIVE_LOOK_MS * 5);
  expect(asked).toHaveLength(2);
});

test('an index that is away is asked again, and what happened meanwhile is told', async () => {
  const news = live();
  const here = await page(news);
  away = true;
  marks.set(HERE, 'b');
  await passes(LIVE_LOOK_MS * 3);
  away = false;
  await passes(LIVE_LOOK_MS);
  expect(await here.next()).toContain('event: news');
  news.close();
});

test('silence is broken by a line that says nothing, and the stream ends in the end', async () => {
  const news = live();
  const here = await page(news);
  await passes(LIVE_HEARTBEAT_MS);
  expect(await here.next()).toBe(':\n\n');
  await passes(LIVE_STREAM_MS_MAX);
  expect(await here.next()).toBeUndefined();
});

describe('places', () => {
  test('of one account, and free again once one is left', async () => {
    const news = live();
    const pages: Page[] = [];
    for (let at = 0; at < LIVE_STREAMS_PER_ACCOUNT_MAX; at++) pages.push(await page(news));
    expect(await refused(page(news))).toBe('too-many');
    await page(news, somebody('8'));
    pages[0]?.leave();
    pages[0]?.leave();
    await page(news);
    expect(await refused(page(news))).toBe('too-many');
    news.close();
  });

  test('of all accounts, and none once it is closed', async () => {
    const news = live(2);
    const pages = [await page(news, somebody('7')), await page(news, somebody('8'))];
    expect(await refused(page(news, somebody('9')))).toBe('busy');
    news.close();
    for (const { next, leave } of pages) {
      expect(await next()).toBeUndefined();
      leave();
    }
    expect(news.streams).toBe(0);
    expect(await refused(page(news, somebody('9')))).toBe('busy');
  });

  test('one that is left before it began holds none', async () => {
    const news = live();
    await news.open({ userId: somebody('7'), facilityId: HERE, onceOver: (listener) => listener() });
    expect(news.streams).toBe(0);
  });
});
