import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { geometryOf, spacingAt } from './spacing.ts';

const ds = (...Value: (number | string)[]) => ({ vr: 'DS', Value });
const is = (...Value: (number | string)[]) => ({ vr: 'IS', Value });
const us = (...Value: number[]) => ({ vr: 'US', Value });
const fd = (...Value: number[]) => ({ vr: 'FD', Value });
const lo = (...Value: string[]) => ({ vr: 'LO', Value });
const sq = (...Value: DicomJson[]) => ({ vr: 'SQ', Value });

const ORIENTED = { '00200037': ds(1, 0, 0, 0, 1, 0) };
const region = (more: DicomJson = {}): DicomJson => ({
  '00186012': us(1),
  '00186018': us(10),
  '0018601A': us(20),
  '0018601C': us(109),
  '0018601E': us(119),
  '00186024': us(3),
  '00186026': us(3),
  '0018602C': fd(0.02),
  '0018602E': fd(-0.03),
  ...more,
});

describe('what a distance may be measured by, PS3.3 10.7.1.3', () => {
  it.each<[string, DicomJson, string | undefined, number | undefined, number | undefined]>([
    ['nothing', {}, undefined, undefined, undefined],
    ['a plane in the patient', { ...ORIENTED, '00280030': ds(0.5, 0.25) }, 'pixel-spacing', 0.5, 0.25],
    ['a plane with the detector beside it', { ...ORIENTED, '00280030': ds(0.5, 0.5), '00181164': ds(0.2, 0.2) }, 'pixel-spacing', 0.5, 0.5],
    ['numbers as text', { ...ORIENTED, '00280030': ds('0.5 ', '.25') }, 'pixel-spacing', 0.5, 0.25],
    ['a secondary capture', { '00280030': ds(0.2, 0.2) }, 'pixel-spacing', 0.2, 0.2],
    ['a detector', { '00181164': ds(0.15, 0.15) }, 'detector', 0.15, 0.15],
    ['a detector that is not square', { '00181164': ds(0.2, 0.1) }, 'detector', 0.2, 0.1],
    ['a detector, magnified', { '00181164': ds(0.1, 0.1), '00181114': ds(1.25) }, 'magnification', 0.08, 0.08],
    ['magnification that is none', { '00181164': ds(0.1, 0.1), '00181114': ds(0) }, 'detector', 0.1, 0.1],
    ['spacing as the detector has it', { '00181164': ds(0.1, 0.1), '00280030': ds('0.100', '0.1') }, 'detector', 0.1, 0.1],
    ['the same, magnified', { '00181164': ds(0.1, 0.1), '00280030': ds(0.1, 0.1), '00181114': ds(1.25) }, 'magnification', 0.08, 0.08],
    ['spacing other than the detector', { '00181164': ds(0.15, 0.15), '00280030': ds(0.1, 0.1) }, 'calibrated', 0.1, 0.1],
    [
      'calibrated spacing is not corrected again',
      { '00181164': ds(0.15, 0.15), '00280030': ds(0.1, 0.1), '00181114': ds(1.25) },
      'calibrated',
      0.1,
      0.1,
    ],
    [
      'by geometry',
      { '00181164': ds(0.1, 0.1), '00280030': ds(0.1, 0.1), '00280A02': { vr: 'CS', Value: ['GEOMETRY'] } },
      'geometry',
      0.1,
      0.1,
    ],
    ['by a fiducial', { '00280030': ds(0.1, 0.1), '00280A02': { vr: 'CS', Value: ['FIDUCIAL'] } }, 'fiducial', 0.1, 0.1],
    ['a film', { '00182010': ds(0.3, 0.3) }, 'scanned', 0.3, 0.3],
    ['a film, calibrated', { '00182010': ds(0.3, 0.3), '00280030': ds(0.2, 0.2) }, 'calibrated', 0.2, 0.2],
    ['a film, not calibrated', { '00182010': ds(0.3, 0.3), '00280030': ds(0.3, 0.3) }, 'scanned', 0.3, 0.3],
    ['zero is none', { ...ORIENTED, '00280030': ds(0, 0), '00181164': ds(0.1, 0.1) }, 'detector', 0.1, 0.1],
    ['below zero is none', { '00280030': ds(-1, 1) }, undefined, undefined, undefined],
    ['one value is none', { '00280030': ds(1) }, undefined, undefined, undefined],
    ['a word is none', { '00280030': ds('wide', 'high') }, undefined, undefined, undefined],
    ['Pixel Aspect Ratio is none', { '00280034': is(2, 1) }, undefined, undefined, undefined],
    [
      'pixel measures, of the frame',
      {
        '52009229': sq({ '00289110': sq({ '00280030': ds(1, 1) }) }),
        '52009230': sq({}, { '00289110': sq({ '00280030': ds(0.5, 0.25) }) }),
      },
      'pixel-spacing',
      0.5,
      0.25,
    ],
    [
      'the centre of the beam',
      { '52009229': sq({ '00189401': sq({ '00189404': ds(0.2, 0.2) }) }), '00181164': ds(0.3, 0.3) },
      'beam-centre',
      0.2,
      0.2,
    ],
    ['the detector of an enhanced XA', { '52009230': sq({}, { '00289443': sq({ '00181164': ds(0.3, 0.2) }) }) }, 'detector', 0.3, 0.2],
    [
      'the same, magnified: one group shared, one of the frame',
      {
        '52009229': sq({ '00189476': sq({ '00181114': ds(1.5) }) }),
        '52009230': sq({}, { '00289443': sq({ '00181164': ds(0.3, 0.3) }) }),
      },
      'magnification',
      0.2,
      0.2,
    ],
    ['an ultrasound region', { '00186011': sq(region()), '00280030': ds(9, 9) }, 'ultrasound', 0.3, 0.2],
    ['regions of one scale', { '00186011': sq(region(), region({ '00186018': us(200), '0018601C': us(300) })) }, 'ultrasound', 0.3, 0.2],
    ['regions of two scales', { '00186011': sq(region(), region({ '0018602C': fd(0.05) })) }, undefined, undefined, undefined],
    ['a region of seconds', { '00186011': sq(region({ '00186024': us(4) })) }, undefined, undefined, undefined],
    ['a region without extent', { '00186011': sq(region({ '0018602C': fd(0) })) }, undefined, undefined, undefined],
  ])('%s', (_name, header, source, rowMm, columnMm) => {
    const { spacing } = geometryOf(header, 1);
    expect(spacing?.source).toBe(source);
    if (rowMm === undefined || columnMm === undefined) return;
    expect(spacing?.rowMm).toBeCloseTo(rowMm, 9);
    expect(spacing?.columnMm).toBeCloseTo(columnMm, 9);
  });

  it('tells how it was calibrated', () => {
    const header = { '00280030': ds(0.1, 0.1), '00280A02': { vr: 'CS', Value: ['FIDUCIAL'] }, '00280A04': lo('ball of 25 mm') };
    expect(geometryOf(header, 0).spacing).toMatchObject({ source: 'fiducial', description: 'ball of 25 mm' });
  });

  it('has one scale in each ultrasound region and none between them', () => {
    const doppler = region({ '00186012': us(3), '00186018': us(200), '0018601C': us(300), '00186024': us(4), '00186026': us(7) });
    const geometry = geometryOf({ '00186011': sq(region(), doppler) }, 0);
    expect(spacingAt(geometry, 50, 50)?.columnMm).toBeCloseTo(0.2, 9);
    expect(spacingAt(geometry, 250, 50)).toBeUndefined();
    expect(spacingAt(geometry, 0, 0)).toBeUndefined();
    expect(geometry.regions[1]).toMatchObject({ unitX: 's', unitY: 'cm/s', spatialFormat: 3 });
    expect(spacingAt(geometryOf({ '00280030': ds(1, 1) }, 0), 5, 5)?.source).toBe('pixel-spacing');
  });
});

describe('how high a pixel is drawn', () => {
  it.each<[string, DicomJson, number]>([
    ['nothing said', {}, 1],
    ['Pixel Aspect Ratio, vertical first', { '00280034': is(2, 1) }, 2],
    ['the other way', { '00280034': is('1', '2') }, 0.5],
    ['Pixel Spacing', { '00280030': ds(2, 1) }, 2],
    ['Imager Pixel Spacing', { '00181164': ds(2, 1) }, 2],
    ['Nominal Scanned Pixel Spacing', { '00182010': ds(2, 1) }, 2],
    ['a spacing comes before the ratio', { '00280030': ds(1, 1), '00280034': is(2, 1) }, 1],
    ['a ratio of zero', { '00280034': is(0, 1) }, 1],
    ['a ratio that cannot be meant', { '00280034': is(1000, 1) }, 1],
    ['decimals', { '00280030': ds('0.3906', '0.390625') }, 1],
  ])('%s', (_name, header, expected) => {
    expect(geometryOf(header, 0).aspect).toBe(expected);
  });
});
