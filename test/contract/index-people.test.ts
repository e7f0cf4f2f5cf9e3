/** Facilities, users, sessions, tokens and sign-ins on each driver of the index. */

import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createToken } from '../../gateway/auth/tokens.ts';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { FacilityCode, FacilityId, UserId } from '../../gateway/domain/identifiers.ts';
import { DEVICES_A_USER_MAX, SESSIONS_A_USER_MAX, TOKENS_A_USER_MAX } from '../../gateway/domain/people/credentials.ts';
import { embeddedDriver, systemDriver } from '../fixtures/servers/index-drivers.ts';
import { clinic, doctor, index, later, makeFacility, makeUser, now, useIndex } from '../fixtures/servers/index-suite.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`people on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);

    // ── People ───────────────────────────────────────────────────────────────

    test('facilities: code and AE titles are unique, titles are replaced', async () => {
      const facility = await makeFacility('KITA');
      const aeTitle = facility.aeTitles[0]?.aeTitle ?? '';
      await expect(makeFacility('KITA')).rejects.toMatchObject({ kind: 'conflict' });
      const other = await makeFacility();
      await expect(index.people.updateFacility(other.id, { aeTitles: [{ aeTitle }] }, UNRECORDED)).rejects.toMatchObject({
        kind: 'conflict',
      });
      expect((await index.people.facilityByCode(other.code))?.aeTitles).toEqual(other.aeTitles);
      const entries = [
        { aeTitle: 'NEW', addressRange: '10.0.0.0/8' },
        { aeTitle: 'NEW2', certificateSha256: 'ab'.repeat(32) },
      ];
      expect(await index.people.updateFacility(facility.id, { name: '北病院', aeTitles: entries }, UNRECORDED)).toMatchObject({
        name: '北病院',
        nameKana: facility.nameKana,
        aeTitles: entries,
      });
      expect(await index.people.facilityByAETitle('NEW2')).toMatchObject({ code: 'KITA', entry: entries[1] });
      expect(await index.people.facilityByAETitle(aeTitle)).toBeUndefined();
      expect(await index.people.facilityByCode('nowhere')).toBeUndefined();
      expect((await index.people.facilities()).map(({ code }) => code)).toContain('KITA');
      await expect(index.people.updateFacility('999999999' as FacilityId, { name: 'x' }, UNRECORDED)).rejects.toMatchObject({
        kind: 'not-found',
      });
    });

    /** Who asks for an entry that cannot be written. */
    const unwritable = (): never => {
      throw new DomainError('unavailable', 'the record is away');
    };
    const wholeIndex = async () => ({
      facilities: await index.people.facilities(),
      users: await index.people.users(),
      tokens: await index.people.tokensOf(doctor.id),
      sessions: await index.people.sessionsOf(doctor.id, now()),
    });
    const startSession = async (idHash: string) => {
      const session = {
        idHash,
        userId: doctor.id,
        shown: { passwordHash: 'hash' },
        csrfToken: 'x',
        endsAt: later(3_600_000),
        idleMs: 3_600_000,
        remoteAddress: '::1',
        device: 'x',
      };
      await index.people.createSession(session);
    };

    test.each<[string, () => Promise<unknown>]>([
      [
        'a facility made',
        () => {
          const names = { name: 'N', nameKana: '', nameRomaji: '' };
          return index.people.createFacility({ code: 'UNSEEN' as FacilityCode, ...names, aeTitles: [] }, unwritable);
        },
      ],
      ['a facility changed', () => index.people.updateFacility(clinic.id, { name: 'changed', aeTitles: [] }, unwritable)],
      [
        'a user made',
        () => {
          const person = { name: 'N', nameKana: '', facilityId: clinic.id, job: 'nurse', administrator: false } as const;
          return index.people.createUser({ email: 'unseen@example.jp', ...person, passwordHash: 'x' }, unwritable);
        },
      ],
      ['a user changed', () => index.people.updateUser(doctor.id, { name: 'changed', disabled: true }, unwritable)],
      [
        'a token made',
        () => index.people.createToken({ tokenHash: 'unseen', userId: doctor.id, name: 'n', expiresAt: undefined }, unwritable),
      ],
      [
        'a token revoked',
        async () => {
          const [token] = await index.people.tokensOf(doctor.id);
          return index.people.revokeToken(doctor.id, token?.id ?? '', unwritable, { session: 'recorded-or-not' });
        },
      ],
      [
        'a session ended',
        async () => {
          const [session] = await index.people.sessionsOf(doctor.id, now());
          return index.people.endSessionById(doctor.id, session?.id ?? '', unwritable, { session: 'recorded-or-not' });
        },
      ],
      ['all other sessions ended', () => index.people.endOtherSessions(doctor.id, 'recorded-or-not', unwritable)],
      ['signed out', () => index.people.endSession('recorded-or-not', unwritable)],
    ])('%s, and its entry on record: both or neither', async (_name, act) => {
      await startSession('recorded-or-not').catch(() => {});
      await startSession('another').catch(() => {});
      if ((await index.people.tokensOf(doctor.id)).length === 0)
        await index.people.createToken(
          { tokenHash: randomBytes(8).toString('hex'), userId: doctor.id, name: 'n', expiresAt: undefined },
          UNRECORDED,
        );
      const before = await wholeIndex();
      await expect(act()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await wholeIndex()).toEqual(before);
    });

    test('what is made is named by its entry', async () => {
      const entries = ({ id }: { id: string }) => [
        { action: 'user-created', outcome: 'success', who: { kind: 'system', through: 'command' }, what: { userId: id } } as const,
      ];
      const person = { name: 'N', nameKana: '', facilityId: clinic.id, job: 'nurse', administrator: false } as const;
      const made = await index.people.createUser(
        { email: `${randomBytes(4).toString('hex')}@example.jp`, ...person, passwordHash: 'x' },
        entries,
      );
      expect((await index.audit.find({ limit: 1 }))[0]?.entry).toEqual(entries(made)[0]);
    });

    test('users: one an address whatever the case; changes', async () => {
      const user = await makeUser(clinic);
      expect(user).toMatchObject({ facility: { id: clinic.id, code: clinic.code }, administrator: false, disabledAt: undefined });
      await expect(
        index.people.createUser(
          {
            email: user.email.toUpperCase(),
            name: '',
            nameKana: '',
            facilityId: undefined,
            job: 'nurse',
            administrator: false,
            passwordHash: '',
          },
          UNRECORDED,
        ),
      ).rejects.toMatchObject({ kind: 'conflict' });
      expect(await index.people.credentials(user.email.toLowerCase())).toMatchObject({
        passwordHash: 'hash',
        knownDevice: false,
      });
      expect(await index.people.credentials('nobody@example.jp')).toBeUndefined();

      const changed = await index.people.updateUser(user.id, { name: '改名', job: 'nurse', language: 'ja', disabled: true }, UNRECORDED);
      expect(changed).toMatchObject({ name: '改名', job: 'nurse', language: 'ja', disabledAt: expect.any(Date), nameKana: user.nameKana });
      expect((await index.people.updateUser(user.id, { disabled: false }, UNRECORDED)).disabledAt).toBeUndefined();
      await expect(index.people.updateUser('999999999' as UserId, { name: 'x' }, UNRECORDED)).rejects.toMatchObject({ kind: 'not-found' });
      expect(await index.people.userById('x' as UserId)).toBeUndefined();
      expect((await index.people.users()).map(({ id }) => id)).toContain(user.id);
      await makeUser(undefined, true);
      expect(await index.people.anyAdministrator()).toBe(true);
    });

    test('facilities and people are found by words in any spelling, page by page', async () => {
      const mark = `Q${Date.now().toString(36)}`;
      const east = await index.people.createFacility(
        {
          code: `${mark}-EAST` as FacilityCode,
          name: '髙橋クリニック',
          nameKana: 'タカハシクリニック',
          nameRomaji: 'Takahashi Clinic',
          aeTitles: [],
        },
        UNRECORDED,
      );
      const west = { name: '西病院', nameKana: 'ニシビョウイン', nameRomaji: '', aeTitles: [] };
      await index.people.createFacility({ code: `${mark}-WEST` as FacilityCode, ...west }, UNRECORDED);
      const codes = async (words: string[], after?: string, limit = 10) =>
        (await index.people.findFacilities({ words: [mark, ...words], limit, ...(after === undefined ? {} : { after }) })).map(
          ({ code }) => code,
        );
      expect(await codes([])).toEqual([`${mark}-EAST`, `${mark}-WEST`]);
      expect(await codes([], undefined, 1)).toEqual([`${mark}-EAST`]);
      expect(await codes([], `${mark}-EAST`)).toEqual([`${mark}-WEST`]);
      for (const word of ['たかはし', 'ﾀｶﾊｼ', 'ＴＡＫＡ', 'takahashiclinic', 'クリニック'])
        expect(await codes([word])).toEqual([`${mark}-EAST`]);
      expect(await codes(['たかはし', '病院'])).toEqual([]);
      expect(await codes(['%'])).toEqual([]);

      const person = { facilityId: east.id, job: 'nurse', administrator: false, passwordHash: 'x' } as const;
      await index.people.createUser({ ...person, email: `${mark}-b@example.jp`, name: '青木 健', nameKana: 'アオキ ケン' }, UNRECORDED);
      await index.people.createUser({ ...person, email: `${mark}-A@example.jp`, name: '伊藤 実', nameKana: 'イトウ ミノル' }, UNRECORDED);
      const names = async (words: string[], after?: string) =>
        (await index.people.findUsers({ words: [mark, ...words], limit: 10, ...(after === undefined ? {} : { after }) })).map(
          ({ name }) => name,
        );
      expect(await names([])).toEqual(['伊藤 実', '青木 健']);
      expect(await names([], `${mark}-A@example.jp`)).toEqual(['青木 健']);
      for (const word of ['青木健', 'あおき', 'あおきけん']) expect(await names([word])).toEqual(['青木 健']);
      expect(await names(['takahashi'])).toEqual(['伊藤 実', '青木 健']);
    });

    test('the last administrator stays one, also when two end each other at once', async () => {
      const [first, second] = [await makeUser(undefined, true), await makeUser(clinic, true)];
      const others = (await index.people.users()).filter(
        ({ id, administrator, disabledAt }) => administrator && disabledAt === undefined && id !== first.id && id !== second.id,
      );
      for (const { id } of others) await index.people.updateUser(id, { disabled: true }, UNRECORDED);
      const race = await Promise.allSettled([
        index.people.updateUser(first.id, { disabled: true }, UNRECORDED),
        index.people.updateUser(second.id, { administrator: false }, UNRECORDED),
      ]);
      expect(race.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(race.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { kind: 'conflict', ids: { reason: 'last-administrator' } },
      });
      expect(await index.people.anyAdministrator()).toBe(true);
      const [last] = (await index.people.users()).filter(({ administrator, disabledAt }) => administrator && disabledAt === undefined);
      for (const change of [{ disabled: true }, { administrator: false }, { administrator: false, disabled: true }])
        await expect(index.people.updateUser(last?.id as UserId, change, UNRECORDED)).rejects.toMatchObject({ kind: 'conflict' });
      for (const { id } of others) await index.people.updateUser(id, { disabled: false }, UNRECORDED);
      const secretary = await makeUser(undefined, true);
      await expect(index.people.updateUser(secretary.id, { administrator: false }, UNRECORDED)).rejects.toMatchObject({
        ids: { reason: 'no-facility' },
      });
    });

    test('sessions end when they are not used, at the latest at their end, and with a disabled account or a new password', async () => {
      const user = await makeUser(clinic);
      const idleMs = 30 * 60_000;
      const start = Date.now();
      const after = (ms: number) => new Date(start + ms);
      const open = async (lifetimeMs = 3_600_000, passwordHash = 'hash') => {
        const idHash = randomBytes(8).toString('hex');
        const session = {
          idHash,
          userId: user.id,
          shown: { passwordHash },
          csrfToken: 'csrf',
          endsAt: after(lifetimeMs),
          idleMs,
          remoteAddress: '127.0.0.1',
          device: 'x',
        };
        await index.people.createSession(session);
        return idHash;
      };
      const used = await open();
      const found = await index.people.session(used, now(), false);
      expect(found).toMatchObject({ user: { id: user.id }, csrfToken: 'csrf', endsAt: after(3_600_000) });
      expect(Math.abs((found?.idleEndsAt.getTime() ?? 0) - start - idleMs)).toBeLessThan(5_000);
      // What a page asks by itself does not move the idle end; what its person does moves it, but not past the end.
      const idle = await open();
      for (let minutes = 5; minutes < 30; minutes += 5) {
        expect(await index.people.session(idle, after(minutes * 60_000), false)).toBeDefined();
        expect(await index.people.session(used, after(minutes * 60_000), true)).toBeDefined();
      }
      expect(await index.people.session(idle, after(idleMs + 5_000), true)).toBeUndefined();
      for (let minutes = 30; minutes < 60; minutes += 5)
        expect(await index.people.session(used, after(minutes * 60_000), true)).toBeDefined();
      expect(await index.people.session(used, after(3_600_001), true)).toBeUndefined();

      // Begun by a clock that ran ahead and was set back: it would live for as long again. Nodes' clocks differ by a little.
      const ahead = await open();
      expect(await index.people.session(ahead, after(-60_000), false)).toBeDefined();
      expect(await index.people.session(ahead, after(-3_600_000), false)).toBeUndefined();

      const ended = await open();
      expect(await index.people.endSession(ended, UNRECORDED)).toBe(true);
      expect(await index.people.endSession(ended, UNRECORDED)).toBe(false);
      expect(await index.people.session(ended, now(), true)).toBeUndefined();
      expect(await index.people.session('unknown', now(), true)).toBeUndefined();

      const second = await open();
      const tokenHash = randomBytes(8).toString('hex');
      await index.people.createToken({ tokenHash, userId: user.id, name: 'script', expiresAt: undefined }, UNRECORDED);
      await index.people.updateUser(user.id, { name: '改名' }, UNRECORDED);
      expect(await index.people.token(tokenHash, now())).toBeDefined();
      await index.people.updateUser(user.id, { passwordHash: 'new' }, UNRECORDED);
      expect(await index.people.token(tokenHash, now())).toBeUndefined();
      expect(await index.people.endedToken(tokenHash, now())).toMatchObject({ user: { id: user.id }, why: 'revoked' });
      expect(await index.people.session(second, now(), true)).toBeUndefined();
      const third = await open(3_600_000, 'new');
      expect(await index.people.session(third, now(), true)).toBeDefined();
      await index.people.updateUser(user.id, { disabled: true }, UNRECORDED);
      expect(await index.people.session(third, now(), true)).toBeUndefined();
    });

    test('what a password was given for begins nothing once it was changed, or the account closed: no session, no token, no other password', async () => {
      const user = await makeUser(clinic);
      const idHash = randomBytes(8).toString('hex');
      const times = { csrfToken: '', endsAt: later(), idleMs: 3_600_000, remoteAddress: '192.0.2.1', device: '' };
      const begin = (passwordHash: string, hash = randomBytes(8).toString('hex')) =>
        index.people.createSession({ idHash: hash, userId: user.id, shown: { passwordHash }, ...times });
      const makeToken = (session: string) =>
        index.people.createToken(
          { tokenHash: randomBytes(8).toString('hex'), userId: user.id, name: 'n', expiresAt: undefined },
          UNRECORDED,
          { session },
        );
      expect(await begin('hash', idHash)).toBe('stands');
      await makeToken(idHash);
      await index.people.updateUser(user.id, { passwordHash: 'second', givenPasswordHash: 'hash' }, UNRECORDED);
      expect(await begin('hash')).toBe('password');
      await expect(makeToken(idHash)).rejects.toMatchObject({ kind: 'unauthenticated' });
      await expect(
        index.people.updateUser(user.id, { passwordHash: 'third', givenPasswordHash: 'hash' }, UNRECORDED),
      ).rejects.toMatchObject({ kind: 'denied' });
      expect(await index.people.sessionsOf(user.id, now())).toEqual([]);
      expect(await index.people.tokensOf(user.id)).toEqual([]);

      expect(await begin('second', idHash)).toBe('stands');
      await index.people.updateUser(user.id, { disabled: true }, UNRECORDED);
      expect(await begin('second')).toBe('password');
      await expect(makeToken(idHash)).rejects.toMatchObject({ kind: 'unauthenticated' });
      await index.people.updateUser(user.id, { disabled: false }, UNRECORDED);
      expect(await index.people.sessionsOf(user.id, now())).toEqual([]);
    });

    test('a password is changed only while the session stands in which that was asked; the next one begins in its place, alone', async () => {
      const user = await makeUser(clinic);
      const hash = () => randomBytes(8).toString('hex');
      const made = () => ({ idHash: hash(), csrfToken: '', endsAt: later(), idleMs: 3_600_000, remoteAddress: '192.0.2.1', device: '' });
      const begin = async (passwordHash: string) => {
        const session = { ...made(), userId: user.id, shown: { passwordHash } };
        expect(await index.people.createSession(session)).toBe('stands');
        return session.idHash;
      };
      const change = (idHash: string, from: string, to: string, next = made()) =>
        index.people.updateUser(user.id, { passwordHash: to, givenPasswordHash: from, next }, UNRECORDED, { session: idHash });
      const [ended, standing] = [await begin('hash'), await begin('hash')];
      await index.people.endSession(ended, UNRECORDED);
      await expect(change(ended, 'hash', 'stolen')).rejects.toMatchObject({ kind: 'unauthenticated' });
      expect((await index.people.sessionsOf(user.id, now())).map(({ idHash }) => idHash)).toEqual([standing]);

      const next = made();
      await change(standing, 'hash', 'second', next);
      expect((await index.people.sessionsOf(user.id, now())).map(({ idHash }) => idHash)).toEqual([next.idHash]);
      expect(await index.people.session(next.idHash, now(), true)).toMatchObject({ user: { id: user.id } });
      await expect(change(next.idHash, 'hash', 'third')).rejects.toMatchObject({ kind: 'denied' });

      // Two at once in one session: one of them.
      const outcomes = await Promise.allSettled([change(next.idHash, 'second', 'left'), change(next.idHash, 'second', 'right')]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await index.people.sessionsOf(user.id, now())).toHaveLength(1);

      await index.people.updateUser(user.id, { disabled: true }, UNRECORDED);
      const [left] = await index.people.sessionsOf(user.id, now());
      expect(left).toBeUndefined();
    });

    test('sessions are listed to their user, ended one by one or all but one, and bounded: the least used ends', async () => {
      const [user, other] = [await makeUser(clinic), await makeUser(clinic)];
      const open = async (userId: UserId, n: number) => {
        const idHash = randomBytes(8).toString('hex');
        const endsAt = later();
        await index.people.createSession({
          idHash,
          userId,
          shown: { passwordHash: 'hash' },
          csrfToken: '',
          endsAt,
          idleMs: 3_600_000,
          remoteAddress: '192.0.2.1',
          device: `d${n}`,
        });
        return idHash;
      };
      const foreign = await open(other.id, 0);
      const opened: string[] = [];
      for (let n = 0; n < SESSIONS_A_USER_MAX + 3; n++) opened.push(await open(user.id, n));
      const listed = await index.people.sessionsOf(user.id, now());
      expect(listed).toHaveLength(SESSIONS_A_USER_MAX);
      expect(listed[0]).toMatchObject({ device: `d${SESSIONS_A_USER_MAX + 2}`, remoteAddress: '192.0.2.1', lastUsedAt: expect.any(Date) });
      expect(await index.people.session(opened[0] ?? '', now(), true)).toBeUndefined();
      const [foreignSession] = await index.people.sessionsOf(other.id, now());
      const proof = { session: opened.at(-1) ?? '' };
      expect(await index.people.endSessionById(user.id, foreignSession?.id ?? '', UNRECORDED, proof)).toBe(false);
      expect(await index.people.endSessionById(user.id, 'x', UNRECORDED, proof)).toBe(false);
      expect(await index.people.endSessionById(user.id, listed[5]?.id ?? '', UNRECORDED, proof)).toBe(true);
      expect(await index.people.endOtherSessions(user.id, opened.at(-1) ?? '', UNRECORDED)).toBe(SESSIONS_A_USER_MAX - 2);
      expect(await index.people.sessionsOf(user.id, now())).toHaveLength(1);
      expect(await index.people.session(foreign, now(), true)).toBeDefined();
    });

    test('devices are known to the users who signed in on them, so many of each', async () => {
      const [user, other] = [await makeUser(clinic), await makeUser(clinic)];
      const known = async (email: string, device: string) => (await index.people.credentials(email, device))?.knownDevice;
      await index.people.rememberDevice(user.id, 'ward');
      expect([await known(user.email, 'ward'), await known(other.email, 'ward'), await known(user.email, '')]).toEqual([
        true,
        false,
        false,
      ]);
      for (let n = 0; n < DEVICES_A_USER_MAX; n++) await index.people.rememberDevice(user.id, `device ${n}`);
      expect([await known(user.email, 'ward'), await known(user.email, `device ${DEVICES_A_USER_MAX - 1}`)]).toEqual([false, true]);
    });

    test('a token that was made by the command line is on record as that, and not as made by somebody unknown', async () => {
      const user = await makeUser(clinic);
      const asked = { by: undefined, userId: user.id, name: 'command line', days: 1, remoteAddress: 'command line' };
      const { id } = await createToken({ people: index.people, clock: { now } }, asked);
      const [entry] = await index.audit.find({ actions: ['token-created'], limit: 1 });
      expect(entry?.entry).toMatchObject({ who: { kind: 'system', through: 'command' }, what: { userId: user.id, tokenId: id, days: 1 } });
    });

    test('tokens carry their user until they end, are revoked by their owner only, and are bounded', async () => {
      const user = await makeUser(clinic);
      const make = async (expiresAt = later(), userId = user.id) => {
        const hash = randomBytes(8).toString('hex');
        return { hash, id: await index.people.createToken({ tokenHash: hash, userId, name: 'script', expiresAt }, UNRECORDED) };
      };
      const { hash, id } = await make();
      expect(await index.people.token(hash, now())).toMatchObject({ user: { id: user.id } });
      expect(await index.people.token(hash, later(3_700_000))).toBeUndefined();
      expect(await index.people.endedToken(hash, later(3_700_000))).toMatchObject({ why: 'expired' });
      expect(await index.people.token('unknown', now())).toBeUndefined();
      expect(await index.people.endedToken('unknown', now())).toBeUndefined();
      expect(await index.people.tokensOf(user.id)).toMatchObject([{ id, name: 'script', lastUsedAt: expect.any(Date) }]);
      const proof = { token: (await make(later(), (await makeUser(clinic)).id)).hash };
      expect(await index.people.revokeToken(doctor.id, id, UNRECORDED, proof)).toBe(false);
      expect(await index.people.revokeToken(user.id, 'x', UNRECORDED, proof)).toBe(false);
      expect(await index.people.revokeToken(user.id, id, UNRECORDED, proof)).toBe(true);
      expect(await index.people.revokeToken(user.id, id, UNRECORDED, proof)).toBe(false);
      expect(await index.people.token(hash, now())).toBeUndefined();
      expect(await index.people.tokensOf(user.id)).toEqual([]);
      const past = new Date(Date.now() - 1);
      await make(past);
      const made = await Promise.allSettled(Array.from({ length: TOKENS_A_USER_MAX + 2 }, () => make()));
      expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(TOKENS_A_USER_MAX);
      expect(made.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { kind: 'conflict', ids: { reason: 'too-many-tokens' } },
      });
    });

    test('guesses are counted before they are looked at, the same for all who ask, under all keys or none', async () => {
      const slowing = { free: 2, waitMs: 1_000, waitMsMax: 4_000, forgivenInMs: 60_000, how: 'wait' } as const;
      const line = { free: 1, waitMs: 1_000, waitMsMax: 2_000, forgivenInMs: 60_000, how: 'queue' } as const;
      const account = randomBytes(32).toString('hex');
      const keys = [{ key: `a${account}`, account, slowing }];
      const at = new Date();
      const burst = await Promise.all(Array.from({ length: 10 }, () => index.people.admitAttempt(keys, at)));
      expect(burst.filter(({ admitted }) => admitted)).toHaveLength(3);
      expect(burst.find(({ admitted }) => !admitted)).toEqual({ admitted: false, retryAt: new Date(at.getTime() + 1_000) });
      const both = [...keys, { key: `n${account}`, slowing: line }];
      expect(await index.people.admitAttempt(both, at)).toMatchObject({ admitted: false });
      const first = await index.people.admitAttempt([{ key: `n${account}`, slowing: line }], at);
      expect(first).toMatchObject({ admitted: true, lookAt: at, failures: new Map([[`n${account}`, 1]]) });
      const stood: number[] = [];
      for (let n = 0; n < 3; n++) {
        const admission = await index.people.admitAttempt([{ key: `n${account}`, slowing: line }], at);
        stood.push(admission.admitted ? admission.lookAt.getTime() - at.getTime() : Number.NaN);
      }
      expect(stood).toEqual([0, 1_000, Number.NaN]);
      await index.people.forgiveAttempt([{ key: `a${account}`, clears: true }]);
      expect(await index.people.admitAttempt(keys, at)).toMatchObject({ admitted: true, nextAt: undefined });
      await index.people.admitAttempt(keys, at);
      expect(await index.people.admitAttempt(keys, at)).toMatchObject({ admitted: true, nextAt: new Date(at.getTime() + 1_000) });
      await index.people.clearAttempts(account);
      expect(await index.people.admitAttempt(keys, at)).toMatchObject({ failures: new Map([[`a${account}`, 1]]) });
    });

    test('an administrator unlocks an account', async () => {
      const user = await makeUser(clinic);
      const account = createHash('sha256').update(user.email.toLowerCase()).digest('hex');
      const slowing = { free: 0, waitMs: 60_000, waitMsMax: 60_000, forgivenInMs: 60_000, how: 'wait' } as const;
      const keys = [{ key: `u${account}`, account, slowing }];
      expect(await index.people.signInWaits(user.id, now())).toBe(false);
      await index.people.admitAttempt(keys, now());
      expect(await index.people.admitAttempt(keys, now())).toMatchObject({ admitted: false });
      expect(await index.people.signInWaits(user.id, now())).toBe(true);
      expect(await index.people.signInWaits(user.id, new Date(now().getTime() + 60_000))).toBe(false);
      expect(await index.people.signInWaits((await makeUser(clinic)).id, now())).toBe(false);
      await index.people.updateUser(user.id, { unlock: true }, UNRECORDED);
      expect(await index.people.signInWaits(user.id, now())).toBe(false);
      expect(await index.people.admitAttempt(keys, now())).toMatchObject({ admitted: true });
      await expect(index.people.signInWaits('999999' as UserId, now())).rejects.toMatchObject({ kind: 'not-found' });
    });
  });
}
