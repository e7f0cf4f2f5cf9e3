/** The drawings of the library as measurements: values with their units, and where in the patient they lie. */
import { cache, eventTarget } from '@cornerstonejs/core';
import { annotation as annotations, Enums as ToolEnums } from '@cornerstonejs/tools';
import { NotDecodable } from '../loader/decoder-pool.ts';
import { descriptionOf, presentationFor, type ShownPicture } from '../loader/image.ts';
import { type GreyPresentation, readoutOf } from '../loader/pixels.ts';
import { spacingOf } from '../loader/spacing.ts';
import type { MeasuredPlace, MeasuredValue, Measurement, MeasuringTool } from '../port.ts';
import { isOfSameVersion, type SeriesImage } from '../series-images.ts';
import { measuringToolNamed } from '../tools.ts';
import { imagePlane, imagePointOf, type PatientPoint, planeOfItsOwn } from '../view/image-plane.ts';
import { type MeasureStats, measuredValues } from './measured-values.ts';

const { Events } = ToolEnums;
const CHANGES = [
  Events.ANNOTATION_ADDED,
  Events.ANNOTATION_COMPLETED,
  Events.ANNOTATION_MODIFIED,
  Events.ANNOTATION_REMOVED,
  Events.ANNOTATION_SELECTION_CHANGE,
];

/** One stack's pictures, as measurements are looked up in it. */
export interface MeasuredStack {
  readonly images: readonly SeriesImage[];
  /** Image id of the library → index. */
  readonly indexOf: ReadonlyMap<string, number>;
}

export function onMeasurementChange(listener: () => void): void {
  for (const name of CHANGES) eventTarget.addEventListener(name, listener);
}

/** Drawing → its image, in the version that stood there. */
const drawnOn = new WeakMap<object, SeriesImage>();

/** From now on it is known of each drawing which version of its image it is on. */
export function rememberVersions(imageAt: (imageId: string) => SeriesImage | undefined): void {
  eventTarget.addEventListener(Events.ANNOTATION_ADDED, (event: Event) => {
    const { annotation: drawn } = (event as CustomEvent<{ annotation: ReturnType<typeof annotations.state.getAllAnnotations>[number] }>)
      .detail;
    const image = imageAt(drawn.metadata?.referencedImageId ?? '');
    if (image !== undefined) drawnOn.set(drawn, image);
  });
}

/** What was measured on another version of the images says nothing of these, and goes. Returns how many that were. */
export function deleteMeasurementsOnOtherVersions({ images, indexOf }: MeasuredStack): number {
  const outdated = annotations.state.getAllAnnotations().filter((drawn) => {
    const before = drawnOn.get(drawn);
    const image = images[indexOf.get(drawn.metadata?.referencedImageId ?? '') ?? -1];
    return before !== undefined && image !== undefined && !isOfSameVersion(before, image);
  });
  for (const { annotationUID } of outdated) if (annotationUID !== undefined) deleteMeasurement(annotationUID);
  return outdated.length;
}

export function measurementsOn({ images, indexOf }: MeasuredStack): readonly Measurement[] {
  return annotations.state.getAllAnnotations().flatMap((drawn) => {
    const imageId = drawn.metadata?.referencedImageId ?? '';
    const index = indexOf.get(imageId);
    const image = index === undefined ? undefined : images[index];
    const tool = measuringToolNamed(drawn.metadata?.toolName ?? '');
    if (index === undefined || image === undefined || tool === undefined || drawn.annotationUID === undefined) return [];
    const { cachedStats, handles } = drawn.data as { cachedStats?: Record<string, MeasureStats>; handles?: { points?: number[][] } };
    return [
      {
        id: drawn.annotationUID,
        tool,
        index,
        sopInstanceUID: image.sopInstanceUID,
        frame: image.frame,
        place: placeOf(image, drawn.metadata?.FrameOfReferenceUID, handles?.points ?? []),
        values: valuesOf(tool, Object.entries(cachedStats ?? {})[0], { image, points: handles?.points ?? [] }),
        selected: annotations.selection.isAnnotationSelected(drawn.annotationUID),
      },
    ];
  });
}

/** On which image it is drawn, and where. */
export interface Drawn {
  readonly image: SeriesImage;
  readonly points: readonly (readonly number[])[];
}

/** `computed`: the library's target ("imageId:…") and what it computed there. */
export function valuesOf(
  tool: MeasuringTool,
  computed: readonly [target: string, stats: unknown] | undefined,
  drawn: Drawn | undefined,
): readonly MeasuredValue[] {
  if (computed === undefined) return [];
  const stats = computed[1] as (MeasureStats & { index?: ArrayLike<number> }) | undefined;
  const colour = tool === 'probe' && typeof stats?.value === 'object' ? colourAt(computed[0], stats.index) : undefined;
  const grey = drawn && greyOf(drawn.image, computed[0]);
  const values = measuredValues(tool, colour === undefined ? stats : { ...stats, value: colour }, {
    source: drawn && spacingOf(drawn.image.metadata).source,
    unit: drawn && (grey?.presentation.unit ?? ''),
  });
  const beside = tool === 'probe' && grey !== undefined && typeof stats?.value === 'number' ? besides(grey, stats.value) : [];
  return drawn === undefined
    ? values
    : [...beside.filter(isReal), ...values.map((value) => inPixels(value, drawn)), ...beside.filter((one) => !isReal(one))];
}

