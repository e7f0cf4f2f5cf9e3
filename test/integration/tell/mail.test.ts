/** News by mail, over a real SMTP server: to whom, of what, how often; and a server that refuses, is silent, or is away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MailChoices } from '../../../gateway/api/contract/notices.ts';
import type { Problem } from '../../../gateway/api/contract/problem.ts';
import type { RecordEntry } from '../../../gateway/api/contract/record.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import { MAIL_CODE_TRIES_MAX, MAIL_CODES_A_DAY_MAX } from '../../../gateway/domain/people/mail.ts';
import { type ApiClient, SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { ctSeries } from '../../fixtures/dicom/synthetic-series.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type GatewayProcess, startGatewayProcess } from '../../fixtures/gateway-process.ts';
import { type MailServer, startMailServer } from '../../fixtures/mail/mail-server.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const TARO = { patientID: 'P-100', patientName: 'YAMADA^TARO=山田^太郎', patientBirthDate: '19550607' };
const REACHED = 'https://images.region.example';

let server: MailServer;
let running: RunningRegion;
let second: GatewayProcess;

beforeAll(async () => {
  server = await startMailServer();
  const settings = {
    RENKEI_MAIL_SERVER: `smtp://127.0.0.1:${server.port}`,
    RENKEI_MAIL_FROM: 'renkei@region.example',
    RENKEI_MAIL_USER: 'renkei',
    RENKEI_MAIL_PASSWORD: 'only-for-tests-mail',
    RENKEI_PUBLIC_URL: REACHED,
  };
  running = await startSmallRegion('mail', settings);
  second = await startGatewayProcess(running.dataFolder, settings);
  for (const description of ['ORIGINAL', 'CHANGED']) await store(description);
}, 120_000);
afterAll(async () => {
  await second?.stop();
  await running?.close();
  await server?.close();
});

interface Person {
  readonly id: UserId;
  readonly client: ApiClient;
  readonly address: string;
}

let accounts = 0;
let anybody: Person | undefined;
async function person(more: object = {}): Promise<Person> {
  const email = `mail-${++accounts}@region.example`;
  const asked = { email, name: '試験 花子', job: 'physician', facilityCode: 'HOSPITAL', password: SMALL_REGION_PASSWORD, ...more };
  const made = await running.region.administrator.call<{ id: UserId }>('POST', '/api/users', asked);
  expect(made.status).toBe(201);
  return {
    id: made.body.id,
    client: await signIn(running.url, { email, password: SMALL_REGION_PASSWORD }),
    address: `to-${accounts}@post.example`,
  };
}

async function store(studyDescription: string): Promise<void> {
  const images = [...ctSeries({ seed: 5, size: 16, instances: 1, ...TARO, studyDescription })].map(({ bytes }) => bytes);
  expect((await running.region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf(images) })).status).toBe(200);
}

const mailsTo = ({ address }: Pick<Person, 'address'>) => server.mails.filter(({ to }) => to.includes(address));
const ask = ({ client, address }: Person) => client.call<Problem>('POST', '/api/mail/address', { address });
const confirm = ({ client }: Person, code: string) => client.call<Problem>('POST', '/api/mail/confirmation', { code });
const choose = ({ client }: Person, mode: string, kinds = ['studies', 'letters', 'emergencies']) =>
  client.call<Problem>('PATCH', '/api/mail', { mode, kinds });
const choices = async ({ client }: Person) => (await client.call<MailChoices>('GET', '/api/mail')).body;
const sql = (text: string, values: unknown[] = []) => running.gateway.stores.index.database.rows({ text, values });
/** What was done a while ago has settled, and ten minutes have gone. */
const later = async ({ id }: Person) =>
  sql("UPDATE mail_choices SET news_due_at = now() - interval '1 second', told_until = told_until - interval '1 hour' WHERE user_id = $1", [
    id,
  ]);

/** The code in the newest mail to them. */
async function code(who: Person, before = 0): Promise<string> {
  const mail = await server.mailTo(who.address, before);
  return /\b(\d{4}) (\d{4})\b/.exec(mail.text)?.slice(1).join('') ?? '';
}

