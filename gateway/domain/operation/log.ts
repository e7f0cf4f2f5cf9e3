/** Ids, counts and codes; never a name, a birth date or a pixel. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where a room says what happened to the operator. `gateway/log.ts` writes it. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** `cause` is written in full: it is for the operator, never for the asker. */
  error(event: string, fields?: LogFields, cause?: unknown): void;
}

export const NO_LOG: Log = { info: () => {}, warn: () => {}, error: () => {} };
