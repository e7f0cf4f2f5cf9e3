/** What a letter opens and what ends it, on each driver of the index: beside shares and consents of the same study, and where somebody else was faster. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { PatientNo, StudyId, UserId } from '../../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../../gateway/domain/people/facility.ts';
import { type DraftWish, LETTER_DRAFTS_MAX, type Letter } from '../../../gateway/domain/referral/letter.ts';
import { EMPTY_CONTENT, TEMPLATES_MAX } from '../../../gateway/domain/referral/letter-content.ts';
import { embeddedDriver, instanceOf, systemDriver } from '../../fixtures/servers/index-drivers.ts';
import { doctor, entry, index, later, makeFacility, makeUser, now, store, useIndex } from '../../fixtures/servers/index-suite.ts';

const NONE = () => [];
const SCOPE = {
  to: 'region',
  exceptFacilities: [],
  modalities: [],
  studyDateFrom: undefined,
  studyDateTo: undefined,
  exceptStudies: [],
} as const;
const BY_LAW = { kind: 'law', document: undefined, relation: undefined, ground: 'statute' } as const;
let people = 0;

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`letters on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);
    let hospital: Facility;
    let clinic: Facility;
    let reader: UserId;

    beforeAll(async () => {
      [hospital, clinic] = [await makeFacility(), await makeFacility()];
      reader = (await makeUser(clinic)).id;
    });

    const received = async (facility = hospital) =>
      (await store(instanceOf({ facility, patientID: `R-${++people}`, birthDate: '19500101' }))).studyId as StudyId;
    const patientOf = async (study: StudyId) => (await index.patients.patientsOf([study]))[0]?.no as PatientNo;
    const wish = (to: Facility, studies: readonly StudyId[]): DraftWish => ({
      kind: 'referral',
      toFacilityId: to.id,
      toPerson: undefined,
      content: EMPTY_CONTENT,
      studies: studies.map((studyId) => ({ studyId, keyImages: [] })),
    });
    const draft = async (to: Facility, studies: readonly StudyId[]) => {
      const patientNo = studies[0] === undefined ? undefined : await patientOf(studies[0]);
      return index.letters.draft(hospital.id, { ...wish(to, studies), patientNo, inReplyTo: undefined }, doctor.id, NONE, COMMAND_LINE);
    };
    const send = async ({ id, revision, studies }: Letter) => {
      const mayDownload = studies.map(({ studyId }) => studyId);
      return (await index.letters.send(hospital.id, id, { revision, until: later(), mayDownload, by: doctor.id }, NONE, COMMAND_LINE))
        .letter;
    };
    const act = (facility: Facility, { id }: Letter, done: 'receive' | 'recall' | 'decline') =>
      index.letters.act(facility.id, id, { act: done, reason: 'x', by: doctor.id }, NONE, COMMAND_LINE);
    const sees = async (facility: Facility, study: StudyId) => {
      const page = await index.studies.listStudies(
        { id: facility.id, job: 'physician', userId: reader },
        { words: [], modalities: [], ownership: 'shared' },
        { limit: 1_000 },
        now(),
      );
      return page.studies.some(({ id }) => id === study);
    };

    // ── Beside other grants ──────────────────────────────────────────────────

    const GRANTS = {
      letter: async (study: StudyId) => {
        const sent = await send(await draft(clinic, [study]));
        return () => act(hospital, sent, 'recall');
      },
      'declined letter': async (study: StudyId) => {
        const sent = await send(await draft(clinic, [study]));
        return () => act(clinic, sent, 'decline');
      },
      share: async (study: StudyId) => {
        const asked = { studyId: study, toFacilityId: clinic.id, until: later(), by: doctor.id };
        const { id } = await index.shares.share(asked, NONE, COMMAND_LINE);
        return () => index.shares.revoke(id, study, doctor.id, entry('share-revoked'), COMMAND_LINE);
      },
      consent: async (study: StudyId) => {
        const asked = { patientNo: await patientOf(study), scope: SCOPE, basis: BY_LAW, until: undefined, formVersion: '1' } as const;
        const { made } = await index.consents.give(hospital.id, asked, () => {}, doctor.id, NONE, COMMAND_LINE);
        return () => index.consents.withdraw(hospital.id, made.consent.id, doctor.id, NONE, COMMAND_LINE);
      },
      emergency: async (study: StudyId) => {
        const opening = {
          patient: await patientOf(study),
          reader: { id: reader, job: 'physician', facilityId: clinic.id },
          until: later(),
        } as const;
        const why = { category: 'unconscious', reason: 'x', despiteObjection: false } as const;
        const { emergency } = await index.emergencies.open({ ...opening, ...why }, NONE, COMMAND_LINE);
        const verdict = { whose: 'region', verdict: 'not-justified', words: 'x', by: doctor.id } as const;
        return () => index.emergencies.review(emergency.id, verdict, NONE, COMMAND_LINE);
      },
    } as const;
    const kinds = Object.keys(GRANTS) as (keyof typeof GRANTS)[];
    const pairs = kinds
      .flatMap((one) => kinds.map((other) => [one, other] as const))
      .filter((pair) => pair.some((kind) => kind.endsWith('letter')));

    test.each(pairs)('a %s that ends leaves a %s beside it', async (one, other) => {
      const study = await received();
      const [endOne, endOther] = [await GRANTS[one](study), await GRANTS[other](study)];
      expect(await sees(clinic, study)).toBe(true);
      await endOne();
      expect(await sees(clinic, study)).toBe(true);
      await endOther();
      expect(await sees(clinic, study)).toBe(false);
    });

    // ── Two at once ──────────────────────────────────────────────────────────

    test('one of two that send it at once sends it; one of two that save it at once saves it', async () => {
      const study = await received();
      const begun = await draft(clinic, [study]);
      const saves = await Promise.allSettled(
        [1, 2].map(() => index.letters.save(hospital.id, begun.id, begun.revision, wish(clinic, [study]), COMMAND_LINE)),
      );
      expect(saves.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const saved = (await index.letters.letter(hospital.id, begun.id)) as Letter;
      const sent = await Promise.allSettled([send(saved), send(saved)]);
      expect(sent.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const [grants] = await index.database.rows({
        text: "SELECT count(*)::integer AS n FROM grants WHERE study_id = $1 AND kind = 'referral'",
        values: [study],
      });
      expect(grants?.['n']).toBe(1);
    });

    test.each([
      [
        'drafts',
        `INSERT INTO letters (kind, from_facility_id, content, created_at, created_by)
          SELECT 'referral', $1, '{}', now(), $2 FROM generate_series(1, ${LETTER_DRAFTS_MAX - 1})`,
        (at: Facility) => {
          const wished = { ...wish(clinic, []), patientNo: undefined, inReplyTo: undefined };
          return index.letters.draft(at.id, wished, doctor.id, NONE, COMMAND_LINE);
        },
        'SELECT count(*)::integer AS n FROM letters WHERE from_facility_id = $1',
        LETTER_DRAFTS_MAX,
      ],
      [
        'templates',
        `INSERT INTO letter_templates (facility_id, name, department, kind, content)
          SELECT $1, 't' || n || $2::text, '', 'referral', '{}' FROM generate_series(1, ${TEMPLATES_MAX - 1}) n`,
        (at: Facility, n: number) => {
          const kept = { name: `one ${n}`, department: '', kind: 'referral', content: EMPTY_CONTENT } as const;
          return index.letters.keepTemplate(at.id, kept, NONE, COMMAND_LINE);
        },
        'SELECT count(*)::integer AS n FROM letter_templates WHERE facility_id = $1',
        TEMPLATES_MAX,
      ],
    ])('of %s that are begun at once where there is room for one, one is kept', async (_, fill, begin, count, most) => {
      const full = await makeFacility();
      await index.database.rows({ text: fill, values: [full.id, doctor.id] });
      const begun = await Promise.allSettled([1, 2, 3, 4].map((n) => begin(full, n)));
      expect(begun.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
      expect((await index.database.rows({ text: count, values: [full.id] }))[0]?.['n']).toBe(most);
    });

    test('recalled and received at once: it is recalled in the end, and gives nothing', async () => {
      const study = await received();
      const sent = await send(await draft(clinic, [study]));
      await Promise.allSettled([act(hospital, sent, 'recall'), act(clinic, sent, 'receive')]);
      expect((await index.letters.letter(clinic.id, sent.id))?.state).toBe('recalled');
      expect(await sees(clinic, study)).toBe(false);
    });

    test('another facility’s study is not sent, nor one’s own to oneself', async () => {
      const own = await received();
      const foreign = await received(clinic);
      await expect(send(await draft(clinic, [own, foreign]))).rejects.toMatchObject({ ids: { reason: 'study-of-another-patient' } });
      await expect(draft(hospital, [own])).rejects.toMatchObject({ kind: expect.stringMatching(/./) });
      expect(await sees(clinic, own)).toBe(false);
    });

    // ── Who left ─────────────────────────────────────────────────────────────

    test('who left the region is sent nothing, reads nothing that came, and what letters opened to it ends', async () => {
      const leaving = await makeFacility();
      const study = await received();
      const sent = await send(await draft(leaving, [study]));
      const waiting = await draft(leaving, [study]);
      expect(await sees(leaving, study)).toBe(true);
      await index.database.rows({ text: 'UPDATE facilities SET left_at = $2 WHERE facility_id = $1', values: [leaving.id, now()] });
      expect(await sees(leaving, study)).toBe(false);
      expect(await index.letters.letter(leaving.id, sent.id)).toBeUndefined();
      expect(await index.letters.list(leaving.id, { box: 'in', limit: 10 })).toEqual([]);
      await expect(send(waiting)).rejects.toMatchObject({ ids: { reason: 'facility-left' } });
    });

    test('pages of a list hold each letter once, those that wait first', async () => {
      const reader = await makeFacility();
      const sent: Letter[] = [];
      for (let n = 0; n < 5; n += 1) sent.push(await send(await draft(reader, [])));
      await act(hospital, sent[4] as Letter, 'recall');
      const seen: string[] = [];
      let after: Letter['id'] | undefined;
      do {
        const page = await index.letters.list(reader.id, { box: 'in', limit: 2, ...(after === undefined ? {} : { after }) });
        seen.push(...page.map(({ id }) => id));
        after = page.at(-1)?.id;
      } while (after !== undefined);
      expect(seen).toEqual([3, 2, 1, 0, 4].map((n) => sent[n]?.id));
    });
  });
}
