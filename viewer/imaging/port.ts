/**
 * What the pages know of drawing. Cornerstone3D stands behind it; React keeps only the plain values named here.
 * A cell is one picture area of the grid, named by the page.
 */

import type { SeriesImage } from './series-images.ts';
import type { ImagePoint, PatientPoint } from './view/image-plane.ts';

export type MeasuringTool = 'length' | 'angle' | 'ellipse' | 'rectangle' | 'probe';
export type Tool = 'window' | 'scroll' | 'zoom' | 'pan' | MeasuringTool;

/** Told to the window when decoded images are to be dropped. Its detail: the Study Instance UID, or null for all. Heard only once an image was opened. */
export const FORGET_IMAGES = 'renkei-forget-images';

/** DICOM window, PS3.3 C.11.2.1.2; width ≥ 1 in output units of the modality LUT (HU for CT). */
export interface Window {
  readonly center: number;
  readonly width: number;
}

/** A window or VOI LUT that the image brings, PS3.3 C.11.2. */
export interface OwnWindow {
  /** By which it is chosen. */
  readonly number: number;
  /** Window Center & Width Explanation or LUT Explanation; may be empty. */
  readonly explanation: string;
  /** Undefined: a LUT. */
  readonly window: Window | undefined;
}

/** Letters at the four edges, PS3.3 C.7.6.1.1.1 (L, R, A, P, H, F); empty when the image says nothing of the patient. */
export interface EdgeLetters {
  readonly top: string;
  readonly right: string;
  readonly bottom: string;
  readonly left: string;
}

export interface CellProblem {
  /** HTTP status; 0 when the gateway could not be reached; undefined when the picture came but could not be decoded. */
  readonly status: number | undefined;
}

export interface CellState {
  /** `ready`: the image at `index` is on screen at full fidelity. */
  readonly phase: 'empty' | 'loading' | 'ready' | 'error';
  /** From 0; the image asked for, which is on screen only when `phase` is `ready`. */
  readonly index: number;
  readonly count: number;
  /** Images of the stack that are in memory. */
  readonly loaded: number;
  /** Undefined for colour, and where a LUT takes its place. */
  readonly window: Window | undefined;
  /** A VOI LUT is in force (PS3.3 C.11.2.1.1); its explanation, which may be empty. */
  readonly lut: string | undefined;
  /** All that the image on screen brings, windows first. */
  readonly own: readonly OwnWindow[];
  /** Number of the one in force; undefined: the reader's window, or the image brings none. */
  readonly chosenOwn: number | undefined;
  readonly colour: boolean;
  readonly inverted: boolean;
  /** Degrees clockwise: 0, 90, 180, 270. */
  readonly rotation: number;
  readonly flippedHorizontally: boolean;
  readonly flippedVertically: boolean;
  /** Screen pixels for one image pixel, along its rows and along its columns; undefined before the first picture. */
  readonly zoom: readonly [x: number, y: number] | undefined;
  /** mm for one screen pixel in every direction, and by what it is one; undefined where the image does not say, or not the same for all of it. */
  readonly scale: { readonly mm: number; readonly calibration: Calibration | undefined } | undefined;
  /** The picture that stands on the screen, whatever `index` asks for: what is written on a picture is of this one. `index` from 0, `frame` from 1. */
  readonly drawn: { readonly index: number; readonly sopInstanceUID: string; readonly frame: number } | undefined;
  /** It could not be decoded here and is shown as the gateway draws it. */
  readonly drawnByGateway: boolean;
  /** What the file draws over the picture on screen (PS3.3 C.9.2): what it calls it, and whether it is shown. Undefined: nothing. */
  readonly overlay: { readonly names: readonly string[]; readonly shown: boolean } | undefined;
  /** Why something that the file draws over the picture is not seen, or not yet: `not-read` may be asked for again. */
  readonly overlayFault: 'coming' | 'not-read' | 'invalid' | 'too-large' | 'not-drawn' | undefined;
  readonly edges: EdgeLetters;
  /** Why there is no picture, in phase `error`. */
  readonly problem: CellProblem | undefined;
  readonly playing: boolean;
  readonly measurements: readonly Measurement[];
}

export interface Measurement {
  readonly id: string;
  readonly tool: MeasuringTool;
  /** Index in the stack of the image it was drawn on. */
  readonly index: number;
  /** That image, so that the measurement can be found again in another stack. `frame` from 1. */
  readonly sopInstanceUID: string;
  readonly frame: number;
  readonly place: MeasuredPlace;
  /** In the order they are written; empty while none is computed yet. */
  readonly values: readonly MeasuredValue[];
  readonly selected: boolean;
}

