/** The desk over HTTP: who may ask, what it sees, what is on record. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeskPatient, DeskPatientDetail, DeskPatientList, Link, LinkList } from '../../../gateway/api/contract/links.ts';
import type { RecordEntry } from '../../../gateway/api/contract/record.ts';
import type { ApiClient } from '../../fixtures/api-client.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const patient = { patientID: 'P-100', patientName: 'YAMADA^TARO=山田^太郎=ヤマダ^タロウ', patientBirthDate: '19550607' };
let running: RunningRegion;
let desk: ApiClient;

async function receive(by: ApiClient, seed: number, more: Partial<typeof patient> = {}): Promise<void> {
  const [image] = [...ctSeries({ seed, size: 16, instances: 1, ...patient, ...more })] as [SyntheticInstance];
  expect((await by.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([image.bytes]) })).status).toBe(200);
}
const search = async (asked: object) => (await desk.call<DeskPatientList>('POST', '/api/desk/search', asked)).body.patients;
const opened = async ({ id }: DeskPatient) => (await desk.call<DeskPatientDetail>('GET', `/api/desk/patients/${id}`)).body;
const waiting = async () => (await desk.call<LinkList>('GET', '/api/links')).body.links;
const propose = (one: DeskPatient, other: DeskPatient) =>
  desk.call<Link & { reason?: string }>('POST', '/api/links', { patient: one.id, other: other.id });
const recorded = async (action: string) =>
  (await desk.call<{ entries: RecordEntry[] }>('GET', `/api/record?action=${action}`)).body.entries;

beforeAll(async () => {
  running = await startSmallRegion('patient-links');
  desk = running.region.administrator;
  await receive(running.region.hospital, 1);
  await receive(running.region.clinic, 2, { patientID: 'C-7' });
  await receive(running.region.clinic, 3, {
    patientID: 'C-8',
    patientName: 'SUZUKI^HANAKO=鈴木^花子=スズキ^ハナコ',
    patientBirthDate: '19800101',
  });
});
afterAll(() => running?.close());

describe('the desk', () => {
  test.each([
    ['a whole identifier', { patientID: 'C-7' }, ['C-7']],
    ['some of one', { patientID: 'C-' }, []],
    ['a birth date', { birthDate: '1955-06-07' }, ['C-7', 'P-100']],
    ['kanji without the blank', { name: '山田太' }, ['C-7', 'P-100']],
    ['hiragana', { name: 'すずき' }, ['C-8']],
    ['full-width Latin letters', { name: 'ＳＵＺＵＫＩ' }, ['C-8']],
    ['all together', { name: '山田', birthDate: '1955-06-07', patientID: 'P-100' }, ['P-100']],
    ['one of them wrong', { name: '山田', birthDate: '1980-01-01' }, []],
    ['nothing', {}, []],
    ['what only a pattern would match', { name: '%' }, []],
  ])('finds by %s', async (_how, asked, found) => {
    expect((await search(asked)).map(({ patientID }) => patientID).sort()).toEqual(found);
  });

  test('refuses what is no date, and what it does not know', async () => {
    for (const asked of [{ birthDate: '1955-13-40' }, { birthDate: '19550607' }, { surname: '山田' }, { name: '' }])
      expect((await desk.call('POST', '/api/desk/search', asked)).status).toBe(400);
    expect((await desk.call('GET', '/api/desk/patients/999999')).status).toBe(404);
    expect((await desk.call('POST', '/api/links/999999/decision', { state: 'confirmed' })).status).toBe(404);
    const [one] = await search({ patientID: 'P-100' });
    expect((await desk.call('POST', '/api/links', { patient: one?.id, other: '999999' })).status).toBe(404);
  });

  test('is told by itself of two that may be one person, and why', async () => {
    const pair = await eventually(async () => (await waiting()).find(({ patient: { patientID } }) => ['P-100', 'C-7'].includes(patientID)));
    expect([pair.patient.patientID, pair.other.patientID].sort()).toEqual(['C-7', 'P-100']);
    expect(pair.reasons).toEqual(expect.arrayContaining(['birth-date-same', 'family-same', 'given-same']));
    expect(pair.score).toBeGreaterThan(20);
    expect((await desk.call('POST', `/api/links/${pair.id}/decision`, { state: 'rejected' })).status).toBe(200);
    expect(await waiting()).toEqual([]);
  });

  test('joins two by hand, parts them, and joins them again, each on record with who is meant', async () => {
    const [one, other] = [...(await search({ patientID: 'P-100' })), ...(await search({ patientID: 'C-8' }))] as [DeskPatient, DeskPatient];
    expect(one.person).not.toBe(other.person);
    const made = await propose(one, other);
    expect([made.status, made.body.state, made.body.score]).toEqual([201, 'proposed', null]);
    expect((await propose(other, one)).body.reason).toBe('link-known');
    expect((await waiting()).map(({ id }) => id)).toEqual([made.body.id]);

    const decided = await desk.call<Link>('POST', `/api/links/${made.body.id}/decision`, { state: 'confirmed' });
    expect([decided.status, decided.body.state]).toEqual([200, 'confirmed']);
    expect(await waiting()).toEqual([]);
    expect((await opened(one)).joined.map(({ id }) => id)).toEqual([other.id]);
    const again = await desk.call<{ reason: string }>('POST', `/api/links/${made.body.id}/decision`, { state: 'rejected' });
    expect([again.status, again.body.reason]).toEqual([409, 'link-decided']);
    expect((await propose(one, other)).body.reason).toBe('link-known');

    const parted = await desk.call<{ links: Link[] }>('POST', `/api/desk/patients/${other.id}/separation`);
    expect(parted.body.links.map(({ id, state }) => [id, state])).toEqual([[made.body.id, 'undone']]);
    expect((await opened(one)).joined).toEqual([]);
    expect((await opened(one)).links.map(({ state }) => state)).toEqual(['undone', 'rejected']);
    expect((await desk.call<{ reason: string }>('POST', `/api/desk/patients/${other.id}/separation`)).body.reason).toBe('not-joined');
    expect((await propose(one, other)).status).toBe(201);

    const pair = {
      patientID: one.patientID,
      otherFacilityCode: other.facility.code,
      otherPatientID: other.patientID,
      linkId: made.body.id,
    };
    for (const action of ['link-confirmed', 'link-undone'])
      expect(await recorded(action)).toMatchObject([
        { about: pair, ownerFacility: one.facility.name, right: { kind: 'administrator' }, purpose: 'administration' },
      ]);
    expect((await recorded('link-proposed')).length).toBe(2);
    expect((await recorded('patients-listed')).map(({ about }) => about.list)).toContain('desk-patients');
  });

  test.each(['hospital', 'clinic', 'stranger'] as const)(
    'is closed to the %s, which hears nothing of other facilities’ patients',
    async (who) => {
      const client = running.region[who];
      const asks: readonly [string, string, object?][] = [
        ['GET', '/api/links'],
        ['POST', '/api/links', { patient: '1', other: '2' }],
        ['POST', '/api/links/1/decision', { state: 'confirmed' }],
        ['POST', '/api/desk/search', { patientID: 'P-100' }],
        ['GET', '/api/desk/patients/1'],
        ['POST', '/api/desk/patients/1/separation'],
      ];
      for (const [method, path, body] of asks) {
        const answer = await client.call<{ reason?: string }>(method, path, body);
        expect([path, answer.status]).toEqual([path, 403]);
        expect(JSON.stringify(answer.body)).not.toContain('山田');
      }
    },
  );

  test('gives no right to an image', async () => {
    const listed = await desk.call<{ studies?: unknown[] }>('GET', '/api/studies');
    expect(listed.status).toBe(403);
  });
});
