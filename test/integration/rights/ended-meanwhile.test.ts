/** A session or token that another process ends when this one has looked it up and not yet done what was asked by it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashSecret } from '../../../gateway/auth/secrets.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import { SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { uidFrom } from '../../fixtures/dicom/dicom-writer.ts';
import { smallFile } from '../../fixtures/dicom/small-dicom.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

let running: RunningRegion;
let quarantined = '';
beforeAll(async () => {
  running = await startSmallRegion('ended-meanwhile');
  const { hospital, administrator } = running.region;
  const unreadable = smallFile().subarray(0, 200);
  await hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([unreadable]) });
  quarantined = (await administrator.call<{ entries: { id: string }[] }>('GET', '/api/quarantine')).body.entries[0]?.id ?? '';
  expect(quarantined).not.toBe('');
}, 120_000);
afterAll(() => running?.close());

const password = { currentPassword: SMALL_REGION_PASSWORD, newPassword: `${SMALL_REGION_PASSWORD}-stolen` };
const person = { name: '試験 太郎', job: 'clerk', administrator: true, facilityCode: null, password: SMALL_REGION_PASSWORD };
const ACTS = [
  ['signs another out', 'DELETE', (of: Of) => `/api/sessions/${of.otherId}`, undefined],
  ['signs all others out', 'DELETE', () => '/api/sessions', undefined],
  ['revokes a token', 'DELETE', (of: Of) => `/api/tokens/${of.tokenId}`, undefined],
  ['makes a token', 'POST', () => '/api/tokens', { name: 'stolen' }],
  ['sets a password', 'PATCH', () => '/api/me', password],
  ['chooses a language', 'PATCH', () => '/api/me', { language: 'en' }],
  ['sets its own password as an administrator', 'PATCH', (of: Of) => `/api/users/${of.id}`, { newPassword: password.newPassword }],
  ['makes an administrator', 'POST', () => '/api/users', { ...person, email: 'stolen@region.example' }],
  ['admits a facility', 'POST', () => '/api/facilities', { code: 'STOLEN', name: 'S', nameKana: '', aeTitles: [] }],
  ['has what is quarantined received again', 'POST', () => `/api/quarantine/${quarantined}/retry`, undefined],
  ['gives a facility an AE title', 'PATCH', () => '/api/facilities/CLINIC', { aeTitles: [{ aeTitle: 'STOLEN' }] }],
] as const;
interface Of {
  readonly id: string;
  readonly otherId: string;
  readonly tokenId: string;
}
let serial = 0;

test.each(ACTS)('%s no more, by session or by token', async (_, method, path, body) => {
  const { region, url, gateway } = running;
  const { people } = gateway.stores.index;
  const email = `ended${++serial}@region.example`;
  const made = await region.administrator.call<{ id: string }>('POST', '/api/users', { ...person, email });
  expect(made.status).toBe(201);
  const client = await signIn(url, { email, password: SMALL_REGION_PASSWORD });
  const other = await signIn(url, { email, password: SMALL_REGION_PASSWORD });
  const sessions = await client.call<{ sessions: { id: string; current: boolean }[] }>('GET', '/api/sessions');
  const tokens = await client.call<{ tokens: { id: string }[] }>('GET', '/api/tokens');
  const of = {
    id: made.body.id,
    otherId: sessions.body.sessions.find(({ current }) => !current)?.id ?? '',
    tokenId: tokens.body.tokens[0]?.id ?? '',
  };
  const state = async () => ({
    user: await people.userById(of.id as UserId),
    sessions: (await people.sessionsOf(of.id as UserId, new Date())).map(({ id }) => id),
    tokens: (await people.tokensOf(of.id as UserId)).map(({ id }) => id),
    facilities: await people.facilities(),
    quarantined: await gateway.stores.index.ingest.quarantined({ limit: 100 }),
    waiting: await gateway.stores.index.ingest.quarantined({ limit: 100, waiting: true }),
  });
  const before = await state();
  const ending = { text: 'DELETE FROM sessions WHERE id_hash = $1', values: [hashSecret(client.cookie.slice('renkei_session='.length))] };
  expect(await meanwhile(ending, async () => (await client.call(method, path(of), body)).status)).toBe(401);
  expect(await state()).toEqual({ ...before, sessions: [of.otherId] });

  const bearer = await state();
  const sent = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const revoking = { text: 'UPDATE tokens SET revoked_at = now() WHERE token_hash = $1', values: [hashSecret(other.token)] };
  const status = await meanwhile(revoking, async () => (await other.fetch(path(of), { method, ...sent })).status);
  // A token ends no session, and makes and revokes no token, in any case.
  expect(status).toBe(path(of).startsWith('/api/sessions') || path(of).startsWith('/api/tokens') ? 403 : 401);
  expect(await state()).toEqual({ ...bearer, tokens: bearer.tokens.slice(1) });
});

const until = new Date(Date.now() + 86_400_000).toISOString();
const OF_STUDIES = [
  ['gives a share', 'POST', (of: OfStudy) => `/api/studies/${of.study}/shares`, { facilityCode: 'STRANGER', until }],
  ['ends a share', 'DELETE', (of: OfStudy) => `/api/studies/${of.study}/shares/${of.shareId}`, undefined],
  ['settles which place is right', 'POST', (of: OfStudy) => `/api/notices/${of.noticeId}/settlement`, { settlement: 'correction' }],
] as const;
interface OfStudy {
  readonly study: string;
  readonly shareId: string;
  readonly noticeId: string;
}

/** A study that is shared, of which one instance is claimed by another too. */
async function claimedTwice(): Promise<OfStudy> {
  const { hospital } = running.region;
  const [study, other] = [uidFrom('ended', ++serial), uidFrom('ended beside', serial)];
  const sopInstanceUID = uidFrom('ended instance', serial);
  const files = [study, other].map((studyInstanceUID) =>
    smallFile({ studyInstanceUID, seriesInstanceUID: `${studyInstanceUID}.1`, sopInstanceUID }),
  );
  for (const file of files)
    expect((await hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) })).status).toBe(200);
  const shared = await hospital.call<{ id: string }>('POST', `/api/studies/${study}/shares`, { facilityCode: 'CLINIC', until });
  expect(shared.status).toBe(201);
  const { body } = await hospital.call<{ notices: { id: string; other: unknown; settlement: unknown }[] }>('GET', '/api/notices');
  const noticeId = body.notices.find(({ other: place, settlement }) => place !== null && settlement === null)?.id ?? '';
  return { study, shareId: shared.body.id, noticeId };
}

