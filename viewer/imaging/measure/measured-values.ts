import type { Calibration, MeasuredValue, MeasuringTool, Quantity } from '../port.ts';

/** What the drawing library computed for one measurement on one image; which are there depends on the tool. */
export interface MeasureStats {
  readonly length?: number | null;
  readonly unit?: string | null;
  /** Degrees. */
  readonly angle?: number | null;
  readonly area?: number | null;
  readonly areaUnit?: string | null;
  readonly mean?: number | null;
  readonly max?: number | null;
  readonly min?: number | null;
  readonly stdDev?: number | null;
  readonly modalityUnit?: string | readonly string[] | null;
  /** Grey value, samples of a colour, or where the point lies in an ultrasound region (one unit each then). */
  readonly value?: number | ArrayLike<number> | null;
}

/** What the library writes behind a unit, and what we call it. */
const CALIBRATIONS: Readonly<Record<string, Calibration>> = {
  'US Region': 'ultrasound-region',
  'ECG Region': 'waveform-region',
  ERMF: 'magnification',
  Projected: 'projection',
  User: 'user',
  Calibrated: 'calibrated',
  Error: 'uncertain',
  unknown: 'uncertain',
};
/** By where the spacing of an image comes from (`SpacingSource` of gateway/codec/pixels). Of a plane in the patient nothing needs to be said. PS3.3 10.7.1.3. */
const SOURCES: Readonly<Record<string, Calibration>> = {
  geometry: 'magnification',
  magnification: 'magnification',
  fiducial: 'fiducial',
  calibrated: 'calibrated',
  'beam-centre': 'beam-centre',
  detector: 'detector',
  scanned: 'scanned',
  ultrasound: 'ultrasound-region',
};
/** What is said beside a length in mm; undefined where it is the image's own plane in the patient. */
export function calibrationOf(source: string): Calibration | undefined {
  return SOURCES[source];
}

const MILLIMETRES: ReadonlySet<string> = new Set(['mm', 'mm²']);
/** In the unit of the image's values. */
const IN_IMAGE_UNIT: ReadonlySet<Quantity> = new Set<Quantity>(['mean', 'deviation', 'min', 'max', 'sample']);
/** Where the library means that there is none. */
const NO_UNITS: ReadonlySet<string> = new Set(['raw', 'unknown', 'unitless', 'null', 'undefined']);
const UNITS: Readonly<Record<string, string>> = { seconds: 's', 'cm/sec': 'cm/s', hertz: 'Hz', degrees: '°', percent: '%' };

/** What the image's own header says of it, which goes before what the library says. */
export interface OfImage {
  /** Where its spacing comes from, said beside what is measured in millimetres. */
  readonly source?: string | undefined;
  /** Of its values; '' for none. */
  readonly unit?: string | undefined;
}

/** The numbers of a measurement, each with its unit; a number that is none is left out. */
export function measuredValues(
  tool: MeasuringTool,
  stats: MeasureStats | undefined,
  { source, unit }: OfImage = {},
): readonly MeasuredValue[] {
  return valuesIn(tool, stats).map((value) => {
    if (source !== undefined && MILLIMETRES.has(value.unit)) return { ...value, calibration: calibrationOf(source) };
    return unit !== undefined && IN_IMAGE_UNIT.has(value.quantity) ? { ...value, unit } : value;
  });
}

function valuesIn(tool: MeasuringTool, stats: MeasureStats | undefined): readonly MeasuredValue[] {
  if (stats === undefined || stats === null) return [];
  switch (tool) {
    case 'length':
      return one('length', stats.length, stats.unit);
    case 'angle':
      return one('angle', stats.angle, '°');
    case 'ellipse':
    case 'rectangle':
      return regionValues(stats);
    case 'probe':
      return probeValues(stats);
  }
}

function regionValues({ area, areaUnit, mean, stdDev, min, max, modalityUnit }: MeasureStats): MeasuredValue[] {
  const unit = firstUnit(modalityUnit);
  return [
    ...one('area', area, areaUnit),
    ...one('mean', mean, unit),
    ...one('deviation', stdDev, unit),
    ...one('min', min, unit),
    ...one('max', max, unit),
  ];
}

function probeValues({ value, modalityUnit }: MeasureStats): MeasuredValue[] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'number') return one('sample', value, firstUnit(modalityUnit));
  const samples = Array.from(value);
  if (typeof modalityUnit === 'object' && modalityUnit !== null && modalityUnit.some((unit) => !NO_UNITS.has(unit)))
    return samples.flatMap((number, at) => one('position', number, modalityUnit[at]));
  if (samples.length === 0 || !samples.every(Number.isFinite)) return [];
  return [{ quantity: 'sample', numbers: samples, ...unitOf(firstUnit(modalityUnit)) }];
}

function one(quantity: Quantity, number: number | null | undefined, unit: string | null | undefined): MeasuredValue[] {
  return typeof number === 'number' && Number.isFinite(number) ? [{ quantity, numbers: [number], ...unitOf(unit) }] : [];
}

function firstUnit(unit: MeasureStats['modalityUnit']): string | null | undefined {
  return typeof unit === 'string' || unit === null || unit === undefined ? unit : unit[0];
}

/** `mm² Projected` → the unit and how it was calibrated. */
function unitOf(text: string | null | undefined): Pick<MeasuredValue, 'unit' | 'calibration'> {
  const [bare = '', ...rest] = (text ?? '').split(' ');
  const unit = NO_UNITS.has(bare) ? '' : (UNITS[bare] ?? bare);
  return { unit, calibration: rest.length === 0 ? undefined : (CALIBRATIONS[rest.join(' ')] ?? 'uncertain') };
}
