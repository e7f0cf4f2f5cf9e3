import { describe, expect, test } from 'vitest';
import { HOSTILE_NUMBERS } from '../../../test/fixtures/hostile/hostile-numbers.ts';
import type { DicomJson, DicomJsonValue } from '../../domain/imaging/dataset.ts';
import { describeObject } from '../../ingest/describe.ts';
import { frameCount } from '../frames/frame-index.ts';
import { bufferAccess } from '../parse/part10.ts';
import { warnOfSizes, wholeNumberOf } from './whole-number.ts';

describe('a number is what the VR of PS3.6 can hold', () => {
  test.each<[string, string, string, DicomJsonValue | undefined, number | undefined]>([
    ['Rows', '00280010', 'US', 512, 512],
    ['Rows as DS text', '00280010', 'DS', '512', 512],
    ['Rows at its most', '00280010', 'US', 65535, 65535],
    ['Rows past it', '00280010', 'UL', 65536, undefined],
    ['Rows as DS', '00280010', 'DS', 1e308, undefined],
    ['Rows without end', '00280010', 'FD', 'Infinity', undefined],
    ['Rows below zero', '00280010', 'SS', -1, undefined],
    ['Rows and a half', '00280010', 'DS', 1.5, undefined],
    ['Rows that are a word', '00280010', 'LO', 'many', undefined],
    ['Rows that are nothing', '00280010', 'US', undefined, undefined],
    ['Rows that are null', '00280010', 'US', null, undefined],
    ['Rows that are an item', '00280010', 'SQ', {}, undefined],
    ['Rows written very long', '00280010', 'LO', `${' '.repeat(100_000)}5`, undefined],
    ['Number of Frames', '00280008', 'IS', 2147483647, 2147483647],
    ['Number of Frames past an integer', '00280008', 'IS', 4294967295, undefined],
    ['Series Number below zero', '00200011', 'IS', -2147483648, -2147483648],
    ['Series Number further below', '00200011', 'IS', '-2147483649', undefined],
    ['Pixel Padding Value, US or SS', '00280120', 'SS', -2000, -2000],
    ['a private number that no double holds', '00091001', 'SV', '9223372036854775807', undefined],
  ])('%s', (_name, tag, vr, value, expected) => {
    const header: DicomJson = { [tag]: value === undefined ? { vr } : { vr, Value: [value] } };
    expect(wholeNumberOf(tag, header[tag])).toBe(expected);
  });
});

test.each<[string, DicomJson, boolean]>([
  ['a usual image', { '00280010': { vr: 'US', Value: [512] }, '00280100': { vr: 'US', Value: [16] } }, false],
  ['no image', {}, false],
  ['an empty Number of Frames', { '00280008': { vr: 'IS' } }, false],
  ['bits that are none', { '00280100': { vr: 'US', Value: [0] } }, true],
  ['a negative Number of Frames', { '00280008': { vr: 'IS', Value: [-3] } }, true],
  ['an overlay', { '60020010': { vr: 'DS', Value: [1e308] } }, true],
  ['a value that is by reference', { '00280010': { vr: 'US', BulkDataURI: 'bulkdata/00280010' } }, true],
])('%s is warned of: %#', (_name, header, warned) => {
  const codes: string[] = [];
  warnOfSizes(header, (code) => codes.push(code));
  expect(codes).toEqual(warned ? ['number-out-of-range'] : []);
});

test('the corpus is as large as it says', () => {
  expect(HOSTILE_NUMBERS.length).toBeGreaterThan(300);
});

test.each(HOSTILE_NUMBERS)('$name: kept, its numbers bounded', async ({ bytes }) => {
  const described = await describeObject(bufferAccess(bytes));
  if (described.kind !== 'instance') throw new Error(described.reason);
  const { rows, columns, bitsAllocated, numberOfFrames, instanceNumber } = described.instance;
  for (const column of [rows, columns, bitsAllocated, numberOfFrames, instanceNumber, described.series.seriesNumber]) {
    expect(column === null || (Number.isInteger(column) && Math.abs(column) < 2 ** 31)).toBe(true);
  }
  expect(frameCount(described.frames)).toBeLessThanOrEqual(8 * bytes.length);
  if (described.frames.kind === 'native') {
    expect([described.frames.frames, described.frames.offset, described.frames.frameBits].every(Number.isSafeInteger)).toBe(true);
  }
});
