/** `derive-series`: write the metadata object, thumbnail and HTJ2K frames once no instance has come for a while. */
export type JobKind = 'derive-series';

export interface QueuedJob {
  readonly id: string;
  readonly kind: JobKind;
  /** The series' id. One pending job a (kind, subject): queueing again moves its due time. */
  readonly subject: string;
  readonly attempts: number;
}

export interface JobQueue {
  enqueue(kind: JobKind, subject: string, dueAt: Date): Promise<void>;
  /** Leases due jobs to this process until `leaseUntil`; a crashed worker's come back after that. */
  lease(limit: number, now: Date, leaseUntil: Date): Promise<readonly QueuedJob[]>;
  /** Done, unless it was queued anew while it ran. */
  finish(job: QueuedJob): Promise<void>;
  retry(job: QueuedJob, dueAt: Date, error: string): Promise<void>;
  depth(): Promise<{ readonly waiting: number; readonly failed: number }>;
}
