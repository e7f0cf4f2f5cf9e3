/** What a consent opens, to whom, and what moves it: as the domain's rule says, on each driver of the index. */
import { beforeAll, describe, expect, test } from 'vitest';
import { basisRule } from '../../../gateway/domain/consent/basis-rules.ts';
import type { ConsentScope } from '../../../gateway/domain/consent/consent.ts';
import { consentCovers, consentStands } from '../../../gateway/domain/consent/consent-covers.ts';
import type { ConsentId, FacilityId, NoticeId, PatientNo, StudyId } from '../../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../../gateway/domain/people/facility.ts';
import {
  consentsAt,
  formOf,
  IMPLIED,
  link,
  PAPER,
  patientOf,
  received,
  SCOPE,
  seen,
  somebody,
  unlink,
  wish,
} from '../../fixtures/servers/consent-wishes.ts';
import { embeddedDriver, nextUID, systemDriver, type Wanted } from '../../fixtures/servers/index-drivers.ts';
import { doctor, entry, index, later, makeFacility, now, share, useIndex } from '../../fixtures/servers/index-suite.ts';

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`consents on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);
    /** It takes consents, and is asked to give; two may see; one has studies of its own. */
    let hospital: Facility;
    let clinic: Facility;
    let other: Facility;
    let elsewhere: Facility;

    beforeAll(async () => {
      [hospital, clinic, other, elsewhere] = [await makeFacility(), await makeFacility(), await makeFacility(), await makeFacility()];
    });

    const { give, withdraw } = consentsAt(() => hospital);
    const leaves = (facility: Facility, at: Date | null) =>
      index.database.rows({ text: 'UPDATE facilities SET left_at = $2 WHERE facility_id = $1', values: [facility.id, at] });

    // ── The same rule twice ──────────────────────────────────────────────────

    const SCOPES: Readonly<Record<string, (study: StudyId) => Partial<ConsentScope>>> = {
      'all of it': () => ({}),
      'the clinic and the other one': () => ({ to: { facilities: [clinic.id, other.id] } }),
      nobody: () => ({ to: { facilities: [] } }),
      'all but the clinic': () => ({ exceptFacilities: [clinic.id] }),
      'the clinic, and not the clinic': () => ({ to: { facilities: [clinic.id] }, exceptFacilities: [clinic.id] }),
      'CT and MR': () => ({ modalities: ['CT', 'MR'] }),
      'from April 2026': () => ({ studyDateFrom: '20260401' }),
      'until March 2026': () => ({ studyDateTo: '20260331' }),
      'April 2026': () => ({ studyDateFrom: '20260401', studyDateTo: '20260430' }),
      'all but one': (study) => ({ exceptStudies: [study] }),
    };
    const STUDIES: readonly (Pick<Wanted, 'date'> & { readonly modalities: readonly string[]; readonly elsewhere?: true })[] = [
      { modalities: ['CT'], date: '20260401' },
      { modalities: ['CT', 'PT'], date: '20260430' },
      { modalities: ['CT', 'SR', 'PR'], date: '20260331' },
      { modalities: ['SR'], date: '20260402' },
      { modalities: ['US'], date: '' },
      { modalities: ['CT'], date: '2026.04.' },
      { modalities: ['MR'], date: '20260501', elsewhere: true },
      { modalities: [''], date: '20260402' },
    ];

    test.each(Object.entries(SCOPES))('opens what the rule says, and not more: %s', async (_name, scopeOf) => {
      const said = somebody();
      const studies: StudyId[] = [];
      for (const { modalities, date, elsewhere: away } of STUDIES) {
        const study = nextUID();
        for (const [n, modality] of modalities.entries())
          studies[studies.length - (n === 0 ? 0 : 1)] = await received(away ? elsewhere : hospital, {
            ...said,
            study,
            series: `${study}.${n}`,
            modality,
            date: date ?? '',
          });
      }
      const patientNo = await patientOf(studies[0] as StudyId);
      await link(patientNo, await patientOf(studies[6] as StudyId));
      const scope = scopeOf(studies[0] as StudyId);
      for (const basis of [PAPER, IMPLIED]) {
        const notice = await index.postedNotices.post(
          hospital.id,
          { version: '1', postedOn: '2026-01-01', document: undefined },
          undefined,
          () => [],
          COMMAND_LINE,
        );
        const id = await give(patientNo, scope, { basis });
        const kept = await index.consents.consent(hospital.id, id);
        if (kept === undefined) throw new Error('it is not kept');
        const [known] = await index.patients.patientsOf([studies[0] as StudyId]);
        for (const receiver of [hospital, clinic, other, elsewhere]) {
          const expected = STUDIES.map(({ modalities, date, elsewhere: away }, at) => {
            const owner = away ? elsewhere : hospital;
            const covered = {
              id: studies[at] as StudyId,
              ownerFacilityId: owner.id,
              personId: known?.personId as never,
              modalities: modalities.filter((modality) => modality !== ''),
              studyDate: date ?? '',
            };
            const consent = { ...kept.consent, personId: known?.personId as never };
            const { yes } = consentCovers(consent, covered, { id: receiver.id, left: false }, kept.circumstances, now());
            return yes || owner === receiver ? 'x' : '-';
          });
          expect([basis.kind, receiver.code, await seen(receiver, studies)]).toEqual([basis.kind, receiver.code, expected.join('')]);
        }
        const reach = await index.consents.wouldOpen(hospital.id, wish(patientNo, scope, { basis }));
        expect(reach.studyCount).toBe(kept.studies);
        expect(reach.studies.length).toBe(kept.studies);
        await withdraw(id);
        await index.postedNotices.remove(hospital.id, notice.id, undefined, () => [], COMMAND_LINE);
      }
    });

    // ── What moves it ────────────────────────────────────────────────────────

    test('a study that arrives later falls under it, and one whose second modality was not named does no more', async () => {
      const said = somebody();
      const first = await received(hospital, said);
      await give(await patientOf(first), { modalities: ['CT'] });
      const uid = nextUID();
      const second = await received(hospital, { ...said, study: uid, series: `${uid}.1`, modality: 'CT' });
      expect(await seen(clinic, [first, second])).toBe('xx');
      await received(hospital, { ...said, study: uid, series: `${uid}.2`, modality: 'PT' });
      expect(await seen(clinic, [first, second])).toBe('x-');
    });

    test('a study that turns out to be of another patient leaves it', async () => {
      const said = somebody();
      const uid = nextUID();
      const first = await received(hospital, said);
      const moved = await received(hospital, { ...said, study: uid });
      await give(await patientOf(first));
      expect(await seen(clinic, [first, moved])).toBe('xx');
      const { patientID } = somebody();
      const [other_] = await index.database.rows({
        text: 'UPDATE studies SET patient_id = $2 WHERE study_id = $1 RETURNING patient_no',
        values: [moved, patientID],
      });
      expect(other_?.['patient_no']).not.toBe(await patientOf(first));
      expect(await seen(clinic, [first, moved])).toBe('x-');
    });

    test('a study that was left out stays left out when it turns out to be another', async () => {
      const said = somebody();
      const sop = nextUID();
      const wrong = await received(hospital, { ...said, sop });
      await give(await patientOf(wrong), { exceptStudies: [wrong] });
      const right = await received(hospital, { ...said, sop });
      const notice = (await index.notices.list(hospital.id, 10)).find(({ kind, study }) => kind === 'same-instance' && study?.id === right);
      await index.notices.settle(
        { noticeId: notice?.id as NoticeId, facilityId: hospital.id, settlement: 'correction', by: doctor.id },
        () => [entry('place-settled')],
        COMMAND_LINE,
      );
      expect([await seen(hospital, [wrong, right]), await seen(clinic, [wrong, right])]).toEqual(['-x', '--']);
    });

    test('links made later widen it, links undone narrow it, linking again widens it: nothing of it is lost', async () => {
      const here = await received(hospital, somebody());
      const there = await received(elsewhere, somebody());
      const [a, b] = [await patientOf(here), await patientOf(there)];
      await give(a);
      expect(await seen(clinic, [here, there])).toBe('x-');
      for (let n = 0; n < 2; n++) {
        await link(a, b);
        expect(await seen(clinic, [here, there])).toBe('xx');
        // What arrives there now is the person's too.
        await unlink(b);
        expect(await seen(clinic, [here, there])).toBe('x-');
      }
    });

    test('whoever consented parts: the others of the person are covered no more', async () => {
      const here = await received(hospital, somebody());
      const there = await received(elsewhere, somebody());
      await give(await patientOf(here));
      await link(await patientOf(there), await patientOf(here));
      expect(await seen(clinic, [here, there])).toBe('xx');
      await unlink(await patientOf(here));
      expect(await seen(clinic, [here, there])).toBe('x-');
    });

    test('a person who is two patients of one facility: both are covered, whichever signed', async () => {
      const [first, second] = [await received(hospital, somebody()), await received(hospital, somebody())];
      await link(await patientOf(first), await patientOf(second));
      const id = await give(await patientOf(second));
      expect(await seen(clinic, [first, second])).toBe('xx');
      expect(await index.consents.consentsOf(hospital.id, await patientOf(first))).toEqual([]);
      await withdraw(id);
      expect(await seen(clinic, [first, second])).toBe('--');
    });

    test.each<[string, Partial<ConsentScope>, changes: string]>([
      ['the region', {}, 'xx'],
      ['the region, of CT', { modalities: ['CT'] }, 'xx'],
      ['one facility', { to: { facilities: ['clinic' as FacilityId] } }, 'x-'],
    ])(
      'lists have changed where it is given to %s, when a study comes under it, and when it is withdrawn',
      async (_name, scope, changes) => {
        const said = somebody();
        const first = await received(hospital, said);
        const to = scope.to === undefined ? {} : { to: { facilities: [clinic.id] } };
        const revisions = () => Promise.all([clinic, other].map(({ id }) => index.studies.listRevision(id, now())));
        const differ = async <Made>(act: () => Promise<Made>) => {
          const before = await revisions();
          const made = await act();
          const after = await revisions();
          return [after.map((revision, n) => (revision === before[n] ? '-' : 'x')).join(''), made] as const;
        };
        const [given, id] = await differ(async () => give(await patientOf(first), { ...scope, ...to }));
        const [came, second] = await differ(() => received(hospital, said));
        expect([given, came, await seen(clinic, [first, second])]).toEqual([changes, changes, 'xx']);
        expect((await differ(() => withdraw(id)))[0]).toBe(changes);
      },
    );

    test('a facility that joins later is of the region; one that left is not, and may come back', async () => {
      const study = await received(hospital, somebody());
      await give(await patientOf(study));
      const newcomer = await makeFacility();
      expect(await seen(newcomer, [study])).toBe('x');
      await leaves(newcomer, now());
      expect(await seen(newcomer, [study])).toBe('-');
      await leaves(newcomer, null);
      expect(await seen(newcomer, [study])).toBe('x');
    });

    test('a facility that is named and left: nothing is opened to it, whatever is said', async () => {
      const gone = await makeFacility();
      await leaves(gone, now());
      const study = await received(hospital, somebody());
      await give(await patientOf(study), { to: { facilities: [gone.id, clinic.id] } });
      expect([await seen(gone, [study]), await seen(clinic, [study])]).toEqual(['-', 'x']);
    });

    test('implied: lapses when the notice is taken down, stands again when one hangs; a new version is no gap', async () => {
      const study = await received(hospital, somebody());
      const post = (version: string) =>
        index.postedNotices.post(
          hospital.id,
          { version, postedOn: '2026-04-01', document: undefined },
          doctor.id,
          () => [entry('notice-posted')],
          COMMAND_LINE,
        );
      const first = await post('1');
      const id = await give(await patientOf(study), {}, { basis: IMPLIED });
      const second = await post('2');
      expect(await seen(clinic, [study])).toBe('x');
      await index.postedNotices.remove(hospital.id, second.id, doctor.id, () => [entry('notice-removed')], COMMAND_LINE);
      expect(await seen(clinic, [study])).toBe('-');
      const kept = await index.consents.consent(hospital.id, id);
      expect(kept && consentStands(kept.consent, kept.circumstances, now())).toEqual({ yes: false, reason: 'notice-lapsed' });
      // What arrives meanwhile is not opened either, until one hangs again.
      await post('3');
      expect(await seen(clinic, [study])).toBe('x');
      expect((await index.postedNotices.noticesOf(hospital.id)).filter(({ removedAt }) => removedAt === undefined).length).toBe(1);
      await expect(index.postedNotices.remove(hospital.id, first.id, undefined, () => [], COMMAND_LINE)).rejects.toMatchObject({
        kind: 'not-found',
      });
    });

    test('deceased: what was agreed to for treatment ends, also of whoever is the same person; what the bereaved signed stands', async () => {
      const here = await received(hospital, somebody());
      const there = await received(elsewhere, somebody());
      const patientNo = await patientOf(here);
      const note = (diedOn: string | undefined) =>
        index.consents.noteDeath(hospital.id, patientNo, diedOn, () => [entry('consent-changed')], COMMAND_LINE);
      await link(patientNo, await patientOf(there));
      await give(patientNo);
      await note('2026-04-20');
      expect(await seen(clinic, [here, there])).toBe('--');
      const bereaved = await give(patientNo, {}, { basis: { ...PAPER, kind: 'proxy', relation: 'bereaved' } });
      expect(await seen(clinic, [here, there])).toBe('xx');
      await withdraw(bereaved);
      expect(await seen(clinic, [here, there])).toBe('--');
      // It was a mistake.
      await note(undefined);
      expect(await seen(clinic, [here, there])).toBe('xx');
    });

    test('what the bereaved signed opens nothing of the living, whoever of the person’s facilities notes the death', async () => {
      const [here, there] = [await received(hospital, somebody()), await received(elsewhere, somebody())];
      const [a, b] = [await patientOf(here), await patientOf(there)];
      await link(a, b);
      await give(a, {}, { basis: { ...PAPER, kind: 'proxy', relation: 'bereaved' } });
      const note = (diedOn: string | undefined) =>
        index.consents.noteDeath(elsewhere.id, b, diedOn, () => [entry('consent-changed')], COMMAND_LINE);
      const states = [await seen(clinic, [here, there])];
      for (const diedOn of ['2026-04-20', undefined, '2026-04-20']) {
        await note(diedOn);
        states.push(await seen(clinic, [here, there]));
      }
      expect(states).toEqual(['--', 'xx', '--', 'xx']);
      await unlink(b);
      expect(await seen(clinic, [here, there])).toBe('--');
    });

    test('it ends by itself when its day is over', async () => {
      const study = await received(hospital, somebody());
      await give(await patientOf(study), {}, { until: later(60_000) });
      const at = (ms: number) => index.studies.listStudies({ id: clinic.id }, { words: [], modalities: [] }, { limit: 1_000 }, later(ms));
      expect((await at(0)).studies.some(({ id }) => id === study)).toBe(true);
      expect((await at(61_000)).studies.some(({ id }) => id === study)).toBe(false);
    });

    // ── Several grants ───────────────────────────────────────────────────────

    test('a share and two consents on one study live and die apart', async () => {
      const said = somebody();
      const [first, second] = [await received(hospital, said), await received(hospital, said)];
      const patientNo = await patientOf(first);
      const shared = await share(first, clinic);
      const wide = await give(patientNo);
      const narrow = await give(patientNo, { to: { facilities: [clinic.id] } });
      const opened = () => seen(clinic, [first, second]);
      expect([await opened(), await seen(other, [first, second])]).toEqual(['xx', 'xx']);
      await withdraw(wide);
      expect([await opened(), await seen(other, [first, second])]).toEqual(['xx', '--']);
      await withdraw(narrow);
      expect(await opened()).toBe('x-');
      await index.shares.revoke(shared.id, first, doctor.id, entry('share-revoked'), COMMAND_LINE);
      expect(await opened()).toBe('--');
    });

    test('a share that ends leaves the consent', async () => {
      const study = await received(hospital, somebody());
      const shared = await share(study, clinic);
      await give(await patientOf(study));
      await index.shares.revoke(shared.id, study, doctor.id, entry('share-revoked'), COMMAND_LINE);
      expect(await seen(clinic, [study])).toBe('x');
    });

    test('what is left out later is taken back, and only that', async () => {
      const said = somebody();
      const studies = [await received(hospital, said), await received(hospital, said)];
      const id = await give(await patientOf(studies[0] as StudyId));
      const leaveOut = (facilities: readonly FacilityId[], left: readonly StudyId[]) =>
        index.consents.leaveOut(
          hospital.id,
          id,
          () => ({ exceptFacilities: facilities, exceptStudies: left }),
          () => [entry('consent-changed')],
          COMMAND_LINE,
        );
      await leaveOut([other.id], [studies[0] as StudyId]);
      expect([await seen(clinic, studies), await seen(other, studies)]).toEqual(['-x', '--']);
      await leaveOut([], []);
      expect([await seen(clinic, studies), await seen(other, studies)]).toEqual(['xx', 'xx']);
    });

    // ── What is refused ──────────────────────────────────────────────────────

    test.each<[string, (patientNo: PatientNo) => Promise<unknown>, Readonly<Record<string, unknown>>]>([
      ['it ended yesterday', (no) => give(no, {}, { until: new Date(Date.now() - 86_400_000) }), { kind: 'invalid' }],
      ['a patient of another facility', async () => give(await patientOf(await received(elsewhere, somebody()))), { kind: 'not-found' }],
      ['nobody', () => give('999999999999' as PatientNo), { kind: 'not-found' }],
      ['what is no number', () => give("1' OR '1" as PatientNo), { kind: 'not-found' }],
      ['a facility that is not there', (no) => give(no, { to: { facilities: ['999999999' as FacilityId] } }), { kind: 'invalid' }],
      ['a study that is not there', (no) => give(no, { exceptStudies: ['999999999' as StudyId] }), { kind: 'invalid' }],
      [
        'to leave out a study of another facility, told as one that is not there',
        async (no) => give(no, { exceptStudies: [await received(elsewhere, somebody())] }),
        { kind: 'invalid', message: 'no study has that number', ids: { reason: 'unknown-study' } },
      ],
      ['withdrawing what is not there', () => withdraw('999999999' as ConsentId), { kind: 'not-found' }],
      [
        'withdrawing twice',
        async (no) => {
          const id = await give(no);
          await withdraw(id);
          await withdraw(id);
        },
        { kind: 'conflict' },
      ],
      [
        'withdrawing what another facility took',
        async (no) => index.consents.withdraw(clinic.id, await give(no), doctor.id, () => [], COMMAND_LINE),
        { kind: 'not-found' },
      ],
    ])('refuses: %s', async (_name, ask, expected) => {
      const patientNo = await patientOf(await received(hospital, somebody()));
      await expect(ask(patientNo)).rejects.toMatchObject(expected);
    });

    test('without its entry on record nothing is given', async () => {
      const study = await received(hospital, somebody());
      const patientNo = await patientOf(study);
      const unrecorded = index.consents.give(
        hospital.id,
        wish(patientNo, {}, { basis: { ...PAPER, document: await formOf(hospital) } }),
        () => {},
        doctor.id,
        () => {
          throw new Error('no entry');
        },
        COMMAND_LINE,
      );
      await expect(unrecorded).rejects.toThrow();
      expect([await seen(clinic, [study]), await index.consents.consentsOf(hospital.id, patientNo)]).toEqual(['-', []]);
    });

    test('what is kept is what was said', async () => {
      const patientNo = await patientOf(await received(hospital, somebody()));
      const scope = { to: { facilities: [clinic.id] }, exceptFacilities: [other.id], modalities: ['CT'], studyDateFrom: '20260101' };
      const until = later();
      const id = await give(patientNo, scope, { until, formVersion: '同意書 2026-04' });
      const [kept] = (await index.consents.consentsOf(hospital.id, patientNo)) ?? [];
      expect(kept).toMatchObject({
        consent: {
          id,
          patientNo,
          scope: { ...SCOPE, ...scope },
          basis: { ...PAPER, document: await formOf(hospital) },
          until,
          formVersion: '同意書 2026-04',
          withdrawnAt: undefined,
        },
        studies: 1,
      });
      expect(kept?.named.map((facility) => facility.id).sort()).toEqual([clinic.id, other.id].sort());
      expect(await index.consents.consentsOf(clinic.id, patientNo)).toBeUndefined();
      expect(basisRule('paper', '2026-04-01')).toBeDefined();
    });
  });
}
