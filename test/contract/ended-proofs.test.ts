/** What one who asks may do of accounts once the session or token that proves it has ended: nothing, however lately it was looked up. */

import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { FacilityCode, NoticeId, ShareId, StudyId, UserId } from '../../gateway/domain/identifiers.ts';
import type { Proof } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { eventually } from '../fixtures/eventually.ts';
import { embeddedDriver, instanceOf, systemDriver } from '../fixtures/servers/index-drivers.ts';
import { clinic, entry, index, later, makeFacility, makeUser, now, share, store, useIndex } from '../fixtures/servers/index-suite.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

const hash = () => randomBytes(8).toString('hex');
const made = () => ({ idHash: hash(), csrfToken: '', endsAt: later(), idleMs: 3_600_000, remoteAddress: '192.0.2.1', device: '' });

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`who has ended, on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);

    const begin = async (userId: UserId, more: Partial<ReturnType<typeof made>> = {}) => {
      const session = { ...made(), ...more, userId, shown: { passwordHash: 'hash' } };
      expect(await index.people.createSession(session)).toBe('stands');
      return session.idHash;
    };
    const makeToken = async (userId: UserId, expiresAt = later()) => {
      const tokenHash = hash();
      const id = await index.people.createToken({ tokenHash, userId, name: 'script', expiresAt }, UNRECORDED);
      return { tokenHash, id };
    };
    const idOf = async (userId: UserId, idHash: string) =>
      (await index.people.sessionsOf(userId, now())).find((session) => session.idHash === idHash)?.id ?? '';
    const names = { name: 'N', nameKana: '', nameRomaji: '' };
    const person = { name: 'N', nameKana: '', facilityId: undefined, job: 'clerk', administrator: true, passwordHash: 'x' } as const;

    type Of = {
      readonly user: UserId;
      readonly session: string;
      readonly standing: string;
      readonly token: string;
      /** What the act may be about: a study that is shared, and one that two places claim. */
      readonly owner: Facility;
      readonly study: StudyId;
      readonly shareId: ShareId;
      readonly noticeId: NoticeId;
    };
    const proven = (userId: UserId, proof: Proof) => ({ userId, proof });
    const giveShare = (proof: Proof, { user, study }: Of) =>
      index.shares.share(
        { studyId: study, toFacilityId: clinic.id, until: later(), by: user },
        () => [entry('study-shared')],
        proven(user, proof),
      );
    /** Each act, asked for in a session or by a token. `of`: whose account it is, and what stands in it. */
    const ACTS: readonly (readonly [string, (proof: Proof, of: Of) => Promise<unknown>])[] = [
      [
        'makes a token',
        (proof, { user }) =>
          index.people.createToken({ tokenHash: hash(), userId: user, name: 'n', expiresAt: later() }, UNRECORDED, proof),
      ],
      ['revokes a token', (proof, { user, token }) => index.people.revokeToken(user, token, UNRECORDED, proof)],
      [
        'ends a session',
        async (proof, { user, standing }) => index.people.endSessionById(user, await idOf(user, standing), UNRECORDED, proof),
      ],
      [
        'sets a password',
        (proof, { user }) =>
          index.people.updateUser(user, { passwordHash: 'stolen', givenPasswordHash: 'hash', next: made() }, UNRECORDED, proof),
      ],
      ['chooses a language', (proof, { user }) => index.people.updateUser(user, { language: 'en' }, UNRECORDED, proof)],
      ['makes an administrator', (proof) => index.people.createUser({ ...person, email: `${hash()}@example.jp` }, UNRECORDED, proof)],
      [
        'sets the password of another',
        async (proof) => index.people.updateUser((await makeUser(clinic)).id, { passwordHash: 'x' }, UNRECORDED, proof),
      ],
      [
        'admits a facility',
        (proof) => index.people.createFacility({ code: hash() as FacilityCode, ...names, aeTitles: [] }, UNRECORDED, proof),
      ],
      [
        'gives a facility an AE title',
        async (proof) => index.people.updateFacility((await makeFacility()).id, { aeTitles: [] }, UNRECORDED, proof),
      ],
      ['gives a share', giveShare],
      [
        'ends a share',
        (proof, { user, study, shareId }) => index.shares.revoke(shareId, study, user, entry('share-revoked'), proven(user, proof)),
      ],
      [
        'settles which place is right',
        (proof, { user, owner, noticeId }) =>
          index.notices.settle(
            { noticeId, facilityId: owner.id, settlement: 'correction', by: user },
            () => [entry('place-settled')],
            proven(user, proof),
          ),
      ],
      ['is let begin what takes longer', (proof, { user }) => index.people.demandStanding(proven(user, proof))],
    ];

    const account = async () => {
      const user = (await makeUser(undefined, true)).id;
      const [session, standing] = [await begin(user), await begin(user)];
      const owner = await makeFacility();
      const first = instanceOf({ facility: owner, patientID: 'WRONG' });
      const { studyId: study } = await store(first);
      const sop = first.instance.sopInstanceUID;
      await store(instanceOf({ facility: owner, study: first.study.studyInstanceUID, sop, patientID: 'RIGHT' }));
      const noticeId = (await index.notices.list(owner.id, 50)).find(({ other }) => other !== undefined)?.id as NoticeId;
      const { id: shareId } = await share(study, await makeFacility());
      return { user, session, standing, token: (await makeToken(user)).id, owner, study, shareId, noticeId };
    };
    const stateOf = async ({ user, owner, study }: Of) => ({
      shares: await index.shares.sharesOf(study),
      notices: (await index.notices.list(owner.id, 50)).map(({ settlement }) => settlement),
      tokens: (await index.people.tokensOf(user)).map(({ id }) => id),
      sessions: (await index.people.sessionsOf(user, now())).map(({ idHash }) => idHash),
      account: await index.people.userById(user),
    });

    test.each(ACTS)('a session that was ended %s no more; one that stands does', async (_, act) => {
      const of = await account();
      await index.people.endSession(of.session, UNRECORDED);
      const before = await stateOf(of);
      await expect(act({ session: of.session }, of)).rejects.toMatchObject({ kind: 'unauthenticated', ids: { reason: 'session' } });
      expect(await stateOf(of)).toEqual(before);
      await act({ session: await begin(of.user) }, of);
    });

    test.each(ACTS)('a token that was revoked %s no more; one that is good does', async (_, act) => {
      const of = await account();
      const [ended, good] = [await makeToken(of.user), await makeToken(of.user)];
      await index.people.revokeToken(of.user, ended.id, UNRECORDED, { session: of.session });
      const before = await stateOf(of);
      await expect(act({ token: ended.tokenHash }, of)).rejects.toMatchObject({ kind: 'unauthenticated', ids: { reason: 'token' } });
      expect(await stateOf(of)).toEqual(before);
      await act({ token: good.tokenHash }, of);
    });

    test('all other sessions are ended from one that stands alone', async () => {
      const of = await account();
      await index.people.endSession(of.session, UNRECORDED);
      await expect(index.people.endOtherSessions(of.user, of.session, UNRECORDED)).rejects.toMatchObject({ kind: 'unauthenticated' });
      expect((await stateOf(of)).sessions).toEqual([of.standing]);
      expect(await index.people.endOtherSessions(of.user, of.standing, UNRECORDED)).toBe(0);
    });

    test('who administers no more changes no account back', async () => {
      const of = await account();
      const proof = { session: of.session, administrator: true } as const;
      await index.people.updateUser(of.user, { language: 'en' }, UNRECORDED, proof);
      // Who belongs to a facility can be without the right.
      const admin = (await makeUser(clinic, true)).id;
      const demoted = { session: await begin(admin), administrator: true } as const;
      await index.people.updateUser(admin, { administrator: false }, UNRECORDED);
      const refused = { kind: 'denied', ids: { reason: 'administrators-only' } };
      await expect(index.people.updateUser(admin, { administrator: true }, UNRECORDED, demoted)).rejects.toMatchObject(refused);
      expect(await index.people.userById(admin)).toMatchObject({ administrator: false });
    });

    /** Work on a connection of its own, in one transaction that is taken back. */
    const holding = (work: (client: pg.PoolClient) => Promise<void>) =>
      index.asOwner(async ({ pool }) => {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          await work(client);
        } finally {
          await client.query('ROLLBACK').catch(() => {});
          client.release();
        }
      });
    const waiting = async () => {
      const text = "SELECT count(*)::integer AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      return Number((await index.database.rows({ text }))[0]?.['n']);
    };

    test('a new password and the end of all other sessions, asked for at once: one of them, and nobody is left in the session of the other', async () => {
      const { user, session, standing } = await account();
      const next = made();
      const acts: Promise<unknown>[] = [];
      let settled = 0;
      await holding(async (client) => {
        // The change has looked for its session by now, and stands before the user's tokens.
        await client.query('SELECT FROM tokens WHERE user_id = $1 FOR UPDATE', [user]);
        const change = { passwordHash: 'new', givenPasswordHash: 'hash', next };
        acts.push(index.people.updateUser(user, change, UNRECORDED, { session }));
        await eventually(async () => (await waiting()) === 1);
        acts.push(index.people.endOtherSessions(user, standing, UNRECORDED));
        void acts[1]?.finally(() => settled++).catch(() => {});
        await eventually(async () => settled + (await waiting()) === 2);
      });
      const [changed, ended] = await Promise.allSettled(acts);
      expect(changed).toMatchObject({ status: 'fulfilled' });
      expect(ended).toMatchObject({ status: 'rejected', reason: { kind: 'unauthenticated' } });
      expect((await index.people.sessionsOf(user, now())).map(({ idHash }) => idHash)).toEqual([next.idHash]);
    });

    const BEGUN: readonly (readonly [string, (proof: Proof, of: Of) => Promise<unknown>])[] = [
      [
        'makes a token',
        (proof, { user }) =>
          index.people.createToken(
            { tokenHash: hash(), userId: user, name: 'n', expiresAt: later() },
            () => [{ action: 'token-created', outcome: 'success', who: { kind: 'system', through: 'command' } }],
            proof,
          ),
      ],
      ['gives a share', giveShare],
    ];
    const ENDS: readonly (readonly [string, (of: Of) => Promise<unknown>])[] = [
      ['that session ends', ({ session }) => index.people.endSession(session, UNRECORDED)],
      ['its account is closed', ({ user }) => index.people.updateUser(user, { disabled: true }, UNRECORDED)],
      ['its work is another', ({ user }) => index.people.updateUser(user, { job: 'clerk' }, UNRECORDED)],
    ];
    const HALVES = BEGUN.flatMap(([begun, act]) => ENDS.map(([end, ending]) => [begun, end, act, ending] as const));
    test.each(HALVES)('an act that has begun in a session (%s) is done before %s', async (_, __, act, ending) => {
      const of = await account();
      const order: string[] = [];
      const acts: Promise<unknown>[] = [];
      await holding(async (client) => {
        await client.query('LOCK TABLE audit_head IN ACCESS EXCLUSIVE MODE');
        acts.push(act({ session: of.session }, of).then(() => order.push('made')));
        await eventually(async () => (await waiting()) === 1);
        acts.push(ending(of).then(() => order.push('ended')));
        await eventually(async () => order.length + (await waiting()) === 2);
      });
      await Promise.all(acts);
      expect(order).toEqual(['made', 'ended']);
    });

    test('who has another work by now shares and settles no more by the former', async () => {
      const of = await account();
      const proof = { session: of.session, job: 'physician' } as const;
      await index.people.updateUser(of.user, { job: 'clerk' }, UNRECORDED);
      const before = await stateOf(of);
      for (const asked of [proof, { token: (await makeToken(of.user)).tokenHash, job: 'physician' } as const])
        await expect(giveShare(asked, of)).rejects.toMatchObject({ kind: 'denied', ids: { reason: 'job-changed' } });
      expect((await stateOf(of)).shares).toEqual(before.shares);
      await giveShare({ session: of.session, job: 'clerk' }, of);
    });

    test('a statement sees what was committed before it, whatever the database is set to', async () => {
      const superuser = await driver.superuser();
      try {
        const [{ name }] = (await superuser.query('SELECT current_database() AS name')).rows;
        await superuser.query(`ALTER DATABASE "${name}" SET default_transaction_isolation = 'repeatable read'`);
        const isolation = await index.asOwner((fresh) => fresh.transaction((tx) => tx.rows({ text: 'SHOW transaction_isolation' })));
        await superuser.query(`ALTER DATABASE "${name}" RESET default_transaction_isolation`);
        expect(isolation).toEqual([{ transaction_isolation: 'read committed' }]);
      } finally {
        await superuser.end();
      }
    });

    test('who waits for a user holds none of what that user’s sessions and tokens are in: nobody waits for each other', async () => {
      const user = (await makeUser(clinic)).id;
      await makeToken(user);
      await begin(user, { endsAt: later(-1) });
      await index.database.rows({ text: 'UPDATE tokens SET expires_at = $2 WHERE user_id = $1', values: [user, later(-100 * 86_400_000)] });
      const acts: Promise<unknown>[] = [];
      await holding(async (client) => {
        await client.query('SELECT FROM users WHERE user_id = $1 FOR NO KEY UPDATE', [user]);
        acts.push(begin(user), makeToken(user));
        await eventually(async () => (await waiting()) === 2);
        await client.query('SELECT FROM sessions WHERE user_id = $1 FOR UPDATE NOWAIT', [user]);
        await client.query('SELECT FROM tokens WHERE user_id = $1 FOR UPDATE NOWAIT', [user]);
      });
      await Promise.all(acts);
      expect(await index.people.sessionsOf(user, now())).toHaveLength(1);
    });
  });
}
