import { describe, expect, it } from 'vitest';
import { seriesOf, studyDetailOf } from '../../test/fixtures/viewer/samples.ts';
import { seriesContent } from '../imaging/series-images.ts';
import { contentOfStack, fillingOrder, type Stack, stacksOf, stacksOfStudies } from './stacks.ts';

const clip = (sopInstanceUID: string, frames: number, instanceNumber: number | null = null) => ({
  sopInstanceUID,
  frames,
  instanceNumber,
  openingFrame: 1,
});
const echo = seriesOf({
  seriesInstanceUID: '1.2',
  modality: 'US',
  instanceCount: 3,
  imageCount: 1,
  clipCount: 2,
  clips: [clip('1.2.7', 30, 7), clip('1.2.8', 12)],
});

describe('stacks of a study', () => {
  it.each([
    ['slices are one stack', [seriesOf({ seriesInstanceUID: '1.1', imageCount: 300, instanceCount: 1 })], [['1.1', undefined, 300]]],
    [
      'stills and clips apart',
      [echo],
      [
        ['1.2', undefined, 1],
        ['1.2/1.2.7', 7, 30],
        ['1.2/1.2.8', 2, 12],
      ],
    ],
    [
      'clips alone',
      [seriesOf({ ...echo, instanceCount: 2, imageCount: 0 })],
      [
        ['1.2/1.2.7', 7, 30],
        ['1.2/1.2.8', 2, 12],
      ],
    ],
    [
      'clips past those that are listed stay in their series',
      [seriesOf({ ...echo, instanceCount: 9, imageCount: 0, clipCount: 9 })],
      [
        ['1.2', undefined, 7],
        ['1.2/1.2.7', 7, 30],
        ['1.2/1.2.8', 2, 12],
      ],
    ],
  ])('%s', (_name, series, expected) => {
    expect(stacksOf(series).map(({ key, clip: of, count }) => [key, of?.number, count])).toEqual(expected);
  });
});

describe('content of a stack', () => {
  const instance = (sop: string, frames: number, frameTimeMs?: number) => ({
    '00080018': { vr: 'UI', Value: [sop] },
    '00280010': { vr: 'US', Value: [4] },
    '00280011': { vr: 'US', Value: [4] },
    ...(frames > 1 ? { '00280008': { vr: 'IS', Value: [String(frames)] } } : {}),
    ...(frameTimeMs === undefined ? {} : { '00181063': { vr: 'DS', Value: [frameTimeMs] } }),
  });
  const content = seriesContent([instance('1.2.7', 30, 40), instance('1.2.8', 12, 100), instance('1.2.9', 1)], (uid) => `/${uid}`);
  const of = (key: string) => contentOfStack(content, stacksOf([echo]).find((stack) => stack.key === key) as Stack);

  it('is the clip’s frames at the clip’s own rate, or what is no clip', () => {
    expect(of('1.2/1.2.7').images.map(({ frame }) => frame)).toHaveLength(30);
    expect(of('1.2/1.2.7').framesPerSecond).toBe(25);
    expect(of('1.2/1.2.8').framesPerSecond).toBe(10);
    expect(of('1.2').images.map(({ sopInstanceUID }) => sopInstanceUID)).toEqual(['1.2.9']);
    expect(of('1.2').framesPerSecond).toBeUndefined();
  });

  it('is the same each time it is asked for', () => {
    expect(of('1.2/1.2.7')).toBe(of('1.2/1.2.7'));
  });
});

describe('stacks of two studies', () => {
  const of = (...uids: string[]) => studyDetailOf(uids.map((seriesInstanceUID) => seriesOf({ seriesInstanceUID })));
  it.each([
    ['one study', [of('1.1', '1.2')], '1.1 1.2', '1.1 1.2'],
    ['each begins with its own', [of('1.1', '1.2'), of('2.1', '2.2')], '1.1 1.2 2.1 2.2', '1.1 2.1 1.2 2.2'],
    ['the same series in both', [of('1.1', '1.2'), of('1.1')], '1.1 1.2 /1.1', '1.1 /1.1 1.2'],
    ['nothing in one of them', [of(), of('2.1')], '2.1', '2.1'],
  ])('%s', (_name, studies, keys, filled) => {
    const stacks = stacksOfStudies(studies);
    expect(stacks.map(({ key }) => key).join(' ')).toBe(keys);
    expect(fillingOrder(stacks).join(' ')).toBe(filled);
    expect(stacks.every(({ study, seriesInstanceUID }) => study.series.some((one) => one.seriesInstanceUID === seriesInstanceUID))).toBe(
      true,
    );
  });
});
