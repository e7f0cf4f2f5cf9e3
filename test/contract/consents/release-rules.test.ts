/** What a facility's rules make of its patients' consents: as the domain's rule says, on each driver of the index. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type ReleaseRule, releasedTo, releaseOf } from '../../../gateway/domain/consent/release-rule.ts';
import type { FacilityId, StudyId } from '../../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../../gateway/domain/people/facility.ts';
import { SETTLED_AT_A_TIME } from '../../../storage/index/consent/in-pieces.ts';
import { consentsAt, link, patientOf, received, somebody, unlink } from '../../fixtures/servers/consent-wishes.ts';
import { embeddedDriver, nextUID, systemDriver } from '../../fixtures/servers/index-drivers.ts';
import { doctor, entry, index, later, makeFacility, now, share, useIndex } from '../../fixtures/servers/index-suite.ts';

const HOUR_MS = 3_600_000;
const WHATEVER: ReleaseRule = { modalities: [], registeredOnly: false, afterHours: 0, onceReported: false, mayDownload: true };
const BASIC_TEXT_SR = '1.2.840.10008.5.1.4.1.1.88.11';
const DOSE_SR = '1.2.840.10008.5.1.4.1.1.88.67';

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`rules of release on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);
    /** It has the rules; the patient is registered at the clinic, and not at the other one. */
    let hospital: Facility;
    let clinic: Facility;
    let other: Facility;

    beforeAll(async () => {
      [hospital, clinic, other] = [await makeFacility(), await makeFacility(), await makeFacility()];
    });
    const { give, withdraw } = consentsAt(() => hospital);

    const set = async (...rules: readonly ReleaseRule[]) => {
      const { revision } = await index.releases.rulesOf(hospital.id);
      return index.releases.set(hospital.id, { revision, rules }, doctor.id, () => [entry('release-rules-changed')], COMMAND_LINE);
    };
    const tried = (...rules: readonly ReleaseRule[]) => index.releases.wouldOpen(hospital.id, rules, new AbortController().signal);
    /** `T` to take, `v` to view, `-` nothing, of each, at that time. */
    const given = async (facility: Facility, studies: readonly StudyId[], at: Date = now()) => {
      const page = await index.studies.listStudies({ id: facility.id }, { words: [], modalities: [] }, { limit: 1_000 }, at);
      return studies
        .map((study) => page.studies.find(({ id }) => id === study)?.rights ?? [])
        .map((rights) => (rights.length === 0 ? '-' : rights.some((right) => right.kind === 'owner' || right.mayDownload) ? 'T' : 'v'))
        .join('');
    };
    const studyOf = async (said: object, modalities: readonly string[], sopClassUID?: string) => {
      const study = nextUID();
      let id: StudyId | undefined;
      for (const [n, modality] of modalities.entries())
        id = await received(hospital, {
          ...said,
          study,
          series: `${study}.${n}`,
          modality,
          ...(n === 1 && sopClassUID ? { sopClassUID } : {}),
        });
      return id as StudyId;
    };
    const registered = async (study: StudyId) => link(await patientOf(study), await patientOf(await received(clinic, somebody())));

    // ── The same rule twice ──────────────────────────────────────────────────

    const RULES: Readonly<Record<string, readonly ReleaseRule[]>> = {
      none: [],
      'whatever it is': [WHATEVER],
      'to who is registered': [{ ...WHATEVER, registeredOnly: true }],
      'for looking': [{ ...WHATEVER, mayDownload: false }],
      'CT and MR after two days, no more': [{ ...WHATEVER, modalities: ['CT', 'MR'], afterHours: 48 }],
      'CT once it is reported, the rest at once for looking by who is registered': [
        { ...WHATEVER, modalities: ['CT'], afterHours: 24, onceReported: true },
        { ...WHATEVER, registeredOnly: true, mayDownload: false },
      ],
      'the strictest holds': [
        { ...WHATEVER, modalities: ['CT'], registeredOnly: true },
        { ...WHATEVER, modalities: ['CT', 'PT'], mayDownload: false },
        { ...WHATEVER, modalities: ['PT'], afterHours: 24, onceReported: true },
        WHATEVER,
      ],
      'captures have a rule': [
        { ...WHATEVER, modalities: ['OT'], mayDownload: false },
        { ...WHATEVER, modalities: ['CT'], registeredOnly: true },
      ],
    };
    const STUDIES: readonly { readonly modalities: readonly string[]; readonly second?: string; readonly reported?: true }[] = [
      { modalities: ['CT'] },
      { modalities: ['CT', 'PT'] },
      { modalities: ['CT', 'SR'], second: BASIC_TEXT_SR, reported: true },
      { modalities: ['CT', 'SR'], second: DOSE_SR },
      { modalities: ['CT', 'OT'], second: '1.2.840.10008.5.1.4.1.1.104.1', reported: true },
      { modalities: ['US', 'US'], second: '1.2.840.10008.5.1.4.1.1.104.1', reported: true },
      { modalities: ['CT', 'DOC'], second: '1.2.840.10008.5.1.4.1.1.104.1', reported: true },
      { modalities: ['CT', 'OT'] },
      { modalities: ['OT'] },
      { modalities: ['SR'] },
    ];

    test.each(Object.entries(RULES))('opens what the rules say, when, and no more: %s', async (_name, rules) => {
      const said = somebody();
      const studies: StudyId[] = [];
      const before = now();
      for (const { modalities, second } of STUDIES) studies.push(await studyOf(said, modalities, second));
      await registered(studies[0] as StudyId);
      await set();
      for (const to of ['region' as const, { facilities: [clinic.id, other.id] }]) {
        await set();
        const id = await give(await patientOf(studies[0] as StudyId), { to });
        const wouldBe = await tried(...rules);
        await set(...rules);
        const became = await tried(...rules);
        for (const receiver of [clinic, other])
          for (const hours of [0, 30, 60]) {
            const at = new Date(before.getTime() + hours * HOUR_MS + (hours === 0 ? 0 : 600_000));
            const expected = STUDIES.map(({ modalities, reported }) => {
              const release = releaseOf(rules, { modalities, firstReceivedAt: before, reported: reported === true });
              if (!release.released || !releasedTo(release, receiver.id, [clinic.id] as FacilityId[])) return '-';
              return (release.notBefore ?? before) > at ? '-' : release.mayDownload ? 'T' : 'v';
            });
            const when = hours === 0 ? now() : at;
            expect([receiver.code, hours, await given(receiver, studies, when)]).toEqual([receiver.code, hours, expected.join('')]);
          }
        expect(became).toMatchObject({
          opened: 0,
          closed: 0,
          wider: 0,
          narrower: 0,
          studiesNow: wouldBe.studiesThen,
          patientsNow: wouldBe.patientsThen,
        });
        expect(wouldBe.studiesNow - wouldBe.closed + wouldBe.opened).toBe(wouldBe.studiesThen);
        await withdraw(id);
      }
      await set();
    });

    // ── What moves it ────────────────────────────────────────────────────────

    test('a report that comes ends the wait, a dose report does not; a study that comes later waits too', async () => {
      await set({ ...WHATEVER, afterHours: 48, onceReported: true });
      const said = somebody();
      const study = nextUID();
      const first = await received(hospital, { ...said, study, modality: 'CT' });
      await give(await patientOf(first));
      const second = await received(hospital, { ...said, study: nextUID(), modality: 'CT' });
      expect(await given(clinic, [first, second])).toBe('--');
      await received(hospital, { ...said, study, series: `${study}.1`, modality: 'SR', sopClassUID: DOSE_SR });
      expect(await given(clinic, [first, second])).toBe('--');
      await received(hospital, { ...said, study, series: `${study}.1`, modality: 'SR', sopClassUID: BASIC_TEXT_SR });
      expect(await given(clinic, [first, second])).toBe('T-');
      expect(await given(clinic, [first, second], later(49 * HOUR_MS))).toBe('TT');
    });

    test('a report opens what would have waited beyond the consent; one that is corrected away lets its study wait again', async () => {
      await set({ ...WHATEVER, afterHours: 48, onceReported: true });
      const said = somebody();
      const study = nextUID();
      const id = await received(hospital, { ...said, study, modality: 'CT' });
      const other = await received(hospital, { ...said, study: nextUID(), modality: 'CT' });
      await give(await patientOf(id), {}, { until: later(HOUR_MS) });
      expect(await given(clinic, [id, other], later(HOUR_MS / 2))).toBe('--');
      const report = { ...said, study, series: `${study}.9`, sop: nextUID(), modality: 'SR', sopClassUID: BASIC_TEXT_SR };
      await received(hospital, report);
      expect(await given(clinic, [id, other])).toBe('T-');
      const moves = (to: StudyId) => ({
        text: 'UPDATE instances SET study_id = $2, series_id = (SELECT series_id FROM series WHERE study_id = $2 LIMIT 1) WHERE sop_instance_uid = $1',
        values: [report.sop, to],
      });
      await index.database.rows(moves(other));
      expect(await given(clinic, [id, other])).toBe('-T');
      await index.database.rows({ text: 'DELETE FROM instances WHERE sop_instance_uid = $1', values: [report.sop] });
      expect(await given(clinic, [id, other])).toBe('--');
    });

    test('what was opened stays opened when it is given otherwise, and stays where it was among what came', async () => {
      await set({ ...WHATEVER, registeredOnly: true });
      const study = await received(hospital, { ...somebody(), study: nextUID() });
      await give(await patientOf(study));
      await link(await patientOf(study), await patientOf(await received(clinic, somebody())));
      const first = now();
      await index.studies.markOpened(clinic.id, study, first);
      const row = async () => {
        const page = await index.studies.listStudies({ id: clinic.id }, { words: [], modalities: [] }, { limit: 1_000 }, now());
        return page.studies.find(({ id }) => id === study);
      };
      const { openedAt } = (await row()) ?? {};
      expect(openedAt).toEqual(first);
      await set(WHATEVER);
      expect((await row())?.openedAt).toEqual(openedAt);
      await set({ ...WHATEVER, registeredOnly: true });
      expect((await row())?.openedAt).toEqual(openedAt);
    });

    test('tried rules tell to how many more or fewer, and whether for more, what stays open is open', async () => {
      await set();
      const before = await tried();
      const study = await received(hospital, { ...somebody(), study: nextUID() });
      await give(await patientOf(study));
      await link(await patientOf(study), await patientOf(await received(clinic, somebody())));
      const looking = { ...WHATEVER, mayDownload: false };
      const registeredOnly = { ...WHATEVER, registeredOnly: true };
      const one = (counts: Awaited<ReturnType<typeof tried>>) => counts.studiesNow - before.studiesNow;
      for (const rules of [[looking], [registeredOnly]]) {
        const counts = await tried(...rules);
        expect([counts.opened, counts.closed, counts.wider, one(counts)]).toEqual([0, counts.closed, 0, 1]);
        expect(counts.narrower).toBeGreaterThan(0);
        await set(...rules);
        expect((await tried()).wider).toBeGreaterThan(0);
        await set();
      }
    });

    test.each([
      ['no list', {}],
      ['a rule without modalities', [{ registeredOnly: false, afterHours: 0, onceReported: false, mayDownload: true }]],
      ['half an hour', [{ ...WHATEVER, afterHours: 0.5 }]],
      ['a word for a yes', [{ ...WHATEVER, mayDownload: 'yes' }]],
    ])('what is no rule is not kept: %s', async (_, rules) => {
      const kept = index.database.rows({
        text: 'INSERT INTO release_rules (facility_id, revision, rules, set_at) VALUES ($1, 1000, $2::jsonb, now())',
        values: [hospital.id, JSON.stringify(rules)],
      });
      await expect(kept).rejects.toThrow();
    });

    test('who becomes a patient elsewhere is given it there, and no longer when that is undone', async () => {
      await set({ ...WHATEVER, registeredOnly: true });
      const study = await received(hospital, { ...somebody(), study: nextUID() });
      const there = await patientOf(await received(clinic, somebody()));
      await give(await patientOf(study));
      expect(await given(clinic, [study])).toBe('-');
      await link(await patientOf(study), there);
      expect([await given(clinic, [study]), await given(other, [study])]).toEqual(['T', '-']);
      await unlink(there);
      expect(await given(clinic, [study])).toBe('-');
    });

    test('rules take nothing from what is given otherwise, and nothing of another facility’s', async () => {
      const said = somebody();
      const study = await received(hospital, { ...said, study: nextUID(), modality: 'CT' });
      const elsewhere = await received(other, { ...somebody(), study: nextUID(), modality: 'CT' });
      await link(await patientOf(study), await patientOf(elsewhere));
      await give(await patientOf(study));
      await set({ ...WHATEVER, modalities: ['US'] });
      expect(await given(clinic, [study, elsewhere])).toBe('-T');
      await share(study, clinic);
      expect(await given(clinic, [study, elsewhere])).toBe('TT');
    });

    test('rules that were changed meanwhile are refused, and each change is on record once', async () => {
      const { revision } = await set(WHATEVER);
      const both = await Promise.allSettled(
        [[WHATEVER], []].map((rules) =>
          index.releases.set(hospital.id, { revision, rules }, doctor.id, () => [entry('release-rules-changed')], COMMAND_LINE),
        ),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect((await index.releases.rulesOf(hospital.id)).revision).toBe(revision + 1);
    });

    test('what a process that died left is gone on with', async () => {
      await set();
      const studies: StudyId[] = [];
      for (let n = 0; n < SETTLED_AT_A_TIME + 5; n += 1) {
        studies.push(await received(hospital, { ...somebody(), study: nextUID(), modality: 'CT' }));
        await give(await patientOf(studies.at(-1) as StudyId));
      }
      await index.database.rows({
        text: `INSERT INTO release_rules (facility_id, revision, rules, set_at)
          SELECT $1, max(revision) + 1, $2::jsonb, now() FROM release_rules WHERE facility_id = $1`,
        values: [hospital.id, JSON.stringify([{ ...WHATEVER, modalities: ['US'] }])],
      });
      expect(await given(clinic, studies)).toBe('T'.repeat(studies.length));
      expect(await index.releases.settleLeft(later())).toBe(1);
      expect(await given(clinic, studies)).toBe('-'.repeat(studies.length));
      expect(await index.releases.settleLeft(later())).toBe(0);
    });
  });
}
