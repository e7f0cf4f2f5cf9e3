/** What the people of a facility are told reaches them: open pages at once, from whichever process it was done at. */
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Letter } from '../../../gateway/api/contract/letters.ts';
import { hashSecret } from '../../../gateway/auth/secrets.ts';
import { LIVE_STREAMS_PER_ACCOUNT_MAX } from '../../../gateway/usecases/tell/live-news.ts';
import { type ApiClient, SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { ctSeries } from '../../fixtures/dicom/synthetic-series.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type GatewayProcess, startGatewayProcess } from '../../fixtures/gateway-process.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const TARO = { patientID: 'P-100', patientName: 'YAMADA^TARO=山田^太郎', patientBirthDate: '19550607' };

let running: RunningRegion;
let second: GatewayProcess;

beforeAll(async () => {
  running = await startSmallRegion('news');
  second = await startGatewayProcess(running.dataFolder);
  await store();
}, 120_000);
afterAll(async () => {
  await second?.stop();
  await running?.close();
});

let accounts = 0;
async function worker(facilityCode: string | null, job: string, more: object = {}) {
  const email = `news-${++accounts}@region.example`;
  const asked = { email, name: '試験 花子', job, facilityCode, password: SMALL_REGION_PASSWORD, ...more };
  const made = await running.region.administrator.call<{ id: string }>('POST', '/api/users', asked);
  expect(made.status).toBe(201);
  return { id: made.body.id, client: await signIn(running.url, { email, password: SMALL_REGION_PASSWORD }) };
}

async function store(more: object = {}): Promise<void> {
  const images = [...ctSeries({ seed: 5, size: 16, instances: 1, ...TARO, ...more })].map(({ bytes }) => bytes);
  const { status } = await running.region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf(images) });
  expect(status).toBe(200);
}

interface Stream {
  readonly answer: IncomingMessage;
  readonly news: () => number;
  readonly over: Promise<void>;
}

/** As a page asks, by session. */
function listen(url: string, { cookie }: ApiClient, headers: Record<string, string> = { accept: 'text/event-stream' }): Promise<Stream> {
  return new Promise((resolve, reject) => {
    get(`${url}/api/notices/live`, { agent: false, headers: { cookie, ...headers } }, (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (text: string) => (said += text));
      const over = new Promise<void>((ended) => answer.once('close', ended).once('error', () => ended()));
      const news = () => said.split('event: news\ndata: ask\n\n').length - 1;
      // The first line is here: what happens from now on is told.
      answer.once('data', () => resolve({ answer, news, over }));
      answer.once('end', () => resolve({ answer, news, over }));
    }).once('error', reject);
  });
}

const left = ({ answer, over }: Stream) => {
  answer.destroy();
  return over;
};

describe('what is done at one process is told at the other', () => {
  test.each<[string, 'HOSPITAL' | 'CLINIC', () => Promise<unknown>]>([
    ['a study comes again with other bytes', 'HOSPITAL', () => store({ studyDescription: 'CORRECTED' })],
    ['images are opened in an emergency', 'HOSPITAL', emergency],
    ['a letter comes', 'CLINIC', letter],
    ['a letter is recalled', 'CLINIC', async () => recalled(await letter())],
  ])('%s', async (_, facility, happens) => {
    const others = facility === 'HOSPITAL' ? running.region.clinic : running.region.hospital;
    const [there, elsewhere] = await Promise.all([
      listen(second.url, (await worker(facility, 'physician')).client),
      listen(second.url, others),
    ]);
    const before = elsewhere.news();
    await happens();
    await eventually(async () => there.news() > 0);
    if (_.startsWith('a study')) expect(elsewhere.news()).toBe(before);
    await Promise.all([left(there), left(elsewhere)]);
  });
});

async function emergency(): Promise<void> {
  const { client } = await worker('CLINIC', 'physician');
  const asked = { patientID: TARO.patientID, birthDate: '1955-06-07', category: 'unconscious', reason: '意識なし。既往を確認する。' };
  expect((await client.call('POST', '/api/emergencies', asked)).status).toBe(201);
}

