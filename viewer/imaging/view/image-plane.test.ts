import { describe, expect, it } from 'vitest';
import { imagePlane, imagePointOf, patientPointOf, planeOfItsOwn } from './image-plane.ts';

/** Rows 0.5 mm apart, columns 2 mm: a swap of the two shows. */
const AXIAL = {
  '00200032': { Value: [-100, -50, 30] },
  '00200037': { Value: [1, 0, 0, 0, 1, 0] },
  '00280030': { Value: [0.5, 2] },
};
const SAGITTAL = {
  '00200032': { Value: ['12', '-80', '90'] },
  '00200037': { Value: ['0', '1', '0', '0', '0', '-1'] },
  '00280030': { Value: ['1', '1'] },
};

describe('PS3.3 C.7.6.2.1.1', () => {
  it.each([
    ['the middle of the first pixel is the position', AXIAL, [0.5, 0.5], [-100, -50, 30]],
    ['ten columns to the right', AXIAL, [10.5, 0.5], [-80, -50, 30]],
    ['ten rows down', AXIAL, [0.5, 10.5], [-100, -45, 30]],
    ['sagittal: columns run to the back, rows to the feet', SAGITTAL, [20.5, 30.5], [12, -60, 60]],
  ] as const)('%s', (_name, metadata, image, patient) => {
    const plane = imagePlane(metadata as never);
    if (plane === undefined) throw new Error('no plane');
    expect(patientPointOf(plane, image)).toEqual(patient);
    expect(imagePointOf(plane, patient)).toEqual(image);
  });
  it('a point beside the plane falls on it along the normal', () => {
    expect(imagePointOf(planeOfItsOwn(AXIAL), [-80, -45, 99])).toEqual([10.5, 10.5]);
  });
  it.each([
    ['position', { ...AXIAL, '00200032': undefined }],
    ['orientation', { ...AXIAL, '00200037': { Value: [1, 0, 0] } }],
    ['spacing', { ...AXIAL, '00280030': { Value: [0, 0] } }],
    ['anything', {}],
  ])('without %s an image lies nowhere in the patient', (_name, metadata) => {
    expect(imagePlane(metadata)).toBeUndefined();
  });
  it('an image that says nothing has a plane of pixels', () => {
    expect(imagePointOf(planeOfItsOwn({}), [7, 3, 0])).toEqual([7.5, 3.5]);
  });
});
