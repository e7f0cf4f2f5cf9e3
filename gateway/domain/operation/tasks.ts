/** `derive-series`: write the metadata object, thumbnail and HTJ2K frames once no instance has come for a while. */
export type TaskKind = 'derive-series';

export interface QueuedTask {
  readonly id: string;
  readonly kind: TaskKind;
  /** The series' id. One pending task a (kind, subject): queueing again moves its due time. */
  readonly subject: string;
  readonly attempts: number;
}

/** Implemented by `storage/index/operation/tasks.ts`. */
export interface TaskQueue {
  enqueue(kind: TaskKind, subject: string, dueAt: Date): Promise<void>;
  /** Leases due tasks to this process until `leaseUntil`; a crashed worker's come back after that. */
  lease(limit: number, now: Date, leaseUntil: Date): Promise<readonly QueuedTask[]>;
  /** Done, unless it was queued anew while it ran. */
  finish(task: QueuedTask): Promise<void>;
  retry(task: QueuedTask, dueAt: Date, error: string): Promise<void>;
  depth(): Promise<{ readonly waiting: number; readonly failed: number }>;
}
