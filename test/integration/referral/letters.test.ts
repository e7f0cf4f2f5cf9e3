/** Letters over HTTP: who may read one, what it gives and for how long, and what is on record; and what nobody should send. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Letter, LetterList, LetterNews, SaveLetter } from '../../../gateway/api/contract/letters.ts';
import type { DeskPatient } from '../../../gateway/api/contract/links.ts';
import type { PersonDetail } from '../../../gateway/api/contract/patients.ts';
import type { RecordEntry } from '../../../gateway/api/contract/record.ts';
import type { StudyList } from '../../../gateway/api/contract/studies.ts';
import { type ApiClient, SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const PATIENT = { patientID: 'P-100', patientName: 'YAMADA^TARO=山田^太郎=ヤマダ^タロウ', patientBirthDate: '19550607' };
let running: RunningRegion;
/** A doctor of the hospital, whose images these are, and one of the clinic; somebody of the clinic who writes for its doctors, and somebody who does not. */
let doctor: ApiClient;
let clinic: ApiClient;
let nurse: ApiClient;
let technologist: ApiClient;
const uids: string[] = [];

type Problem = { readonly reason?: string; readonly value?: string };
type Told = Letter & Problem;

async function receive(by: ApiClient, seed: number, more: Partial<typeof PATIENT> = {}): Promise<SyntheticInstance> {
  const [image] = [...ctSeries({ seed, size: 16, instances: 1, ...PATIENT, ...more })] as [SyntheticInstance];
  expect((await by.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([image.bytes]) })).status).toBe(200);
  return image;
}

async function worker(email: string, facilityCode: string, job: string): Promise<ApiClient> {
  const asked = { email, name: '試験 花子', job, facilityCode, password: SMALL_REGION_PASSWORD };
  expect((await running.region.administrator.call('POST', '/api/users', asked)).status).toBe(201);
  return signIn(running.url, { email, password: SMALL_REGION_PASSWORD });
}

const studiesOf = async (by: ApiClient) => (await by.call<StudyList>('GET', '/api/studies?limit=100')).body.studies;
const patientOf = async (by: ApiClient, uid: string) =>
  (await studiesOf(by)).find(({ studyInstanceUID }) => studyInstanceUID === uid)?.patient as string;
const sees = async (by: ApiClient, uid: string) => (await by.fetch(`/dicom-web/studies/${uid}/metadata`)).status === 200;
const read = (by: ApiClient, id: string) => by.call<Told>('GET', `/api/letters/${id}`);
const act = (by: ApiClient, id: string, done: string, more: object = {}) =>
  by.call<Told>('POST', `/api/letters/${id}/acts`, { act: done, ...more });
const send = (by: ApiClient, { id, revision }: Letter) => by.call<Told>('POST', `/api/letters/${id}/sending`, { revision });

async function begin(by: ApiClient, asked: object = {}): Promise<Letter> {
  const made = await by.call<Told>('POST', '/api/letters', { kind: 'referral', ...asked });
  expect(made.status).toBe(201);
  return made.body;
}

function save(by: ApiClient, letter: Letter, more: Partial<Omit<SaveLetter, 'content'>> & { content?: object } = {}) {
  const { content, ...rest } = more;
  const body = {
    revision: letter.revision,
    kind: letter.kind,
    ...(letter.to === null ? {} : { to: letter.to.code }),
    studies: letter.studies.map(({ studyInstanceUID, of, keyImages }) => ({ studyInstanceUID, of, keyImages })),
    ...rest,
    content: { ...letter.content, ...content },
  };
  return by.call<Told>('PATCH', `/api/letters/${letter.id}`, body);
}

