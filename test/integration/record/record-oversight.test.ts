/** Who looked at a patient's images, and whom an account affected: asked of a record in which it is known by hand. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readShared } from '../../fixtures/dicom/shared-data.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const CT = await readShared('series/ct-head-phantom-140/I10');
const DAY_MS = 86_400_000;
let running: RunningRegion;
let patientID = '';
let clinicUser = '';

const today = () => new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
const ask = (path: string, body: object, who: 'administrator' | 'clinic' | 'hospital' = 'administrator') =>
  running.region[who].call<Record<string, unknown>>('POST', `/api/record/${path}`, body);

beforeAll(async () => {
  running = await startSmallRegion('record-oversight');
  const { region, gateway } = running;
  expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([readFileSync(CT.path)]) })).status).toBe(200);
  const until = new Date(Date.now() + DAY_MS).toISOString();
  const shared = await region.hospital.call('POST', `/api/studies/${CT.studyInstanceUID}/shares`, { facilityCode: 'CLINIC', until });
  expect(shared.status).toBe(201);
  const series = `/dicom-web/studies/${CT.studyInstanceUID}/series/${CT.seriesInstanceUID}`;
  for (const who of ['hospital', 'clinic'] as const) expect((await region[who].fetch(`${series}/metadata`)).status).toBe(200);
  expect((await region.clinic.fetch(`${series}/instances/${CT.sopInstanceUID}`)).status).toBe(200);
  expect((await region.clinic.fetch('/dicom-web/studies')).status).toBe(200);
  expect((await region.stranger.fetch(`${series}/metadata`)).status).toBe(404);
  const viewed = await gateway.stores.index.audit.find({ actions: ['study-downloaded'], limit: 1 });
  patientID = viewed[0]?.entry.what?.patientID ?? '';
  clinicUser = viewed[0]?.entry.who.userId ?? '';
  expect([patientID, clinicUser]).toEqual([expect.stringMatching(/./), expect.stringMatching(/^\d+$/)]);
});
afterAll(() => running.close());

test.each([
  ['with names', true, ['鈴木 一郎', '佐藤 花子']],
  ['without', false, [null, null]],
] as const)('who looked, %s: one line a person, day and right; who was refused saw nothing', async (_name, names, people) => {
  const { status, body } = await ask('patient-answers', { facilityCode: 'HOSPITAL', patientID, names });
  expect(status).toBe(200);
  expect(body).toMatchObject({ facility: '中央病院', patientID, complete: true });
  const looks = body['looks'] as Record<string, unknown>[];
  expect(looks).toMatchObject([
    { day: today(), who: people[0], job: 'physician', facility: '鈴木医院', own: false, right: 'share', studies: 1, taken: true },
    { day: today(), who: people[1], job: 'radiographer', facility: '中央病院', own: true, right: 'owner', studies: 1, taken: false },
  ]);
  const [asked] = await running.gateway.stores.index.audit.find({ actions: ['record-exported'], limit: 1 });
  expect(asked?.entry.what).toEqual({ format: 'patient-answer', count: 2, ownerFacilityCode: 'HOSPITAL', patientID });
});

test.each([
  ['another facility’s patient of that ID', { facilityCode: 'CLINIC' }, 0],
  ['days before', { to: '2001-01-01' }, 0],
  ['today', { from: today(), to: today() }, 2],
])('who looked: %s', async (_name, more, lines) => {
  const { body } = await ask('patient-answers', { facilityCode: 'HOSPITAL', patientID, names: false, ...more });
  expect(body['looks']).toHaveLength(lines);
});

test('two patients who go by one ID: it is asked which, and each hears of their own images alone', async () => {
  const { region, gateway } = running;
  const both = [
    [41, '=藤井^久=', '19410203'],
    [42, '=岸本^葵=', '19990405'],
  ] as const;
  for (const [seed, patientName, patientBirthDate] of both) {
    const [image] = [...ctSeries({ seed, size: 32, instances: 1, patientID: 'TWICE', patientName, patientBirthDate })] as [
      SyntheticInstance,
    ];
    expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([image.bytes]) })).status).toBe(200);
    const path = `/dicom-web/studies/${image.studyInstanceUID}/series/${image.seriesInstanceUID}/metadata`;
    expect((await region.hospital.fetch(path)).status).toBe(200);
  }
  const question = { facilityCode: 'HOSPITAL', patientID: 'TWICE', names: false };
  const { body } = await ask('patient-answers', question);
  expect(body).toMatchObject({ looks: [], choose: [{ patientBirthDate: '19410203' }, { patientBirthDate: '19990405' }] });
  const [named] = await gateway.stores.index.audit.find({ actions: ['patients-listed'], limit: 1 });
  expect(named?.entry.what).toEqual({ list: 'desk-patients', count: 2 });
  for (const { id } of body['choose'] as { id: string }[]) {
    const { body: one } = await ask('patient-answers', { ...question, patient: id });
    expect(one).toMatchObject({ choose: [], looks: [{ studies: 1 }] });
  }
  expect((await ask('patient-answers', { ...question, patient: '999999' })).status).toBe(404);
  expect((await ask('patient-answers', { ...question, patient: 'x' })).status).toBe(400);
});

test('whom an account affected, with drafts for each facility and the authority, on record', async () => {
  const { status, body } = await ask('breach-reports', { userId: clinicUser, from: today(), to: today() });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    account: 'doctor@clinic.example',
    complete: true,
    patientsInAll: 1,
    listed: 1,
    given: 0,
    facilities: [
      {
        code: 'HOSPITAL',
        name: '中央病院',
        patients: 1,
        studies: 1,
        images: 1,
        taken: true,
        affected: [{ patientID, studies: [CT.studyInstanceUID], taken: true }],
        notice: { ja: expect.stringContaining('対象の患者: 1 名'), en: expect.stringContaining('Patients: 1') },
      },
    ],
    authorityNotice: {
      ja: expect.stringMatching(/速報はおおむね 3～5 日以内、確報は 30 日以内.*60 日以内/),
      en: expect.stringContaining('[DRAFT]'),
    },
  });
  // A patient's ID is in the list of who is affected, and in no draft that leaves by mail.
  expect(JSON.stringify([body['authorityNotice'], (body['facilities'] as { notice: object }[])[0]?.notice])).not.toContain(patientID);
  const [asked] = await running.gateway.stores.index.audit.find({ actions: ['record-exported'], limit: 1 });
  expect(asked?.entry).toMatchObject({ what: { format: 'breach-report', userId: clinicUser }, purpose: 'administration' });
});

test('for who is no administrator neither is there; bad questions are invalid', async () => {
  const answer = { facilityCode: 'HOSPITAL', patientID, names: true };
  const breach = { userId: clinicUser, from: today(), to: today() };
  for (const who of ['clinic', 'hospital'] as const) {
    expect((await ask('patient-answers', answer, who)).status).toBe(403);
    expect((await ask('breach-reports', breach, who)).status).toBe(403);
  }
  for (const wrong of [{ patientID: '' }, { facilityCode: '' }, { from: '2026-02-02', to: '2026-02-01' }, { names: 'yes' }])
    expect((await ask('patient-answers', { ...answer, ...wrong })).status).toBe(400);
  for (const wrong of [{ userId: 'x' }, { from: '2026-02-30' }, { from: '2026-02-02', to: '2026-02-01' }])
    expect((await ask('breach-reports', { ...breach, ...wrong })).status).toBe(400);
  expect((await ask('breach-reports', { ...breach, userId: '999999' })).status).toBe(404);
});
