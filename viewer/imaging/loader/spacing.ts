/** Which distances measurements and drawing may use, and where they come from. PS3.3 10.7.1.3, C.7.6.3.1.7. */
import { type DicomObject, firstNumber, firstString, numbers } from '../../api/dicom-json.ts';

/** By what a length is one in mm; `pixel-spacing`: by the image's own geometry. */
export type SpacingSource = 'pixel-spacing' | 'geometry' | 'fiducial' | 'calibrated' | 'magnification' | 'detector' | 'scanned';

export interface Spacing {
  /** Between rows and between columns: mm, or only their proportion. */
  readonly row: number;
  readonly column: number;
  readonly mm: boolean;
  /** Undefined: a distance is counted in pixels. */
  readonly source: SpacingSource | undefined;
}

type Pair = readonly [row: number, column: number];

export function spacingOf(metadata: DicomObject): Spacing {
  const found = measuredBy(metadata);
  if (found !== undefined) return { row: found.pair[0], column: found.pair[1], mm: true, source: found.source };
  const aspect = pair(metadata, '00280034');
  return { row: aspect?.[0] ?? 1, column: aspect?.[1] ?? 1, mm: false, source: undefined };
}

function measuredBy(metadata: DicomObject): { readonly pair: Pair; readonly source: SpacingSource } | undefined {
  const own = pair(metadata, '00280030');
  if (own !== undefined && metadata['00200037'] !== undefined) return { pair: own, source: 'pixel-spacing' };
  const detector = pair(metadata, '00181164');
  const film = pair(metadata, '00182010');
  const raw = detector ?? film;
  const type = firstString(metadata, '00280A02');
  if (own !== undefined && type === 'GEOMETRY') return { pair: own, source: 'geometry' };
  if (own !== undefined && type === 'FIDUCIAL') return { pair: own, source: 'fiducial' };
  if (own !== undefined && raw === undefined) return { pair: own, source: 'pixel-spacing' };
  if (own !== undefined && raw !== undefined && !isSame(own, raw)) return { pair: own, source: 'calibrated' };
  if (detector === undefined) return film && { pair: film, source: 'scanned' };
  const factor = firstNumber(metadata, '00181114') ?? 0;
  if (!(factor > 0)) return { pair: detector, source: 'detector' };
  return { pair: [detector[0] / factor, detector[1] / factor], source: 'magnification' };
}

/** Alike but for how the decimals were written: nobody has calibrated then. */
function isSame(a: Pair, b: Pair): boolean {
  return [0, 1].every((at) => Math.abs((a[at] ?? 0) - (b[at] ?? 0)) <= 1e-3 * Math.max(a[at] ?? 0, b[at] ?? 0));
}

function pair(metadata: DicomObject, tag: string): Pair | undefined {
  const [row, column] = numbers(metadata, tag);
  return row !== undefined && column !== undefined && row > 0 && column > 0 ? [row, column] : undefined;
}
