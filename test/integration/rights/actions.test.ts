/** Each action × each kind of actor, by requests at every address that the running program answers, and by every method. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hashSecret } from '../../../gateway/auth/secrets.ts';
import { makeSession } from '../../../gateway/auth/sign-in.ts';
import { createToken } from '../../../gateway/auth/tokens.ts';
import type { StudyInstanceUID } from '../../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../../gateway/domain/people/credentials.ts';
import type { Action } from '../../../gateway/domain/sharing/access.ts';
import { type ApiClient, SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { readShared } from '../../fixtures/dicom/shared-data.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const CT = await readShared('series/ct-head-phantom-140/I10');
const DAY_MS = 86_400_000;
/** Of who gave the right password and not yet the second factor. */
const HALF = 'half-signed-in-half-signed-in-half-signed-in';

let running: RunningRegion;
/** What each sends with a request. */
const actors: Record<string, Readonly<Record<string, string>>> = {};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function account(
  email: string,
  more: Readonly<Record<string, unknown>>,
): Promise<{ readonly id: string; readonly client: ApiClient }> {
  const { region, url } = running;
  const asked = { email, name: '試験 太郎', job: 'physician', facilityCode: 'CLINIC', password: SMALL_REGION_PASSWORD, ...more };
  const made = await region.administrator.call<{ id: string }>('POST', '/api/users', asked);
  expect(made.status).toBe(201);
  return { id: made.body.id, client: await signIn(url, { email, password: SMALL_REGION_PASSWORD }) };
}

async function facility(code: string): Promise<void> {
  const made = await running.region.administrator.call('POST', '/api/facilities', { code, name: code, nameKana: '', aeTitles: [] });
  expect(made.status).toBe(201);
}

async function shareWith(facilityCode: string, more: object = {}): Promise<string> {
  const until = new Date(Date.now() + 7 * DAY_MS).toISOString();
  const shared = await running.region.hospital.call<{ id: string }>('POST', `/api/studies/${CT.studyInstanceUID}/shares`, {
    facilityCode,
    until,
    ...more,
  });
  expect(shared.status).toBe(201);
  return shared.body.id;
}

