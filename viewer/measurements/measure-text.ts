import type { TFunction } from 'i18next';
import type { Calibration, MeasuredValue, Quantity, WriteMeasurement } from '../imaging/port.ts';

/** What stands before a number; the others speak for themselves. */
export type MeasureLabel = Extract<Quantity, 'area' | 'mean' | 'deviation' | 'min' | 'max' | 'stored'>;

export interface MeasureWords {
  label(quantity: MeasureLabel): string;
  /** The number with its unit, and how it was calibrated. */
  calibrated(measured: string, calibration: Calibration): string;
}

const LABELLED: ReadonlySet<Quantity> = new Set<MeasureLabel>(['area', 'mean', 'deviation', 'min', 'max', 'stored']);
/** Digits behind the point of a number that has any: lengths to 0.1 mm, areas to 0.1 mm², grey values whole. Values below ten have three digits, and four what the file maps to. */
const DIGITS: Readonly<Record<Quantity, number>> = {
  length: 1,
  angle: 1,
  area: 1,
  mean: 1,
  deviation: 1,
  min: 0,
  max: 0,
  sample: 0,
  real: 0,
  stored: 0,
  position: 2,
};
/** Below ten. */
const THREE_DIGITS: ReadonlySet<Quantity> = new Set<Quantity>(['mean', 'deviation', 'min', 'max', 'sample', 'stored']);

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

function line({ quantity, numbers, unit, calibration, name = '' }: MeasuredValue, words: MeasureWords): string {
  const number = numbers.map((one) => digits(one, quantity)).join(' / ');
  const measured = unit === '' || unit === '°' || unit === '%' ? `${number}${unit}` : `${number} ${unit}`;
  const calibrated = calibration === undefined ? measured : words.calibrated(measured, calibration);
  const label = LABELLED.has(quantity) ? words.label(quantity as MeasureLabel) : name;
  return label === '' ? calibrated : `${label} ${calibrated}`;
}

/** An uptake of 3.27 or a diffusion of 0.00112 is not told by whole numbers. */
function digits(number: number, quantity: Quantity): string {
  if (Number.isInteger(number)) return String(number);
  if (quantity === 'real') return Math.abs(number) >= 1000 ? number.toFixed(0) : String(Number(number.toPrecision(4)));
  if (THREE_DIGITS.has(quantity) && Math.abs(number) < 10) return String(Number(number.toPrecision(3)));
  return number.toFixed(DIGITS[quantity]);
}
