/** Queued work, leased to one process at a time. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { QueuedTask, TaskKind, TaskQueue } from '../../../gateway/domain/operation/tasks.ts';
import { type Database, storable } from '../postgres/pool.ts';

/** After this many leases without success a task is set aside as failed, until it is queued anew. */
export const TASK_ATTEMPTS_MAX = 10;
const TASK_ERROR_CHARS_MAX = 500;

export function taskQueue(db: Database): TaskQueue {
  return {
    async enqueue(kind, subject, dueAt) {
      await db.rows({ text: 'SELECT enqueue_task($1, $2, $3)', values: [kind, subject, dueAt] });
    },

    async lease(limit, now, leaseUntil) {
      const rows = await db.rows({
        name: 'lease-tasks',
        text: `UPDATE tasks SET leased_until = $3, lease = lease + 1, attempts = attempts + 1, queued_anew = false
          WHERE task_id = ANY (ARRAY(SELECT task_id FROM tasks
            WHERE failed_at IS NULL AND due_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)
            ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
          RETURNING task_id, lease, kind, subject, attempts, due_at`,
        values: [limit, now, leaseUntil],
      });
      return rows
        .sort((a, b) => a['due_at'].getTime() - b['due_at'].getTime())
        .map((row) => ({
          id: `${row['task_id']}:${row['lease']}`,
          kind: row['kind'] as TaskKind,
          subject: row['subject'],
          attempts: row['attempts'],
        }));
    },

    async finish(task) {
      const [taskId, lease] = idOf(task);
      await db.transaction(async (tx) => {
        await tx.rows({ text: 'DELETE FROM tasks WHERE task_id = $1 AND lease = $2 AND NOT queued_anew', values: [taskId, lease] });
        await tx.rows({
          text: 'UPDATE tasks SET leased_until = NULL, queued_anew = false, attempts = 0 WHERE task_id = $1 AND lease = $2',
          values: [taskId, lease],
        });
      });
    },

    async retry(task, dueAt, error) {
      const [taskId, lease] = idOf(task);
      await db.rows({
        text: `UPDATE tasks SET leased_until = NULL, queued_anew = false, error = $3,
            due_at = CASE WHEN queued_anew THEN due_at ELSE $4 END,
            failed_at = CASE WHEN attempts >= ${TASK_ATTEMPTS_MAX} AND NOT queued_anew THEN $4::timestamptz END
          WHERE task_id = $1 AND lease = $2`,
        values: [taskId, lease, storable(error).slice(0, TASK_ERROR_CHARS_MAX), dueAt],
      });
    },

    async depth() {
      const [row] = await db.rows({
        text: 'SELECT count(*) FILTER (WHERE failed_at IS NULL) AS waiting, count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed FROM tasks',
      });
      return { waiting: Number(row?.['waiting'] ?? 0), failed: Number(row?.['failed'] ?? 0) };
    },
  };
}

/** A task's id names its lease too: a worker that lost it can no longer end the task. */
function idOf(task: QueuedTask): readonly [taskId: string, lease: string] {
  const [taskId, lease] = task.id.split(':');
  if (taskId === undefined || lease === undefined) throw new DomainError('invalid', 'not a leased task');
  return [taskId, lease];
}
