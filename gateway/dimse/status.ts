import type { DomainError, ErrorKind } from '../domain/errors.ts';

/** Statuses of every service: PS3.7 annex C. */
export const STATUS = {
  success: 0x0000,
  'processing-failure': 0x0110,
  'no-such-sop-instance': 0x0112,
  'invalid-sop-instance': 0x0117,
  'sop-class-not-supported': 0x0122,
  'not-authorized': 0x0124,
  'unrecognized-operation': 0x0211,
  /** PS3.4 annex B.2.3. */
  'out-of-resources': 0xa700,
  'data-set-does-not-match-sop-class': 0xa900,
  'cannot-understand': 0xc000,
} as const;

/** PS3.7 annex C.1.1: FF00 and FF01 say that more answers follow. */
export function isPending(status: number): boolean {
  return status === 0xff00 || status === 0xff01;
}

export type ServiceName = 'verification' | 'storage';

/** What each service answers to each kind of failure: PS3.7 9.1.5.1.4 (C-ECHO), PS3.4 B.2.3 (storage). */
export const FAILURE_STATUS = {
  verification: {
    invalid: STATUS['processing-failure'],
    unauthenticated: STATUS['not-authorized'],
    denied: STATUS['not-authorized'],
    'not-found': STATUS['processing-failure'],
    gone: STATUS['processing-failure'],
    conflict: STATUS['processing-failure'],
    'too-large': STATUS['processing-failure'],
    'too-slow': STATUS['processing-failure'],
    unsupported: STATUS['sop-class-not-supported'],
    'not-acceptable': STATUS['processing-failure'],
    busy: STATUS['processing-failure'],
    'too-many': STATUS['processing-failure'],
    full: STATUS['processing-failure'],
    damaged: STATUS['processing-failure'],
    unavailable: STATUS['processing-failure'],
    internal: STATUS['processing-failure'],
  },
  storage: {
    invalid: STATUS['cannot-understand'],
    unauthenticated: STATUS['not-authorized'],
    denied: STATUS['not-authorized'],
    'not-found': STATUS['processing-failure'],
    gone: STATUS['processing-failure'],
    conflict: STATUS['processing-failure'],
    'too-large': STATUS['out-of-resources'],
    'too-slow': STATUS['out-of-resources'],
    unsupported: STATUS['sop-class-not-supported'],
    'not-acceptable': STATUS['processing-failure'],
    busy: STATUS['out-of-resources'],
    'too-many': STATUS['out-of-resources'],
    full: STATUS['out-of-resources'],
    damaged: STATUS['processing-failure'],
    unavailable: STATUS['out-of-resources'],
    internal: STATUS['processing-failure'],
  },
} as const satisfies Record<ServiceName, Record<ErrorKind, number>>;

/** Error Comment of a failure: the kind in words, never the message, which is for logs. */
const FAILURE_COMMENT = {
  invalid: 'not understood',
  unauthenticated: 'caller not known',
  denied: 'not authorized',
  'not-found': 'not found',
  gone: 'removed',
  conflict: 'conflicts with what is stored',
  'too-large': 'too large',
  'too-slow': 'sent too slowly',
  unsupported: 'not supported',
  'not-acceptable': 'not available in that form',
  busy: 'busy, try again',
  'too-many': 'too many requests, try again later',
  full: 'storage is full',
  damaged: 'what is stored is damaged',
  unavailable: 'storage does not answer, try again',
  internal: 'internal failure',
} as const satisfies Record<ErrorKind, string>;

/** LO: 64 characters at most. */
export function failureComment({ kind, ids }: DomainError): string {
  // Whoever looks at the sender's log at night calls about a clock, not about storage.
  return ids['reason'] === 'clock-drift' ? "the gateway's clock is wrong, nothing is recorded, try again" : FAILURE_COMMENT[kind];
}