async function letter(): Promise<{ by: ApiClient; id: string }> {
  const { client: by } = await worker('HOSPITAL', 'physician');
  const begun = (await by.call<Letter>('POST', '/api/letters', { kind: 'referral' })).body;
  const content = { ...begun.content, purpose: '精査をお願いします', patientName: '山田 太郎' };
  const asked = { revision: begun.revision, kind: begun.kind, to: 'CLINIC', studies: [], content };
  const saved = await by.call<Letter>('PATCH', `/api/letters/${begun.id}`, asked);
  const sent = await by.call<Letter>('POST', `/api/letters/${begun.id}/sending`, { revision: saved.body.revision });
  expect(sent.body).toMatchObject({ state: 'sent' });
  return { by, id: begun.id };
}

async function recalled({ by, id }: { by: ApiClient; id: string }): Promise<void> {
  expect((await by.call('POST', `/api/letters/${id}/acts`, { act: 'recall', reason: '宛先の誤り' })).status).toBe(200);
}

describe('a stream', () => {
  test('is of events, passes proxies as it comes, and says nothing of anybody', async () => {
    const { client } = await worker('HOSPITAL', 'nurse');
    const stream = await listen(running.url, client);
    expect(stream.answer.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    await left(stream);
  });

  test.each<[string, () => Promise<ApiClient>, Record<string, string>, number]>([
    ['who asks for something else', async () => (await worker('HOSPITAL', 'nurse')).client, { accept: 'application/json' }, 406],
    ['who is of no facility', async () => running.region.administrator, { accept: 'text/event-stream' }, 403],
    ['nobody', async () => ({ cookie: '' }) as ApiClient, { accept: 'text/event-stream' }, 401],
  ])('is not given to %s', async (_, who, headers, status) => {
    expect((await listen(running.url, await who(), headers)).answer.statusCode).toBe(status);
  });

  test('an account has so many, at each process, and one that is left makes room', async () => {
    const { client } = await worker('HOSPITAL', 'nurse');
    const streams = await Promise.all(Array.from({ length: LIVE_STREAMS_PER_ACCOUNT_MAX }, () => listen(second.url, client)));
    const more = await listen(second.url, client);
    expect([more.answer.statusCode, more.answer.headers['retry-after']]).toEqual([429, '60']);
    expect((await client.call('GET', '/api/notices')).status).toBe(200);
    await left(streams[0] as Stream);
    const again = await eventually(async () => {
      const stream = await listen(second.url, client);
      return stream.answer.statusCode === 200 && stream;
    });
    await Promise.all([...streams.slice(1), again].map(left));
  });

  test.each<[string, (who: Awaited<ReturnType<typeof worker>>) => Promise<unknown>]>([
    ['its session ends', ({ client }) => client.call('DELETE', '/api/session')],
    ['its account is disabled', ({ id }) => running.region.administrator.call('PATCH', `/api/users/${id}`, { disabled: true })],
  ])('ends at every process when %s at one', async (_, happens) => {
    const who = await worker('HOSPITAL', 'nurse');
    const streams = [await listen(running.url, who.client), await listen(second.url, who.client)];
    expect(streams.map(({ answer }) => answer.statusCode)).toEqual([200, 200]);
    await happens(who);
    await Promise.all(streams.map(({ over }) => over));
  });

  test('keeps no session from its idle end', async () => {
    const { client } = await worker('HOSPITAL', 'nurse');
    const hash = hashSecret(client.cookie.slice('renkei_session='.length));
    const database = running.gateway.stores.index.database;
    const usedAt = async () => (await database.rows({ text: 'SELECT * FROM sessions WHERE id_hash = $1', values: [hash] }))[0];
    await database.rows({ text: "UPDATE sessions SET used_at = used_at - interval '5 minutes' WHERE id_hash = $1", values: [hash] });
    const before = await usedAt();
    const stream = await listen(running.url, client);
    const since = performance.now();
    // Its right is asked for again meanwhile, more than once.
    await eventually(async () => performance.now() - since > 1_000);
    expect(await usedAt()).toEqual(before);
    await left(stream);
  });

  test('does not keep a process from ending', async () => {
    const stream = await listen(second.url, running.region.hospital);
    expect(await second.stop()).toBe(0);
    await stream.over;
    expect(stream.answer.complete).toBe(true);
  });
});
