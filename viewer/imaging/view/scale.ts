/** How long a millimetre is on the screen, for a scale beside the picture. Plain computation. */
import type { DicomObject } from '../../api/dicom-json.ts';
import { geometryOf, type SpacingSource } from '../loader/pixels.ts';
import type { CellState } from '../port.ts';

/** The two directions may differ by this much, as where a ratio beyond what is drawn was cut: then one bar cannot stand for both. */
const DIRECTIONS_DIFFER_MAX = 0.01;

type Spacing = NonNullable<ReturnType<typeof geometryOf>['spacing']>;
const known = new WeakMap<DicomObject, Spacing | 'none'>();

/** mm for one screen pixel, and by what; undefined where a length is counted in pixels, or differs from part to part of the picture. PS3.3 10.7.1.3. */
export function scaleOf(
  metadata: DicomObject,
  zoom: CellState['zoom'],
): { readonly mm: number; readonly source: SpacingSource } | undefined {
  const spacing = spacingOnce(metadata);
  if (spacing === 'none' || zoom === undefined) return undefined;
  const mm = spacing.columnMm / zoom[0];
  const down = spacing.rowMm / zoom[1];
  return Math.abs(down / mm - 1) <= DIRECTIONS_DIFFER_MAX ? { mm, source: spacing.source } : undefined;
}

/** The picture is told of with every turn of the wheel. */
function spacingOnce(metadata: DicomObject): Spacing | 'none' {
  const before = known.get(metadata);
  if (before !== undefined) return before;
  const { spacing = 'none' } = geometryOf(metadata as Parameters<typeof geometryOf>[0], 0);
  known.set(metadata, spacing);
  return spacing;
}
