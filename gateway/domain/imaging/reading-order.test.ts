import { describe, expect, it } from 'vitest';
import type { HeaderJson } from './clip.ts';
import { frameOrder, middleOf, openingFrame, placeAlongNormal, readingKey } from './reading-order.ts';

const value = (...Value: unknown[]) => ({ Value });
const AXIAL = value(1, 0, 0, 0, 1, 0);
const SAGITTAL = value(0, 1, 0, 0, 0, -1);
const numbered = (n: unknown, more: HeaderJson = {}): HeaderJson => ({ '00200013': value(n), ...more });
const at = (z: number, more: HeaderJson = {}): HeaderJson => ({ '00200032': value(0, 0, z), '00200037': AXIAL, ...more });
const taken = (date: string, time: string): HeaderJson => ({ '00080022': value(date), '00080032': value(time) });

describe('instances are read', () => {
  it.each<[string, HeaderJson[]]>([
    ['by number, as text or as number', [numbered(-2), numbered('9'), numbered(10), numbered(2147483647), {}]],
    ['of one number by position', [numbered(1, at(-20.5)), numbered(1, at(-20.25)), numbered(1, at(7)), numbered(1)]],
    ['without a number by position, each orientation by itself', [{ '00200032': value(900, 0, 0), '00200037': SAGITTAL }, at(-5), at(30)]],
    [
      'of one place by trigger time',
      [at(5, { '00181060': value(40) }), at(5, { '00181060': value('120.5') }), at(10, { '00181060': value(0) })],
    ],
    ['moment after moment', [at(10, { '00200100': value(1) }), at(-10, { '00200100': value(2) })]],
    [
      'by acquisition where nothing else is said',
      [taken('20260101', '235959.9'), taken('20260102', '1000'), taken('20260102', '100001'), taken('20260102', '100001.25'), {}],
    ],
    ['by date and time in one', [{ '0008002A': value('20260101101010.5+0900') }, { '0008002A': value('20260101101011+0900') }]],
    [
      'by content where they were acquired at once',
      [
        { ...taken('20260102', '10'), '00080033': value('100000') },
        { ...taken('20260102', '10'), '00080033': value('100000.1') },
      ],
    ],
  ])('%s', (_name, inOrder) => {
    const keys = inOrder.map(readingKey);
    expect([...keys].reverse().sort()).toEqual(keys);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('an enhanced object by the position of its first frame', () => {
    const enhanced = (z: number): HeaderJson => ({
      '52009229': value({ '00209116': value({ '00200037': AXIAL }) }),
      '52009230': value({ '00209113': value({ '00200032': value(0, 0, z) }) }),
    });
    expect(readingKey(enhanced(3))).toBe(readingKey(at(3)));
    expect(readingKey(enhanced(-3)) < readingKey(enhanced(3))).toBe(true);
  });

  it.each<[string, HeaderJson]>([
    ['numbers that are none', { '00200013': value('x', null), '00200032': value(Number.NaN, 1, 2) }],
    ['numbers beyond all bounds', numbered(1e300, at(-1e300))],
    ['a time that is none', taken('yesterday', '"; DROP')],
    ['a long time', taken('9'.repeat(500), '9'.repeat(500))],
  ])('%s make a short key of plain letters', (_name, header) => {
    expect(readingKey(header)).toMatch(/^[0-9a-z~]{1,90}$/);
  });
});

describe('frames are read', () => {
  const frame = (z: number | undefined, dimensions?: number[], moment?: number): HeaderJson => ({
    '00209111': value({
      ...(dimensions === undefined ? {} : { '00209157': value(...dimensions) }),
      ...(moment === undefined ? {} : { '00209128': value(moment) }),
    }),
    ...(z === undefined ? {} : { '00209113': value({ '00200032': value(0, 0, z) }) }),
  });
  const enhanced = (dimensions: number, frames: HeaderJson[], more: HeaderJson = {}): HeaderJson => ({
    '00209222': value(...Array.from({ length: dimensions }, () => ({}))),
    '52009229': value({ '00209116': value({ '00200037': AXIAL }) }),
    '52009230': value(...frames),
    ...more,
  });
  const byIndex = enhanced(2, [
    frame(-15, [1, 4]),
    frame(0, [1, 1]),
    frame(-25, [1, 6]),
    frame(-5, [1, 2]),
    frame(-20, [1, 5]),
    frame(-10, [1, 3]),
  ]);

  it.each<[string, HeaderJson, number, number[]]>([
    ['by dimension index', byIndex, 6, [2, 4, 6, 1, 5, 3]],
    [
      'moment after moment, where that is the first dimension',
      enhanced(2, [frame(1, [2, 1]), frame(2, [1, 2]), frame(1, [1, 1])]),
      3,
      [3, 2, 1],
    ],
    ['by position without an index', enhanced(0, [frame(-15), frame(0), frame(-25)]), 3, [3, 1, 2]],
    ['by moment and position', enhanced(0, [frame(5, undefined, 2), frame(9, undefined, 1), frame(3, undefined, 1)]), 3, [3, 2, 1]],
    ['by position where a frame has no index', enhanced(1, [frame(2, [1]), frame(1, [])]), 2, [2, 1]],
    ['by position where the index says one thing of all', enhanced(1, [frame(2, [1]), frame(1, [1])]), 2, [2, 1]],
    ['as stored where a frame has no place', enhanced(0, [frame(2), frame(undefined), frame(1)]), 3, [1, 2, 3]],
    ['as stored where all have one', enhanced(0, [frame(2), frame(2)]), 2, [1, 2]],
    ['as stored where groups are missing', enhanced(1, [frame(2, [2])]), 2, [1, 2]],
    ['a clip as stored', enhanced(1, [frame(1, [2]), frame(2, [1])], { '00280009': value('00181063') }), 2, [1, 2]],
    ['as stored where there are no groups', {}, 3, [1, 2, 3]],
  ])('%s', (_name, header, frames, expected) => {
    expect(frameOrder(header, frames)).toEqual(expected);
  });

  it.each<[string, HeaderJson, number, number]>([
    ['the middle of an enhanced object as it is read', byIndex, 6, 6],
    ['the middle of a volume as it is stored', { '00080060': value('MG') }, 60, 30],
    ['the first of a clip', { '00080060': value('US') }, 60, 1],
    ['the only one', {}, 1, 1],
    ['none at all', {}, 0, 1],
    ['the one the sender names', { '00080060': value('XA'), '00286010': value('7') }, 60, 7],
    ['not one that is not there', { '00080060': value('XA'), '00286010': value(61) }, 60, 1],
    ['of more than are put in order the middle', {}, 2_000_000_000, 1_000_000_000],
  ])('and it opens with %s', (_name, header, frames, expected) => {
    expect(openingFrame(header, frames)).toBe(expected);
  });
});

it.each([
  [0, 0],
  [1, 0],
  [2, 0],
  [3, 1],
  [300, 149],
])('the middle of %i is %i', (count, expected) => {
  expect(middleOf(count)).toBe(expected);
});

it.each([
  ['axial', [1, 2, 3], [1, 0, 0, 0, 1, 0], { axis: 'z', mm: 3 }],
  ['sagittal', [1, 2, 3], [0, 1, 0, 0, 0, -1], { axis: 'x', mm: -1 }],
  ['no position', [], [1, 0, 0, 0, 1, 0], undefined],
  ['no orientation', [1, 2, 3], [], undefined],
])('the place of a slice, %s', (_name, position, orientation, expected) => {
  expect(placeAlongNormal(position, orientation)).toEqual(expected);
});