/**
 * Where it was drawn. Length: both ends. Angle: end, vertex, end. Ellipse: bottom, top, left and right of it. Rectangle: the corners, row
 * by row. Probe: the point.
 */
export type MeasuredPlace =
  | { readonly space: 'patient'; readonly frameOfReferenceUID: string | undefined; readonly points: readonly PatientPoint[] }
  /** The image does not say where in the patient it lies. */
  | { readonly space: 'image'; readonly points: readonly ImagePoint[] };

/**
 * Of a point: `sample` is the value that the image shows, `real` what the file maps it to (real-world value, dose), `stored` the number in the file,
 * `position` where the point lies in an ultrasound region, in that region's units.
 */
export type Quantity = 'length' | 'angle' | 'area' | 'mean' | 'deviation' | 'min' | 'max' | 'sample' | 'real' | 'stored' | 'position';

/** By what a length is one in mm when the image's own geometry does not say it. */
export type Calibration =
  | 'ultrasound-region'
  | 'waveform-region'
  | 'magnification'
  | 'fiducial'
  | 'beam-centre'
  | 'detector'
  | 'scanned'
  | 'projection'
  | 'user'
  | 'calibrated'
  | 'uncertain';

export interface MeasuredValue {
  readonly quantity: Quantity;
  /** One number, or one for each sample of a colour. */
  readonly numbers: readonly number[];
  /** mm, mm², px, °, HU …; empty when the image does not say. */
  readonly unit: string;
  readonly calibration: Calibration | undefined;
  /** What the file calls it, where it does. */
  readonly name?: string;
}

/** The lines written beside a measurement; the page gives them in its language. */
export type WriteMeasurement = (values: readonly MeasuredValue[]) => string[];

export interface ViewerPort {
  /** Gives a cell its element. The element's children belong to the port until `close`. */
  open(cell: string, element: HTMLDivElement): void;
  close(cell: string): void;
  /** Shows a stack from `index`. Resolves when that image is ready or has failed; `state` tells which. */
  show(cell: string, images: readonly SeriesImage[], index: number): Promise<void>;
  clear(cell: string): void;
  jump(cell: string, index: number): void;
  retry(cell: string): void;
  setWindow(cell: string, window: Window): void;
  /** A window or LUT of the image, by its number. */
  setOwnWindow(cell: string, number: number): void;
  /** The image's windows and LUTs in turn. */
  nextOwnWindow(cell: string): void;
  /** The window the image itself asks for. */
  resetWindow(cell: string): void;
  invert(cell: string): void;
  /** A quarter turn clockwise. */
  rotate(cell: string): void;
  flipHorizontally(cell: string): void;
  flipVertically(cell: string): void;
  zoomBy(cell: string, factor: number): void;
  /** Window, zoom, pan, turn, flip and inversion as the image came; measurements stay. */
  reset(cell: string): void;
  /** Frames with times of their own (`SeriesImage.frameTimeMs`) stand for these. */
  play(cell: string, framesPerSecond: number): void;
  pause(cell: string): void;
  setTool(tool: Tool): void;
  /** Whether files' overlays are shown, in all cells; `undefined`: the other way than now. */
  showOverlays(shown: boolean | undefined): void;
  /** Asks again for what is drawn over the picture in this cell. */
  retryOverlay(cell: string): void;
  setMeasureText(write: WriteMeasurement): void;
  deleteMeasurement(id: string): void;
  deleteSelectedMeasurements(cell: string): void;
  state(cell: string): CellState;
  /** Called after every change of the cell's state. Returns what ends it. */
  subscribe(cell: string, listener: () => void): () => void;
  /**
   * Called when the gateway has another version of an instance than the one whose metadata a stack was given: they are to be read again and the
   * stack shown with them. Until then the cell waits. Returns what ends it.
   */
  onOutdated(listener: () => void): () => void;
  /** Called when a stack was shown in another version than the one that measurements were drawn on: so many were deleted. Returns what ends it. */
  onMeasurementsLost(listener: (count: number) => void): () => void;
}

export const EMPTY_CELL: CellState = {
  phase: 'empty',
  index: 0,
  count: 0,
  loaded: 0,
  window: undefined,
  lut: undefined,
  own: [],
  chosenOwn: undefined,
  colour: false,
  inverted: false,
  rotation: 0,
  flippedHorizontally: false,
  flippedVertically: false,
  zoom: undefined,
  scale: undefined,
  drawn: undefined,
  drawnByGateway: false,
  overlay: undefined,
  overlayFault: undefined,
  edges: { top: '', right: '', bottom: '', left: '' },
  problem: undefined,
  playing: false,
  measurements: [],
};
