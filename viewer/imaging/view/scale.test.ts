import { expect, test } from 'vitest';
import { scaleOf } from './scale.ts';

const spaced = (row: number, column: number) => ({
  '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 1, 0] },
  '00280030': { vr: 'DS', Value: [row, column] },
});

test('the same in both directions, as pixels of unequal sides are drawn', () => {
  expect(scaleOf(spaced(1, 0.5), [2, 4])).toEqual({ mm: 0.25, source: 'pixel-spacing' });
});

test.each([
  ['no picture yet', spaced(1, 1), undefined],
  ['no spacing', {}, [2, 2]],
  ['drawn in another proportion than it says', spaced(100, 1), [2, 40]],
] as const)('none: %s', (_, metadata, zoom) => {
  expect(scaleOf(metadata as never, zoom)).toBeUndefined();
});
