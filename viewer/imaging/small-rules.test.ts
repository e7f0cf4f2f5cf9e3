import { describe, expect, it } from 'vitest';
import { directionLetters, edgeLetters, edgeLettersOfProjection } from './edge-letters.ts';
import { measureLines } from './measure-lines.ts';
import { prefetchOrder } from './prefetch-order.ts';
import { ownWindows, presetsFor, rangeToWindow, windowToRange } from './window-presets.ts';

describe('prefetchOrder', () => {
  it.each([
    ['forwards: two ahead for one behind', 5, 20, 1, 6, [6, 7, 4, 8, 9, 3]],
    ['backwards', 5, 20, -1, 6, [4, 3, 6, 2, 1, 7]],
    ['at the start', 0, 5, 1, 10, [1, 2, 3, 4]],
    ['at the end', 4, 5, 1, 10, [3, 2, 1, 0]],
    ['a stack of one', 0, 1, 1, 10, []],
    ['no room', 5, 20, 1, 0, []],
  ])('%s', (_name, current, count, direction, max, expected) => {
    expect(prefetchOrder(current, count, direction, max)).toEqual(expected);
  });
  it('in the end brings the whole stack, each image once', () => {
    const order = prefetchOrder(37, 140, -1, 1000);
    expect(new Set(order).size).toBe(139);
    expect(order.length).toBe(139);
  });
});

describe('letters at the edges', () => {
  it.each([
    [[1, 0, 0], 'L'],
    [[-1, 0, 0], 'R'],
    [[0, 1, 0], 'P'],
    [[0, 0, 1], 'H'],
    [[0, 0.9, -0.4], 'PF'],
    [[0.05, -1, 0], 'A'],
    [[0, 0, 0], ''],
    [[Number.NaN, 0, 0], ''],
  ] as const)('%j → %s', (direction, expected) => {
    expect(directionLetters(direction)).toBe(expected);
  });
  it('an axial slice has the patient’s left on the right', () => {
    expect(edgeLetters([1, 0, 0], [0, 1, 0])).toEqual({ right: 'L', left: 'R', top: 'A', bottom: 'P' });
  });
  it.each([
    ['as it is', [1, 0, 0], [0, 1, 0], { right: 'L', left: 'R', bottom: 'F', top: 'H' }],
    ['flipped horizontally', [-1, 0, 0], [0, 1, 0], { right: 'R', left: 'L', bottom: 'F', top: 'H' }],
    ['turned by 90° clockwise', [0, -1, 0], [1, 0, 0], { right: 'H', left: 'F', bottom: 'L', top: 'R' }],
  ] as const)('a chest radiograph L\\F %s', (_name, right, down, expected) => {
    expect(edgeLettersOfProjection(right, down, ['L', 'F'])).toEqual(expected);
  });
  it('a mammogram A\\FR keeps both letters of a side', () => {
    expect(edgeLettersOfProjection([1, 0, 0], [0, 1, 0], ['A', 'FR'])).toEqual({ right: 'A', left: 'P', bottom: 'FR', top: 'HL' });
  });
});

describe('windows', () => {
  it.each([[{ center: 40, width: 400 }], [{ center: -600, width: 1500 }], [{ center: 0.5, width: 1 }]])(
    '%j goes to a range and back',
    (window) => {
      expect(rangeToWindow(windowToRange(window))).toEqual(window);
    },
  );
  it('follows PS3.3 C.11.2.1.2.1', () => {
    expect(windowToRange({ center: 2048, width: 4096 })).toEqual({ lower: 0, upper: 4095 });
  });
  it('CT has its presets, others none', () => {
    expect(presetsFor('CT').map(({ name }) => name)).toContain('lung');
    expect(presetsFor('MR')).toEqual([]);
  });
  it('reads the image’s own windows once each, and none that is no window', () => {
    const metadata = {
      '00281050': { Value: [40, '80', 40, 10] },
      '00281051': { Value: [400, '2000', 400, 0] },
      '00281055': { Value: ['SOFT', 'BONE'] },
    };
    expect(ownWindows(metadata)).toEqual([
      { window: { center: 40, width: 400 }, explanation: 'SOFT' },
      { window: { center: 80, width: 2000 }, explanation: 'BONE' },
    ]);
    expect(ownWindows({})).toEqual([]);
  });
});

describe('measureLines', () => {
  const words = { area: '面積', mean: '平均', max: '最大', min: '最小', deviation: 'SD' };
  it.each([
    ['length with calibration', 'length', { length: 67.62, unit: 'mm' }, ['67.6 mm']],
    ['length without: pixels, said so', 'length', { length: 12, unit: 'px' }, ['12 px']],
    ['angle', 'angle', { angle: 33.42 }, ['33.4°']],
    [
      'ROI in HU',
      'ellipse',
      { area: 1078.14, areaUnit: 'mm²', mean: -776.93, stdDev: 423.5, min: -1007, max: 110, modalityUnit: 'HU' },
      ['面積 1078.1 mm²', '平均 -776.9 HU', 'SD 423.5 HU', '最小 -1007 HU', '最大 110 HU'],
    ],
    ['ROI not yet computed', 'rectangle', {}, []],
    ['grey value', 'probe', { value: -24, modalityUnit: 'HU' }, ['-24 HU']],
    ['colour', 'probe', { value: [10, 20.4, 30], modalityUnit: ['raw', 'raw', 'raw'] }, ['10 / 20 / 30']],
    ['nothing', 'length', undefined, []],
    ['not a number', 'length', { length: Number.NaN, unit: 'mm' }, []],
    ['a tool that measures nothing', 'pan', { length: 5, unit: 'mm' }, []],
  ] as const)('%s', (_name, tool, stats, expected) => {
    expect(measureLines(tool, stats, words)).toEqual(expected);
  });
});
