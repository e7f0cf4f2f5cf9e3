/** Which distances measurements and drawing may use, and where they come from. PS3.3 10.7.1.3, C.7.6.3.1.7. */
import { type DicomObject, firstNumber, numbers } from '../../api/dicom-json.ts';

/** By what a length is one in mm; undefined: by the image's own geometry. */
export type SpacingSource = 'calibrated' | 'detector' | 'magnification' | undefined;

export interface Spacing {
  /** Between rows and between columns: mm, or only their proportion. */
  readonly row: number;
  readonly column: number;
  readonly mm: boolean;
  readonly source: SpacingSource;
}

export function spacingOf(metadata: DicomObject): Spacing {
  const own = pair(metadata, '00280030');
  const imager = pair(metadata, '00181164');
  if (own !== undefined) {
    const differs = imager !== undefined && (own[0] !== imager[0] || own[1] !== imager[1]);
    const detector = imager !== undefined && !differs;
    return { row: own[0], column: own[1], mm: true, source: differs ? 'calibrated' : detector ? 'detector' : undefined };
  }
  if (imager !== undefined) {
    const magnification = firstNumber(metadata, '00181114') ?? 1;
    if (magnification > 1) return { row: imager[0] / magnification, column: imager[1] / magnification, mm: true, source: 'magnification' };
    return { row: imager[0], column: imager[1], mm: true, source: 'detector' };
  }
  const scanned = pair(metadata, '00182010');
  if (scanned !== undefined) return { row: scanned[0], column: scanned[1], mm: true, source: undefined };
  const aspect = pair(metadata, '00280034');
  return { row: aspect?.[0] ?? 1, column: aspect?.[1] ?? 1, mm: false, source: undefined };
}

function pair(metadata: DicomObject, tag: string): readonly [number, number] | undefined {
  const [row, column] = numbers(metadata, tag);
  return row !== undefined && column !== undefined && row > 0 && column > 0 ? [row, column] : undefined;
}
