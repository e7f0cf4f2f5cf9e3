import { describe, expect, test } from 'vitest';
import type { DicomJson, DicomJsonElement } from '../../../domain/imaging/dataset.ts';
import type { DecodedFrame } from '../frame.ts';
import {
  hasOverlays,
  OVERLAY_BITS_MAX,
  type OverlayMask,
  overlayFaults,
  overlayMask,
  overlayPlanesOf,
  overlayReferences,
  withPlanes,
} from './overlay.ts';

const IMAGE: Omit<DecodedFrame, 'bytes'> = {
  rows: 3,
  columns: 4,
  samplesPerPixel: 1,
  photometricInterpretation: 'MONOCHROME2',
  planarConfiguration: 0,
  bitsAllocated: 16,
  bitsStored: 12,
  highBit: 11,
  pixelRepresentation: 0,
};
const PIXEL = { ...IMAGE, numberOfFrames: 3 };

const us = (...Value: number[]): DicomJsonElement => ({ vr: 'US', Value });
const ss = (...Value: number[]): DicomJsonElement => ({ vr: 'SS', Value });
const is = (value: string): DicomJsonElement => ({ vr: 'IS', Value: [value] });
/** Bits as text, row by row, from the lowest of the first byte. */
const data = (text: string): DicomJsonElement => {
  const bits = text.replaceAll(' ', '');
  const bytes = Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) =>
    [...bits.slice(at * 8, at * 8 + 8)].reduce((byte, bit, place) => byte | (Number(bit) << place), 0),
  );
  return { vr: 'OW', InlineBinary: Buffer.from(bytes).toString('base64') };
};
const plane = (members: Readonly<Record<string, DicomJsonElement>>, group = '6000'): DicomJson =>
  Object.fromEntries(Object.entries(members).map(([element, value]) => [`${group}${element}`, value]));
const frameOf = (...cells: number[]): DecodedFrame => ({
  ...IMAGE,
  bytes: new Uint8Array(Uint16Array.from({ length: 12 }, (_, at) => cells[at] ?? 0).buffer),
});
const shown = (mask: OverlayMask | undefined): string =>
  mask === undefined
    ? ''
    : Array.from({ length: mask.rows }, (_, row) =>
        Array.from({ length: mask.columns }, (__, column) => {
          const at = row * mask.columns + column;
          return ((mask.bits[at >> 3] as number) >> (at & 7)) & 1;
        }).join(''),
      ).join(' ');
const drawn = (header: DicomJson, frame = 0, native: DecodedFrame = frameOf()) =>
  shown(overlayMask(overlayPlanesOf(header, frame, PIXEL), native));

describe('a plane of its own bits, PS3.3 C.9.2', () => {
  test.each<readonly [what: string, header: DicomJson, wanted: string]>([
    ['over the whole image', plane({ '0010': us(3), '0011': us(4), '3000': data('1000 0110 0001') }), '1000 0110 0001'],
    ['in a part of it, by its origin', plane({ '0010': us(2), '0011': us(2), '0050': ss(2, 3), '3000': data('11 01') }), '0000 0011 0001'],
    ['over its upper left corner', plane({ '0010': us(2), '0011': us(2), '0050': ss(0, 0), '3000': data('11 11') }), '1000 0000 0000'],
    ['over its lower right corner', plane({ '0010': us(2), '0011': us(2), '0050': ss(3, 4), '3000': data('11 11') }), '0000 0000 0001'],
    ['beside it', plane({ '0010': us(2), '0011': us(2), '0050': ss(-9, 40), '3000': data('11 11') }), ''],
    ['far outside of it', plane({ '0010': us(2), '0011': us(2), '0050': ss(-32768, 32767), '3000': data('11 11') }), ''],
    ['larger than it', plane({ '0010': us(4), '0011': us(6), '3000': data('100001 000000 000100 111111') }), '1000 0000 0001'],
    ['of no set bit', plane({ '0010': us(3), '0011': us(4), '3000': data('0000 0000 0000') }), ''],
    [
      'and another',
      {
        ...plane({ '0010': us(1), '0011': us(4), '3000': data('1000') }),
        ...plane({ '0010': us(1), '0011': us(4), '3000': data('0001') }, '601E'),
      },
      '1001 0000 0000',
    ],
  ])('%s', (_, header, wanted) => {
    expect(drawn(header)).toBe(wanted);
  });
});

