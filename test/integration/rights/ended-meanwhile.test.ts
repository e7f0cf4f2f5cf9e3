/** A session or token that another process ends when this one has looked it up and not yet done what was asked by it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashSecret } from '../../../gateway/auth/secrets.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import { SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

let running: RunningRegion;
beforeAll(async () => {
  running = await startSmallRegion('ended-meanwhile');
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