beforeAll(async () => {
  running = await startSmallRegion('rights');
  const { region, gateway } = running;
  const { people, shares, studies } = gateway.stores.index;
  expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([readFileSync(CT.path)]) })).status).toBe(200);
  for (const code of ['FORMER', 'LAPSED', 'NURSES', 'NAMED', 'LOOKING', 'EARLY']) await facility(code);

  actors['the owner’s radiographer'] = bearer(region.hospital.token);
  actors['the owner’s nurse'] = bearer((await account('nurse@hospital.example', { facilityCode: 'HOSPITAL', job: 'nurse' })).client.token);
  actors['who was given it'] = bearer(region.clinic.token);
  await shareWith('CLINIC');
  const administrating = await account('office@clinic.example', { administrator: true, job: 'administrator' });
  actors['an administrator of who was given it'] = bearer(administrating.client.token);
  actors['whose share was revoked'] = bearer((await account('doctor@former.example', { facilityCode: 'FORMER' })).client.token);
  await region.hospital.call('DELETE', `/api/studies/${CT.studyInstanceUID}/shares/${await shareWith('FORMER')}`);
  actors['whose share has ended'] = bearer((await account('doctor@lapsed.example', { facilityCode: 'LAPSED' })).client.token);
  const worker = async (name: string, facilityCode: string, job = 'physician') =>
    bearer((await account(`${name}@${facilityCode.toLowerCase()}.example`, { facilityCode, job })).client.token);
  actors['of a job that was given it'] = await worker('nurse', 'NURSES', 'nurse');
  actors['of another job than was given it'] = await worker('doctor', 'NURSES');
  await shareWith('NURSES', { job: 'nurse' });
  actors['who was given it by name'] = await worker('named', 'NAMED');
  actors['a colleague of who was given it by name'] = await worker('other', 'NAMED');
  await shareWith('NAMED', { person: 'named@named.example' });
  actors['who was given it to look at'] = await worker('doctor', 'LOOKING');
  await shareWith('LOOKING', { mayDownload: false });
  actors['whose share has not begun'] = await worker('doctor', 'EARLY');
  await shareWith('EARLY', { notBefore: new Date(Date.now() + DAY_MS).toISOString() });
  const [owner, lapsed, radiographer] = await Promise.all([
    people.facilityByCode('HOSPITAL'),
    people.facilityByCode('LAPSED'),
    people.credentials('radiographer@hospital.example'),
  ]);
  if (owner === undefined || lapsed === undefined || radiographer === undefined) throw new Error('not made');
  const study = await studies.study(owner, { studyInstanceUID: CT.studyInstanceUID as StudyInstanceUID }, new Date());
  if (study === undefined) throw new Error('no study');
  const until = new Date(Date.now() + 300);
  const entry = { action: 'study-shared', outcome: 'success', who: { kind: 'person' } } as const;
  await shares.share({ studyId: study.id, toFacilityId: lapsed.id, until, by: radiographer.user.id }, () => [entry], COMMAND_LINE);
  await vi.waitUntil(() => new Date() > until);
  actors['of whose job a second factor is demanded'] = await worker('must', 'CLINIC', 'pharmacist');
  expect((await region.administrator.call('PATCH', '/api/region', { secondFactorJobs: ['pharmacist'] })).status).toBe(200);
  actors['a stranger'] = bearer(region.stranger.token);
  actors['the secretariat'] = bearer(region.administrator.token);

  const disabled = await account('gone@hospital.example', { facilityCode: 'HOSPITAL' });
  expect((await region.administrator.call('PATCH', `/api/users/${disabled.id}`, { disabled: true })).status).toBe(200);
  actors['who was disabled'] = bearer(disabled.client.token);
  actors['who was disabled, by session'] = { cookie: disabled.client.cookie };
  const left = await account('left@hospital.example', { facilityCode: 'HOSPITAL' });
  expect((await left.client.call('DELETE', '/api/session')).status).toBe(204);
  actors['who signed out'] = { cookie: left.client.cookie };
  await endedActors();
}, 120_000);
afterAll(() => running?.close());

/** Who once could prove who they are, or nearly can. */
async function endedActors(): Promise<void> {
  const { people } = running.gateway.stores.index;
  const radiographer = await people.credentials('radiographer@hospital.example');
  if (radiographer === undefined) throw new Error('not made');
  const longAgo = { now: () => new Date(Date.now() - 100 * DAY_MS) };
  const { user } = radiographer;
  const old = { by: undefined, userId: user.id, name: 'old', days: 90, remoteAddress: '127.0.0.1' };
  actors['whose token has expired'] = bearer((await createToken({ people, clock: longAgo }, old)).token);
  const sessions = { idleMs: 3_600_000, lifetimeMs: DAY_MS };
  const { given: ended, kept } = makeSession({ clock: longAgo, sessions }, { remoteAddress: '127.0.0.1', device: 'test' });
  await people.createSession({ ...kept, userId: user.id, shown: radiographer });
  actors['whose session has expired'] = { cookie: `renkei_session=${ended.sessionSecret}`, 'x-renkei-csrf': ended.csrfToken };
  const { passwordHash } = radiographer;
  const half = { halfHash: hashSecret(HALF), userId: user.id, passwordHash, endsAt: new Date(Date.now() + DAY_MS) };
  expect(await people.beginHalfSignIn(half)).toBe(true);
  actors['who is half signed in'] = { cookie: `renkei_sign_in=${HALF}; renkei_session=${HALF}` };
  actors['who is half signed in, and says it is a token'] = bearer(HALF);
  actors['whose token was invented'] = bearer('renkei_invented');
  actors['nobody'] = {};
}

type Verdict = 'may' | 'may not' | 'hears of nothing' | 'is unknown';

