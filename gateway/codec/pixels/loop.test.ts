import { describe, expect, it } from 'vitest';
import { cs, ds, pixelOf, sq } from '../../../test/fixtures/dicom/painted-samples.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { framesOfRange, overRange } from './loop.ts';
import { presentationOf } from './presentation.ts';

const LOOP = { '00080060': cs('XA'), '00181063': ds(40) };
const pixel = pixelOf({ bitsStored: 12, numberOfFrames: 9 });
const of = (header: DicomJson, frames: number, more: Partial<typeof pixel> = {}) =>
  framesOfRange(header, frames, presentationOf(header, 0, { ...pixel, ...more }));

describe('a loop that nothing says how to show is stretched by its first, middle and last frame', () => {
  it.each<[string, DicomJson, number, readonly number[]]>([
    ['nine frames', LOOP, 9, [0, 4, 8]],
    ['two', LOOP, 2, [0, 1]],
    ['one is no loop', LOOP, 1, []],
    ['a window is named', { ...LOOP, '00281050': ds(40), '00281051': ds(400) }, 9, []],
    ['a window that is none', { ...LOOP, '00281050': ds(40), '00281051': ds(0) }, 9, [0, 4, 8]],
    ['slices of a volume are each stretched', { '00080060': cs('CT') }, 9, []],
  ])('%s', (_name, header, frames, expected) => {
    expect(of(header, frames)).toEqual(expected);
  });

  it('eight bits are shown as they are, colour as it is', () => {
    expect(of(LOOP, 9, { bitsAllocated: 8, bitsStored: 8 })).toEqual([]);
    expect(of(LOOP, 9, { samplesPerPixel: 3, photometricInterpretation: 'RGB' })).toEqual([]);
  });

  it('over the least and the greatest of them, whichever frame it is', () => {
    const presentation = presentationOf(LOOP, 4, pixel);
    const ranges = [{ low: 10, high: 90 }, undefined, { low: -5, high: 60 }].map((range) => ({ range, padding: undefined }));
    expect(overRange(presentation, ranges)).toMatchObject({ voi: { kind: 'range', low: -5, high: 90 } });
    expect(overRange(presentation, [])).toBe(presentation);
    const alone = { range: { low: 7, high: 7 }, padding: { low: 0, high: 0 } };
    expect(overRange(presentation, [alone])).toMatchObject({ voi: { kind: 'range', low: 6, high: 7 } });
  });

  it('a window of one frame is that frame’s own', () => {
    const header = { ...LOOP, '52009230': sq({}, { '00289132': sq({ '00281050': ds(40), '00281051': ds(400) }) }) };
    expect(framesOfRange(header, 9, presentationOf(header, 1, pixel))).toEqual([]);
    expect(framesOfRange(header, 9, presentationOf(header, 0, pixel))).toEqual([0, 4, 8]);
  });
});
