import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { itemsOf, numberOf, textOf, VR_BOUNDS, wholeOf } from '../../domain/imaging/header-values.ts';
import { functionalGroup } from './presentation.ts';

/**
 * What a distance in a picture may be measured by, and where that is said. PS3.3 10.7.1.3.
 * - `pixel-spacing`: Pixel Spacing of a plane in the patient (with orientation), or of an image that says nothing of a detector or film.
 * - `geometry`, `fiducial`: Pixel Spacing of a projection, calibrated, as Pixel Spacing Calibration Type says.
 * - `calibrated`: it differs from the spacing of the detector or film beside it, so somebody calibrated it; how is not said.
 * - `beam-centre`: Object Pixel Spacing in Center of Beam (enhanced XA and XRF, C.8.19.6.9).
 * - `magnification`: at the patient, the detector's spacing divided by the Estimated Radiographic Magnification Factor.
 * - `detector`: Imager Pixel Spacing, in the plane of the detector: what is measured by it is larger than in the patient.
 * - `scanned`: Nominal Scanned Pixel Spacing, on the film that was scanned.
 * - `ultrasound`: physical delta of a region, PS3.3 C.8.5.5.
 */
export type SpacingSource =
  | 'pixel-spacing'
  | 'geometry'
  | 'fiducial'
  | 'calibrated'
  | 'beam-centre'
  | 'magnification'
  | 'detector'
  | 'scanned'
  | 'ultrasound';

export interface Spacing {
  /** Between the centres of two rows: a pixel's height. Above zero. */
  readonly rowMm: number;
  /** Between the centres of two columns: a pixel's width. Above zero. */
  readonly columnMm: number;
  readonly source: SpacingSource;
  /** Pixel Spacing Calibration Description. */
  readonly description?: string;
}

/** A part of an ultrasound picture with a scale of its own, in pixels, both ends included. PS3.3 C.8.5.5.1. */
export interface UltrasoundRegion {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Physical Delta X and Y a pixel, above zero, in the unit beside it. */
  readonly deltaX: number;
  readonly deltaY: number;
  readonly unitX: RegionUnit;
  readonly unitY: RegionUnit;
  /** 1: 2D, 2: M-mode, 3: spectral, 4: wave form, 5: graphics; 0 or undefined: none. */
  readonly spatialFormat: number | undefined;
}

export type RegionUnit = 'none' | '%' | 'dB' | 'cm' | 's' | 'Hz' | 'dB/s' | 'cm/s' | 'cm²' | 'cm²/s' | 'cm³' | 'cm³/s' | '°';

export interface Geometry {
  /** Of the whole picture; undefined: a distance is counted in pixels, or by the region it lies in. */
  readonly spacing: Spacing | undefined;
  readonly regions: readonly UltrasoundRegion[];
  /** Height of a pixel divided by its width, for drawing; 1 when nothing is said. Pixel Aspect Ratio gives it without a spacing. */
  readonly aspect: number;
}

/** Regions that are read of one picture. */
export const REGIONS_MAX = 64;
/** A pixel is not drawn more than so many times as high as wide, nor the other way round: such a ratio is a slip of the file. */
export const ASPECT_MAX = 20;

/** Spacing and aspect of frame `frame` (from 0). Lengths of zero, below zero or without a second value are none, and the next source is asked. */
export function geometryOf(header: DicomJson, frame: number): Geometry {
  const regions = regionsOf(header);
  const spacing = ultrasoundSpacing(regions) ?? measuredSpacing(header, frame) ?? projectionSpacing(header, frame);
  return { spacing, regions, aspect: aspectOf(header, spacing) };
}

/** The scale at a point of the picture: that of its region, or the whole picture's. `x`, `y`: column and row, from 0. */
export function spacingAt({ spacing, regions }: Geometry, x: number, y: number): Spacing | undefined {
  const region = regions.find(({ left, top, right, bottom }) => x >= left && x <= right && y >= top && y <= bottom);
  if (region === undefined) return spacing?.source === 'ultrasound' ? undefined : spacing;
  return regionSpacing(region);
}

/** Pixel Measures of an enhanced image, or Pixel Spacing of a plane in the patient. */
function measuredSpacing(header: DicomJson, frame: number): Spacing | undefined {
  const measures = pairOf(functionalGroup(header, frame, '00289110'), '00280030');
  if (measures !== undefined) return { ...measures, source: 'pixel-spacing' };
  const oriented = header['00200037'] !== undefined || functionalGroup(header, frame, '00209116') !== undefined;
  const plane = oriented ? pairOf(header, '00280030') : undefined;
  return plane && { ...plane, source: 'pixel-spacing' };
}

