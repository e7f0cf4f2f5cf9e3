/** What a settlement does to what else waits, is shared or is under way; and which study a header of few words joins. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { searchableName } from '../../gateway/dicom/text/person-name.ts';
import type { FacilityCode, NoticeId, StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import type { Notice, Settlement } from '../../gateway/domain/imaging/notice.ts';
import type { FinishOutcome, InstanceToIndex } from '../../gateway/domain/imaging/study.ts';
import type { PersonActor } from '../../gateway/domain/people/actor.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import type { User } from '../../gateway/domain/people/user.ts';
import type { AuditEntry, ChainedEntry } from '../../gateway/domain/record/audit.ts';
import { rightsOf } from '../../gateway/domain/sharing/job-rights.ts';
import { settleNotice } from '../../gateway/usecases/correct/settle-notice.ts';
import type { OpenedIndex } from '../../storage/index/open.ts';
import { createDoctor, embeddedDriver, instanceOf, NOBODY, nextUID, systemDriver } from '../fixtures/servers/index-drivers.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

const entry = (action: AuditEntry['action']) => ({ action, outcome: 'success', who: { kind: 'person', userId: '1' } }) as AuditEntry;
const HOUR_MS = 3_600_000;

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`settlements on ${driver.name} PostgreSQL`, () => {
    let index: OpenedIndex;
    let doctor: User;
    let facilities = 0;
    const now = () => new Date();

    beforeAll(async () => {
      index = await driver.open();
      doctor = await createDoctor(index, await makeFacility());
    });
    afterAll(async () => {
      await index?.close();
      await driver.remove();
    });

    const makeFacility = () =>
      index.people.createFacility(
        { code: `S${++facilities}` as FacilityCode, name: 'S', nameKana: '', nameRomaji: '', aeTitles: [] },
        UNRECORDED,
      );
    const store = (item: InstanceToIndex): Promise<FinishOutcome> => index.ingest.finish(undefined, item);
    const settle = (owner: Facility, noticeId: NoticeId, settlement: Settlement) =>
      index.notices.settle({ noticeId, facilityId: owner.id, settlement, by: doctor.id }, () => [entry('place-settled')], COMMAND_LINE);
    const waiting = async (owner: Facility) =>
      (await index.notices.list(owner.id, 50)).filter(({ other, settlement }) => other !== undefined && settlement === undefined);
    const patientOf = (notice: Notice | undefined) => notice?.study?.study.patientID;
    /** `P-1~1 3`: patient, number under the UID, instances of each study that the facility may see. */
    const studiesOf = async (facility: Facility) =>
      (await index.studies.findStudies(facility, [], { offset: 0, limit: 100 }, now()))
        .map((row) => `${row.study.patientID}~${row.ordinal} ${row.numberOfStudyRelatedInstances}`)
        .sort();

    test('a duplicate that is settled away while it is being answered is answered with where it is', async () => {
      const owner = await makeFacility();
      const first = instanceOf({ facility: owner, patientID: 'WRONG' });
      const study = first.study.studyInstanceUID;
      const claim = instanceOf({ facility: owner, study, sop: first.instance.sopInstanceUID, patientID: 'RIGHT' });
      await store(first);
      const beside = await store(claim);
      const [notice] = await waiting(owner);
      const root = await driver.superuser();
      try {
        // The record's head is locked: the batch stops after it has looked its instances up, before it answers.
        await root.query('BEGIN');
        await root.query('SELECT FROM audit_head FOR UPDATE');
        const answers = Promise.all([store(first), store(instanceOf({ facility: owner }))]);
        for (;;) {
          // Within a transaction the view stands still.
          await root.query('SELECT pg_stat_clear_snapshot()');
          const { rows } = await root.query(
            `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%finish_instances%' AND datname = current_database()`,
          );
          if (rows.length > 0) break;
          await root.query('SELECT pg_sleep(0.01)');
        }
        await root.query('SELECT settle_notice($1, $2, $3, $4, now(), now())', [notice?.id, owner.id, 'correction', doctor.id]);
        await root.query('COMMIT');
        const [again] = await answers;
        const { studyInstanceUID, seriesInstanceUID } = beside.place;
        expect(again).toEqual({ ...beside, kind: 'duplicate', place: { studyInstanceUID, seriesInstanceUID } });
      } finally {
        await root.end();
      }
    });

    test('of several studies that a header may mean it joins the one whose name and birth date it gives', async () => {
      const owner = await makeFacility();
      const study = nextUID();
      const yamada = { patientID: '1', name: searchableName({ Alphabetic: 'Yamada^Taro' }), birthDate: '19700101' };
      const suzuki = { patientID: '1', name: searchableName({ Alphabetic: 'Suzuki^Jiro' }), birthDate: '19800202' };
      const ofYamada = await store(instanceOf({ facility: owner, study, ...yamada, issuer: 'A' }));
      const ofSuzuki = await store(instanceOf({ facility: owner, study, ...suzuki, issuer: 'B' }));
      for (const less of [suzuki, { ...suzuki, birthDate: '' }, { ...suzuki, name: NOBODY }]) {
        expect((await store(instanceOf({ facility: owner, study, ...less }))).studyId).toBe(ofSuzuki.studyId);
      }
      expect((await store(instanceOf({ facility: owner, study, ...yamada }))).studyId).toBe(ofYamada.studyId);
      expect(await studiesOf(owner)).toEqual(['1~1 2', '1~2 4']);
      expect((await index.notices.list(owner.id, 10)).map(({ kind }) => kind)).toEqual(['other-patient']);
    });

    test('the owner is told of a header that names the patient otherwise, also when the study does not follow it', async () => {
      const owner = await makeFacility();
      const study = nextUID();
      await store(instanceOf({ facility: owner, study, issuer: 'A' }));
      // No issuer: the study keeps what it knows.
      await store(instanceOf({ facility: owner, study, name: searchableName({ Alphabetic: 'Suzuki^Jiro' }) }));
      expect((await index.notices.list(owner.id, 10)).map(({ kind }) => kind)).toEqual(['patient-changed']);
      await store(instanceOf({ facility: owner, study }));
      await store(instanceOf({ facility: owner, study, birthDate: '' }));
      expect((await index.notices.list(owner.id, 10)).map(({ count }) => count)).toEqual([1]);
    });

    test('modalities of which some leave out issuer, birth date or the name in kanji make one study, in any order', async () => {
      const full = {
        patientID: '0012',
        issuer: 'H',
        birthDate: '19700101',
        name: searchableName({ Alphabetic: 'Yamada^Taro', Ideographic: '山田^太郎' }),
      };
      const headers = [
        full,
        { ...full, issuer: '' },
        { ...full, birthDate: '' },
        { ...full, name: searchableName({ Alphabetic: 'YAMADA^TARO' }) },
      ];
      for (let first = 0; first < headers.length; first += 1) {
        const owner = await makeFacility();
        const study = nextUID();
        for (let n = 0; n < headers.length; n += 1) {
          await store(instanceOf({ facility: owner, study, series: `${study}.${n}`, ...headers[(first + n) % headers.length] }));
        }
        expect(await studiesOf(owner)).toEqual(['0012~1 4']);
      }
    });

    test('a header that names nobody joins a study that holds something, not one that was settled away', async () => {
      const owner = await makeFacility();
      const study = nextUID();
      await store(instanceOf({ facility: owner, study, patientID: 'EMERGENCY' }));
      await store(instanceOf({ facility: owner, study, patientID: 'REAL' }));
      await settle(owner, (await waiting(owner))[0]?.id as NoticeId, 'correction');
      await store(instanceOf({ facility: owner, study, patientID: '', birthDate: '', name: NOBODY }));
      expect(await studiesOf(owner)).toEqual(['REAL~2 3']);
      expect(await waiting(owner)).toEqual([]);
    });

    test('what waited for a study that was settled away waits for the one it went to', async () => {
      const owner = await makeFacility();
      const study = nextUID();
      for (const patientID of ['P-1', 'P-2', 'P-3']) await store(instanceOf({ facility: owner, study, patientID }));
      const about = (patient: string) => async () => (await waiting(owner)).find((notice) => patientOf(notice) === patient)?.id as NoticeId;
      // P-1 was P-2. Whether it is P-3 is still open: now of P-2.
      await settle(owner, await about('P-2')(), 'correction');
      expect((await waiting(owner)).map((notice) => [patientOf(notice), notice.other?.study?.study.patientID])).toEqual([['P-3', 'P-2']]);
      expect(await settle(owner, await about('P-3')(), 'correction')).toMatchObject({ moved: 2 });
      expect(await studiesOf(owner)).toEqual(['P-3~3 3']);
      expect(await waiting(owner)).toEqual([]);
    });

    test('what waited between two studies is settled with them, whichever of them was told of first', async () => {
      const owner = await makeFacility();
      const study = nextUID();
      const former = instanceOf({ facility: owner, study, patientID: 'EMERGENCY' });
      await store(former);
      await store(instanceOf({ facility: owner, study, patientID: 'REAL' }));
      await settle(owner, (await waiting(owner))[0]?.id as NoticeId, 'correction');
      // Back under the former header, told as beside REAL; then the same the other way round.
      await store(instanceOf({ facility: owner, study, patientID: 'EMERGENCY' }));
      const [back] = await waiting(owner);
      expect(patientOf(back)).toBe('EMERGENCY');
      await settle(owner, back?.id as NoticeId, 'correction');
      expect(await studiesOf(owner)).toEqual(['EMERGENCY~1 3']);
      expect(await waiting(owner)).toEqual([]);
    });

    test('what was said to be two objects stays two, whatever is said of others of the same two studies later', async () => {
      const owner = await makeFacility();
      const [one, other] = [nextUID(), nextUID()];
      const clash = async () => {
        const first = instanceOf({ facility: owner, study: one });
        await store(first);
        await store(instanceOf({ facility: owner, study: other, sop: first.instance.sopInstanceUID }));
      };
      await clash();
      await settle(owner, (await waiting(owner))[0]?.id as NoticeId, 'two-objects');
      await clash();
      expect(await settle(owner, (await waiting(owner))[0]?.id as NoticeId, 'correction')).toMatchObject({ moved: 1 });
      expect(await studiesOf(owner)).toEqual(['P-001~1 1', 'P-001~1 2']);
    });

    test('the shares of a study that was settled away end with it, on record', async () => {
      const [owner, guest] = [await makeFacility(), await makeFacility()];
      const study = nextUID();
      const former = await store(instanceOf({ facility: owner, study, patientID: 'EMERGENCY' }));
      const until = new Date(Date.now() + HOUR_MS);
      const { id: userId } = doctor;
      for (const to of [{}, { job: 'nurse' as const }, { userId }]) {
        await index.shares.share(
          { studyId: former.studyId, toFacilityId: guest.id, to, until, by: doctor.id },
          () => [entry('study-shared')],
          COMMAND_LINE,
        );
      }
      await store(instanceOf({ facility: owner, study, patientID: 'REAL' }));
      expect(await studiesOf(guest)).toEqual(['EMERGENCY~1 1']);
      const actor: PersonActor = {
        kind: 'person',
        userId: doctor.id,
        facility: owner,
        job: 'physician',
        rights: rightsOf({}, 'hospital', 'physician'),
        administrator: false,
        through: 'session',
        remoteAddress: '127.0.0.1',
      };
      const request = { noticeId: (await waiting(owner))[0]?.id as NoticeId, settlement: 'correction' } as const;
      const tokenHash = 'settles';
      await index.people.createToken({ tokenHash, userId: doctor.id, name: 'n', expiresAt: undefined }, UNRECORDED);
      const proof = { token: tokenHash };
      await settleNotice({ notices: index.notices, access: { forget: () => {} } }, { actor, proof }, owner, request);
      expect(await studiesOf(guest)).toEqual([]);
      const recorded = await index.audit.find({ limit: 4 });
      const told = ({ entry: { action, toFacilityCode, what } }: ChainedEntry) => [
        ...[action, toFacilityCode, what?.studyInstanceUID, what?.job, what?.userId],
      ];
      expect(recorded.map(told)).toEqual([
        ['share-revoked', guest.code, study, undefined, userId],
        ['share-revoked', guest.code, study, 'nurse', undefined],
        ['share-revoked', guest.code, study, undefined, undefined],
        ['place-settled', undefined, study, undefined, undefined],
      ]);
      expect(await index.audit.verify()).toMatchObject({ intact: true });
      // Nobody could have ended it at the address that is gone; what comes under the former header is not shown by it.
      await store(instanceOf({ facility: owner, study, patientID: 'EMERGENCY' }));
      expect(await studiesOf(guest)).toEqual([]);
      const shares = await index.shares.sharesOf(former.studyId);
      expect(shares.map(({ revokedAt }) => revokedAt !== undefined)).toEqual([true, true, true]);
      const address = { studyInstanceUID: study as StudyInstanceUID };
      expect(await index.studies.study(guest, address, now())).toBeUndefined();
    });
  });
}
