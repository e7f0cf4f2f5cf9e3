import type { ChainedEntry } from './audit.ts';

/** How far the record has been sent to somebody outside. Implemented by `storage/index/record/feed.ts`. */
export interface AuditFeed {
  /** The last entry that the receiver has (0: none), when nobody else sends to it now; `holder` does until then. Undefined: somebody else does. */
  lease(destination: string, holder: string, now: Date, until: Date): Promise<number | undefined>;
  /** The receiver has all up to this entry. False: the lease went to another meanwhile, who sends them again. */
  advance(destination: string, holder: string, seq: number): Promise<boolean>;
  /** In the order of the chain. */
  after(seq: number, limit: number): Promise<readonly ChainedEntry[]>;
  /** How many entries the receiver does not have yet, and since when the first of them waits. */
  waiting(destination: string): Promise<{ readonly entries: number; readonly since: Date | undefined }>;
}
