import { expect, it } from 'vitest';
import { ApiError } from '../api/http.ts';
import { signInProblem } from './sign-in-form.tsx';

it.each([
  [new ApiError(401, { error: 'unauthenticated' }), 'wrong'],
  [new ApiError(503, { error: 'busy' }), 'locked'],
  [new ApiError(429, {}), 'locked'],
  [new ApiError(0, {}), 'other'],
  [new ApiError(500, {}), 'other'],
])('at sign-in, %s', (error, expected) => {
  expect(signInProblem(error)).toBe(expected);
});
