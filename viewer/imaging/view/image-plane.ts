/** Between the pixels of one image and millimetres in the patient. PS3.3 C.7.6.2.1.1. */
import { type DicomObject, numbers } from '../../api/dicom-json.ts';
import { spacingOf } from '../loader/spacing.ts';

/** LPS, mm. */
export type PatientPoint = readonly [x: number, y: number, z: number];
/** (column, row) from the top left corner of the image; the middle of its first pixel is (0.5, 0.5). PS3.3 C.10.5.1.2. */
export type ImagePoint = readonly [column: number, row: number];

export interface ImagePlane {
  /** The middle of the first pixel. */
  readonly position: PatientPoint;
  /** Unit vectors along a row (columns rise) and along a column (rows rise). */
  readonly row: PatientPoint;
  readonly column: PatientPoint;
  /** mm. */
  readonly betweenRows: number;
  readonly betweenColumns: number;
}

/** Undefined when the image does not say where in the patient it lies. */
export function imagePlane(metadata: DicomObject): ImagePlane | undefined {
  const position = numbers(metadata, '00200032');
  const orientation = numbers(metadata, '00200037');
  const [betweenRows = 0, betweenColumns = 0] = numbers(metadata, '00280030');
  if (position.length !== 3 || orientation.length !== 6 || !(betweenRows > 0) || !(betweenColumns > 0)) return undefined;
  return { position: triple(position, 0), row: triple(orientation, 0), column: triple(orientation, 3), betweenRows, betweenColumns };
}

/** What the drawing library takes for an image that does not say: a plane of its own, whose units are pixels or their spacing in mm. */
export function planeOfItsOwn(metadata: DicomObject): ImagePlane {
  const { row: betweenRows, column: betweenColumns } = spacingOf(metadata);
  const orientation = numbers(metadata, '00200037');
  const position = numbers(metadata, '00200032');
  return {
    position: position.length === 3 ? triple(position, 0) : [0, 0, 0],
    row: orientation.length === 6 ? triple(orientation, 0) : [1, 0, 0],
    column: orientation.length === 6 ? triple(orientation, 3) : [0, 1, 0],
    betweenRows,
    betweenColumns,
  };
}

/** Where on the image the foot of the perpendicular from `point` falls. */
export function imagePointOf(plane: ImagePlane, point: PatientPoint): ImagePoint {
  const from: PatientPoint = [point[0] - plane.position[0], point[1] - plane.position[1], point[2] - plane.position[2]];
  return [dot(from, plane.row) / plane.betweenColumns + 0.5, dot(from, plane.column) / plane.betweenRows + 0.5];
}

export function patientPointOf(plane: ImagePlane, [column, row]: ImagePoint): PatientPoint {
  const along = (column - 0.5) * plane.betweenColumns;
  const down = (row - 0.5) * plane.betweenRows;
  const at = (axis: 0 | 1 | 2) => plane.position[axis] + along * plane.row[axis] + down * plane.column[axis];
  return [at(0), at(1), at(2)];
}

function dot(a: PatientPoint, b: PatientPoint): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function triple(values: readonly number[], from: number): PatientPoint {
  return [values[from] ?? 0, values[from + 1] ?? 0, values[from + 2] ?? 0];
}