/** From the hospital to the clinic, with these studies. */
async function sent(studies: readonly string[], content: object = {}): Promise<Letter> {
  const draft = await begin(doctor, { patient: await patientOf(doctor, uids[0] as string) });
  const saved = await save(doctor, draft, {
    to: 'CLINIC',
    content: { purpose: '精査をお願いします', replyAsked: true, ...content },
    studies: studies.map((studyInstanceUID) => ({ studyInstanceUID, keyImages: [] })),
  });
  expect(saved.status).toBe(200);
  const done = await send(doctor, saved.body);
  expect(done.body).toMatchObject({ state: 'sent' });
  return done.body;
}

const recorded = async (action: string) =>
  (await running.region.administrator.call<{ entries: RecordEntry[] }>('GET', `/api/record?action=${action}`)).body.entries;

beforeAll(async () => {
  running = await startSmallRegion('letters');
  doctor = await worker('doctor@hospital.example', 'HOSPITAL', 'physician');
  clinic = running.region.clinic;
  nurse = await worker('nurse@clinic.example', 'CLINIC', 'nurse');
  technologist = await worker('technologist@clinic.example', 'CLINIC', 'technologist');
  for (const seed of [1, 2]) uids.push((await receive(running.region.hospital, seed)).studyInstanceUID);
  uids.push(
    (
      await receive(running.region.hospital, 3, {
        patientID: 'P-200',
        patientName: 'SUZUKI^HANAKO=鈴木^花子',
        patientBirthDate: '19800101',
      })
    ).studyInstanceUID,
  );
}, 120_000);
afterAll(() => running?.close());

