import type { MeasureWords, Tool } from './port.ts';

/** What the drawing library computed for one measurement on one image; which are there depends on the tool. */
export interface MeasureStats {
  readonly length?: number | null;
  readonly unit?: string;
  /** Degrees. */
  readonly angle?: number | null;
  readonly area?: number | null;
  readonly areaUnit?: string;
  readonly mean?: number | null;
  readonly max?: number | null;
  readonly min?: number | null;
  readonly stdDev?: number | null;
  readonly modalityUnit?: string | readonly string[];
  readonly value?: number | readonly number[] | null;
}

/**
 * The text beside a measurement. A number never stands without its unit; without calibration the unit is px and says so.
 * Lengths to 0.1 mm, areas to 0.1 mm², grey values to whole units when large.
 */
export function measureLines(tool: Tool, stats: MeasureStats | undefined, words: MeasureWords): string[] {
  if (stats === undefined) return [];
  switch (tool) {
    case 'length':
      return withUnit(stats.length, stats.unit, 1);
    case 'angle':
      return typeof stats.angle === 'number' && Number.isFinite(stats.angle) ? [`${stats.angle.toFixed(1)}°`] : [];
    case 'ellipse':
    case 'rectangle':
      return [
        ...labelled(words.area, stats.area, stats.areaUnit, 1),
        ...labelled(words.mean, stats.mean, oneUnit(stats.modalityUnit), 1),
        ...labelled(words.deviation, stats.stdDev, oneUnit(stats.modalityUnit), 1),
        ...labelled(words.min, stats.min, oneUnit(stats.modalityUnit), 0),
        ...labelled(words.max, stats.max, oneUnit(stats.modalityUnit), 0),
      ];
    case 'probe':
      return probeLines(stats);
    case 'window':
    case 'scroll':
    case 'zoom':
    case 'pan':
      return [];
  }
}

function probeLines({ value, modalityUnit }: MeasureStats): string[] {
  if (typeof value === 'number') return withUnit(value, oneUnit(modalityUnit), 0);
  if (value === undefined || value === null) return [];
  const unit = oneUnit(modalityUnit);
  return [`${value.map((sample) => Math.round(sample)).join(' / ')}${unit === '' ? '' : ` ${unit}`}`];
}

function labelled(label: string, value: number | null | undefined, unit: string | undefined, digits: number): string[] {
  return withUnit(value, unit, digits).map((text) => `${label} ${text}`);
}

function withUnit(value: number | null | undefined, unit: string | undefined, digits: number): string[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) return [];
  const text = value.toFixed(Number.isInteger(value) ? 0 : digits);
  return [unit === undefined || unit === '' ? text : `${text} ${unit}`];
}

function oneUnit(unit: string | readonly string[] | undefined): string {
  const first = typeof unit === 'string' ? unit : unit?.[0];
  return first === 'raw' ? '' : (first ?? '');
}