const PERSON = {
  self: 'may',
  'facility.list': 'may',
  'token.manage-own': 'may not',
  'session.manage-own': 'may not',
  'factor.manage-own': 'may not',
  'mail.manage-own': 'may not',
  'emergency.open': 'may not',
} as const;
const ADMINISTERS = verdicts(
  [
    'facility.manage',
    'user.manage',
    'rights.manage',
    'region.manage',
    'quarantine.read',
    'quarantine.retry',
    'quarantine.download',
    'record.read',
    'record.review',
    'operation.read',
    'link.manage',
    'emergency.oversee',
    'roster.import',
  ],
  'may',
);
/** Of the own facility; who administers, of each. */
const FEES = verdicts(['fees.read'], 'may');
const IS_SERVED = { ...PERSON, ...FEES, ...verdicts(Object.keys(ADMINISTERS) as Action[], 'may not') };
const MEMBER_ACTIONS = [
  'study.list',
  'patient.list',
  'patient.view',
  'study.store',
  'notice.settle',
  'consent.take',
  'emergency.review',
  'letter.read',
  'letter.write',
] as const;
const MEMBER = verdicts(MEMBER_ACTIONS, 'may');
const NO_LETTERS = verdicts(['letter.read', 'letter.write'], 'may not');
const HIDDEN = verdicts(['study.view', 'study.download', 'study.share', 'study.disclosures'], 'hears of nothing');
const SEES = verdicts(['study.view', 'study.download'], 'may');
const GIVEN = { ...SEES, ...verdicts(['study.share', 'study.disclosures'], 'may not') };
const NO_REVIEWER = verdicts(['emergency.review'], 'may not');
type Expected = Readonly<Record<Action, Verdict>>;

function verdicts<A extends Action>(actions: readonly A[], verdict: Verdict): Record<A, Verdict> {
  return Object.fromEntries(actions.map((action) => [action, verdict])) as Record<A, Verdict>;
}

/** By token, as a program asks; `undefined`: nothing but what is open. */
const EXPECTED: readonly [actor: string, expected: Expected | undefined][] = [
  [
    'the owner’s radiographer',
    { ...IS_SERVED, ...MEMBER, 'letter.write': 'may not', ...SEES, ...NO_REVIEWER, 'study.share': 'may', 'study.disclosures': 'may' },
  ],
  [
    'the owner’s nurse',
    { ...IS_SERVED, ...MEMBER, ...SEES, ...NO_REVIEWER, 'consent.take': 'may not', 'study.share': 'may not', 'study.disclosures': 'may' },
  ],
  ['who was given it', { ...IS_SERVED, ...MEMBER, ...GIVEN }],
  ['an administrator of who was given it', { ...PERSON, ...FEES, ...ADMINISTERS, ...MEMBER, ...NO_LETTERS, ...GIVEN }],
  ['whose share was revoked', { ...IS_SERVED, ...MEMBER, ...HIDDEN }],
  ['whose share has ended', { ...IS_SERVED, ...MEMBER, ...HIDDEN }],
  ['of a job that was given it', { ...IS_SERVED, ...MEMBER, ...GIVEN, ...NO_REVIEWER, 'consent.take': 'may not' }],
  ['of another job than was given it', { ...IS_SERVED, ...MEMBER, ...HIDDEN }],
  ['who was given it by name', { ...IS_SERVED, ...MEMBER, ...GIVEN }],
  ['a colleague of who was given it by name', { ...IS_SERVED, ...MEMBER, ...HIDDEN }],
  ['who was given it to look at', { ...IS_SERVED, ...MEMBER, ...GIVEN, 'study.download': 'may not' }],
  ['whose share has not begun', { ...IS_SERVED, ...MEMBER, ...HIDDEN }],
  [
    'of whose job a second factor is demanded',
    { ...verdicts([...Object.keys(IS_SERVED), ...Object.keys({ ...MEMBER, ...GIVEN })] as Action[], 'may not'), self: 'may' },
  ],
  ['a stranger', { ...IS_SERVED, ...MEMBER, ...HIDDEN }],
  ['the secretariat', { ...PERSON, ...FEES, ...ADMINISTERS, ...verdicts(MEMBER_ACTIONS, 'may not'), ...HIDDEN }],
  ...[
    'who was disabled',
    'who was disabled, by session',
    'who signed out',
    'whose token has expired',
    'whose session has expired',
    'who is half signed in',
    'who is half signed in, and says it is a token',
    'whose token was invented',
    'nobody',
  ].map((actor): [string, undefined] => [actor, undefined]),
];

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly action: Action;
}