async function confirmed(who: Person): Promise<void> {
  expect((await ask(who)).status).toBe(204);
  expect((await confirm(who, await code(who))).status).toBe(204);
  server.mails.length = 0;
}

describe.each(['ja', 'en'] as const)('in %s', (language) => {
  test('an address is confirmed by the code that was sent there, and hears how much is new, and nothing of anybody', async () => {
    const who = await person();
    expect((await who.client.call('PATCH', '/api/me', { language })).status).toBe(204);
    expect((await choose(who, 'at-once')).body.reason).toBe('mail-no-address');
    await ask(who);
    expect(await choices(who)).toMatchObject({ served: true, address: null, pendingAddress: who.address, mode: 'off' });
    const typed = await code(who);
    const [sent] = mailsTo(who);
    expect(sent).toMatchObject({ from: 'renkei@region.example', to: [who.address] });
    expect(sent?.headers).toContain('Auto-Submitted: auto-generated');
    expect(sent?.text).toContain(`${REACHED}/settings`);
    expect((await confirm(who, typed)).status).toBe(204);
    expect(await choices(who)).toMatchObject({ address: who.address, pendingAddress: null, failedAt: null });

    expect((await choose(who, 'at-once', ['studies'])).status).toBe(204);
    await store(`OTHER-${language}`);
    const mail = await server.mailTo(who.address, 1);
    const expected = { ja: ['Renkei: 新しいお知らせ（1件）', '検査のお知らせ: 1件'], en: ['Renkei: 1 new', 'Notices of studies: 1'] }[
      language
    ];
    expect([mail.subject, mail.text]).toEqual([expected[0], expect.stringContaining(expected[1] as string)]);
    expect(mail.text).toContain(`${REACHED}/notices`);
    for (const secret of ['YAMADA', '山田', 'P-100', '1955', '試験', 'OTHER']) expect(mail.headers + mail.text).not.toContain(secret);
    expect(mailsTo(who)).toHaveLength(2);
    expect(new Set(server.signIns)).toEqual(new Set(['renkei:only-for-tests-mail']));

    const { entries } = (await running.region.administrator.call<{ entries: RecordEntry[] }>('GET', '/api/record?action=user-changed'))
      .body;
    const changes = entries.map(({ about }) => about.changes);
    expect(changes).toEqual(expect.arrayContaining([['mail'], ['mail-address']]));
    expect(JSON.stringify(entries)).not.toContain(who.address);
    expect((await who.client.call('DELETE', '/api/mail/address')).status).toBe(204);
    expect(await choices(who)).toMatchObject({ address: null, mode: 'off' });
  });
});

test.each([
  'nobody',
  'a@b@c.example',
  'a b@region.example',
  'a@region.example\r\nBcc: other@region.example',
  'a@region.example\nSubject: x',
  'a@region.example\r\n.\r\nMAIL FROM:<x@y.example>',
  'a@region.example,other@region.example',
  'A <a@region.example>',
  '"a b"@region.example',
  'a@[127.0.0.1]',
  'a@region..example',
  `${'a'.repeat(65)}@region.example`,
])('%j is no address, and no mail goes anywhere', async (address) => {
  anybody ??= await person();
  const who = anybody;
  const answer = await ask({ ...who, address });
  expect([answer.status, answer.body.reason]).toEqual([400, 'mail-address']);
  expect(await choices(who)).toMatchObject({ address: null, pendingAddress: null });
});

test('a code is guessed at so often, is of its account alone, and is asked for so often in a day', async () => {
  const [who, other] = [await person(), await person()];
  await ask(who);
  const right = await code(who);
  await ask(other);
  await code(other);
  expect((await confirm(other, right)).body.reason).toBe('mail-code');
  const wrong = right === '00000000' ? '00000001' : '00000000';
  for (let tries = 0; tries < MAIL_CODE_TRIES_MAX; tries++) expect((await confirm(who, wrong)).body.reason).toBe('mail-code');
  expect((await confirm(who, right)).body.reason).toBe('mail-code-ended');
  for (let asked = 1; asked < MAIL_CODES_A_DAY_MAX; asked++) expect((await ask(who)).status).toBe(204);
  const more = await ask(who);
  expect([more.status, more.body.reason]).toEqual([429, 'mail-codes']);
});

