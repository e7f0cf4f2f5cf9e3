import { createInstance } from 'i18next';
import { describe, expect, it } from 'vitest';
import { en } from '../i18n/en.ts';
import { ja } from '../i18n/ja.ts';
import type { MeasuredValue } from '../imaging/port.ts';
import { measureText, measureWords } from './measure-text.ts';

const one = (quantity: MeasuredValue['quantity'], number: number, unit: string, calibration?: MeasuredValue['calibration']) => ({
  quantity,
  numbers: [number],
  unit,
  calibration,
});
const ROI = [
  one('area', 1078.14, 'mm²'),
  one('mean', -776.93, 'HU'),
  one('deviation', 423.5, 'HU'),
  one('min', -1007, 'HU'),
  one('max', 110, 'HU'),
];

const cases: readonly [string, MeasuredValue[], string[], string[]][] = [
  ['length to 0.1 mm', [one('length', 67.62, 'mm')], ['67.6 mm'], ['67.6 mm']],
  ['pixels, said so', [one('length', 12, 'px')], ['12 px'], ['12 px']],
  ['angle', [one('angle', 33.42, '°')], ['33.4°'], ['33.4°']],
  [
    'ROI',
    ROI,
    ['面積 1078.1 mm²', '平均 -776.9 HU', '標準偏差 423.5 HU', '最小 -1007 HU', '最大 110 HU'],
    ['Area 1078.1 mm²', 'Mean -776.9 HU', 'SD 423.5 HU', 'Min -1007 HU', 'Max 110 HU'],
  ],
  ['ultrasound', [one('length', 3.21, 'cm', 'ultrasound-region')], ['3.2 cm（超音波の校正値）'], ['3.2 cm (ultrasound calibration)']],
  ['area on a projection', [one('area', 30.4, 'mm²', 'projection')], ['面積 30.4 mm²（投影像）'], ['Area 30.4 mm² (projection)']],
  ['grey value', [one('sample', -24, 'HU')], ['-24 HU'], ['-24 HU']],
  ['grey value without a unit', [one('sample', 812, '')], ['812'], ['812']],
  ['uptake', [one('sample', 3.274, 'g/ml SUVbw')], ['3.27 g/ml SUVbw'], ['3.27 g/ml SUVbw']],
  [
    'what the file maps it to, by its name, and as it is stored',
    [
      { ...one('real', 0.0011234, 'mm²/s'), name: 'ADC' },
      one('real', 12_345.6, 'Bq/ml'),
      one('sample', 1123.4, ''),
      one('stored', 1123, ''),
    ],
    ['ADC 0.001123 mm²/s', '12346 Bq/ml', '1123', '格納値 1123'],
    ['ADC 0.001123 mm²/s', '12346 Bq/ml', '1123', 'Stored 1123'],
  ],
  ['colour', [{ quantity: 'sample', numbers: [10, 20.4, 30], unit: '', calibration: undefined }], ['10 / 20 / 30'], ['10 / 20 / 30']],
  ['Doppler', [one('position', 1.254, 's'), one('position', -40, 'cm/s')], ['1.25 s', '-40 cm/s'], ['1.25 s', '-40 cm/s']],
  ['nothing', [], [], []],
];

describe.each([
  ['ja', 2],
  ['en', 3],
] as const)('%s', (language, column) => {
  const i18n = createInstance({ lng: language, resources: { ja: { translation: ja }, en: { translation: en } } });
  it.each(cases)('%s', async (...row) => {
    await i18n.init({ interpolation: { escapeValue: false } });
    expect(measureText(measureWords(i18n.t))(row[1])).toEqual(row[column]);
  });
});
