/** How long it takes to give and to withdraw a consent of a person with many studies, on the embedded server in a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConsentWish } from '../../gateway/domain/consent/consent.ts';
import type { FacilityCode, FacilityId, ObjectKey, PatientNo, StudyId } from '../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import { openIndex } from '../../storage/index/open.ts';
import { createDoctor, instanceOf } from '../fixtures/servers/index-drivers.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';
import { type Bench, median, progress, spread } from './report.ts';

const GOAL_MS = 300;
const FORM = `consents/OWNER/${'a'.repeat(64)}.pdf` as ObjectKey;
const ENTRY = () => [{ action: 'consent-given', outcome: 'success', who: { kind: 'system', through: 'command' } } as const];

interface Sizes {
  readonly studies: number;
  readonly rounds: number;
}

export async function consents({ studies, rounds }: Sizes): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'renkei-bench-consents-'));
  const index = await openIndex({ dataFolder: folder });
  try {
    const facility = (code: string) =>
      index.people.createFacility({ code: code as FacilityCode, name: code, nameKana: '', nameRomaji: '', aeTitles: [] }, UNRECORDED);
    const owner = await facility('OWNER');
    const clinics: FacilityId[] = [];
    for (let n = 0; n < 36; n++) clinics.push((await facility(`C${n}`)).id);
    const doctor = await createDoctor(index, owner);
    progress(`${studies} studies of one person`);
    let last: StudyId | undefined;
    for (let n = 0; n < studies; n++) {
      const item = instanceOf({ facility: owner, patientID: 'P', modality: n % 3 === 0 ? 'MR' : 'CT' });
      const { claimId } = await index.ingest.claim({
        facilityId: item.facilityId,
        sopInstanceUID: item.instance.sopInstanceUID,
        key: item.object.key,
        sha256: item.object.sha256,
        bytes: item.object.bytes,
        source: item.source,
      });
      last = (await index.ingest.finish(claimId, item)).studyId;
    }
    await index.keptFiles.claim(owner.id, { key: FORM, kind: 'consent', type: 'application/pdf', bytes: 8 });
    await index.keptFiles.finish(FORM, doctor.id, () => [], COMMAND_LINE);
    const patientNo = (await index.patients.patientsOf([last as StudyId]))[0]?.no as PatientNo;
    const measured = async (to: ConsentWish['scope']['to']) => {
      const times: { given: number; withdrawn: number }[] = [];
      for (let round = 0; round < rounds; round++) {
        const begun = performance.now();
        const { made } = await index.consents.give(owner.id, wish(patientNo, to), () => {}, doctor.id, ENTRY, COMMAND_LINE);
        const given = performance.now();
        if (made.studies !== studies) throw new Error(`${made.studies} of ${studies} studies were opened`);
        await index.consents.withdraw(owner.id, made.consent.id, doctor.id, ENTRY, COMMAND_LINE);
        times.push({ given: given - begun, withdrawn: performance.now() - given });
      }
      return times;
    };
    const rows = [];
    for (const [what, to] of [
      ['one facility', { facilities: clinics.slice(0, 1) }],
      ['ten facilities', { facilities: clinics.slice(0, 10) }],
      ['a region of 37', 'region'],
    ] as const) {
      const times = await measured(to);
      for (const part of ['given', 'withdrawn'] as const) {
        const ms = times.map((time) => time[part]);
        rows.push({
          what: `${part}: ${what}`,
          ours: spread(ms, 'ms', 0),
          peer: `the goal of ${GOAL_MS} ms`,
          ratio: median(ms) / GOAL_MS,
          goal: { atMost: 1 },
          limit: to === 'region' ? 'a row a study, and its indexes' : 'a row a study and facility, and its indexes',
        });
      }
    }
    return { title: `A consent of a person with ${studies} studies (${rounds} rounds)`, rows };
  } finally {
    await index.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const wish = (patientNo: PatientNo, to: ConsentWish['scope']['to']): ConsentWish => ({
  patientNo,
  scope: { to, exceptFacilities: [], modalities: [], studyDateFrom: undefined, studyDateTo: undefined, exceptStudies: [] },
  basis: {
    kind: 'paper',
    document: { key: FORM, mediaType: 'application/pdf' },
    relation: undefined,
    ground: undefined,
  },
  until: undefined,
  formVersion: '1',
});