test('nothing is sent to who has been disabled', async () => {
  const [who, other] = [await person(), await person()];
  await confirmed(who);
  await confirmed(other);
  for (const each of [who, other]) await choose(each, 'at-once');
  expect((await running.region.administrator.call('PATCH', `/api/users/${who.id}`, { disabled: true })).status).toBe(200);
  for (const each of [who, other]) await later(each);
  await server.mailTo(other.address);
  expect(mailsTo(who)).toEqual([]);
});

test('a mail a day waits for its hour, and comes once', async () => {
  const who = await person();
  await confirmed(who);
  await choose(who, 'daily');
  const [row] = await sql('SELECT news_due_at FROM mail_choices WHERE user_id = $1', [who.id]);
  const due = row?.['news_due_at'] as Date;
  expect(due.getTime()).toBeGreaterThan(Date.now());
  expect(new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', timeStyle: 'short' }).format(due)).toBe('07:00');
  await later(who);
  await server.mailTo(who.address);
  const again = 'SELECT news_due_at FROM mail_choices WHERE user_id = $1 AND news_due_at = $2';
  await eventually(async () => (await sql(again, [who.id, due])).length === 1);
  expect(mailsTo(who)).toHaveLength(1);
});

test('an address that the server refuses is given up, and its person reads so', async () => {
  const who = await person();
  server.refused.add(who.address);
  await ask(who);
  await eventually(async () => (await choices(who)).failedAt !== null);
  expect(await running.gateway.stores.index.mail.codesDue(10)).toEqual([]);
});

test('one that it defers is tried later, and what is in the log names nobody', async () => {
  const who = await person();
  await confirmed(who);
  await choose(who, 'at-once');
  server.deferred.add(who.address);
  await later(who);
  const attempts = async () => (await sql('SELECT news_attempts FROM mail_choices WHERE user_id = $1', [who.id]))[0];
  await eventually(async () => ((await attempts())?.['news_attempts'] ?? 0) > 0);
  expect(await sql('SELECT FROM mail_choices WHERE user_id = $1 AND news_due_at > now()', [who.id])).toHaveLength(1);
  server.deferred.clear();
  await sql('UPDATE mail_choices SET news_due_at = now() WHERE user_id = $1', [who.id]);
  await server.mailTo(who.address);
  await eventually(async () => (await attempts())?.['news_attempts'] === 0);
  for (const secret of [who.address, 'only-for-tests-mail']) expect(second.stderr()).not.toContain(secret);
});

test('one process sends: the other takes it up once that one is silent', async () => {
  const { mail } = running.gateway.stores.index;
  await sql("UPDATE mail_sender SET leased_by = 'neither', leased_until = now() + interval '1 hour'");
  expect(await mail.leaseMail('one', new Date(Date.now() + 60_000))).toBe(false);
  const who = await person();
  await ask(who);
  await sql("UPDATE mail_sender SET leased_until = now() - interval '1 second'");
  await code(who);
  expect(mailsTo(who)).toHaveLength(1);
});

test('a server that is away keeps nobody waiting, and is told of; what was due comes when it is back', async () => {
  const who = await person();
  const { port } = server;
  await server.close();
  await ask(who);
  const metric = async () => Number(/^renkei_mails_waiting (\d+)$/m.exec(await (await fetch(`${running.url}/metrics`)).text())?.[1]);
  await eventually(
    async () => (await sql('SELECT code_attempts FROM mail_choices WHERE user_id = $1', [who.id]))[0]?.['code_attempts'] > 0,
  );
  expect(await metric()).toBeGreaterThan(0);
  await store('WHILE AWAY');
  server = await startMailServer({}, port);
  await sql('UPDATE mail_choices SET code_due_at = now() WHERE user_id = $1', [who.id]);
  await code(who);
});
