/** Which distances measurements and drawing may use, and where they come from: as the gateway reads it. PS3.3 10.7.1.3, C.7.6.3.1.7. */
import type { DicomObject } from '../../api/dicom-json.ts';
import { geometryOf, type SpacingSource } from './pixels.ts';

export interface Spacing {
  /** Between rows and between columns: mm, or only their proportion. */
  readonly row: number;
  readonly column: number;
  readonly mm: boolean;
  /** Undefined: a distance is counted in pixels. */
  readonly source: SpacingSource | undefined;
}

const ULTRASOUND_REGIONS = '00186011';

/** Of one frame, its functional groups laid flat. Ultrasound regions have scales of their own, which the drawing library takes from metadata.ts. */
export function spacingOf(metadata: DicomObject): Spacing {
  const { [ULTRASOUND_REGIONS]: _regions, ...whole } = metadata;
  const { spacing, aspect } = geometryOf(whole as Parameters<typeof geometryOf>[0], 0);
  if (spacing === undefined) return { row: aspect, column: 1, mm: false, source: undefined };
  return { row: spacing.rowMm, column: spacing.columnMm, mm: true, source: spacing.source };
}
