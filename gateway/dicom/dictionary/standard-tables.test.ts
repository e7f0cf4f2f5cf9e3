import { describe, expect, it } from 'vitest';
import { isObjectName } from '../../domain/imaging/object-name.ts';
import { pixelDescription } from '../../domain/imaging/pixel-description.ts';
import { normaliseDate, normaliseTime } from '../text/date-time.ts';
import { tagOf, vrOf } from './dictionary.ts';
import { isEncapsulated, KNOWN_TRANSFER_SYNTAXES, transferSyntax } from './transfer-syntax.ts';
import { IMPLEMENTATION_CLASS_UID, isValidUID, normaliseUID } from './uid.ts';

describe('PS3.6: dictionary', () => {
  it.each([
    ['PatientName', '00100010', 'PN'],
    ['PixelData', '7FE00010', 'OW'],
    ['SmallestImagePixelValue', '00280106', 'US'],
    ['LUTData', '00283006', 'OW'],
    ['OverlayRows', '60000010', 'US'],
    ['ReferencedSOPInstanceUID', '00081155', 'UI'],
    ['PerFrameFunctionalGroupsSequence', '52009230', 'SQ'],
    ['ExtendedOffsetTable', '7FE00001', 'OV'],
  ])('%s is (%s), %s', (keyword, tag, vr) => {
    expect([tagOf(keyword), vrOf(tag)]).toEqual([tag, vr]);
  });

  it.each([
    ['60FE3000', 'overlay data', 'OW'],
    ['50040010', 'number of points of a curve', 'US'],
    ['00203105', 'source image IDs', 'CS'],
    ['00090010', 'private creator', 'LO'],
    ['000900FF', 'private creator', 'LO'],
    ['00091000', 'private', 'UN'],
    ['00090000', 'group length', 'UL'],
    ['60010010', 'private creator, not an overlay', 'LO'],
    ['00089999', 'unknown', 'UN'],
  ])('%s, %s: %s', (tag, _what, vr) => {
    expect(vrOf(tag)).toBe(vr);
  });

  it('knows no keyword that is none', () => {
    expect(tagOf('PatientNme')).toBeUndefined();
    expect(tagOf('constructor')).toBeUndefined();
    expect(tagOf('')).toBeUndefined();
  });
});

describe('PS3.5 section 9: UIDs', () => {
  it.each([
    ['1.2.840.10008.1.2', true, true],
    ['0.0', true, true],
    ['1.02', false, true],
    ['1..2', false, true],
    ['', false, false],
    ['1.2.', false, true],
    [`1.${'2'.repeat(63)}`, false, true],
    ['2.25.abc', false, true],
    ['1.2 ', false, false],
    ['..', false, false],
    ['1/2', false, false],
    ['1\u0000', false, false],
    ['１.２', false, false],
  ])('%j valid: %s, storable: %s', (text, valid, storable) => {
    expect([isValidUID(text), isObjectName(text)]).toEqual([valid, storable]);
  });

  it('loses its padding', () => {
    expect(normaliseUID(' 1.2.3\0\0 ')).toBe('1.2.3');
  });

  it('our own is one', () => {
    expect(isValidUID(IMPLEMENTATION_CLASS_UID)).toBe(true);
  });
});

describe('PS3.18 8.7.3: transfer syntaxes', () => {
  it.each([
    ['1.2.840.10008.1.2', false, 'application/octet-stream'],
    ['1.2.840.10008.1.2.1.99', false, 'application/octet-stream'],
    ['1.2.840.10008.1.2.4.50', true, 'image/jpeg'],
    ['1.2.840.10008.1.2.4.80', true, 'image/jls'],
    ['1.2.840.10008.1.2.4.90', true, 'image/jp2'],
    ['1.2.840.10008.1.2.4.201', true, 'image/jphc'],
    ['1.2.840.10008.1.2.4.110', true, 'image/jxl'],
    ['1.2.840.10008.1.2.5', true, 'image/dicom-rle'],
    ['1.2.840.10008.1.2.4.102', true, 'video/mp4'],
    ['1.2.3.4', true, 'application/octet-stream'],
  ])('%s encapsulated: %s, %s', (uid, encapsulated, mediaType) => {
    expect([isEncapsulated(uid), transferSyntax(uid).mediaType]).toEqual([encapsulated, mediaType]);
  });

  it('every one is valid and named once', () => {
    const uids = KNOWN_TRANSFER_SYNTAXES.map((syntax) => syntax.uid);
    expect(uids.every(isValidUID)).toBe(true);
    expect(new Set(uids).size).toBe(uids.length);
    expect(transferSyntax('1.2.840.10008.1.2.2')).toMatchObject({ bigEndian: true, explicitVR: true });
  });
});

describe('PS3.5 6.2: dates and times', () => {
  it.each([
    ['20240229', '20240229'],
    ['20230229', ''],
    ['1999.01.31', '19990131'],
    ['1999-01-31', '19990131'],
    ['1999/01-31', ''],
    ['199901', ''],
    ['00000101', ''],
    ['20261301', ''],
    ['', ''],
  ])('%j is %j', (text, expected) => {
    expect(normaliseDate(text)).toBe(expected);
  });

  it.each([
    ['10', { from: '100000.000000', to: '105959.999999' }],
    ['101530', { from: '101530.000000', to: '101530.999999' }],
    ['10:15:30.25', { from: '101530.250000', to: '101530.259999' }],
    ['235960', { from: '235960.000000', to: '235960.999999' }],
    ['24', undefined],
    ['1', undefined],
    ['10.5', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(normaliseTime(text)).toEqual(expected);
  });
});

describe('PS3.3 C.7.6.3: pixel description', () => {
  const us = (value: number | string) => ({ vr: 'US', Value: [value] });
  const image = { '00280010': us(4), '00280011': us(6) };
  it.each([
    ['nothing', {}, undefined],
    ['no columns', { '00280010': us(4) }, undefined],
    ['no rows', { ...image, '00280010': us(0) }, undefined],
    [
      'defaults',
      image,
      {
        rows: 4,
        columns: 6,
        samplesPerPixel: 1,
        photometricInterpretation: 'MONOCHROME2',
        planarConfiguration: 0,
        bitsAllocated: 8,
        bitsStored: 8,
        highBit: 7,
        pixelRepresentation: 0,
        numberOfFrames: 1,
      },
    ],
    [
      'all there',
      {
        ...image,
        '00280002': us(3),
        '00280004': { vr: 'CS', Value: ['YBR_FULL'] },
        '00280006': us(1),
        '00280008': { vr: 'IS', Value: [7] },
        '00280100': us(16),
        '00280101': us(12),
        '00280102': us(11),
        '00280103': us(1),
      },
      {
        rows: 4,
        columns: 6,
        samplesPerPixel: 3,
        photometricInterpretation: 'YBR_FULL',
        planarConfiguration: 1,
        bitsAllocated: 16,
        bitsStored: 12,
        highBit: 11,
        pixelRepresentation: 1,
        numberOfFrames: 7,
      },
    ],
  ])('%s', (_name, header, expected) => {
    expect(pixelDescription(header)).toEqual(expected);
  });

  it.each([0, -1, 'many', 1.5])('NumberOfFrames %j is one frame', (value) => {
    expect(pixelDescription({ ...image, '00280008': { vr: 'IS', Value: [value] } })?.numberOfFrames).toBe(1);
  });
});
