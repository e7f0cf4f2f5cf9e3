import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { dicomJsonText } from './json-text.ts';

const us = { vr: 'US', Value: [1] };

describe('PS3.18 F.2.2: attributes in ascending order', () => {
  it.each<[string, DicomJson, string]>([
    ['in order as it is', { '00080005': us, '7FE00010': us }, '{"00080005":{"vr":"US","Value":[1]},"7FE00010":{"vr":"US","Value":[1]}}'],
    [
      'keys like array indices',
      { '00080005': us, '30060010': { vr: 'SQ' } },
      '{"00080005":{"vr":"US","Value":[1]},"30060010":{"vr":"SQ"}}',
    ],
    [
      'in items too',
      { '00081115': { vr: 'SQ', Value: [{ '00080005': us, '20100010': us }, {}] } },
      '{"00081115":{"vr":"SQ","Value":[{"00080005":{"vr":"US","Value":[1]},"20100010":{"vr":"US","Value":[1]}},{}]}}',
    ],
    [
      'the file out of order',
      { '00100020': us, '00080005': us },
      '{"00080005":{"vr":"US","Value":[1]},"00100020":{"vr":"US","Value":[1]}}',
    ],
    ['nothing', {}, '{}'],
  ])('%s', (_name, dataset, expected) => {
    expect(dicomJsonText(dataset)).toBe(expected);
    expect(JSON.parse(dicomJsonText(dataset))).toEqual(dataset);
  });
});
