import { describe, expect, it } from 'vitest';
import { directionLetters, edgeLetters, edgeLettersOfProjection } from './edge-letters.ts';

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
