import { expect, test } from 'vitest';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { isClip } from './clip.ts';

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