describe('a letter', () => {
  test('is begun of a patient, saved as it is written, and read by nobody else before it is sent', async () => {
    const [one] = uids as [string];
    const draft = await begin(doctor, { patient: await patientOf(doctor, one) });
    expect(draft).toMatchObject({
      state: 'draft',
      own: true,
      revision: 1,
      content: { patientName: '山田 太郎', patientKana: 'ヤマダ タロウ' },
    });
    expect(draft.content).toMatchObject({ patientBirthDate: '1955-06-07', patientID: 'P-100', fromDoctor: '試験 花子' });
    const saved = await save(doctor, draft, {
      to: 'CLINIC',
      content: { diagnosis: '肺結節' },
      studies: [{ studyInstanceUID: one, keyImages: [] }],
    });
    expect(saved.body).toMatchObject({ revision: 2, to: { code: 'CLINIC' }, studies: [{ studyInstanceUID: one }] });
    expect((await read(doctor, draft.id)).body.content.diagnosis).toBe('肺結節');
    for (const other of [clinic, running.region.stranger]) expect((await read(other, draft.id)).status).toBe(404);
    expect((await read(running.region.administrator, draft.id)).status).toBe(403);
    expect(await sees(clinic, one)).toBe(false);
    expect((await clinic.call<LetterList>('GET', '/api/letters')).body.letters).toEqual([]);
    expect((await doctor.call('DELETE', `/api/letters/${draft.id}`)).status).toBe(204);
    expect((await read(doctor, draft.id)).status).toBe(404);
  });

  test('gives exactly its studies, from when it is sent until it is recalled, and is told of', async () => {
    const [one, two] = uids as [string, string];
    const letter = await sent([one]);
    expect([await sees(clinic, one), await sees(clinic, two), await sees(running.region.stranger, one)]).toEqual([true, false, false]);
    const [listed] = (await clinic.call<LetterList>('GET', '/api/letters')).body.letters;
    expect(listed).toMatchObject({ id: letter.id, state: 'sent', own: false, studyCount: 1, content: { patientName: '山田 太郎' } });
    const news = async () => (await clinic.call<{ news: LetterNews[] }>('GET', '/api/letter-news')).body.news[0];
    expect(await news()).toMatchObject({ letter: letter.id, what: 'arrived', other: { code: 'HOSPITAL' } });
    expect((await read(clinic, letter.id)).body.content.purpose).toBe('精査をお願いします');
    expect((await read(technologist, letter.id)).body.may).toMatchObject({ receive: false, open: 'no', answer: false });
    expect((await read(running.region.stranger, letter.id)).status).toBe(404);
    const standing = async (by: ApiClient) =>
      (await by.call<{ letters: string[] }>('GET', `/api/standing?letters=${letter.id}`)).body.letters;
    expect([await standing(clinic), await standing(running.region.stranger), await standing(running.region.administrator)]).toEqual([
      ['sent'],
      [null],
      [null],
    ]);

    expect((await act(clinic, letter.id, 'recall', { reason: 'x' })).body.reason).toBe('letter-state');
    expect((await act(doctor, letter.id, 'recall')).status).toBe(400);
    expect((await act(doctor, letter.id, 'recall', { reason: '宛先の誤り' })).body.state).toBe('recalled');
    expect([await sees(clinic, one), await sees(doctor, one)]).toEqual([false, true]);
    const left = (await read(clinic, letter.id)).body;
    expect(left).toMatchObject({
      state: 'recalled',
      reason: '宛先の誤り',
      studies: [],
      files: [],
      patient: null,
      content: { patientName: '', purpose: '' },
    });
    expect(await standing(clinic)).toEqual(['recalled']);
    expect(await news()).toMatchObject({ letter: letter.id, what: 'recalled' });
    expect(JSON.stringify((await clinic.call('GET', '/api/letters')).body)).not.toContain('山田');
  });

  test('is received, opened by its doctor, answered in writing and closed; its images stay until their day', async () => {
    const [one] = uids as [string];
    const letter = await sent([one]);
    expect((await act(nurse, letter.id, 'receive')).body.state).toBe('received');
    expect((await act(nurse, letter.id, 'open')).body.reason).toBe('letter-doctor');
    expect((await clinic.call<Told>('POST', '/api/letters', { kind: 'reply', inReplyTo: letter.id })).body).toMatchObject({
      state: 'draft',
    });
    expect((await act(clinic, letter.id, 'open')).body).toMatchObject({ state: 'opened', openedBy: '鈴木 一郎' });
    const notes = { firstVisit: true, visitedOn: '2026-04-01', gistWritten: true };
    const toCome = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
    expect((await nurse.call<Told>('POST', `/api/letters/${letter.id}/notes`, { ...notes, visitedOn: toCome })).body).toMatchObject({
      reason: 'day-to-come',
    });
    expect((await nurse.call<Told>('POST', `/api/letters/${letter.id}/notes`, notes)).body.notes).toEqual(notes);
    expect((await doctor.call<Told>('POST', `/api/letters/${letter.id}/notes`, notes)).status).toBe(409);

    const reply = await begin(clinic, { kind: 'reply', inReplyTo: letter.id });
    expect(reply).toMatchObject({ to: { code: 'HOSPITAL' }, content: { patientName: '山田 太郎', toDoctor: '試験 花子' } });
    // A reply goes to nobody else, whatever its writer says.
    const saved = (await save(clinic, reply, { to: 'STRANGER', content: { course: '経過は良好です' } })).body;
    expect(saved.to?.code).toBe('HOSPITAL');
    expect((await send(clinic, saved)).body.state).toBe('sent');
    expect((await read(doctor, letter.id)).body).toMatchObject({ state: 'answered', replies: [{ id: reply.id, kind: 'reply' }] });
    expect((await read(doctor, reply.id)).body.content.course).toBe('経過は良好です');
    expect((await act(doctor, letter.id, 'close')).body.state).toBe('closed');
    expect(await sees(clinic, one)).toBe(true);
    expect((await act(doctor, letter.id, 'recall', { reason: '終了' })).body.state).toBe('recalled');
    expect(await sees(clinic, one)).toBe(false);
  });

  test('names a doctor: another one opens it only by taking it over', async () => {
    const draft = await begin(doctor, { patient: await patientOf(doctor, uids[0] as string) });
    const found = await doctor.call<{ people: { id: string; name: string }[] }>('GET', '/api/letters/doctors/CLINIC?name=鈴木');
    const named = found.body.people[0]?.id as string;
    expect((await save(doctor, draft, { to: 'HOSPITAL' })).body.reason).toBe('own-facility');
    expect((await save(doctor, draft, { to: 'NOWHERE' })).body.reason).toBe('unknown-facility');
    expect((await save(doctor, draft, { to: 'STRANGER', toPerson: named })).body.reason).toBe('unknown-person');
    const saved = (await save(doctor, draft, { to: 'CLINIC', toPerson: named, content: { purpose: '検査' } })).body;
    const letter = (await send(doctor, saved)).body;
    const other = await worker('other@clinic.example', 'CLINIC', 'physician');
    expect((await read(other, letter.id)).body.may.open).toBe('take-over');
    expect((await act(other, letter.id, 'open')).body.reason).toBe('letter-other-doctor');
    expect((await act(other, letter.id, 'open', { takeOver: true })).body.state).toBe('opened');
    expect((await recorded('letter-opened'))[0]).toMatchObject({
      about: { letterId: letter.id, changes: ['take-over'] },
      purpose: 'referral',
    });
    expect((await act(other, letter.id, 'decline', { reason: '対応できる医師がいません' })).body).toMatchObject({
      state: 'declined',
      content: { purpose: '' },
    });
    expect((await read(doctor, letter.id)).body).toMatchObject({
      state: 'declined',
      reason: '対応できる医師がいません',
      content: { purpose: '検査' },
    });
  });

  test('lives and dies apart from a share of the same study', async () => {
    const [one] = uids as [string];
    const share = () =>
      running.region.hospital.call<{ id: string }>('POST', `/api/studies/${one}/shares`, {
        facilityCode: 'CLINIC',
        until: new Date(Date.now() + 86_400_000).toISOString(),
      });
    const revoke = (id: string) => running.region.hospital.call('DELETE', `/api/studies/${one}/shares/${id}`);
    const first = await share();
    const letter = await sent([one]);
    expect((await revoke(first.body.id)).status).toBeLessThan(300);
    expect(await sees(clinic, one)).toBe(true);
    const second = await share();
    await act(doctor, letter.id, 'recall', { reason: '誤り' });
    expect(await sees(clinic, one)).toBe(true);
    await revoke(second.body.id);
    expect(await sees(clinic, one)).toBe(false);
  });

  test('goes the other way with the clinic’s own images, and marks the patient’s line of time on both sides', async () => {
    const own = (await receive(clinic, 11, { patientID: 'C-7' })).studyInstanceUID;
    const patient = await patientOf(clinic, own);
    const draft = await begin(clinic, { kind: 'counter-referral', patient });
    const saved = await save(clinic, draft, {
      to: 'HOSPITAL',
      content: { purpose: '逆紹介いたします' },
      studies: [{ studyInstanceUID: own, keyImages: [] }],
    });
    const letter = (await send(clinic, saved.body)).body;
    expect(letter.state).toBe('sent');
    expect(await sees(doctor, own)).toBe(true);
    const marks = async (by: ApiClient, no: string) =>
      (await by.call<LetterList>('GET', `/api/patients/${no}/letters`)).body.letters?.map(({ id }) => id);
    expect(await marks(clinic, patient)).toEqual([letter.id]);
    expect(await marks(doctor, await patientOf(doctor, own))).toEqual([letter.id]);
    expect((await running.region.stranger.call('GET', `/api/patients/${patient}/letters`)).status).toBe(404);
    await act(clinic, letter.id, 'recall', { reason: '誤り' });
    expect((await doctor.call('GET', `/api/patients/${patient}/letters`)).status).toBe(404);
  });
});