test.each<readonly [what: string, header: DicomJson]>([
  ['no rows', plane({ '0010': us(0), '0011': us(4), '3000': data('1111') })],
  ['no columns', plane({ '0010': us(1), '3000': data('1111') })],
  ['less data than it says', plane({ '0010': us(3), '0011': us(4), '3000': data('1111') })],
  ['less data than its frames take', plane({ '0010': us(2), '0011': us(4), '0015': is('3'), '3000': data('1111 1111 1111 1111') })],
  ['frames without end', plane({ '0010': us(1), '0011': us(1), '0015': is('2147483647'), '3000': data('1') })],
  ['fewer than no frames', plane({ '0010': us(1), '0011': us(1), '0015': is('-1'), '3000': data('1') })],
  ['data that are a reference', plane({ '0010': us(1), '0011': us(4), '3000': { vr: 'OW', BulkDataURI: 'bulkdata/60003000' } })],
  ['a group that is no overlay', plane({ '0010': us(1), '0011': us(4), '3000': data('1111') }, '6020')],
  ['an odd group', plane({ '0010': us(1), '0011': us(4), '3000': data('1111') }, '6001')],
])('left out: %s', (_, header) => {
  expect(overlayPlanesOf(header, 0, PIXEL)).toEqual([]);
});

test.each<readonly [what: string, members: Readonly<Record<string, DicomJsonElement>>, wanted: readonly string[]]>([
  ['one that names no frame lies over all', { '3000': data('1000') }, ['1000', '1000', '1000']],
  ['one that names its frame', { '0051': us(2), '3000': data('1000') }, ['', '1000', '']],
  ['as many as the image has', { '0015': is('3'), '3000': data('1000 0100 0010') }, ['1000', '0100', '0010']],
  ['from a frame on', { '0015': is('2'), '0051': us(2), '3000': data('1000 0100') }, ['', '1000', '0100']],
])('frames, PS3.3 C.9.3: %s', (_, members, wanted) => {
  const header = plane({ '0010': us(1), '0011': us(4), ...members });
  expect([0, 1, 2].map((frame) => drawn(header, frame).split(' ')[0])).toEqual(wanted);
});

test('attributes written as UN are read as what they are, PS3.5 6.2.2', () => {
  const un = (...bytes: number[]): DicomJsonElement => ({ vr: 'UN', InlineBinary: Buffer.from(bytes).toString('base64') });
  const own = { '0010': un(1, 0), '0011': un(2, 0), '0015': un(0x31, 0x20), '0050': un(0, 0, 255, 255), '3000': un(0b11, 0) };
  expect(drawn(plane({ ...own, '0050': un(3, 0, 3, 0) }, '601E'))).toBe('0000 0000 0011');
  expect(drawn(plane({ ...own, '0050': un(1, 0, 0, 0) }))).toBe('1000 0000 0000');
  expect(drawn(plane({ ...own, '0051': un(2, 0) }))).toBe('');
  expect(drawn(plane({ '0100': un(16, 0), '0102': un(12, 0) }), 0, frameOf(0, 1 << 12))).toBe('0100 0000 0000');
});

describe('in unused bits of the pixels, PS3.5 8.1.2 of 2004', () => {
  const inBit = (bit: number, allocated = 16) => plane({ '0010': us(3), '0011': us(4), '0100': us(allocated), '0102': us(bit) });

  test.each([12, 15])('bit %i', (bit) => {
    expect(drawn(inBit(bit), 0, frameOf(0, 1 << bit, 0xfff, (1 << bit) | 0xfff))).toBe('0101 0000 0000');
  });

  test('below the stored ones, where these are the upper', () => {
    const pixel = { ...PIXEL, highBit: 15 };
    const planes = overlayPlanesOf(inBit(2), 0, pixel);
    expect(shown(overlayMask(planes, { ...frameOf(0xfff0, 4), highBit: 15 }))).toBe('0100 0000 0000');
  });

  test.each([
    ['a bit of the image itself', inBit(11)],
    ['its lowest bit', inBit(0)],
    ['a bit that is not there', inBit(16)],
    ['cells of another width', inBit(12, 8)],
  ])('left out: %s', (_, header) => {
    expect(overlayPlanesOf(header, 0, PIXEL)).toEqual([]);
  });

  test('what compression filled with the sign is no plane; any cell that differs makes it one', () => {
    const planes = overlayPlanesOf(inBit(15), 0, { ...PIXEL, pixelRepresentation: 1 });
    const signed = (...cells: number[]) => shown(overlayMask(planes, { ...frameOf(...cells), pixelRepresentation: 1 }));
    expect(signed(0xf800, 0x07ff, 0xffff)).toBe('');
    expect(signed(0xf800, 0x07ff, 0x8001)).toBe('1010 0000 0000');
  });
});

