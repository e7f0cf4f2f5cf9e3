/** What is done to consents at the same moment, or for all of a person or a hospital at once, on each driver of the index. */
import { beforeAll, describe, expect, test } from 'vitest';
import { endsByObjection } from '../../../gateway/domain/consent/consent-covers.ts';
import type { PatientNo, StudyId } from '../../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../../gateway/domain/people/facility.ts';
import { giveConsent } from '../../../gateway/usecases/consent/take-consent.ts';
import { SETTLED_AT_A_TIME } from '../../../storage/index/consent/in-pieces.ts';
import type { Query } from '../../../storage/index/postgres/pool.ts';
import { eventually } from '../../fixtures/eventually.ts';
import {
  consentsAt,
  formOf,
  IMPLIED,
  isOf,
  link,
  PAPER,
  patientOf,
  received,
  seen,
  somebody,
  wish,
} from '../../fixtures/servers/consent-wishes.ts';
import { embeddedDriver, systemDriver } from '../../fixtures/servers/index-drivers.ts';
import { doctor, entry, index, later, makeFacility, now, useIndex } from '../../fixtures/servers/index-suite.ts';

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`consents at once on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);
    let hospital: Facility;
    let clinic: Facility;
    let other: Facility;
    let elsewhere: Facility;

    beforeAll(async () => {
      [hospital, clinic, other, elsewhere] = [await makeFacility(), await makeFacility(), await makeFacility(), await makeFacility()];
    });
    const { give, withdraw } = consentsAt(() => hospital);

    test('the person withdraws all at a facility that took none: only what the law asks for stands, and who took it is told elsewhere by whom', async () => {
      const [here, there] = [await received(hospital, somebody()), await received(elsewhere, somebody())];
      const [a, b] = [await patientOf(here), await patientOf(there)];
      const withdrawAll = (patient: PatientNo, at = elsewhere) =>
        index.consents.withdrawAll(
          at.id,
          patient,
          endsByObjection,
          doctor.id,
          (ended) => ended.map(() => entry('consent-withdrawn')),
          COMMAND_LINE,
        );
      const wide = await give(a);
      const narrow = await give(a, { to: { facilities: [clinic.id] } });
      // Nobody's word ends what another person agreed to.
      expect((await withdrawAll(b)).made).toEqual([]);
      expect([await seen(clinic, [here, there]), await seen(other, [here, there])]).toEqual(['x-', 'x-']);
      await expect(withdrawAll(a)).rejects.toMatchObject({ kind: 'not-found' });

      await link(a, b);
      await give(a, { to: { facilities: [other.id] } }, { basis: { ...PAPER, kind: 'law', ground: 'statute', document: undefined } });
      expect([await seen(clinic, [here, there]), await seen(other, [here, there])]).toEqual(['xx', 'xx']);
      const { made, studies } = await withdrawAll(b);
      expect([made.map(({ consent }) => consent.id), studies.length]).toEqual([[wide, narrow], 2]);
      expect([await seen(clinic, [here, there]), await seen(other, [here, there])]).toEqual(['--', 'xx']);
      const kept = await index.consents.consentsOf(hospital.id, a);
      expect(kept?.map(({ consent: { basis, withdrawnAt } }) => [basis.kind, withdrawnAt !== undefined])).toEqual([
        ['law', false],
        ['paper', true],
        ['paper', true],
      ]);
      expect(await index.consents.consentsOf(elsewhere.id, b)).toEqual([]);
    });

    test('a consent that is given while all are withdrawn stands or is withdrawn, and never half', async () => {
      const said = somebody();
      const study = await received(hospital, said);
      const no = await patientOf(study);
      await give(no);
      const all = () => index.consents.withdrawAll(hospital.id, no, endsByObjection, doctor.id, () => [], COMMAND_LINE);
      const [late] = await Promise.all([give(no), all(), received(hospital, said), all()]);
      const kept = await index.consents.consent(hospital.id, late);
      expect(await seen(clinic, [study])).toBe(kept?.consent.withdrawnAt === undefined ? 'x' : '-');
      await all();
      expect(await seen(clinic, [study])).toBe('-');
    });

    test('two who leave out more at the same moment: each change is given what the other left, and what one of them throws changes nothing', async () => {
      const said = somebody();
      const studies = [await received(hospital, said), await received(hospital, said)];
      const id = await give(await patientOf(studies[0] as StudyId));
      const leaveOut = (facility: Facility) =>
        index.consents.leaveOut(
          hospital.id,
          id,
          ({ scope }) => ({ ...scope, exceptFacilities: [...scope.exceptFacilities, facility.id] }),
          () => [entry('consent-changed')],
          COMMAND_LINE,
        );
      await Promise.all([leaveOut(other), leaveOut(elsewhere), leaveOut(clinic)]);
      const { scope } = (await index.consents.consent(hospital.id, id))?.consent ?? {};
      expect(scope?.exceptFacilities.toSorted()).toEqual([other.id, elsewhere.id, clinic.id].sort());
      expect([await seen(clinic, studies), await seen(other, studies)]).toEqual(['--', '--']);
      const refused = index.consents.leaveOut(
        hospital.id,
        id,
        () => {
          throw new Error('no');
        },
        () => [entry('consent-changed')],
        COMMAND_LINE,
      );
      await expect(refused).rejects.toThrow();
      expect((await index.consents.consent(hospital.id, id))?.consent.scope).toEqual(scope);
    });

    test('studies that arrive while it is given and withdrawn, and links made meanwhile, end as the rule says', async () => {
      for (let round = 0; round < 5; round++) {
        const said = somebody();
        const there = somebody();
        const here = await received(hospital, said);
        const away = await received(elsewhere, there);
        const [a, b] = [await patientOf(here), await patientOf(away)];
        const [id, ...more] = await Promise.all([
          give(a),
          ...Array.from({ length: 6 }, () => received(hospital, said)),
          ...Array.from({ length: 6 }, () => received(elsewhere, there)),
          link(a, b).then(() => away),
        ]);
        const all = [here, away, ...more];
        expect(await seen(clinic, all)).toBe('x'.repeat(all.length));
        const [, ...late] = await Promise.all([withdraw(id), ...Array.from({ length: 6 }, () => received(hospital, said))]);
        expect(await seen(clinic, [...all, ...late])).toBe('-'.repeat(all.length + late.length));
      }
    });

    /** What is done while another transaction has done the first thing; refused when it would have to wait. */
    const beside = (first: Query, second: Query) =>
      index.database.transaction(async (one) => {
        await one.rows(first);
        await index.database.transaction(async (other_) => {
          await other_.rows({ text: "SET LOCAL lock_timeout = '1s'" });
          await other_.rows(second);
        });
      });
    const hangs = (removedAt: Date | null): Query => ({
      text: "INSERT INTO posted_notices (facility_id, version, posted_on, filed_at, removed_at) VALUES ($1, '1', '2026-04-01', now(), $2)",
      values: [hospital.id, removedAt],
    });

    /** Another connection's transaction, which ends when somebody waits for it. */
    const whileOpen = async (text: string, values: readonly unknown[], meanwhile: () => Promise<unknown>) => {
      let asked: Promise<unknown> = Promise.resolve();
      await index.database.transaction(async (one) => {
        await one.rows({ text, values });
        asked = meanwhile();
        asked.catch(() => {});
        const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        await eventually(async () => (await one.rows({ text: waiting })).length > 0);
      });
      return asked;
    };
    const NOTICE_DOWN = 'UPDATE posted_notices SET removed_at = now() WHERE facility_id = $1 AND removed_at IS NULL';

    test.each<[string, string, (patient: PatientNo) => readonly unknown[], object]>([
      ['the notice is taken down', NOTICE_DOWN, () => [hospital.id], { kind: 'invalid', ids: { reason: 'consent-notice-missing' } }],
      [
        'a death is noted',
        "UPDATE patients SET died_on = '2026-04-01' WHERE patient_no = $1",
        (patient) => [patient],
        { kind: 'conflict', ids: { reason: 'consent-deceased' } },
      ],
    ])('%s while a consent is given: it is refused, and nothing of it is kept', async (_name, text, values, expected) => {
      const study = await received(hospital, somebody());
      const patient = await patientOf(study);
      await index.database.rows(hangs(null));
      const by = { id: hospital.id, code: hospital.code };
      const actor = { kind: 'system', facility: by, remoteAddress: 'test', through: 'command' } as const;
      const said = {
        patient,
        to: 'region',
        exceptFacilities: [],
        modalities: [],
        exceptStudies: [],
        basis: 'implied',
        formVersion: '1',
      } as const;
      const stores = { ...index, objects: { head: async () => undefined }, access: { forget: () => {} }, clock: { now } };
      await expect(whileOpen(text, values(patient), () => giveConsent(stores, { facility: by, actor }, said))).rejects.toMatchObject(
        expected,
      );
      expect([await seen(clinic, [study]), await index.consents.consentsOf(hospital.id, patient)]).toEqual(['-', []]);
      await index.database.rows({ text: NOTICE_DOWN, values: [hospital.id] });
      await index.postedNotices.settleLeft(later());
    });

    test('a death that is taken back while the bereaved sign is no death any more', async () => {
      const patient = await patientOf(await received(hospital, somebody()));
      await index.database.rows({ text: "UPDATE patients SET died_on = '2026-04-01' WHERE patient_no = $1", values: [patient] });
      const told: unknown[] = [];
      const form = { basis: { ...PAPER, document: await formOf(hospital) } };
      await whileOpen('UPDATE patients SET died_on = NULL WHERE patient_no = $1', [patient], () =>
        index.consents.give(
          hospital.id,
          wish(patient, {}, form),
          (circumstances) => told.push(circumstances),
          doctor.id,
          () => [],
          COMMAND_LINE,
        ),
      );
      expect(told).toEqual([{ noticePosted: false, diedOn: undefined }]);
    });

    test('studies of one patient that come at two processes do not wait for each other', async () => {
      const patientNo = await patientOf(await received(hospital, somebody()));
      const [first, second] = [await received(hospital, somebody()), await received(hospital, somebody())];
      await give(patientNo, { to: { facilities: [clinic.id] } });
      // What a list shows changes under its own lock: here only the one that came first does.
      await index.database.rows({ text: 'UPDATE consents SET except_studies = $2 WHERE patient_no = $1', values: [patientNo, [second]] });
      await beside(isOf(first, patientNo), isOf(second, patientNo));
      expect(await seen(clinic, [first, second])).toBe('x-');
    });

    test('a notice that hung once, or hangs in place of another, touches no study', async () => {
      const study = await received(hospital, somebody());
      await index.database.rows(hangs(null));
      await give(await patientOf(study), {}, { basis: IMPLIED });
      for (const notice of [hangs(now()), hangs(null)])
        await beside({ text: 'SELECT FROM studies WHERE study_id = $1 FOR UPDATE', values: [study] }, notice);
      expect(await seen(clinic, [study])).toBe('x');
    });

    test('a notice that opens and closes what many patients have: nothing that arrives meanwhile waits, whoever brings it, and all of it is as the notice says', async () => {
      const said = { version: '1', postedOn: '2026-04-01', document: undefined };
      const post = () => index.postedNotices.post(hospital.id, said, undefined, () => [], COMMAND_LINE);
      const hung = await post();
      const people = Array.from({ length: SETTLED_AT_A_TIME + 5 }, somebody);
      const studies: StudyId[] = [];
      for (const one of people) {
        studies.push(await received(hospital, one));
        await give(await patientOf(studies.at(-1) as StudyId), {}, { basis: IMPLIED });
      }
      const ofRegion = somebody();
      await give(await patientOf(await received(hospital, ofRegion)));
      // Somebody has the last patient's study in hand: the notice comes to it in its last piece, and waits.
      const change = async (act: () => Promise<unknown>, state: string) => {
        let changing: Promise<unknown> = Promise.resolve();
        const late: StudyId[] = [];
        await index.database.transaction(async (one) => {
          await one.rows({ text: 'SELECT FROM studies WHERE study_id = $1 FOR UPDATE', values: [studies.at(-1)] });
          changing = act();
          changing.catch(() => {});
          // The first piece is done, and what is not yet settled arrives.
          await eventually(async () => (await seen(clinic, studies.slice(0, 1))) === state);
          late.push(await received(hospital, people[0] ?? {}), await received(hospital, people.at(-2) ?? {}));
          expect(await seen(clinic, [await received(hospital, ofRegion)])).toBe('x');
        });
        await changing;
        expect(await seen(clinic, [...studies, ...late])).toBe(state.repeat(studies.length + late.length));
      };
      await change(() => index.postedNotices.remove(hospital.id, hung.id, undefined, () => [], COMMAND_LINE), '-');
      await change(post, 'x');
      expect(await index.postedNotices.settleLeft(later())).toBe(0);
      for (const { id, removedAt } of await index.postedNotices.noticesOf(hospital.id))
        if (removedAt === undefined) await index.postedNotices.remove(hospital.id, id, undefined, () => [], COMMAND_LINE);
    });

    test('a process that dies before it has settled a notice leaves that to another', async () => {
      const study = await received(hospital, somebody());
      await index.database.rows(hangs(null));
      await give(await patientOf(study), {}, { basis: IMPLIED });
      await index.postedNotices.settleLeft(later());
      await index.database.rows({ text: 'UPDATE posted_notices SET removed_at = now() WHERE facility_id = $1', values: [hospital.id] });
      expect(await seen(clinic, [study])).toBe('x');
      expect(await index.postedNotices.settleLeft(new Date(0))).toBe(0);
      expect([await index.postedNotices.settleLeft(later()), await seen(clinic, [study])]).toEqual([1, '-']);
      expect(await index.postedNotices.settleLeft(later())).toBe(0);
    });
  });
}
