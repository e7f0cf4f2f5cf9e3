/** Later work, leased to one process at a time. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { JobKind, JobQueue, QueuedJob } from '../../../gateway/domain/operation/jobs.ts';
import { type Database, storable } from '../postgres/pool.ts';

/** After this many leases without success a job is set aside as failed, until it is queued anew. */
export const JOB_ATTEMPTS_MAX = 10;
const JOB_ERROR_CHARS_MAX = 500;

export function jobQueue(db: Database): JobQueue {
  return {
    async enqueue(kind, subject, dueAt) {
      await db.rows({ text: 'SELECT enqueue_job($1, $2, $3)', values: [kind, subject, dueAt] });
    },

    async lease(limit, now, leaseUntil) {
      const rows = await db.rows({
        name: 'lease-jobs',
        text: `UPDATE jobs SET leased_until = $3, lease = lease + 1, attempts = attempts + 1, queued_anew = false
          WHERE job_id IN (
            SELECT job_id FROM jobs
            WHERE failed_at IS NULL AND due_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)
            ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
          RETURNING job_id, lease, kind, subject, attempts, due_at`,
        values: [limit, now, leaseUntil],
      });
      return rows
        .sort((a, b) => a['due_at'].getTime() - b['due_at'].getTime())
        .map((row) => ({
          id: `${row['job_id']}:${row['lease']}`,
          kind: row['kind'] as JobKind,
          subject: row['subject'],
          attempts: row['attempts'],
        }));
    },

    async finish(job) {
      const [jobId, lease] = idOf(job);
      await db.transaction(async (tx) => {
        await tx.rows({ text: 'DELETE FROM jobs WHERE job_id = $1 AND lease = $2 AND NOT queued_anew', values: [jobId, lease] });
        await tx.rows({
          text: 'UPDATE jobs SET leased_until = NULL, queued_anew = false, attempts = 0 WHERE job_id = $1 AND lease = $2',
          values: [jobId, lease],
        });
      });
    },

    async retry(job, dueAt, error) {
      const [jobId, lease] = idOf(job);
      await db.rows({
        text: `UPDATE jobs SET leased_until = NULL, queued_anew = false, error = $3,
            due_at = CASE WHEN queued_anew THEN due_at ELSE $4 END,
            failed_at = CASE WHEN attempts >= ${JOB_ATTEMPTS_MAX} AND NOT queued_anew THEN $4::timestamptz END
          WHERE job_id = $1 AND lease = $2`,
        values: [jobId, lease, storable(error).slice(0, JOB_ERROR_CHARS_MAX), dueAt],
      });
    },

    async depth() {
      const [row] = await db.rows({
        text: 'SELECT count(*) FILTER (WHERE failed_at IS NULL) AS waiting, count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed FROM jobs',
      });
      return { waiting: Number(row?.['waiting'] ?? 0), failed: Number(row?.['failed'] ?? 0) };
    },
  };
}

/** A job's id names its lease too: a worker that lost it can no longer end the job. */
function idOf(job: QueuedJob): readonly [jobId: string, lease: string] {
  const [jobId, lease] = job.id.split(':');
  if (jobId === undefined || lease === undefined) throw new DomainError('invalid', 'not a leased job');
  return [jobId, lease];
}