test.each<readonly [what: string, header: DicomJson, faults: readonly string[], has: boolean]>([
  ['no group', {}, [], false],
  ['one that can be drawn', plane({ '0010': us(1), '0011': us(4), '3000': data('1000') }), [], true],
  ['one without data', plane({ '0010': us(1), '0011': us(4), '0100': us(1), '0102': us(0) }), [], false],
  ['one whose data are empty', plane({ '0010': us(1), '0011': us(4), '3000': { vr: 'OW' } }), [], false],
  ['one in bits of the pixels', plane({ '0100': us(16), '0102': us(12) }), [], true],
  ['a bit of the image itself', plane({ '0100': us(16), '0102': us(11) }), ['invalid'], true],
  ['a bit that is not there', plane({ '0100': us(16), '0102': us(16) }), ['invalid'], true],
  ['cells of another width', plane({ '0100': us(8), '0102': us(12) }), ['invalid'], true],
  ['less data than it says', plane({ '0010': us(3), '0011': us(4), '3000': data('1111') }), ['invalid'], true],
  ['no rows', plane({ '0010': us(0), '0011': us(4), '3000': data('1111') }), ['invalid'], true],
  ['data alone', plane({ '3000': data('1111') }), ['invalid'], true],
  ['frames without end', plane({ '0010': us(1), '0011': us(1), '0015': is('2147483647'), '3000': data('1') }), ['too-large'], true],
  [
    'data that did not come',
    plane({ '0010': us(1), '0011': us(4), '3000': { vr: 'OW', BulkDataURI: 'bulkdata/60003000' } }),
    ['not-read'],
    true,
  ],
  [
    'several, each reason once',
    {
      ...plane({ '0010': us(3), '0011': us(4), '3000': data('1111') }),
      ...plane({ '0010': us(65535), '0011': us(65535), '3000': data('1') }, '6002'),
      ...plane({ '0010': us(3), '0011': us(4), '3000': data('1111') }, '6004'),
      ...plane({ '0010': us(1), '0011': us(4), '3000': data('1000') }, '6006'),
    },
    ['invalid', 'too-large'],
    true,
  ],
])('why planes are left out: %s', (_, header, faults, has) => {
  expect(overlayFaults(header, 0, PIXEL)).toEqual(faults);
  expect(hasOverlays(header, 0)).toBe(has);
});

test('why planes are left out: only of those over the frame', () => {
  const short = (members: Readonly<Record<string, DicomJsonElement>>) =>
    plane({ '0010': us(3), '0011': us(4), '3000': data('1111'), ...members });
  const faults = (header: DicomJson) => [0, 1, 2].map((frame) => overlayFaults(header, frame, PIXEL).length);
  expect(faults(short({}))).toEqual([1, 1, 1]);
  expect(faults(short({ '0051': us(2) }))).toEqual([0, 1, 0]);
  expect(faults(short({ '0015': is('-1'), '0051': us(2) }))).toEqual([1, 1, 1]);
});

describe('planes that came later', () => {
  const late = {
    ...plane({ '0010': us(1), '0011': us(4), '0050': ss(3, 1), '3000': data('0101') }),
    '60001500': { vr: 'LO', Value: ['late'] },
  };
  const inBits = plane({ '0100': us(16), '0102': us(12) }, '6002');
  const first = overlayMask(overlayPlanesOf(inBits, 0, PIXEL), frameOf(1 << 12));

  test('over what is there', () => {
    const both = withPlanes(first, overlayPlanesOf({ ...late, ...inBits }, 0, PIXEL), IMAGE);
    expect(shown(both)).toBe('1000 0000 0101');
    expect(both?.names).toEqual(['late']);
    expect(shown(first)).toBe('1000 0000 0000');
  });
  test('over nothing', () => {
    expect(shown(withPlanes(undefined, overlayPlanesOf(late, 0, PIXEL), IMAGE))).toBe('0000 0000 0101');
    expect(
      withPlanes(undefined, overlayPlanesOf(plane({ '0010': us(1), '0011': us(4), '3000': data('0000') }), 0, PIXEL), IMAGE),
    ).toBeUndefined();
  });
  test('none', () => {
    expect(withPlanes(first, overlayPlanesOf(inBits, 0, PIXEL), IMAGE)).toBe(first);
  });
});

test('references: only of planes that can be drawn', () => {
  const reference = { vr: 'OW', BulkDataURI: 'bulkdata/60003000' };
  const rows = Math.floor(OVERLAY_BITS_MAX / 65535) + 1;
  expect(overlayReferences(plane({ '0010': us(1), '0011': us(4), '3000': reference }))).toEqual([reference]);
  expect(overlayReferences(plane({ '0010': us(rows), '0011': us(65535), '3000': reference }))).toEqual([]);
  expect(overlayReferences(plane({ '0010': us(1), '0011': us(4), '3000': data('1111') }))).toEqual([]);
});
