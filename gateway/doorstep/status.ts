import type { ErrorKind } from '../domain/errors.ts';

/** What each kind of failure is called in HTTP; a new kind does not compile until it is answered here. PS3.18 table 8.5-1, RFC 9110 section 15; 507 is RFC 4918 section 11.5. */
export const HTTP_STATUS = {
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
  busy: 503,
  'too-many': 429,
  full: 507,
  damaged: 500,
  unavailable: 503,
  internal: 500,
} as const satisfies Record<ErrorKind, number>;
