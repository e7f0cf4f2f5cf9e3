// @vitest-environment happy-dom
import { eventTarget, triggerEvent } from '@cornerstonejs/core';
import { annotation, Enums } from '@cornerstonejs/tools';
import { afterEach, describe, expect, it } from 'vitest';
import { seriesContent } from '../series-images.ts';
import { deleteMeasurement, deleteMeasurementsOnOtherVersions, measurementsOn, rememberVersions } from './measure.ts';

/** Two slices of a sagittal series, and one image that does not say where in the patient it lies. */
const SLICE = { '00280010': { Value: [64] }, '00280011': { Value: [64] }, '00280030': { Value: [0.5, 2] } };
const PLACED = { '00200032': { Value: [12, -80, 90] }, '00200037': { Value: [0, 1, 0, 0, 0, -1] } };
const { images } = seriesContent(
  [
    { ...SLICE, ...PLACED, '00080018': { Value: ['1.1'] }, '00200013': { Value: [1] } },
    { ...SLICE, ...PLACED, '00080018': { Value: ['1.2'] }, '00200013': { Value: [2] } },
    { ...SLICE, '00080018': { Value: ['1.3'] }, '00200013': { Value: [3] } },
  ],
  () => '/x',
);
const STACK = {
  images,
  indexOf: new Map([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ]),
};

function draw(id: string, toolName: string, referencedImageId: string, points: number[][], stats?: object): void {
  annotation.state.addAnnotation(
    {
      annotationUID: id,
      invalidated: false,
      highlighted: false,
      metadata: { toolName, referencedImageId, FrameOfReferenceUID: '1.9' },
      data: { handles: { points }, ...(stats === undefined ? {} : { cachedStats: { [`imageId:${referencedImageId}`]: stats } }) },
    } as never,
    document.body as never,
  );
}

afterEach(() => annotation.state.removeAllAnnotations());

it('what was drawn on another version of its image goes, and is counted; it need not have been on screen meanwhile', () => {
  const at = (version: string, n: number) => ({ ...images[n], version }) as (typeof images)[number];
  const older = [at('0000000000000001', 0), at('0000000000000002', 1)];
  rememberVersions((imageId) => older[STACK.indexOf.get(imageId) ?? -1]);
  for (const [id, imageId] of [
    ['m1', 'a'],
    ['m2', 'a'],
    ['m3', 'b'],
  ] as const) {
    draw(id, 'Length', imageId, [
      [0, 0, 0],
      [9, 0, 0],
    ]);
    triggerEvent(eventTarget, Enums.Events.ANNOTATION_ADDED, { annotation: annotation.state.getAnnotation(id) });
  }
  expect(deleteMeasurementsOnOtherVersions({ ...STACK, images: older })).toBe(0);
  expect(deleteMeasurementsOnOtherVersions({ ...STACK, images: [at('000000000000000a', 0), at('0000000000000002', 1)] })).toBe(2);
  expect(annotation.state.getAllAnnotations().map(({ annotationUID }) => annotationUID)).toEqual(['m3']);
});

describe('what was drawn, as measurements', () => {
  it('a length: its image, its ends in patient mm, its value with the unit', () => {
    draw(
      'm1',
      'Length',
      'b',
      [
        [12, -80, 90],
        [12, -60, 90],
      ],
      { length: 20, unit: 'mm' },
    );
    expect(measurementsOn(STACK)).toEqual([
      {
        id: 'm1',
        tool: 'length',
        index: 1,
        sopInstanceUID: '1.2',
        frame: 1,
        place: {
          space: 'patient',
          frameOfReferenceUID: '1.9',
          points: [
            [12, -80, 90],
            [12, -60, 90],
          ],
        },
        values: [{ quantity: 'length', numbers: [20], unit: 'mm', calibration: undefined }],
        selected: false,
      },
    ]);
  });
  it('on an image without a plane its points are pixels of the image', () => {
    draw('m1', 'Probe', 'c', [[8, 3, 0]]);
    const [measurement] = measurementsOn(STACK);
    expect(measurement?.place).toEqual({ space: 'image', points: [[4.5, 6.5]] });
    expect(measurement?.values).toEqual([]);
  });
  it('what is drawn in another stack, or is no measurement, is none of this one', () => {
    draw('m1', 'Length', 'elsewhere', [
      [0, 0, 0],
      [1, 0, 0],
    ]);
    draw('m2', 'Crosshairs', 'a', [[0, 0, 0]]);
    expect(measurementsOn(STACK)).toEqual([]);
  });
  it('chosen and taken away', () => {
    draw('m1', 'Length', 'a', [
      [0, 0, 0],
      [1, 0, 0],
    ]);
    annotation.selection.setAnnotationSelected('m1', true);
    expect(measurementsOn(STACK).map(({ selected }) => selected)).toEqual([true]);
    deleteMeasurement('m1');
    expect(measurementsOn(STACK)).toEqual([]);
  });
});
