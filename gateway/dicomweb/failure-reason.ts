import type { ErrorKind } from '../domain/errors.ts';

/** Failure Reason (0008,1197) of one instance that was not stored. PS3.18 table I.2-2. */
export const FAILURE_REASON = {
  invalid: 0xc000, // Cannot understand
  unauthenticated: 0x0124, // Refused: not authorized
  denied: 0x0124,
  'not-found': 0x0110, // Processing failure
  gone: 0x0110,
  conflict: 0x0110,
  'too-large': 0xa700, // Refused: out of resources
  'too-slow': 0xa700,
  unsupported: 0xc122, // Referenced Transfer Syntax not supported
  'not-acceptable': 0x0110,
  busy: 0xa700,
  'too-many': 0xa700,
  full: 0xa700,
  damaged: 0x0110,
  unavailable: 0xa700,
  internal: 0x0110,
} as const satisfies Record<ErrorKind, number>;

/** The instance belongs to another study than the one named in the URL: of the A9xx family, "does not match". */
export const FAILURE_OTHER_STUDY = 0xa901;
/** Warning Reason (0008,1196): stored, though something in the data set is odd. PS3.18 table I.2-1. */
export const WARNING_DATA_SET_DOES_NOT_MATCH = 0xb007;

/** After a 503 the sender may try again, seconds. */
export const RETRY_AFTER_S = 2;
