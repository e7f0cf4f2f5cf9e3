import { expect, it } from 'vitest';
import { greyPixels } from '../../../test/fixtures/dicom/grey-pixels.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { CHOICES_MAX, presentationOf } from '../pixels/presentation.ts';
import { imagePart } from './image-part.ts';

const us = (...Value: number[]) => ({ vr: 'US', Value });
const sq = (Value: DicomJson[]) => ({ vr: 'SQ', Value });
const lut = (number: number): DicomJson => ({
  '00283002': us(2, 0, 8),
  '00283003': { vr: 'LO', Value: [`LUT ${number}`] },
  '00283006': us(number, 255),
});
const luts = (count: number) => sq(Array.from({ length: count }, (_, number) => lut(number)));
const PIXEL = greyPixels(2, 1);

/** What may be chosen of a picture is the same whether its header is small or large. */
it.each([1, 3, CHOICES_MAX, CHOICES_MAX + 5])('of %i VOI LUTs as many are kept as are read', (count) => {
  const header: DicomJson = { '00283010': luts(count), '00400275': sq([{}]), '00100010': { vr: 'PN', Value: [{ Alphabetic: 'A' }] } };
  const part = imagePart(header);
  expect(Object.keys(part)).toEqual(['00283010']);
  expect(presentationOf(part, 0, PIXEL)).toEqual(presentationOf(header, 0, PIXEL));
  expect(part['00283010']?.Value).toHaveLength(Math.min(count, CHOICES_MAX));
});

it('of a frame’s group all LUTs are kept', () => {
  const header: DicomJson = { '52009230': sq([{ '00289132': sq([{ '00283010': luts(3) }]), '00209111': sq([{}]) }]) };
  const part = imagePart(header);
  expect(part).toEqual({ '52009230': sq([{ '00289132': sq([{ '00283010': luts(3) }]) }]) });
  expect(presentationOf(part, 0, PIXEL)).toMatchObject({ choices: { length: 3 } });
});
