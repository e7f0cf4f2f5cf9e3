import type { ErrorKind } from '../domain/errors.ts';

/** The domain's words in HTTP's, for /api. A new kind does not compile until it is answered here. */
export const API_STATUS = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  'not-found': 404,
  gone: 410,
  conflict: 409,
  'too-large': 413,
  'too-slow': 408,
  unsupported: 415,
  'not-acceptable': 406,
  busy: 429,
  'too-many': 429,
  full: 507,
  damaged: 500,
  unavailable: 503,
  internal: 500,
} as const satisfies Record<ErrorKind, number>;
