import { expect, it } from 'vitest';
import type { MeasuredValue, MeasuringTool } from '../port.ts';
import { type MeasureStats, measuredValues } from './measured-values.ts';

const value = (quantity: MeasuredValue['quantity'], numbers: number[], unit: string, calibration?: MeasuredValue['calibration']) => ({
  quantity,
  numbers,
  unit,
  calibration,
});

const cases: readonly [string, MeasuringTool, MeasureStats | undefined, MeasuredValue[]][] = [
  ['length in mm', 'length', { length: 67.62, unit: 'mm' }, [value('length', [67.62], 'mm')]],
  ['length without spacing', 'length', { length: 12, unit: 'px' }, [value('length', [12], 'px')]],
  ['ultrasound', 'length', { length: 3.2, unit: 'cm US Region' }, [value('length', [3.2], 'cm', 'ultrasound-region')]],
  ['radiograph, at the detector', 'length', { length: 30, unit: 'mm Projected' }, [value('length', [30], 'mm', 'projection')]],
  ['a calibration we do not know', 'length', { length: 30, unit: 'mm Guess' }, [value('length', [30], 'mm', 'uncertain')]],
  ['angle', 'angle', { angle: 33.42 }, [value('angle', [33.42], '°')]],
  [
    'ROI in HU',
    'ellipse',
    { area: 1078.14, areaUnit: 'mm²', mean: -776.93, stdDev: 423.5, min: -1007, max: 110, modalityUnit: 'HU' },
    [
      value('area', [1078.14], 'mm²'),
      value('mean', [-776.93], 'HU'),
      value('deviation', [423.5], 'HU'),
      value('min', [-1007], 'HU'),
      value('max', [110], 'HU'),
    ],
  ],
  ['ROI not yet computed', 'rectangle', { area: null, mean: null }, []],
  ['grey value', 'probe', { value: -24, modalityUnit: 'HU' }, [value('sample', [-24], 'HU')]],
  ['grey value without a unit', 'probe', { value: 812, modalityUnit: 'raw' }, [value('sample', [812], '')]],
  ['colour', 'probe', { value: [10, 20, 30], modalityUnit: ['raw', 'raw', 'raw'] }, [value('sample', [10, 20, 30], '')]],
  ['colour as the renderer keeps it', 'probe', { value: new Uint8Array([1, 2, 3]) }, [value('sample', [1, 2, 3], '')]],
  ['a colour that is not there', 'probe', { value: [Number.NaN, Number.NaN, Number.NaN], modalityUnit: 'raw' }, []],
  [
    'a point of a Doppler trace: time and speed, each in its unit',
    'probe',
    { value: [1.25, -40.5], modalityUnit: ['seconds', 'cm/sec'] },
    [value('position', [1.25], 's'), value('position', [-40.5], 'cm/s')],
  ],
  ['nothing', 'length', undefined, []],
  ['not a number', 'length', { length: Number.NaN, unit: 'mm' }, []],
];

it.each(cases)('%s', (_name, tool, stats, expected) => {
  expect(measuredValues(tool, stats)).toEqual(expected);
});

/** PS3.3 10.7.1.3: what is measured in millimetres says where they come from; pixels, angles and grey values do not. */
it.each<[string | undefined, string, MeasuredValue['calibration']]>([
  ['pixel-spacing', 'mm', undefined],
  ['pixel-spacing', 'mm Projected', undefined],
  ['detector', 'mm', 'detector'],
  ['detector', 'mm Projected', 'detector'],
  ['magnification', 'mm ERMF', 'magnification'],
  ['geometry', 'mm', 'magnification'],
  ['fiducial', 'mm', 'fiducial'],
  ['calibrated', 'mm', 'calibrated'],
  ['beam-centre', 'mm', 'beam-centre'],
  ['scanned', 'mm', 'scanned'],
  ['ultrasound', 'mm', 'ultrasound-region'],
  [undefined, 'mm ERMF', 'magnification'],
  ['detector', 'px', undefined],
])('spacing by %s, measured in %s', (source, unit, calibration) => {
  expect(measuredValues('length', { length: 10, unit }, { source })).toEqual([
    value('length', [10], unit.split(' ')[0] ?? '', calibration),
  ]);
});

it('a region is so many square millimetres at the detector, and grey as it was', () => {
  expect(measuredValues('ellipse', { area: 4, areaUnit: 'mm²', mean: 7, modalityUnit: 'HU' }, { source: 'detector' })).toEqual([
    value('area', [4], 'mm²', 'detector'),
    value('mean', [7], 'HU'),
  ]);
});

it('values have the unit that the image says, and none where it says none', () => {
  const stats = { area: 4, areaUnit: 'mm²', mean: 7, min: 1, max: 9, stdDev: 2, modalityUnit: 'HU' };
  expect(measuredValues('rectangle', stats, { unit: 'Bq/ml' }).map(({ unit }) => unit)).toEqual([
    'mm²',
    'Bq/ml',
    'Bq/ml',
    'Bq/ml',
    'Bq/ml',
  ]);
  expect(measuredValues('probe', { value: 7, modalityUnit: 'HU' }, { unit: '' })).toEqual([value('sample', [7], '')]);
  const trace = { value: [1.25, -40.5], modalityUnit: ['seconds', 'cm/sec'] };
  expect(measuredValues('probe', trace, { unit: '' }).map(({ unit }) => unit)).toEqual(['s', 'cm/s']);
});
