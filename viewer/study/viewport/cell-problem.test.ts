import { expect, it } from 'vitest';
import { problemText } from './cell-problem.ts';

it.each([
  [undefined, 'study.failedDecode'],
  [0, 'study.failedNetwork'],
  [401, 'study.failedSignIn'],
  [404, 'study.failedGone'],
  [400, 'study.failedDecode'],
  [406, 'study.failedDecode'],
  [413, 'study.failedTooLarge'],
  [415, 'study.failedDecode'],
  [503, 'study.failedServer'],
])('with a picture, status %s', (status, expected) => {
  expect(problemText({ status })).toBe(expected);
});
