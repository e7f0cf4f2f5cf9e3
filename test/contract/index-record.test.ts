import { describe, expect, test } from 'vitest';
import type { FacilityCode, StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import { type AuditAction, type AuditEntry, SUBJECT_OF } from '../../gateway/domain/record/audit.ts';
import type { AuditFilter } from '../../gateway/domain/record/audit-log.ts';
import { PURPOSES } from '../../gateway/domain/record/purpose.ts';
import { RIGHT_KINDS } from '../../gateway/domain/sharing/access.ts';
import { taskQueue } from '../../storage/index/operation/tasks.ts';
import type { Database } from '../../storage/index/postgres/pool.ts';
import { appendAudit } from '../../storage/index/record/audit.ts';
import { embeddedDriver, instanceOf, nextUID, systemDriver } from '../fixtures/servers/index-drivers.ts';
import { entry, hospital, index, later, now, store, useIndex } from '../fixtures/servers/index-suite.ts';

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`record on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);

    test('warnings are counted by what they are about', async () => {
      await index.warnings.raise('proxy-not-trusted', '10.0.0.1', 3);
      await index.warnings.raise('proxy-not-trusted', '10.0.0.1', 4);
      expect(await index.warnings.list()).toMatchObject([
        { code: 'proxy-not-trusted', detail: '10.0.0.1', count: 7, lastAt: expect.any(Date) },
      ]);
    });

    // ── Tasks ────────────────────────────────────────────────────────────────

    test('finishing queues derive-series once, due a while after the last instance', async () => {
      const item = instanceOf({ facility: hospital });
      const { seriesId } = await store(item);
      await store(instanceOf({ facility: hospital, study: item.study.studyInstanceUID }));
      const mine = async (at: Date) => (await index.tasks.lease(1_000, at, later(60_000))).filter(({ subject }) => subject === seriesId);
      expect(await mine(now())).toEqual([]);
      expect(await mine(later(10_000))).toHaveLength(1);
    });

    test('no more tasks are leased than were asked for, however the database goes about it', async () => {
      for (let n = 0; n < 20; n += 1) await index.tasks.enqueue('derive-series', `many-${nextUID()}`, now());
      const leased = await index.database.transaction(async (tx) => {
        // As it chooses by itself while it takes the queue for nearly empty: a row, and whether it is among those to lease, asked anew for each.
        for (const way of ['hashjoin', 'mergejoin', 'hashagg', 'sort', 'material', 'memoize'])
          await tx.rows({ text: `SET LOCAL enable_${way} = off` });
        return taskQueue(tx as Database).lease(3, later(1_000), later(60_000));
      });
      expect(leased).toHaveLength(3);
    });

    test('a task is leased to one, comes back after the lease, and runs again when queued anew meanwhile', async () => {
      const subject = `task-${nextUID()}`;
      const at = Date.now();
      const lease = async (offsetMs: number, leaseMs = 1_000) =>
        (await index.tasks.lease(1_000, new Date(at + offsetMs), new Date(at + offsetMs + leaseMs))).filter(
          (task) => task.subject === subject,
        )[0];
      await index.tasks.enqueue('derive-series', subject, new Date(at + 100));
      await index.tasks.enqueue('derive-series', subject, new Date(at + 5_000));
      expect(await lease(200)).toBeUndefined();
      const first = await lease(5_100);
      expect(first).toMatchObject({ attempts: 1, kind: 'derive-series' });
      expect(await lease(5_200)).toBeUndefined();
      const second = await lease(6_200);
      expect(second).toMatchObject({ attempts: 2 });
      // The first worker's lease ran out: it can no longer end the task.
      if (first !== undefined) await index.tasks.finish(first);
      await index.tasks.enqueue('derive-series', subject, new Date(at + 6_500));
      if (second !== undefined) await index.tasks.finish(second);
      const third = await lease(6_600);
      expect(third).toMatchObject({ attempts: 1 });
      if (third !== undefined) await index.tasks.retry(third, new Date(at + 9_000), 'it did not work');
      expect(await lease(8_900)).toBeUndefined();
      const fourth = await lease(9_100);
      expect(fourth).toMatchObject({ attempts: 2 });
      if (fourth !== undefined) await index.tasks.finish(fourth);
      expect(await lease(90_000)).toBeUndefined();
    });

    test('a task that never succeeds is set aside, and queued anew starts afresh', async () => {
      const subject = `task-${nextUID()}`;
      await index.tasks.enqueue('derive-series', subject, new Date(0));
      const failedBefore = (await index.tasks.depth()).failed;
      const lease = async () => (await index.tasks.lease(1_000, now(), later(60_000))).filter((task) => task.subject === subject)[0];
      for (let attempt = 1; attempt <= 10; attempt++) {
        const task = await lease();
        expect(task?.attempts).toBe(attempt);
        if (task !== undefined) await index.tasks.retry(task, new Date(0), 'no');
      }
      expect(await lease()).toBeUndefined();
      expect((await index.tasks.depth()).failed).toBe(failedBefore + 1);
      await index.tasks.enqueue('derive-series', subject, new Date(0));
      expect(await lease()).toMatchObject({ attempts: 1 });
      await expect(index.tasks.finish({ id: 'x', kind: 'derive-series', subject, attempts: 1 })).rejects.toMatchObject({ kind: 'invalid' });
    });

    // ── The record ───────────────────────────────────────────────────────────

    test('two nodes append at once: one chain', async () => {
      const second = await driver.open();
      await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          (n % 2 === 0 ? index : second).audit.append([
            entry('study-viewed', { studyInstanceUID: `1.${n}`, count: n }),
            entry('study-downloaded'),
          ]),
        ),
      );
      await second.close();
      const verdict = await index.audit.verify();
      expect(verdict.intact).toBe(true);
      const newest = await index.audit.find({ limit: 200 });
      expect(newest.map(({ seq }) => seq)).toEqual(Array.from({ length: newest.length }, (_, n) => verdict.entries - n));
    });

    test('find: by study, owner, action, page', async () => {
      const studyInstanceUID = nextUID();
      const ownerFacilityCode = hospital.code;
      await index.audit.append([
        entry('study-viewed', { studyInstanceUID, ownerFacilityCode }),
        entry('study-shared', { studyInstanceUID, ownerFacilityCode }),
        entry('study-viewed', { studyInstanceUID, ownerFacilityCode: 'OTHER' }),
      ]);
      await index.audit.append([]);
      const filter = { studyInstanceUID: studyInstanceUID as StudyInstanceUID, ownerFacilityCode, limit: 10 };
      const found = await index.audit.find(filter);
      expect(found.map(({ entry: one }) => one.action)).toEqual(['study-shared', 'study-viewed']);
      expect(await index.audit.find({ ...filter, actions: ['study-viewed'] })).toHaveLength(1);
      expect(await index.audit.find({ ...filter, beforeSeq: found[0]?.seq ?? 0 })).toHaveLength(1);
      expect(found[0]?.entry).toEqual(entry('study-shared', { studyInstanceUID, ownerFacilityCode }));
    });

    test('find: by facility of who did it, outcome and days, also where a clock was set back over the day', async () => {
      const facilityCode = `X${nextUID()}` as FacilityCode;
      const at = (day: string) => new Date(`${day}T03:00:00Z`);
      const made = async (day: string, outcome: 'success' | 'refused') =>
        index.asOwner((database) =>
          database.transaction((tx) =>
            appendAudit(tx, [{ ...entry('study-viewed'), outcome, who: { kind: 'person', facilityCode } } as AuditEntry], at(day)),
          ),
        );
      // The third comes from a machine whose clock was set back: the record notes it before.
      for (const [day, outcome] of [
        ['2031-03-01', 'success'],
        ['2031-03-03', 'refused'],
        ['2031-03-02', 'success'],
      ] as const)
        await made(day, outcome);
      const days = async (filter: Partial<AuditFilter>) =>
        (await index.audit.find({ facilityCode, limit: 10, ...filter })).map((found) => found.at.toISOString().slice(8, 10));
      expect(await days({})).toEqual(['02', '03', '01']);
      expect(await days({ outcome: 'refused' })).toEqual(['03']);
      expect(await days({ outcome: 'failed' })).toEqual([]);
      expect(await days({ from: at('2031-03-02') })).toEqual(['02', '03']);
      expect(await days({ to: at('2031-03-02') })).toEqual(['02', '01']);
      expect(await days({ from: at('2031-03-02'), to: at('2031-03-02') })).toEqual(['02']);
      expect(await index.audit.find({ facilityCode: 'NOBODY' as FacilityCode, limit: 10 })).toEqual([]);
      expect((await index.audit.verify()).intact).toBe(true);
    });

    test('an entry that was written in words stays as it was hashed, and is read in codes', async () => {
      const studyInstanceUID = nextUID();
      const what = { studyInstanceUID, ownerFacilityCode: hospital.code, detail: 'until 2026-12-31T14:59:59.999Z' };
      await index.audit.append([{ ...entry('study-shared', what), right: 'owner' } as unknown as AuditEntry]);
      const filter = { studyInstanceUID: studyInstanceUID as StudyInstanceUID, ownerFacilityCode: hospital.code, limit: 10 };
      expect((await index.audit.find(filter))[0]?.entry).toMatchObject({
        right: { kind: 'owner' },
        what: { studyInstanceUID, until: '2026-12-31T14:59:59.999Z' },
      });
      expect((await index.audit.verify()).intact).toBe(true);
    });

    test.each(Object.keys(SUBJECT_OF) as AuditAction[])('%s by any right tells what for', async (action) => {
      const acts = RIGHT_KINDS.map((kind) => ({ ...entry(action), right: { kind } }) as AuditEntry);
      await index.audit.append([...acts, entry(action)]);
      const [without, ...found] = await index.audit.find({ actions: [action], limit: acts.length + 1 });
      expect(without?.entry).toEqual(entry(action));
      expect(found.map(({ entry: one }) => one.right?.kind)).toEqual(RIGHT_KINDS.toReversed());
      for (const { entry: one } of found)
        expect([one.right?.kind, PURPOSES]).toEqual([one.right?.kind, expect.arrayContaining([one.purpose])]);
    });

    test('what the database puts together itself tells what for as well', async () => {
      const item = instanceOf({ facility: hospital });
      await store(item);
      const { studyInstanceUID } = item.study;
      expect(await index.audit.find({ studyInstanceUID, limit: 10 })).toMatchObject([
        { entry: { action: 'study-received', right: { kind: 'owner' }, purpose: 'treatment', what: { count: 1 } } },
      ]);
    });

    test('hostile text in an entry is recorded, and the chain holds', async () => {
      await index.audit.append([entry('access-refused', { studyInstanceUID: '1.2\u0000\ud800"\\', asked: '\u0001' })]);
      expect((await index.audit.verify()).intact).toBe(true);
    });

    test('the record refuses to be changed; changed past the refusal, it says where', async () => {
      await index.audit.append([entry('sign-in'), entry('sign-out')]);
      const superuser = await driver.superuser();
      const last = (await index.audit.find({ limit: 1 }))[0]?.seq ?? 0;
      try {
        await expect(superuser.query(`UPDATE audit SET entry = '{}' WHERE seq = $1`, [last])).rejects.toThrow(/append-only/);
        await expect(superuser.query('DELETE FROM audit')).rejects.toThrow(/append-only/);
        await expect(superuser.query('TRUNCATE audit')).rejects.toThrow(/append-only/);
        await superuser.query('SET session_replication_role = replica');

        const tamper = async (change: string, undo: string, firstBrokenSeq: number) => {
          await superuser.query(change);
          expect(await index.audit.verify()).toMatchObject({ intact: false, firstBrokenSeq });
          await superuser.query(undo);
          expect((await index.audit.verify()).intact).toBe(true);
        };
        const swap = (from: string, to: string) => `UPDATE audit SET entry = replace(entry, '${from}', '${to}') WHERE seq = ${last - 1}`;
        await tamper(swap('physician', 'physiciam'), swap('physiciam', 'physician'), last - 1);
        await tamper(swap('{"action"', '{ "action"'), swap('{ "action"', '{"action"'), last - 1);
        const shift = (by: string) => `UPDATE audit SET at = at + interval '${by}' WHERE seq = ${last}`;
        await tamper(shift('1 ms'), shift('-1 ms'), last);
        await tamper(
          `SELECT * INTO cut FROM audit WHERE seq = ${last}; DELETE FROM audit WHERE seq = ${last}`,
          `INSERT INTO audit (seq, at, entry, previous_hash, hash) SELECT seq, at, entry, previous_hash, hash FROM cut; DROP TABLE cut`,
          last,
        );
      } finally {
        await superuser.end();
      }
    });
  });
}