const AT_ONCE = 24;

/** Every address with the real UIDs in it; numbers are of nothing that is there. */
function addresses(): readonly Asked[] {
  const fill: Readonly<Record<string, string>> = {
    code: 'HOSPITAL',
    of: 'HOSPITAL~1',
    frames: '1',
    aeTitle: 'NONE',
    id: '999999',
    '*': '7FE00010',
  };
  const isWado = /^(\/wado|\/dicom-web(\/of\/:of)?\/?)$/;
  const wado = `?requestType=WADO&studyUID=${CT.studyInstanceUID}&objectUID=${CT.sopInstanceUID}`;
  return running.gateway.routes.flatMap(({ method, url, action, open }) => {
    if (open || action === undefined) return [];
    const path = url
      .replace(/:(\w*study\w*)/i, CT.studyInstanceUID)
      .replace(/:(\w*series\w*)/i, CT.seriesInstanceUID)
      .replace(/:(\w*instance\w*)/i, CT.sopInstanceUID)
      .replace(/:(\w+)|\*/g, (name, word: string | undefined) => fill[word ?? '*'] ?? name);
    return [{ method, action, path: isWado.test(url) && method !== 'POST' ? `${path}${wado}` : path }];
  });
}

function ask(who: Readonly<Record<string, string>>, method: string, path: string): Promise<Response> {
  const reads = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  const type = path.startsWith('/dicom-web') ? 'application/dicom' : 'application/json';
  const body = reads ? {} : { body: '{}' };
  return fetch(`${running.url}${path}`, { method, headers: { ...who, ...(reads ? {} : { 'content-type': type }) }, ...body });
}

async function verdictOf(answer: Response, method: string, path: string): Promise<Verdict> {
  const text = await answer.text();
  if (answer.status === 401) return 'is unknown';
  if (answer.status === 403) return 'may not';
  // What is asked for beyond the study (a notice, a user) is not there either, in other words; a HEAD has none.
  const isStudy = method === 'HEAD' ? path.includes(CT.studyInstanceUID) : text.includes('there is no such thing here');
  return answer.status === 404 && isStudy ? 'hears of nothing' : 'may';
}

describe('at every address', () => {
  test.each(EXPECTED)('%s', async (actor, expected) => {
    const who = actors[actor] ?? {};
    const found: object[] = [];
    const all = addresses();
    // Many at a time: a network that is told 401 again and again hears it late.
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const verdicts = all.slice(at, at + AT_ONCE).map(async ({ method, path, action }) => {
        return { method, path, action, verdict: await verdictOf(await ask(who, method, path), method, path) };
      });
      found.push(...(await Promise.all(verdicts)));
    }
    const wanted = all.map((asked) => ({ ...asked, verdict: expected?.[asked.action] ?? 'is unknown' }));
    expect(found.length).toBeGreaterThan(60);
    expect(found).toEqual(wanted);
  });

  test('no other method does anything, whoever asks', async () => {
    const paths = new Set(addresses().map(({ path }) => path.replace(/\?.*/, '')));
    const done: string[] = [];
    for (const path of paths) {
      for (const method of ['PUT', 'OPTIONS']) {
        for (const who of [actors['the owner’s radiographer'] ?? {}, actors['the secretariat'] ?? {}, {}]) {
          const { status } = await ask(who, method, path);
          if (status !== 405) done.push(`${method} ${path}: ${status}`);
        }
      }
    }
    expect(done).toEqual([]);
  });

  test('every action is asked for somewhere', () => {
    const [, everything] = EXPECTED[0] ?? [];
    expect(new Set(addresses().map(({ action }) => action))).toEqual(new Set(Object.keys(everything ?? {})));
  });
});
