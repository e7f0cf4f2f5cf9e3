import { describe, expect, test } from 'vitest';
import { STAGES_MAX } from '../../storage/objects/spool.ts';
import { BODY_IDLE_MS_MAX, CONTENDED_WINDOW_BYTES_MIN, CONTENDED_WINDOW_MS, RATE_WINDOW_MS } from '../domain/bounds/pace.ts';
import type { FacilityCode, FacilityId } from '../domain/identifiers.ts';
import {
  createReceptionPlaces,
  RECEPTIONS_FOR_NEW_SENDERS,
  RECEPTIONS_HARD_MAX,
  RECEPTIONS_MAX,
  RECEPTIONS_PER_FACILITY_MAX,
  RECEPTIONS_PER_SENDER_MAX,
  RECEPTIONS_RESERVED_PER_FACILITY,
  type ReceptionPlace,
  type ReceptionPlacesOptions,
  WAITING_MS_MAX,
  WAITING_PER_SENDER_MAX,
} from './reception-places.ts';

const JOBS_AND_PUTS = 32;

/** Places under a clock that is turned by hand, and a list of who got one in which order. */
function rig(options: Omit<ReceptionPlacesOptions, 'now'> = {}) {
  const clock = { ms: 0 };
  const places = createReceptionPlaces({ ...options, now: () => clock.ms });
  const order: string[] = [];
  const enter = async (facility: string, sender: string, signal?: AbortSignal): Promise<ReceptionPlace> => {
    const place = await places.enter(
      { facility: { id: facility as FacilityId, code: facility as FacilityCode }, source: { door: 'upload', userId: sender } },
      signal,
    );
    order.push(sender);
    return place;
  };
  const many = async (facility: string, sender: string, count: number) => {
    const held: ReceptionPlace[] = [];
    const tries = Array.from({ length: count }, () => {
      const one = enter(facility, sender);
      one.catch(() => undefined);
      void one.then((place) => held.push(place)).catch(() => undefined);
      return one;
    });
    await settled();
    return { held, tries };
  };
  const pass = (ms: number) => {
    clock.ms += ms;
    places.look();
  };
  return { places, enter, many, pass, order };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const reasonOf = (place: ReceptionPlace | undefined) => (place?.signal.aborted ? place.signal.reason.kind : undefined);

describe('who is let in', () => {
  test('one person holds no more than a sender’s share, and her facility’s others still send', async () => {
    const { many, enter } = rig();
    const nurse = await many('A', 'nurse', 66);
    expect(nurse.held).toHaveLength(RECEPTIONS_PER_SENDER_MAX);
    await enter('A', 'pacs');
    await enter('B', 'physician');
  });

  test('however many send for a facility, one that has none is let in', async () => {
    const { many, enter } = rig();
    for (const sender of ['1', '2', '3']) await many('A', sender, 40);
    const late = await many('A', 'late', 2);
    expect(late.held).toHaveLength(1);
    const everybody = await Promise.all(
      Array.from({ length: RECEPTIONS_FOR_NEW_SENDERS - 2 }, async (_, at) => (await many('A', `late${at}`, 1)).held.length),
    );
    expect(everybody.every((count) => count === 1)).toBe(true);
    expect((await many('A', 'one too many', 1)).held).toHaveLength(0);
    await enter('B', 'pacs');
  });

  test('facilities that fill the house leave each other one its reserve', async () => {
    const { many } = rig();
    let held = 0;
    for (const facility of ['A', 'B', 'C', 'D'])
      for (const sender of ['1', '2', '3']) held += (await many(facility, sender, 30)).held.length;
    expect(held).toBeGreaterThanOrEqual(RECEPTIONS_MAX);
    for (const facility of ['E', 'F', 'G']) {
      const few = await many(facility, 'pacs', RECEPTIONS_RESERVED_PER_FACILITY + 1);
      expect(few.held).toHaveLength(RECEPTIONS_RESERVED_PER_FACILITY);
    }
  });

  test('there is a hard bound, and it leaves the stores room for derived work', async () => {
    const { many } = rig();
    let held = 0;
    for (let facility = 0; facility < 60; facility += 1) held += (await many(`F${facility}`, 'pacs', 30)).held.length;
    expect(held).toBe(RECEPTIONS_HARD_MAX);
    expect(STAGES_MAX - RECEPTIONS_HARD_MAX).toBeGreaterThanOrEqual(JOBS_AND_PUTS);
    expect(RECEPTIONS_PER_FACILITY_MAX + RECEPTIONS_FOR_NEW_SENDERS).toBeLessThan(RECEPTIONS_MAX);
  });

  test('facilities take turns, and in one its senders', async () => {
    const { enter, order } = rig({ receptionsMax: 1, reservedPerFacility: 0, forNewSenders: 0 });
    const inside: ReceptionPlace[] = [];
    for (const [facility, sender] of ['Zz', 'Aa1', 'Aa1', 'Aa1', 'Aa2', 'Aa2', 'Bb1', 'Bb1'].map((name) => [name[0] ?? '', name.slice(1)]))
      void enter(facility as string, sender as string).then((place) => inside.push(place));
    await settled();
    for (let place = inside.shift(); place !== undefined; place = inside.shift()) {
      place.release();
      place.release();
      await settled();
      expect(inside.length).toBeLessThanOrEqual(1);
    }
    expect(order).toEqual(['z', 'a1', 'b1', 'a2', 'b1', 'a1', 'a2', 'a1']);
  });
});

describe('who waits', () => {
  test('waits a bounded time and is busy then', async () => {
    const { many, pass } = rig();
    const { tries } = await many('A', 'nurse', RECEPTIONS_PER_SENDER_MAX + 1);
    pass(WAITING_MS_MAX - 1);
    pass(1);
    await expect(tries.at(-1)).rejects.toMatchObject({ kind: 'busy' });
  });

  test('waits in a bounded number: the next is busy at once', async () => {
    const { many } = rig();
    const { tries, held } = await many('A', 'nurse', RECEPTIONS_PER_SENDER_MAX + WAITING_PER_SENDER_MAX + 1);
    await expect(tries.at(-1)).rejects.toMatchObject({ kind: 'busy' });
    held[0]?.release();
    await settled();
    expect(held).toHaveLength(RECEPTIONS_PER_SENDER_MAX + 1);
  });

  test('may leave, and its turn goes to the next', async () => {
    const { enter, order } = rig({ receptionsMax: 1, reservedPerFacility: 0, forNewSenders: 0 });
    const first = await enter('A', 'a');
    const gone = new AbortController();
    const second = enter('A', 'leaves', gone.signal);
    const third = enter('B', 'b');
    gone.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    first.release();
    await third;
    expect(order).toEqual(['a', 'b']);
    await expect(enter('A', 'gone before', gone.signal)).rejects.toThrow('left');
  });
});

describe('the pace of a sender', () => {
  test('silence is given up, whether others wait or not', async () => {
    const { enter, pass } = rig();
    const place = await enter('A', 'silent');
    place.expecting();
    pass(BODY_IDLE_MS_MAX - 1);
    expect(reasonOf(place)).toBeUndefined();
    pass(1);
    expect(reasonOf(place)).toBe('too-slow');
  });

  test.each<{
    readonly name: string;
    readonly bytesASecond: number;
    readonly forMs: number;
    readonly othersWait: boolean;
    readonly ends: boolean;
  }>([
    { name: 'a byte every second, nobody waits', bytesASecond: 1, forMs: RATE_WINDOW_MS - 1000, othersWait: false, ends: false },
    { name: 'a byte every second for longer', bytesASecond: 1, forMs: RATE_WINDOW_MS, othersWait: false, ends: true },
    { name: 'a byte every second, others wait', bytesASecond: 1, forMs: CONTENDED_WINDOW_MS, othersWait: true, ends: true },
    { name: '1 KiB a second, nobody waits', bytesASecond: 1024, forMs: 600_000, othersWait: false, ends: false },
    { name: '1 KiB a second, others wait', bytesASecond: 1024, forMs: CONTENDED_WINDOW_MS, othersWait: true, ends: true },
    { name: '5 Mbit/s, others wait, 2 GB', bytesASecond: 625_000, forMs: 3436_000, othersWait: true, ends: false },
    { name: '5 Mbit/s in 100 pieces, others wait', bytesASecond: 6_250, forMs: 600_000, othersWait: true, ends: false },
  ])('$name', async ({ bytesASecond, forMs, othersWait, ends }) => {
    const { enter, many, pass } = rig();
    const place = await enter('A', 'slow');
    for (let ms = 0; ms < forMs; ms += 1000) {
      // Who waited goes away after a while; others come.
      if (othersWait && ms % WAITING_MS_MAX === 0) await many('A', 'slow', RECEPTIONS_PER_SENDER_MAX);
      place.expecting();
      pass(1000);
      place.received(bytesASecond);
    }
    expect(reasonOf(place)).toBe(ends ? 'too-slow' : undefined);
  });

  test('our own time does not count', async () => {
    const { enter, pass } = rig();
    const place = await enter('A', 'pacs');
    for (let at = 0; at < 100; at += 1) {
      place.expecting();
      pass(10);
      place.received(1);
      pass(BODY_IDLE_MS_MAX);
    }
    place.complete();
    pass(RATE_WINDOW_MS);
    expect(reasonOf(place)).toBeUndefined();
  });

  test('a sender that stands in nobody’s way is not hurried by a queue elsewhere', async () => {
    const { enter, many, pass } = rig();
    const place = await enter('A', 'slow line');
    await many('B', 'floods', 40);
    place.expecting();
    pass(CONTENDED_WINDOW_MS);
    expect(reasonOf(place)).toBeUndefined();
  });

  test('who is given up makes room for who waits', async () => {
    const { enter, many, pass } = rig();
    const { held } = await many('A', 'silent', RECEPTIONS_PER_SENDER_MAX);
    const next = enter('A', 'silent');
    for (const place of held) {
      place.expecting();
      place.signal.addEventListener('abort', () => place.release());
    }
    pass(CONTENDED_WINDOW_MS);
    expect((await next).signal.aborted).toBe(false);
    expect(CONTENDED_WINDOW_BYTES_MIN / (CONTENDED_WINDOW_MS / 1000)).toBeLessThan(625_000 / 100);
  });
});
