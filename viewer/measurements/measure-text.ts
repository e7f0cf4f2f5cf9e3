import type { TFunction } from 'i18next';
import type { Calibration, MeasuredValue, Quantity, WriteMeasurement } from '../imaging/port.ts';

/** What stands before a number; the others speak for themselves. */
export type MeasureLabel = Extract<Quantity, 'area' | 'mean' | 'deviation' | 'min' | 'max'>;

export interface MeasureWords {
  label(quantity: MeasureLabel): string;
  /** The number with its unit, and how it was calibrated. */
  calibrated(measured: string, calibration: Calibration): string;
}

const LABELLED: ReadonlySet<Quantity> = new Set<MeasureLabel>(['area', 'mean', 'deviation', 'min', 'max']);
/** Digits behind the point of a number that has any: lengths to 0.1 mm, areas to 0.1 mm², grey values whole. */
const DIGITS: Readonly<Record<Quantity, number>> = {
  length: 1,
  angle: 1,
  area: 1,
  mean: 1,
  deviation: 1,
  min: 0,
  max: 0,
  sample: 0,
  position: 2,
};

export function measureWords(t: TFunction): MeasureWords {
  return {
    label: (quantity) => t(`measure.${quantity}`),
    calibrated: (measured, calibration) => t('measure.calibrated', { measured, how: t(`measure.calibration.${calibration}`) }),
  };
}

/** One line a value. A number never stands without its unit; without calibration the unit is px and says so. */
export function measureText(words: MeasureWords): WriteMeasurement {
  return (values) => values.map((value) => line(value, words));
}

function line({ quantity, numbers, unit, calibration }: MeasuredValue, words: MeasureWords): string {
  const number = numbers.map((one) => one.toFixed(Number.isInteger(one) ? 0 : DIGITS[quantity])).join(' / ');
  const measured = unit === '' || unit === '°' || unit === '%' ? `${number}${unit}` : `${number} ${unit}`;
  const calibrated = calibration === undefined ? measured : words.calibrated(measured, calibration);
  return LABELLED.has(quantity) ? `${words.label(quantity as MeasureLabel)} ${calibrated}` : calibrated;
}