/** Images without a plane in the patient. */
function projectionSpacing(header: DicomJson, frame: number): Spacing | undefined {
  const centre = pairOf(functionalGroup(header, frame, '00189401'), '00189404');
  if (centre !== undefined) return { ...centre, source: 'beam-centre' };
  const own = pairOf(header, '00280030');
  // Of enhanced XA and XRF: Frame Pixel Data Properties (C.8.19.6.4) and X-Ray Geometry (C.8.19.6.14).
  const detector = pairOf(header, '00181164') ?? pairOf(functionalGroup(header, frame, '00289443'), '00181164');
  const film = pairOf(header, '00182010');
  const raw = detector ?? film;
  const type = textOf(header, '00280A02');
  const description = textOf(header, '00280A04');
  const said = description === undefined || description === '' ? {} : { description };
  if (own !== undefined && (type === 'GEOMETRY' || type === 'FIDUCIAL')) {
    return { ...own, source: type === 'GEOMETRY' ? 'geometry' : 'fiducial', ...said };
  }
  if (own !== undefined && raw === undefined) return { ...own, source: 'pixel-spacing', ...said };
  // The same numbers twice: nobody has calibrated (10.7.1.3).
  if (own !== undefined && raw !== undefined && !isSame(own, raw)) return { ...own, source: 'calibrated', ...said };
  if (detector === undefined) return film && { ...film, source: 'scanned' };
  const factor = numberOf(header, '00181114') ?? numberOf(functionalGroup(header, frame, '00189476'), '00181114');
  if (factor === undefined || !(factor > 0)) return { ...detector, source: 'detector' };
  return { rowMm: detector.rowMm / factor, columnMm: detector.columnMm / factor, source: 'magnification' };
}

type Pair = Pick<Spacing, 'rowMm' | 'columnMm'>;

/** Row spacing, then column spacing: PS3.3 10.7.1.3. */
function pairOf(holder: DicomJson | undefined, tag: string): Pair | undefined {
  const rowMm = numberOf(holder, tag, 0);
  const columnMm = numberOf(holder, tag, 1);
  return rowMm !== undefined && columnMm !== undefined && rowMm > 0 && columnMm > 0 ? { rowMm, columnMm } : undefined;
}

/** Alike but for how the decimals were written. */
function isSame(a: Pair, b: Pair): boolean {
  const near = (x: number, y: number) => Math.abs(x - y) <= 1e-3 * Math.max(x, y);
  return near(a.rowMm, b.rowMm) && near(a.columnMm, b.columnMm);
}

function aspectOf(header: DicomJson, spacing: Spacing | undefined): number {
  const vertical = numberOf(header, '00280034', 0);
  const horizontal = numberOf(header, '00280034', 1);
  const ratio =
    spacing !== undefined
      ? spacing.rowMm / spacing.columnMm
      : vertical !== undefined && horizontal !== undefined && vertical > 0 && horizontal > 0
        ? vertical / horizontal
        : 1;
  if (!(ratio >= 1 / ASPECT_MAX && ratio <= ASPECT_MAX)) return 1;
  return Math.abs(ratio - 1) <= 1e-3 ? 1 : ratio;
}

/** Physical Units X and Y Direction, PS3.3 C.8.5.5.1.15. */
const UNITS: readonly RegionUnit[] = ['none', '%', 'dB', 'cm', 's', 'Hz', 'dB/s', 'cm/s', 'cm²', 'cm²/s', 'cm³', 'cm³/s', '°'];

function regionsOf(header: DicomJson): readonly UltrasoundRegion[] {
  return itemsOf(header, '00186011')
    .slice(0, REGIONS_MAX)
    .flatMap((item): UltrasoundRegion[] => {
      const [left, top, right, bottom] = ['00186018', '0018601A', '0018601C', '0018601E'].map((tag) => wholeOf(item, tag, VR_BOUNDS.UL));
      const deltaX = Math.abs(numberOf(item, '0018602C') ?? 0);
      const deltaY = Math.abs(numberOf(item, '0018602E') ?? 0);
      const unitX = UNITS[numberOf(item, '00186024') ?? -1];
      const unitY = UNITS[numberOf(item, '00186026') ?? -1];
      if (left === undefined || top === undefined || right === undefined || bottom === undefined) return [];
      if (deltaX === 0 || deltaY === 0 || unitX === undefined || unitY === undefined || right < left || bottom < top) return [];
      return [{ left, top, right, bottom, deltaX, deltaY, unitX, unitY, spatialFormat: numberOf(item, '00186012') }];
    });
}

function regionSpacing({ deltaX, deltaY, unitX, unitY }: UltrasoundRegion): Spacing | undefined {
  return unitX === 'cm' && unitY === 'cm' ? { rowMm: deltaY * 10, columnMm: deltaX * 10, source: 'ultrasound' } : undefined;
}

/** Of the whole picture only when all its parts that are measured in centimetres have one scale. */
function ultrasoundSpacing(regions: readonly UltrasoundRegion[]): Spacing | undefined {
  const [first, ...others] = regions.flatMap((region) => regionSpacing(region) ?? []);
  return first !== undefined && others.every((other) => isSame(first, other)) ? first : undefined;
}