interface GreyValues {
  readonly presentation: GreyPresentation;
  /** Pixels are whole numbers. */
  readonly whole: boolean;
}

const greys = new WeakMap<SeriesImage, GreyValues | 'none'>();

/** What the header says of the image's values; undefined for colour, and for what the gateway has drawn: its greys are no values. */
function greyOf(image: SeriesImage, target: string): GreyValues | undefined {
  const shown = pictureOf(target);
  const known = greys.get(image) ?? (shown === undefined || shown.presentation !== undefined ? greyValuesOf(image) : 'none');
  greys.set(image, known);
  return known === 'none' ? undefined : known;
}

function greyValuesOf(image: SeriesImage): GreyValues | 'none' {
  try {
    const presentation = presentationFor(image);
    return presentation.kind === 'grey' ? { presentation, whole: descriptionOf(image.metadata).floatingPoint !== true } : 'none';
  } catch (thrown) {
    if (thrown instanceof NotDecodable) return 'none';
    throw thrown;
  }
}

const isReal = ({ quantity }: MeasuredValue) => quantity === 'real';

/** What the file maps the value to, and the value as it is stored. */
function besides({ presentation, whole }: GreyValues, value: number): MeasuredValue[] {
  const { quantities, stored } = readoutOf(presentation, value, whole);
  return [
    ...quantities.map(
      ({ label, value: number, unit }): MeasuredValue => ({
        quantity: 'real',
        numbers: [number],
        unit,
        calibration: undefined,
        ...(label === '' ? {} : { name: label }),
      }),
    ),
    ...(stored === undefined ? [] : [{ quantity: 'stored' as const, numbers: [stored], unit: '', calibration: undefined }]),
  ];
}

/** Pixels that are not square are drawn so that a circle is round, but counted as they are: 30 rows are 30 px, however high each is drawn. */
function inPixels(value: MeasuredValue, { image: { metadata }, points }: Drawn): MeasuredValue {
  const { row, column } = spacingOf(metadata);
  if (row === column) return value;
  if (value.quantity === 'area' && value.unit === 'px²') return { ...value, numbers: value.numbers.map((area) => area / (row * column)) };
  if (value.quantity !== 'length' || value.unit !== 'px') return value;
  const [from, to] = points.map(([x = 0, y = 0, z = 0]) => imagePointOf(planeOfItsOwn(metadata), [x, y, z]));
  return from === undefined || to === undefined ? value : { ...value, numbers: [Math.hypot(to[0] - from[0], to[1] - from[1])] };
}

export function deleteMeasurement(id: string): void {
  annotations.state.removeAnnotation(id);
}

/** `isOn`: whether the picture of that image id loses its measurements. */
export function deleteMeasurementsOn(isOn: (imageId: string) => boolean): void {
  for (const { metadata, annotationUID } of annotations.state.getAllAnnotations())
    if (annotationUID !== undefined && isOn(metadata?.referencedImageId ?? '')) deleteMeasurement(annotationUID);
}

function placeOf(image: SeriesImage, frameOfReferenceUID: string | undefined, points: readonly (readonly number[])[]): MeasuredPlace {
  const inPatient = points.map(([x = 0, y = 0, z = 0]): PatientPoint => [x, y, z]);
  if (imagePlane(image.metadata) !== undefined) return { space: 'patient', frameOfReferenceUID, points: inPatient };
  const plane = planeOfItsOwn(image.metadata);
  return { space: 'image', points: inPatient.map((point) => imagePointOf(plane, point)) };
}

/** The picture of the library's target, while it is in memory. */
function pictureOf(target: string): ShownPicture | undefined {
  return target.startsWith('imageId:') ? (cache.getImage(target.slice('imageId:'.length)) as ShownPicture | undefined) : undefined;
}

/** The library takes a colour from the picture's place in the stack, where only the first picture has one. */
function colourAt(target: string, index: ArrayLike<number> | undefined): number[] | undefined {
  const image = pictureOf(target);
  const [column = -1, row = -1] = Array.from(index ?? []);
  if (image === undefined || !image.color || column < 0 || row < 0 || column >= image.columns || row >= image.rows) return undefined;
  const pixels = image.getPixelData();
  const channels = Math.round(pixels.length / (image.rows * image.columns));
  const from = (row * image.columns + column) * channels;
  return Array.from(pixels.subarray(from, from + 3));
}