test.each(OF_STUDIES)('%s no more, by session or by token; who still stands does', async (_, method, path, body) => {
  const { region, url } = running;
  const of = await claimedTwice();
  const email = `ended${++serial}@hospital.example`;
  const radiographer = { ...person, email, job: 'radiographer', administrator: false, facilityCode: 'HOSPITAL' };
  expect((await region.administrator.call('POST', '/api/users', radiographer)).status).toBe(201);
  const [client, other] = [
    await signIn(url, { email, password: SMALL_REGION_PASSWORD }),
    await signIn(url, { email, password: SMALL_REGION_PASSWORD }),
  ];
  const state = async () => ({
    shares: (await region.hospital.call('GET', `/api/studies/${of.study}/shares`)).body,
    notices: (await region.hospital.call('GET', '/api/notices')).body,
  });
  const before = await state();
  const ending = { text: 'DELETE FROM sessions WHERE id_hash = $1', values: [hashSecret(client.cookie.slice('renkei_session='.length))] };
  expect(await meanwhile(ending, async () => (await client.call(method, path(of), body)).status)).toBe(401);
  const sent = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const revoking = { text: 'UPDATE tokens SET revoked_at = now() WHERE token_hash = $1', values: [hashSecret(client.token)] };
  expect(await meanwhile(revoking, async () => (await client.fetch(path(of), { method, ...sent })).status)).toBe(401);
  expect(await state()).toEqual(before);
  expect((await other.call(method, path(of), body)).status).toBeLessThan(300);
  expect(await state()).not.toEqual(before);
});

/** What is answered when that was begun before it was asked, and is committed before it can be done. */
async function meanwhile(ending: { text: string; values: string[] }, ask: () => Promise<number>): Promise<number> {
  const { database } = running.gateway.stores.index;
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(ending);
    let answered = false;
    const answer = ask().finally(() => {
      answered = true;
    });
    const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await eventually(async () => answered || (await database.rows({ text: waiting })).length > 0);
    await client.query('COMMIT');
    return await answer;
  } finally {
    client.release();
  }
}
