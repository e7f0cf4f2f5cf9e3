/** Routes of one's own session, account and tokens. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Authenticated } from '../auth/authenticate.ts';
import { deviceName } from '../auth/device-name.ts';
import { confirmPassword, openSession, type SignInOrigin, signIn } from '../auth/sign-in.ts';
import { createToken, revokeToken } from '../auth/tokens.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';
import { DEVICE_MS_MAX } from '../domain/people/credentials.ts';
import { plainAddress } from '../domain/people/network.ts';
import type { User } from '../domain/people/user.ts';
import { auditWho } from '../domain/record/audit.ts';
import { changeUser } from '../usecases/account/manage-people.ts';
import { authenticateRequest } from './authenticate-request.ts';
import * as contract from './contract.ts';
import { type ApiStores, by, type Call, peopleStores, type Route } from './route.ts';

const idParams = z.object({ id: z.string().regex(/^\d{1,15}$/) });
/** A secret of ours has 43 characters. */
const COOKIE_CHARS_MAX = 100;

export const SESSION_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    url: '/session',
    summary: 'Sign in; sets the session cookie, and ends the session that the browser had before',
    action: undefined,
    body: contract.signInSchema,
    answer: contract.sessionSchema,
    handle: async (stores, { body, request, reply }: Call<unknown, unknown, contract.SignIn>) => {
      const { index, refusals, rate, clock, sessions, synthetic } = stores;
      const ports = { people: index.people, audit: index.audit, refusals, rate, clock, sessions };
      const signed = await signIn(ports, { ...body, origin: originOf(stores, request) });
      setSessionCookie(stores, reply, signed);
      reply.setCookie(stores.cookies.device, signed.deviceSecret, { ...cookieOptions(stores), maxAge: DEVICE_MS_MAX / 1000 });
      return sessionAnswer(signed.user, signed, synthetic, clock.now());
    },
  },
  {
    method: 'GET',
    url: '/session',
    summary: 'Who is signed in; with optional=true, 204 instead of 401 when nobody is',
    action: undefined,
    query: z.object({ optional: z.enum(['true', 'false']).optional() }),
    answer: contract.sessionSchema,
    handle: async (stores, { query, request, reply }: Call<unknown, { optional?: 'true' | 'false' }, unknown>) => {
      const { index, clock, cookies, refusals, synthetic } = stores;
      const asking = await authenticateRequest({ people: index.people, clock, cookies, refusals }, request).catch((thrown: unknown) => {
        if (query.optional === 'true' && asDomainError(thrown).kind === 'unauthenticated') return undefined;
        throw thrown;
      });
      // A page that asks whether anybody is signed in has not failed when nobody is.
      if (asking === undefined) return reply.code(204).send();
      return sessionAnswer(asking.user, asking.session, synthetic, clock.now());
    },
  },
  {
    method: 'DELETE',
    url: '/session',
    summary: 'Sign out',
    action: 'self',
    status: 204,
    recorded: false,
    handle: async (stores, { actor, session, reply }: Call<unknown, unknown, unknown>) => {
      const { index } = stores;
      const ended = session !== undefined && (await index.people.endSession(session.idHash));
      reply.clearCookie(stores.cookies.session, cookieOptions(stores));
      if (ended)
        await index.audit.append([{ action: 'sign-out', outcome: 'success', who: auditWho(actor), remoteAddress: actor.remoteAddress }]);
    },
  },
  {
    method: 'GET',
    url: '/sessions',
    summary: 'Where one is signed in, the last used first',
    action: 'session.manage-own',
    answer: z.object({ sessions: z.array(contract.openSessionSchema) }),
    handle: async ({ index, clock }, { user, session }: Call<unknown, unknown, unknown>) => ({
      sessions: (await index.people.sessionsOf(user.id, clock.now())).map(({ id, createdAt, lastUsedAt, remoteAddress, device }) => ({
        id,
        current: id === session?.id,
        device,
        remoteAddress,
        createdAt: createdAt.toISOString(),
        lastUsedAt: lastUsedAt.toISOString(),
      })),
    }),
  },
  {
    method: 'DELETE',
    url: '/sessions',
    summary: 'End all own sessions but this one',
    action: 'session.manage-own',
    status: 204,
    handle: async (stores, { actor, user, session }: Call<unknown, unknown, unknown>) => {
      const ended = await stores.index.people.endOtherSessions(user.id, session?.idHash ?? '');
      if (ended > 0) await recordEnded(stores, actor, { detail: 'others', count: ended });
    },
  },
  {
    method: 'DELETE',
    url: '/sessions/:id',
    summary: 'End one of one’s own sessions',
    action: 'session.manage-own',
    params: idParams,
    status: 204,
    handle: async (stores, { actor, user, params }: Call<{ id: string }, unknown, unknown>) => {
      const ended = await stores.index.people.endSessionById(user.id, params.id);
      if (!ended) throw new DomainError('not-found', 'no such session');
      await recordEnded(stores, actor, { detail: `session ${params.id}` });
    },
  },
  {
    method: 'PATCH',
    url: '/me',
    summary: 'Change own language or password; a new password ends all sessions and tokens, and this browser gets a new session',
    action: 'self',
    body: contract.changeMeSchema,
    status: 204,
    handle: async (stores, { actor, user, session, body, request, reply }: Call<unknown, unknown, contract.ChangeMe>) => {
      const { index, clock, refusals, sessions } = stores;
      if (body.newPassword !== undefined) {
        await confirmPassword(
          { people: index.people, refusals, clock },
          {
            user,
            password: body.currentPassword ?? '',
            remoteAddress: actor.remoteAddress,
            ...(session === undefined ? {} : { sessionIdHash: session.idHash }),
          },
        );
      }
      await changeUser(peopleStores(index), by(actor), user.id, {
        ...(body.language === undefined ? {} : { language: body.language }),
        ...(body.newPassword === undefined ? {} : { newPassword: body.newPassword }),
      });
      if (body.newPassword === undefined || session === undefined) return;
      setSessionCookie(stores, reply, await openSession({ people: index.people, clock, sessions }, user, originOf(stores, request)));
    },
  },
  {
    method: 'GET',
    url: '/tokens',
    summary: 'Own bearer tokens',
    action: 'token.manage-own',
    answer: z.object({ tokens: z.array(contract.tokenSchema) }),
    handle: async ({ index }, { user }: Call<unknown, unknown, unknown>) => {
      const tokens = await index.people.tokensOf(user.id);
      return {
        tokens: tokens.map((token) => ({
          id: token.id,
          name: token.name,
          createdAt: token.createdAt.toISOString(),
          expiresAt: token.expiresAt?.toISOString() ?? null,
          lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
        })),
      };
    },
  },
  {
    method: 'POST',
    url: '/tokens',
    summary: 'Make a bearer token; its text is shown once',
    action: 'token.manage-own',
    body: contract.createTokenSchema,
    answer: contract.createdTokenSchema,
    status: 201,
    handle: async ({ index, clock }, { actor, user, body }: Call<unknown, unknown, z.output<typeof contract.createTokenSchema>>) => {
      const { id, token, expiresAt } = await createToken(
        { people: index.people, audit: index.audit, clock },
        {
          by: actor,
          userId: user.id,
          name: body.name,
          remoteAddress: actor.remoteAddress,
          ...(body.days === undefined ? {} : { days: body.days }),
        },
      );
      return { id, token, expiresAt: expiresAt.toISOString() };
    },
  },
  {
    method: 'DELETE',
    url: '/tokens/:id',
    summary: 'Revoke an own bearer token',
    action: 'token.manage-own',
    params: idParams,
    status: 204,
    handle: async ({ index }, { actor, user, params }: Call<{ id: string }, unknown, unknown>) => {
      const revoked = await revokeToken(
        { people: index.people, audit: index.audit },
        { by: actor, userId: user.id, id: params.id, remoteAddress: actor.remoteAddress },
      );
      if (!revoked) throw new DomainError('not-found', 'no such token');
    },
  },
];

