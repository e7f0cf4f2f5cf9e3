/**
 * What can go wrong, in the domain's words. It is translated by tables: `gateway/doorstep/status.ts` for HTTP, with one difference in `gateway/api/status.ts`;
 * `gateway/dimse/status.ts` for DIMSE; `gateway/dicomweb/failure-reason.ts` for an instance that was not stored.
 */
export type ErrorKind =
  | 'invalid' // the request or the data is not what the contract says
  | 'unauthenticated' // nobody has said who is asking
  | 'denied' // the asker may know the thing exists, but may not do this
  | 'not-found' // it does not exist, or the asker may not know that it does
  | 'gone' // it existed and was removed
  | 'conflict' // it contradicts what is there
  | 'too-large' // a named bound was reached by one request
  | 'too-slow' // the sender stopped, or sent less than a named bound asks for
  | 'unsupported' // understood, but this program cannot do it
  | 'not-acceptable' // no representation the asker accepts can be made
  | 'busy' // a named bound on work in flight was reached; try again
  | 'too-many' // this asker has asked too often; others may go on
  | 'full' // no space left to store into
  | 'damaged' // what is kept is not what was received; sending it again mends it
  | 'unavailable' // a store (objects, index) does not answer; try again
  | 'internal'; // unexpected; told to nobody, logged in full

/** Identifiers only, never a name, a birth date or a pixel: they go to logs. */
export type ErrorIds = Readonly<Record<string, string | number | undefined>>;

export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly ids: ErrorIds;

  constructor(kind: ErrorKind, message: string, details: { cause?: unknown; ids?: ErrorIds } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DomainError';
    this.kind = kind;
    this.ids = details.ids ?? {};
  }
}

/** What a caller was promised as a DomainError, whatever was thrown. */
export function asDomainError(thrown: unknown): DomainError {
  return thrown instanceof DomainError ? thrown : new DomainError('internal', 'unexpected failure', { cause: thrown });
}
