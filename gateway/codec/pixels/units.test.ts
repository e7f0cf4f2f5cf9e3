import { describe, expect, it } from 'vitest';
import { cs, ds, ow, pixelOf, sq, us } from '../../../test/fixtures/dicom/painted-samples.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { type GreyPresentation, presentationOf } from './presentation.ts';
import { readoutOf } from './real-world.ts';
import { ucumText } from './units.ts';

const lo = (...Value: string[]) => ({ vr: 'LO', Value });
const fd = (...Value: number[]) => ({ vr: 'FD', Value });
const rescale = (slope: number, intercept: number) => ({ '00281053': ds(slope), '00281052': ds(intercept) });
const of = (header: DicomJson, frame = 0) => presentationOf(header, frame, pixelOf({ bitsStored: 12 })) as GreyPresentation;

const CT = { '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] }, ...rescale(1, -1024) };
const pet = (units: string, more: DicomJson = {}): DicomJson => ({ '00541001': cs(units), ...rescale(0.5, 0), ...more });

describe('the unit of modality values', () => {
  it.each<[string, DicomJson, string]>([
    ['nothing said', {}, ''],
    ['HU', { ...rescale(1, -1024), '00281054': lo('HU') }, 'HU'],
    ['optical density', { ...rescale(1, 0), '00281054': lo('OD') }, '10⁻³ OD'],
    ['unspecified', { ...rescale(1, 0), '00281054': lo('US') }, ''],
    ['iodine of several energies', { ...CT, '00281054': lo('MGML'), '00189361': cs('YES') }, 'mg/ml'],
    ['a word that nobody defined', { ...rescale(1, 0), '00281054': lo('OD REL') }, ''],
    [
      'a Modality LUT of optical density',
      { '00283000': sq({ '00283002': us(2, 0, 16), '00283004': lo('OD'), '00283006': ow(0, 9) }) },
      '10⁻³ OD',
    ],
    ['CT that need not say it', CT, 'HU'],
    ['CT of several energies that does not say', { ...CT, '00189361': cs('YES') }, ''],
    ['a localizer', { ...CT, '00080008': cs('ORIGINAL', 'PRIMARY', 'LOCALIZER') }, ''],
    ['CT that is not rescaled', { '00080016': CT['00080016'] }, ''],
    [
      'a screen shot of the CT',
      { ...rescale(1, 0), '00080060': cs('CT'), '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] } },
      '',
    ],
    ['activity', pet('BQML'), 'Bq/ml'],
    ['activity, whatever Rescale Type says', pet('BQML', { '00281054': lo('US') }), 'Bq/ml'],
    ['activity of unknown VR', pet('', { '00541001': { vr: 'UN', InlineBinary: btoa('BQML') } }), 'Bq/ml'],
    ['counts', pet('CNTS'), 'counts'],
    ['uptake of a type that is said', pet('GML', { '00541006': cs('BW') }), 'g/ml SUVbw'],
    ['uptake by lean mass', pet('GML', { '00541006': cs('LBMJANMA') }), 'g/ml SUVlbm (Janmahasatian)'],
    ['uptake of a type that is not said', pet('GML'), 'g/ml'],
    ['a type without uptake', pet('BQML', { '00541006': cs('BW') }), 'Bq/ml'],
    ['no units', pet('NONE'), ''],
    ['units that nobody defined', pet('FURLONG'), ''],
  ])('%s', (_name, header, unit) => {
    expect(of(header).unit).toBe(unit);
  });

  it('each frame its own: one shared, one of the frame', () => {
    const transformation = (type: string) => ({ '00289145': sq({ ...rescale(1, 0), '00281054': lo(type) }) });
    const header = { '52009229': sq(transformation('HU')), '52009230': sq({}, transformation('US'), transformation('MGML')) };
    expect([0, 1, 2].map((frame) => of(header, frame).unit)).toEqual(['HU', '', 'mg/ml']);
  });
});

describe('units by UCUM', () => {
  it.each([
    ['mm2/s', 'mm²/s'],
    ['{SUVbw}g/ml', 'g/ml SUVbw'],
    ['Bq/ml', 'Bq/ml'],
    ['1', ''],
    ['{ratio}', 'ratio'],
    ["[hnsf'U]", 'HU'],
    ['ml/100ml/s', 'ml/100ml/s'],
    ['', ''],
  ])('%s', (code, text) => {
    expect(ucumText(code)).toBe(text);
  });
});

describe('what a readout says of a value', () => {
  const units = (code: string, scheme = 'UCUM') => sq({ '00080100': lo(code), '00080102': lo(scheme), '00080104': lo(`${code} in words`) });
  const map = (label: string, slope: number, code = 'mm2/s', scheme = 'UCUM'): DicomJson => ({
    '00409210': lo(label),
    '00409216': us(0),
    '00409211': us(4095),
    '00409225': fd(slope),
    '00409224': fd(0),
    '004008EA': units(code, scheme),
  });
  const dose = (units: string): DicomJson => ({ '3004000E': ds(0.001), '30040002': cs(units) });
  const lut = (...entries: number[]) => ({ '00283000': sq({ '00283002': us(entries.length, 0, 16), '00283006': ow(...entries) }) });

  it.each<[string, DicomJson, number, ReturnType<typeof readoutOf>]>([
    ['as stored', {}, 812, { quantities: [], stored: undefined }],
    ['rescaled', CT, -24, { quantities: [], stored: 1000 }],
    ['by a slope below one', rescale(0.1, 0), Math.fround(81.2), { quantities: [], stored: 812 }],
    ['mapped', { '00409096': sq(map('ADC', 0.5)) }, 10, { quantities: [{ label: 'ADC', value: 5, unit: 'mm²/s' }], stored: 10 }],
    [
      'mapped twice',
      { '00409096': sq(map('SUV', 0.5, '{SUVbw}g/ml'), map('KBQ', 2, 'kBq/ml')) },
      10,
      {
        quantities: [
          { label: 'SUV', value: 5, unit: 'g/ml SUVbw' },
          { label: 'KBQ', value: 20, unit: 'kBq/ml' },
        ],
        stored: 10,
      },
    ],
    [
      'in a unit of another scheme',
      { '00409096': sq(map('A', 1, '111', '99LOCAL')) },
      10,
      { quantities: [{ label: 'A', value: 10, unit: '111 in words' }], stored: 10 },
    ],
    ['outside of what is mapped', { '00409096': sq(map('ADC', 0.5)), ...rescale(2, 0) }, 10_000, { quantities: [], stored: 5000 }],
    ['dose', dose('GY'), 32_500, { quantities: [{ label: '', value: 32.5, unit: 'Gy' }], stored: 32_500 }],
    ['relative dose', dose('RELATIVE'), 500, { quantities: [{ label: '', value: 0.5, unit: '' }], stored: 500 }],
    ['dose without a scaling', { '30040002': cs('GY') }, 500, { quantities: [], stored: undefined }],
    ['through a LUT, where it is there once', lut(0, 10, 20, 30), 20, { quantities: [], stored: 2 }],
    ['through a LUT, where it is there twice', lut(0, 10, 10, 30), 10, { quantities: [], stored: undefined }],
    ['through a LUT, at its end', lut(0, 10, 20, 30), 30, { quantities: [], stored: undefined }],
  ])('%s', (_name, header, value, expected) => {
    const readout = readoutOf(of(header), value, true);
    expect(readout.stored).toBe(expected.stored);
    expect(readout.quantities).toHaveLength(expected.quantities.length);
    for (const [at, quantity] of expected.quantities.entries()) {
      expect(readout.quantities[at]).toMatchObject({ label: quantity.label, unit: quantity.unit });
      expect(readout.quantities[at]?.value).toBeCloseTo(quantity.value, 9);
    }
  });

  it('maps of each frame, shared ones and its own', () => {
    const header = { '52009229': sq({ '00409096': sq(map('A', 1), map('B', 2)) }), '52009230': sq({}, { '00409096': sq(map('C', 3)) }) };
    const labels = (frame: number) => readoutOf(of(header, frame), 1, true).quantities.map(({ label, value }) => [label, value]);
    expect(labels(0)).toEqual([
      ['A', 1],
      ['B', 2],
    ]);
    expect(labels(1)).toEqual([['C', 3]]);
  });
});
