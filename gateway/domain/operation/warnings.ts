/** `audit-syslog-lags`: a receiver of audit messages does not take them. `proxy-not-trusted`: requests come with a proxy's header from an address that is not named. `proxy-not-named`: https outside, no proxy named. `clock-drift`: a machine's clock and the database's differ. */
export type WarningCode = 'proxy-not-trusted' | 'proxy-not-named' | 'clock-drift' | 'audit-syslog-lags';

/** Something in the operation that only its operator can change. Codes and addresses; no patient, no person. */
export interface Warning {
  readonly code: WarningCode;
  readonly detail: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly count: number;
}

/** Implemented by `storage/index/operation/warnings.ts`. */
export interface WarningIndex {
  raise(code: WarningCode, detail: string, count: number): Promise<void>;
  /** Of the last 30 days, newest first. */
  list(): Promise<readonly Warning[]>;
}