function originOf({ cookies, proxies }: ApiStores, request: FastifyRequest): SignInOrigin {
  const untrustedProxy = proxies.untrusted(request);
  const deviceSecret = secretOf(request.cookies[cookies.device]);
  const sessionSecret = secretOf(request.cookies[cookies.session]);
  return {
    remoteAddress: plainAddress(request.ip),
    device: deviceName(request.headers['user-agent']),
    ...(untrustedProxy === undefined ? {} : { untrustedProxy }),
    ...(deviceSecret === undefined ? {} : { deviceSecret }),
    ...(sessionSecret === undefined ? {} : { sessionSecret }),
  };
}

function secretOf(cookie: string | undefined): string | undefined {
  return cookie !== undefined && /^[A-Za-z0-9_-]{20,}$/.test(cookie) && cookie.length <= COOKIE_CHARS_MAX ? cookie : undefined;
}

function cookieOptions({ secureCookies }: ApiStores) {
  return { httpOnly: true, sameSite: 'strict', secure: secureCookies, path: '/' } as const;
}

function setSessionCookie(stores: ApiStores, reply: FastifyReply, session: { sessionSecret: string; endsAt: Date }): void {
  reply.setCookie(stores.cookies.session, session.sessionSecret, { ...cookieOptions(stores), expires: session.endsAt });
}

function recordEnded({ index }: ApiStores, actor: Parameters<typeof auditWho>[0] & object, what: { detail: string; count?: number }) {
  return index.audit.append([
    { action: 'session-ended', outcome: 'success', who: auditWho(actor), remoteAddress: actor.remoteAddress, what },
  ]);
}

function sessionAnswer(
  user: User,
  session: Pick<NonNullable<Authenticated['session']>, 'csrfToken' | 'endsAt' | 'idleEndsAt'> | undefined,
  synthetic: boolean,
  now: Date,
): contract.Session {
  const msUntil = (end: Date) => Math.max(0, end.getTime() - now.getTime());
  const { id, email, name, job, administrator, facility, language } = user;
  return {
    user: {
      id,
      email,
      name,
      job,
      administrator,
      language: language ?? null,
      facility: facility === undefined ? null : { code: facility.code, name: facility.name },
    },
    csrfToken: session?.csrfToken ?? '',
    ends: session === undefined ? null : { idleInMs: msUntil(session.idleEndsAt), inMs: msUntil(session.endsAt) },
    synthetic,
  };
}
