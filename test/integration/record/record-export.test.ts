/** The record as files: what is asked for and nothing else, on record itself, for administrators alone. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readShared } from '../../fixtures/dicom/shared-data.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const CT = await readShared('series/ct-head-phantom-140/I10');
let running: RunningRegion;

beforeAll(async () => {
  running = await startSmallRegion('record-export');
  const sent = await running.region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([readFileSync(CT.path)]) });
  expect(sent.status).toBe(200);
  expect((await running.region.hospital.fetch(`/dicom-web/studies/${CT.studyInstanceUID}/metadata`)).status).toBe(200);
});
afterAll(() => running.close());

const ABOUT = { about: CT.studyInstanceUID };
const ask = (format: string, filter: object = ABOUT, words?: object) =>
  running.region.administrator.fetch('/api/record/exports', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'ja' },
    body: JSON.stringify({ format, filter, ...(words === undefined ? {} : { words }) }),
  });
const exported = () => running.gateway.stores.index.audit.find({ actions: ['record-exported'], limit: 1 });

test.each([
  ['csv', 'text/csv; charset=utf-8'],
  ['csv-shift-jis', 'text/csv; charset=shift_jis'],
  ['dicom-audit', 'text/plain; charset=utf-8'],
  ['fhir-ndjson', 'application/fhir+ndjson'],
  ['fhir-bundle', 'application/fhir+json'],
])('%s: every entry about the study once, newest first; on record with its format and count', async (format, type) => {
  const answer = await ask(format, ABOUT, { columns: { seq: '番号' }, action: { 'study-viewed': '画像を開きました' } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="record-\d{4}-\d\d-\d\d\.[a-z.]+"$/);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const text = new TextDecoder(format === 'csv-shift-jis' ? 'shift_jis' : 'utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const about = await running.gateway.stores.index.audit.find({ ...ABOUT, limit: 100 });
  const numbers: Record<string, () => number[]> = {
    csv: () =>
      text
        .trimEnd()
        .split('\r\n')
        .slice(1)
        .map((line) => Number(line.split(',')[0])),
    'dicom-audit': () =>
      text
        .trimEnd()
        .split('\n')
        .map((line) =>
          Number(/ParticipantObjectID="(\d+)" ParticipantObjectTypeCode="2" ParticipantObjectTypeCodeRole="13"/.exec(line)?.[1]),
        ),
    'fhir-ndjson': () =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => Number(JSON.parse(line).id.replace('record-', ''))),
    'fhir-bundle': () =>
      JSON.parse(text).entry.map(({ resource }: { resource: { id: string } }) => Number(resource.id.replace('record-', ''))),
  };
  expect((numbers[format] ?? numbers['csv'])?.()).toEqual(about.map(({ seq }) => seq));
  expect(about.map(({ entry }) => entry.action)).toEqual(['study-viewed', 'study-received']);
  if (format.startsWith('csv')) {
    expect(text.startsWith(format === 'csv' ? '\ufeff番号,' : '番号,')).toBe(true);
    expect(text).toContain('画像を開きました');
    expect(text).toContain('中央病院');
  }
  expect(await exported()).toMatchObject([
    { entry: { outcome: 'success', what: { format, count: about.length }, right: { kind: 'administrator' }, purpose: 'administration' } },
  ]);
});

test('a filter that finds nothing is a file with a head alone', async () => {
  const bundle = await (await ask('fhir-bundle', { about: 'nobody' })).json();
  expect(bundle).toEqual({ resourceType: 'Bundle', type: 'collection', entry: [] });
  expect((await (await ask('csv', { about: 'nobody' })).text()).split('\r\n')).toHaveLength(2);
});

test('who is no administrator is refused, on record', async () => {
  for (const who of ['hospital', 'clinic'] as const) {
    const answer = await running.region[who].fetch('/api/record/exports', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ format: 'csv', filter: {} }),
    });
    expect(answer.status).toBe(403);
  }
  const refusals = await running.gateway.stores.index.audit.find({ actions: ['access-refused'], limit: 2 });
  expect(refusals.map(({ entry }) => entry.what?.asked)).toEqual(['record.read', 'record.read']);
});

test.each([
  ['no such format', { format: 'xls', filter: {} }],
  ['a filter that is misspelt', { format: 'csv', filter: { abuot: 'x' } }],
  ['days in the wrong order', { format: 'csv', filter: { from: '2026-02-01', to: '2026-01-01' } }],
  [
    'more words than there are codes',
    { format: 'csv', filter: {}, words: { action: Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`a${n}`, 'b'])) } },
  ],
  ['no filter', { format: 'csv' }],
])('%s is invalid', async (_name, body) => {
  const answer = await running.region.administrator.fetch('/api/record/exports', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(400);
});