describe('what nobody should send', () => {
  test('a draft that two windows save, and a letter that is sent twice', async () => {
    const draft = await begin(doctor, { patient: await patientOf(doctor, uids[0] as string) });
    const first = await save(doctor, draft, { to: 'CLINIC', content: { purpose: '一つ目の画面' } });
    expect((await save(doctor, draft, { to: 'CLINIC', content: { purpose: '二つ目の画面' } })).body.reason).toBe('draft-changed');
    expect((await read(doctor, draft.id)).body.content.purpose).toBe('一つ目の画面');
    expect((await send(doctor, draft)).body.reason).toBe('draft-changed');
    const twice = await Promise.all([send(doctor, first.body), send(doctor, first.body)]);
    expect(twice.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await save(doctor, first.body, { content: { purpose: '後から' } })).body.reason).toBe('letter-state');
    expect((await doctor.call('DELETE', `/api/letters/${draft.id}`)).status).toBe(409);
    expect((await recorded('letter-sent')).filter(({ about }) => about.letterId === draft.id)).toHaveLength(1);
  });

  test('nothing, to nobody, of somebody else, or of what is not one’s own', async () => {
    const [one, , ofAnother] = uids as [string, string, string];
    const empty = await begin(doctor);
    expect((await send(doctor, empty)).body).toMatchObject({ reason: 'letter-missing', value: 'to' });
    const addressed = (await save(doctor, empty, { to: 'CLINIC' })).body;
    expect((await send(doctor, addressed)).body).toMatchObject({ reason: 'letter-missing', value: 'patientName' });
    const named = (
      await save(doctor, addressed, {
        content: { patientName: '匿名 希望', purpose: '検査' },
        studies: [{ studyInstanceUID: one, keyImages: [] }],
      })
    ).body;
    expect((await send(doctor, named)).body.reason).toBe('study-of-another-patient');
    const draft = await begin(doctor, { patient: await patientOf(doctor, one) });
    const wrong = (
      await save(doctor, draft, { to: 'CLINIC', content: { purpose: '検査' }, studies: [{ studyInstanceUID: ofAnother, keyImages: [] }] })
    ).body;
    expect((await send(doctor, wrong)).body.reason).toBe('study-of-another-patient');
    const missing = [{ studyInstanceUID: one, keyImages: [{ seriesInstanceUID: '1.2.3', sopInstanceUID: '1.2.3.4' }] }];
    const pointing = (await save(doctor, wrong, { studies: missing })).body;
    expect((await send(doctor, pointing)).body.reason).toBe('key-image');
    expect((await save(doctor, pointing, { studies: [{ studyInstanceUID: '1.2.999', keyImages: [] }] })).status).toBe(404);
    expect((await clinic.call('POST', '/api/letters', { kind: 'referral', patient: await patientOf(doctor, one) })).status).toBe(404);
    expect((await running.region.stranger.call('POST', '/api/letters', { kind: 'reply', inReplyTo: draft.id })).status).toBe(404);
    // Whose job may not share gives nothing by a letter either.
    const shared = (await receive(clinic, 12, { patientID: 'C-8' })).studyInstanceUID;
    const byNurse = await begin(nurse, { patient: await patientOf(nurse, shared) });
    expect((await save(nurse, byNurse, { to: 'HOSPITAL', studies: [{ studyInstanceUID: shared, keyImages: [] }] })).status).toBe(403);
    expect((await technologist.call('POST', '/api/letters', { kind: 'referral' })).status).toBe(403);
  });

  test('a study of a patient who was parted meanwhile', async () => {
    const { administrator } = running.region;
    const joined = (await receive(running.region.hospital, 21, { patientID: 'P-300', patientName: 'SATO^JIRO=佐藤^次郎' }))
      .studyInstanceUID;
    const found = async (patientID: string) =>
      (await administrator.call<{ patients: DeskPatient[] }>('POST', '/api/desk/search', { patientID })).body.patients[0] as DeskPatient;
    const [one, other] = [await found('P-100'), await found('P-300')];
    const proposed = await administrator.call<{ id: string }>('POST', '/api/links', { patient: one.id, other: other.id });
    expect((await administrator.call('POST', `/api/links/${proposed.body.id}/decision`, { state: 'confirmed' })).status).toBe(200);
    const draft = await begin(doctor, { patient: one.id });
    const saved = (
      await save(doctor, draft, { to: 'CLINIC', content: { purpose: '検査' }, studies: [{ studyInstanceUID: joined, keyImages: [] }] })
    ).body;
    expect((await administrator.call('POST', `/api/desk/patients/${other.id}/separation`)).status).toBe(200);
    expect((await send(doctor, saved)).body.reason).toBe('study-of-another-patient');
    expect(await sees(clinic, joined)).toBe(false);
  });

  test.each([
    ['a zero in a line', { diagnosis: 'a\u0000b' }],
    ['an escape in a text', { course: '\u001b[31m' }],
    ['a mark that turns the writing', { patientName: 'exe.\u202efdp' }],
    ['two lines where there is one', { toDoctor: '鈴木\n一郎' }],
    ['no birth date', { patientBirthDate: '1955-13-40' }],
    ['a text that is too long', { course: 'あ'.repeat(6_001) }],
    ['a member of its own', { secret: 'x' }],
  ])('%s is refused whole', async (_name, content) => {
    const draft = await begin(doctor);
    expect((await save(doctor, draft, { content: content as object })).status).toBe(400);
    expect((await read(doctor, draft.id)).body.revision).toBe(1);
  });

  test('markup is kept as it was written', async () => {
    const markup = '<script>alert(1)</script>&lt;b&gt;{{患者氏名}}';
    const draft = await begin(doctor);
    expect((await save(doctor, draft, { content: { course: markup, patientName: markup } })).body.content).toMatchObject({
      course: markup,
      patientName: markup,
    });
  });

  test('files: what they are by their bytes, a bound on how many and how much, and names that are names', async () => {
    const draft = await begin(doctor, { patient: await patientOf(doctor, uids[0] as string) });
    const attach = (name: string, bytes: string | Uint8Array<ArrayBuffer>) =>
      doctor.fetch(`/api/letters/${draft.id}/files`, {
        method: 'POST',
        body: bytes,
        headers: { 'content-type': 'application/octet-stream', 'x-renkei-file-name': encodeURIComponent(name) },
      });
    const told = async (answer: Response) => [answer.status, ((await answer.json()) as Problem).reason];
    const PDF = '%PDF-1.7\n%%EOF';
    expect(await told(await attach('紹介状.pdf', '<html><script>alert(1)</script>'))).toEqual([415, 'letter-file-type']);
    expect(await told(await attach('image.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'))).toEqual([
      415,
      'letter-file-type',
    ]);
    for (const name of ['a\u0000.pdf', 'exe.\u202efdp', ' ', 'x'.repeat(201)])
      expect(await told(await attach(name, PDF))).toEqual([400, 'file-name']);
    expect((await attach('大きい.pdf', Buffer.concat([Buffer.from('%PDF-'), Buffer.alloc(20 * 1024 * 1024)]))).status).toBe(413);
    const markup = '"><script>.pdf\'';
    expect((await attach(markup, PDF)).status).toBe(200);
    expect((await attach('letter.xml', '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>')).status).toBe(200);
    expect((await attach('letter.json', '{"resourceType":"Bundle"}')).status).toBe(200);
    const statuses: number[] = [];
    for (let n = 0; n < 197; n += 1) statuses.push((await attach(`${n}.pdf`, PDF)).status);
    expect([statuses.filter((status) => status === 200).length, statuses.filter((status) => status === 409).length]).toEqual([17, 180]);

    const { files } = (await read(doctor, draft.id)).body;
    const take = (by: ApiClient, file: string | undefined) => by.fetch(`/api/letters/${draft.id}/files/${file}`);
    const [pdf, xml] = files;
    expect((await take(clinic, pdf?.id)).status).toBe(404);
    const revision = { ...(await read(doctor, draft.id)).body };
    await save(doctor, revision, { to: 'CLINIC' });
    expect((await send(doctor, { ...revision, revision: revision.revision + 1 })).status).toBe(200);
    for (const [file, type] of [
      [pdf, 'application/pdf'],
      [xml, 'application/octet-stream'],
    ] as const) {
      const answer = await take(clinic, file?.id);
      expect(answer.headers.get('content-type')).toBe(type);
      expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="letter-\d+-\d+"; filename\*=UTF-8''[\w%.!~-]+$/);
      expect([answer.headers.get('x-content-type-options'), answer.headers.get('content-security-policy')]).toEqual(['nosniff', 'sandbox']);
      await answer.arrayBuffer();
    }
    expect((await recorded('letter-file-taken'))[0]).toMatchObject({ about: { letterId: draft.id }, purpose: 'referral' });
    await act(doctor, draft.id, 'recall', { reason: '誤り' });
    expect([(await take(clinic, pdf?.id)).status, (await take(doctor, pdf?.id)).status]).toEqual([404, 200]);
  });
});

