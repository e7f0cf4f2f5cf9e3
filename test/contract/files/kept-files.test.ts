/** Files beside images, on each driver of the index: how many nothing may name, what is removed and what never is, also when it is named at that moment. */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LetterId, ObjectKey, PatientNo } from '../../../gateway/domain/identifiers.ts';
import { type KeptFileKind, UNNAMED_FILES_MAX } from '../../../gateway/domain/imaging/kept-file.ts';
import { COMMAND_LINE } from '../../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../../gateway/domain/people/facility.ts';
import { EMPTY_CONTENT } from '../../../gateway/domain/referral/letter-content.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { PAPER, patientOf, received, somebody, wish } from '../../fixtures/servers/consent-wishes.ts';
import { embeddedDriver, systemDriver } from '../../fixtures/servers/index-drivers.ts';
import { collect, doctor, entry, index, later, makeFacility, useIndex } from '../../fixtures/servers/index-suite.ts';

const NONE = () => [];
/** Who waits for another's row in this database. */
const WAITING = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`kept files on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);
    let hospital: Facility;
    beforeAll(async () => {
      hospital = await makeFacility();
    });

    const fresh = (kind: KeptFileKind = 'consent', at = hospital) =>
      `${kind}s/${at.code}/${randomBytes(32).toString('hex')}.pdf` as ObjectKey;
    const claim = (key: ObjectKey, at = hospital, kind: KeptFileKind = 'consent') =>
      index.keptFiles.claim(at.id, { key, kind, type: kind === 'consent' ? 'application/pdf' : 'pdf', bytes: 8 });
    const finish = (key: ObjectKey) => index.keptFiles.finish(key, doctor.id, () => [entry('consent-document-kept')], COMMAND_LINE);
    const handIn = async (key = fresh()) => {
      await claim(key);
      await finish(key);
      return key;
    };
    const give = async (key: ObjectKey, at = hospital, known?: PatientNo) => {
      const basis = { ...PAPER, document: { key, mediaType: 'application/pdf' as const } };
      const patient = known ?? (await patientOf(await received(at, somebody())));
      return index.consents.give(at.id, wish(patient, {}, { basis }), () => {}, doctor.id, NONE, COMMAND_LINE);
    };
    const post = (key: ObjectKey) =>
      index.postedNotices.post(
        hospital.id,
        { version: '1', postedOn: '2026-04-01', document: { key, mediaType: 'application/pdf' } },
        doctor.id,
        NONE,
        COMMAND_LINE,
      );
    const draft = async () => {
      const content = EMPTY_CONTENT;
      const asked = { kind: 'referral', toFacilityId: undefined, toPerson: undefined, content, studies: [] } as const;
      return (
        await index.letters.draft(hospital.id, { ...asked, patientNo: undefined, inReplyTo: undefined }, doctor.id, NONE, COMMAND_LINE)
      ).id;
    };
    const attach = async (id: LetterId, key: ObjectKey) => {
      const file = { name: 'a', kind: 'pdf', bytes: 8, sha256: 'a'.repeat(64) as never, key } as const;
      return (await index.letters.addFile(hospital.id, id, file, doctor.id, COMMAND_LINE)).files.at(-1)?.id ?? ('' as never);
    };
    /** All that nothing has named since before then; which were removed. */
    const swept = async (before = later(), remove: (key: ObjectKey) => Promise<void> = async () => {}) => {
      const gone: ObjectKey[] = [];
      for (;;) {
        const one = await index.keptFiles.removeUnnamed(before, remove, () => [entry('consent-document-removed')]);
        if (one === undefined) return gone;
        gone.push(one.key);
      }
    };
    const acts = async () => (await index.audit.find({ limit: 1 })).map(({ seq, entry: { action } }) => [seq, action]);
    const told = async () => (await collect(index.keptFiles.all())).map(({ key }) => key);

    test('what was handed in is told, on record, and found by nobody else', async () => {
      const key = fresh();
      await claim(key);
      // Its bytes are not there yet.
      expect([await index.keptFiles.file(hospital.id, key), (await told()).includes(key), await index.keptFiles.has(key)]).toEqual([
        undefined,
        false,
        true,
      ]);
      await finish(key);
      expect((await acts())[0]?.[1]).toBe('consent-document-kept');
      const digest = key.slice(-68, -4);
      expect(await index.keptFiles.file(hospital.id, key)).toEqual({
        key,
        facilityCode: hospital.code,
        kind: 'consent',
        type: 'application/pdf',
        sha256: digest,
        bytes: 8,
      });
      expect(await index.keptFiles.file((await makeFacility()).id, key)).toBeUndefined();
      expect(await told()).toContain(key);
    });

    test('without its entry on record it is not kept', async () => {
      const key = fresh();
      await claim(key);
      const unrecorded = index.keptFiles.finish(
        key,
        doctor.id,
        () => {
          throw new Error('no entry');
        },
        COMMAND_LINE,
      );
      await expect(unrecorded).rejects.toThrow();
      expect(await index.keptFiles.file(hospital.id, key)).toBeUndefined();
    });

    test.each<[string, () => Promise<unknown>]>([
      [
        'whose bytes are not there',
        async () => {
          const key = fresh();
          await claim(key);
          return give(key);
        },
      ],
      ['that nobody handed in', () => give(fresh())],
      [
        'of another facility',
        async () => {
          const other = await makeFacility();
          const key = fresh('consent', other);
          await claim(key, other);
          await finish(key);
          return give(key);
        },
      ],
      [
        'that was removed',
        async () => {
          const key = await handIn();
          expect(await swept()).toContain(key);
          return give(key);
        },
      ],
      [
        'that was removed, by a notice',
        async () => {
          const key = await handIn();
          await swept();
          return post(key);
        },
      ],
    ])('a document is not named: %s', async (_name, ask) => {
      await expect(ask()).rejects.toMatchObject({ kind: 'invalid', ids: { reason: 'consent-document-missing' } });
    });

    test('so many of a facility and a kind may be unnamed, also of those that come at once; what is named or handed in again counts no more', async () => {
      const at = await makeFacility();
      const keys = Array.from({ length: UNNAMED_FILES_MAX }, () => fresh('consent', at));
      const asked = await Promise.allSettled(
        [...keys, ...Array.from({ length: 5 }, () => fresh('consent', at))].map((key) => claim(key, at)),
      );
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(UNNAMED_FILES_MAX);
      for (const one of asked)
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ kind: 'conflict', ids: { reason: 'unnamed-files' } });
      const there = (await index.database.rows({ text: 'SELECT key FROM kept_files WHERE facility_id = $1', values: [at.id] }))[0]?.['key'];
      await claim(there, at);
      await claim(fresh('letter', at), at, 'letter');
      await claim(fresh());
      await finish(there);
      await give(there, at);
      await claim(fresh('consent', at), at);
      await expect(claim(fresh('consent', at), at)).rejects.toMatchObject({ kind: 'conflict' });
    });

    test('what nothing names is removed once it is old, on record if its coming was; what something names never is', async () => {
      await swept();
      const [unnamed, named, hung, sent, left] = [await handIn(), await handIn(), await handIn(), fresh('letter'), fresh()];
      await give(named);
      const notice = await post(hung);
      await index.postedNotices.remove(hospital.id, notice.id, doctor.id, NONE, COMMAND_LINE);
      await claim(sent, hospital, 'letter');
      await attach(await draft(), sent);
      expect(await swept(new Date(Date.now() - 60_000))).toEqual([]);
      expect(await swept()).toEqual([unnamed]);
      expect((await acts())[0]?.[1]).toBe('consent-document-removed');
      const before = await acts();
      await claim(left);
      expect(await swept()).toEqual([left]);
      // Nobody read of its coming.
      expect(await acts()).toEqual(before);
      expect(await told()).toEqual(expect.arrayContaining([named, hung, sent]));
    });

    test('a letter’s file is unnamed once the last draft has let go of it', async () => {
      await swept();
      const [first, second, key] = [await draft(), await draft(), fresh('letter')];
      await claim(key, hospital, 'letter');
      const file = await attach(first, key);
      await claim(key, hospital, 'letter');
      await attach(second, key);
      await index.letters.removeFile(hospital.id, first, file, COMMAND_LINE);
      expect(await swept()).toEqual([]);
      await index.letters.discard(hospital.id, second, NONE, COMMAND_LINE);
      expect(await swept()).toEqual([key]);
      await expect(attach(first, key)).rejects.toMatchObject({ kind: 'busy' });
    });

    test('when its bytes cannot be taken away all stays as it was; a lost one is off the list of damage when it goes', async () => {
      await swept();
      const key = await handIn();
      await index.damage.report(key, 'missing', 'scrub');
      expect((await index.damage.list({ limit: 1_000 })).map((one) => one.key)).toContain(key);
      const failing = swept(later(), async () => {
        throw new Error('the store is away');
      });
      await expect(failing).rejects.toThrow('away');
      expect(await index.keptFiles.file(hospital.id, key)).toBeDefined();
      expect(await swept()).toEqual([key]);
      expect((await index.damage.list({ limit: 1_000 })).map((one) => one.key)).not.toContain(key);
    });

    test.each<[string, (key: ObjectKey) => Promise<() => Promise<unknown>>, object | undefined]>([
      [
        'who names it is told that it is gone',
        async (key) => {
          const patient = await patientOf(await received(hospital, somebody()));
          return () => give(key, hospital, patient);
        },
        { kind: 'invalid', ids: { reason: 'consent-document-missing' } },
      ],
      ['who puts it up is told that it is gone', async (key) => () => post(key), { kind: 'invalid' }],
      ['who hands it in again keeps it', async (key) => () => claim(key).then(() => finish(key)), undefined],
    ])('while its bytes are taken away: %s', async (_name, prepared, refusal) => {
      await swept();
      const key = await handIn();
      const act = await prepared(key);
      let done: Promise<unknown> = Promise.resolve();
      await index.keptFiles.removeUnnamed(
        later(),
        async () => {
          done = act().catch((thrown: unknown) => thrown);
          await eventually(async () => (await index.database.rows({ text: WAITING })).length > 0);
        },
        NONE,
      );
      if (refusal === undefined) expect(await done).toBeUndefined();
      else expect(await done).toMatchObject(refusal);
      expect((await index.keptFiles.file(hospital.id, key)) !== undefined).toBe(refusal === undefined);
    });

    test('of a consent and a removal at once either the document is there and named, or it is gone and nothing was given', async () => {
      for (let round = 0; round < 20; round++) {
        const key = await handIn();
        let removed = false;
        const [given] = await Promise.allSettled([
          give(key),
          swept(later(), async (gone) => {
            removed ||= gone === key;
          }),
        ]);
        expect([given?.status, await index.keptFiles.has(key)]).toEqual(removed ? ['rejected', false] : ['fulfilled', true]);
      }
    });

    test('a draft that lets go of a file while another takes it up leaves it named', async () => {
      const [first, second] = [await draft(), await draft()];
      for (let round = 0; round < 20; round++) {
        const key = fresh('letter');
        await claim(key, hospital, 'letter');
        const file = await attach(first, key);
        const [, taken] = await Promise.all([index.letters.removeFile(hospital.id, first, file, COMMAND_LINE), attach(second, key)]);
        const [row] = await index.database.rows({ text: 'SELECT unnamed_since FROM kept_files WHERE key = $1', values: [key] });
        expect(row?.['unnamed_since']).toBeNull();
        await index.letters.removeFile(hospital.id, second, taken, COMMAND_LINE);
      }
    });
  });
}
