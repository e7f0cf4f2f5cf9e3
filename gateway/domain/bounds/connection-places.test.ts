import { describe, expect, test } from 'vitest';
import { type ConnectionBounds, type ConnectionPlace, ConnectionPlaces } from './connection-places.ts';

const BOUNDS: ConnectionBounds = { connectionsMax: 20, perAddressMax: 12, unprovenPerAddressMax: 5, unprovenUnknownMax: 15 };

/** Names of who is inside, in the order they came. */
function rig(bounds: Partial<ConnectionBounds> = {}) {
  const places = new ConnectionPlaces({ ...BOUNDS, ...bounds });
  const inside = new Map<string, ConnectionPlace>();
  const come = (name: string, address = name.split('-')[0] ?? '', exempt = false) => {
    const leave = () => {
      inside.get(name)?.leave();
      inside.delete(name);
    };
    const place = places.enter(address, leave, exempt);
    if (place !== undefined) inside.set(name, place);
    return place;
  };
  const comeMany = (address: string, count: number, state?: 'idle' | 'busy') => {
    for (let at = 0; at < count; at += 1) {
      const place = come(`${address}-${state ?? 'new'}${at}`, address);
      if (state !== undefined) place?.is(state);
    }
  };
  return {
    places,
    inside,
    come,
    comeMany,
    names: () => [...inside.keys()],
    of: (address: string) => [...inside.keys()].filter((name) => name.startsWith(`${address}-`)),
  };
}

describe('connections that say nothing', () => {
  test('are bounded for one address; the oldest goes, the newest is let in', () => {
    const { comeMany, come, of, places } = rig();
    comeMany('a', 700);
    expect(of('a')).toEqual(['a-new695', 'a-new696', 'a-new697', 'a-new698', 'a-new699']);
    expect(come('a-honest')).toBeDefined();
    expect(of('a')).toContain('a-honest');
    expect(places.takeTurnedAway()).toBe(696);
    expect(places.takeTurnedAway()).toBe(0);
  });

  test('from one address, never take another’s place', () => {
    const { comeMany, come, of } = rig();
    come('b-first');
    comeMany('a', 700);
    come('c-late');
    expect([of('b'), of('c')]).toEqual([['b-first'], ['c-late']]);
  });

  test('from many addresses, leave room for those that are known', () => {
    const { comeMany, come, of, places } = rig();
    come('known-once')?.is('busy');
    for (let address = 0; address < 50; address += 1) comeMany(`x${address}`, 3);
    expect(places.total).toBe(BOUNDS.unprovenUnknownMax + 1);
    for (const name of ['known-1', 'known-2', 'known-3']) expect(come(name)).toBeDefined();
    comeMany('y', 5);
    expect(of('known')).toEqual(['known-once', 'known-1', 'known-2', 'known-3']);
  });

  test('do not reach those that are busy: the new one is not taken', () => {
    const { comeMany, come, of } = rig();
    comeMany('a', 12, 'busy');
    expect(come('a-more')).toBeUndefined();
    comeMany('b', 8, 'busy');
    expect(come('c-more')).toBeUndefined();
    expect([of('a').length, of('b').length]).toEqual([12, 8]);
  });

  test('go before those that are idle, and these before the new one is not taken', () => {
    const { comeMany, come, of } = rig();
    comeMany('a', 10, 'idle');
    comeMany('b', 9, 'busy');
    come('c-silent');
    come('d-new')?.is('busy');
    expect(of('c')).toEqual([]);
    come('e-new');
    expect([of('a').length, of('e').length]).toEqual([9, 1]);
  });
});

test('a proxy that speaks for many has no bound of its own and is not let go', () => {
  const { come, of, comeMany } = rig();
  for (let at = 0; at < 18; at += 1) come(`proxy-${at}`, 'proxy', true);
  comeMany('a', 50);
  expect(of('proxy')).toHaveLength(18);
});

test('a place is left once, and says nothing afterwards', () => {
  const { come, places } = rig();
  const place = come('a-1');
  place?.leave();
  place?.leave();
  place?.is('busy');
  expect(places.total).toBe(0);
  for (let at = 0; at < 40; at += 1) come(`b${at}-1`)?.leave();
  expect(come('c-1')).toBeDefined();
});

test('an IPv6 /64 is one address, and an IPv4 address is one however it is written', () => {
  const { come, names } = rig({ unprovenPerAddressMax: 2 });
  come('a', '2001:db8:0:1::5');
  come('b', '2001:DB8:0000:0001:aaaa::1');
  come('c', '2001:db8:0:1::7');
  expect(names()).toEqual(['b', 'c']);
  come('d', '192.0.2.1');
  come('e', '::ffff:192.0.2.1');
  come('f', '::ffff:c000:201');
  expect(names()).toEqual(['b', 'c', 'e', 'f']);
});