test('templates are a facility’s own, and their changes are on record', async () => {
  const template = { name: '呼吸器', department: '内科', kind: 'referral', content: { purpose: '{{患者氏名}}様の精査をお願いします' } };
  const made = await doctor.call<{ id: string }>('POST', '/api/letter-templates', template);
  expect(made.status).toBe(201);
  expect((await doctor.call('PATCH', `/api/letter-templates/${made.body.id}`, { ...template, name: '呼吸器内科' })).status).toBe(200);
  expect((await clinic.call('PATCH', `/api/letter-templates/${made.body.id}`, template)).status).toBe(404);
  expect((await clinic.call('GET', '/api/letter-templates')).body).toEqual({ templates: [] });
  expect((await doctor.call('GET', '/api/letter-templates')).body).toMatchObject({ templates: [{ name: '呼吸器内科' }] });
  expect((await doctor.call('DELETE', `/api/letter-templates/${made.body.id}`)).status).toBe(204);
  expect((await recorded('letter-template-changed')).map(({ about }) => about.changes)).toEqual([
    ['template-removed'],
    ['template-changed'],
    ['template-made'],
  ]);
});

test('each act is on record: who, which letter, of whose patient, to whom, what for, and never a word of it', async () => {
  const [one] = uids as [string];
  const letter = await sent([one], { labResults: true, specialRelation: true });
  const [act0] = await recorded('letter-sent');
  expect(act0).toMatchObject({
    toFacility: '鈴木医院',
    ownerFacility: '中央病院',
    right: { kind: 'referral' },
    purpose: 'referral',
    about: {
      letterId: letter.id,
      letterKind: 'referral',
      otherFacilityCode: 'CLINIC',
      changes: ['replyAsked', 'specialRelation', 'labResults'],
    },
  });
  expect((await recorded('study-referred'))[0]).toMatchObject({
    studyInstanceUID: one,
    toFacility: '鈴木医院',
    about: { letterId: letter.id },
  });
  await read(clinic, letter.id);
  expect((await recorded('letter-read'))[0]).toMatchObject({ about: { letterId: letter.id }, who: { facility: '鈴木医院' } });
  await sees(clinic, one);
  expect((await recorded('study-viewed'))[0]).toMatchObject({ right: { kind: 'referral' }, purpose: 'referral' });
  for (const action of ['letter-sent', 'letter-read', 'letter-drafted'])
    expect(JSON.stringify(await recorded(action))).not.toMatch(/山田|精査/);
  const person = (await clinic.call<PersonDetail>('GET', `/api/patients/${await patientOf(clinic, one)}`)).body;
  expect(person.studies.some(({ studyInstanceUID }) => studyInstanceUID === one)).toBe(true);
});
