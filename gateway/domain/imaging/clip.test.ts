import { expect, test } from 'vitest';
import { framesPerSecondOf, frameTimesOf, isClip } from './clip.ts';
import type { DicomJson } from './dataset.ts';

const of = (modality: string, more: DicomJson = {}): DicomJson => ({ '00080060': { vr: 'CS', Value: [modality] }, ...more });
const pointer = (tag: string): DicomJson => ({ '00280009': { vr: 'AT', Value: [tag] } });

test.each<[name: string, header: DicomJson, frames: number, clip: boolean]>([
  ['an echo with Frame Time', of('US', { '00181063': { vr: 'DS', Value: [33.3] } }), 40, true],
  ['an echo that says nothing of time', of('US'), 40, true],
  ['a single ultrasound image', of('US', { '00181063': { vr: 'DS', Value: [33.3] } }), 1, false],
  ['angiography by Frame Time Vector', of('XA', pointer('00181065')), 12, true],
  ['a screen film of any modality', of('OT', { ...pointer('00181063'), '00181063': { vr: 'DS', Value: [40] } }), 12, true],
  ['Cine Rate alone', of('MR', { '00180040': { vr: 'IS', Value: [25] } }), 20, true],
  ['an enhanced CT', of('CT'), 300, false],
  ['nuclear medicine by detector and slice', of('NM', { ...pointer('00540080'), '00181063': { vr: 'DS', Value: [40] } }), 64, false],
  ['tomosynthesis', of('MG'), 60, false],
  ['a volume of ultrasound', of('US', { '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.6.2'] } }), 100, false],
  ['no header', {}, 10, false],
])('%s', (_name, header, frames, clip) => {
  expect(isClip(header, frames)).toBe(clip);
});

const timing = (header: Readonly<Record<string, readonly unknown[]>>) =>
  Object.fromEntries(Object.entries(header).map(([tag, Value]) => [tag, { Value }]));

/** PS3.3 C.7.6.5 and C.7.6.6. */
test.each<[name: string, header: Readonly<Record<string, readonly unknown[]>>, rate: number | undefined]>([
  ['Frame Time', { '00181063': [40] }, 25],
  ['Frame Time Vector', { '00280009': ['00181065'], '00181065': [0, 125, 125, 125] }, 8],
  ['a vector without a pointer', { '00181065': ['0', '125', '125'] }, 8],
  ['a vector of unlike times at their mean', { '00181065': [0, 50, 150] }, 10],
  ['a vector without increments', { '00280009': ['00181065'], '00181065': [0, 0, 0], '00180040': [12] }, 12],
  ['the attribute that is pointed to', { '00280009': ['00181063'], '00181063': [40], '00181065': [0, 125, 125] }, 25],
  ['the other one that is pointed to', { '00280009': ['00181065'], '00181063': [40], '00181065': [0, 125, 125] }, 8],
  ['time between frames before Cine Rate', { '00181063': [100], '00180040': [30] }, 10],
  ['what is recommended before all', { '00082144': [12], '00181063': [40], '00180040': [30] }, 12],
  ['Cine Rate alone', { '00180040': ['30'] }, 30],
  ['nothing usable', { '00181063': [0], '00180040': [-1], '00082144': [null] }, undefined],
  ['nothing', {}, undefined],
  ['faster than any screen', { '00181063': [0.01] }, 60],
  ['slower than any eye', { '00181063': [60_000] }, 0.5],
  ['a slow one to a tenth', { '00181063': [300] }, 3.3],
])('frames a second: %s', (_name, header, rate) => {
  expect(framesPerSecondOf(timing(header))).toBe(rate);
});

/** A frame stands for the time that the next one comes after it, the last for the mean. */
test.each<[name: string, header: Readonly<Record<string, readonly unknown[]>>, frames: number, times: readonly number[] | undefined]>([
  ['unlike times', { '00280009': ['00181065'], '00181065': [0, 50, 150, 100] }, 4, [50, 150, 100, 100]],
  ['numbers as text, without a pointer', { '00181065': ['0', '40', '80'] }, 3, [40, 80, 60]],
  ['alike', { '00280009': ['00181065'], '00181065': [0, 125, 125] }, 3, undefined],
  ['alike but for how they were rounded', { '00181065': [0, 33, 34, 33] }, 4, undefined],
  ['fewer than frames', { '00181065': [0, 50, 150] }, 4, undefined],
  ['of a film that was cut', { '00181065': [0, 50, 150, 100] }, 2, [50, 150]],
  ['one that is no number', { '00181065': [0, 'x', 150, 100] }, 4, undefined],
  ['faster and slower than is shown', { '00181065': [0, 1, 60_000, 0] }, 4, [1000 / 60, 2000, 1000 / 60, 2000]],
  ['a rate is recommended', { '00082144': [12], '00181065': [0, 50, 150] }, 3, undefined],
  ['Frame Time is pointed to', { '00280009': ['00181063'], '00181063': [40], '00181065': [0, 50, 150] }, 3, undefined],
  ['nothing', {}, 3, undefined],
])('times of frames: %s', (_name, header, frames, times) => {
  expect(frameTimesOf(timing(header), frames)).toEqual(times);
});
