/** Routes of one's own session, account and tokens. */
import { z } from 'zod';
import { FRESH_FOR_ADMINISTRATION_MINUTES } from '../../auth/fresh.ts';
import { confirmPassword, makeSession, signIn } from '../../auth/sign-in.ts';
import { createToken, revokeToken } from '../../auth/tokens.ts';
import { asDomainError, DomainError } from '../../domain/errors.ts';
import type { LetterId, StudyInstanceUID } from '../../domain/identifiers.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import { type ActOf, actBy, type SubjectOf } from '../../domain/record/audit.ts';
import type { Takes } from '../../doorstep/route.ts';
import { shownTag, standingOfStudies } from '../../usecases/access/standing-of-studies.ts';
import { changeOwnPassword, changeUser } from '../../usecases/account/manage-people.ts';
import { standingOfLetters } from '../../usecases/refer/handle-letter.ts';
import { authenticateRequest } from '../authenticate-request.ts';
import {
  changeMeSchema,
  createdTokenSchema,
  createTokenSchema,
  halfSignInSchema,
  openSessionSchema,
  sessionSchema,
  signInSchema,
  standingQuerySchema,
  standingSchema,
  tokenSchema,
} from '../contract/session.ts';
import { addressOf, by, definite, idParams } from '../parameters.ts';
import { type WithoutRule, withPasswordRule } from '../people/people-stores.ts';
import { type ApiPorts, type ApiRoute, openRoute, route, type Uses } from '../route.ts';
import { sessionAnswer, tokenAnswer } from './answers.ts';
import { forgetSession, originOf, sessionCookie } from './browser.ts';
import { halfSignedIn, signedIn } from './factors.ts';

type Cookies = Pick<ApiPorts, 'cookies' | 'secureCookies'>;
type Browser = Cookies & Takes<typeof originOf>;
type ChangeMe = Browser &
  WithoutRule<Takes<typeof changeUser> & Takes<typeof changeOwnPassword>> &
  Takes<typeof confirmPassword> &
  Takes<typeof makeSession>;

export const SESSION_ROUTES: readonly ApiRoute[] = [
  openRoute({
    method: 'POST',
    path: '/session',
    summary: 'Sign in; sets the session cookie, and ends the session that the browser had before. Where a second factor is on: half of it',
    body: signInSchema,
    answer: sessionSchema.or(halfSignInSchema),
    handle: async (
      ports: Browser & Takes<typeof signIn> & Pick<ApiPorts, 'synthetic' | 'regionName' | 'seal' | 'passkeys'>,
      { body, request },
    ) => {
      const signed = await signIn(ports, { ...body, origin: originOf(ports, request) });
      return 'halfSecret' in signed ? halfSignedIn(ports, signed) : signedIn(ports, signed);
    },
  }),
  openRoute({
    method: 'GET',
    path: '/session',
    summary: 'Who is signed in; with optional=true, 204 instead of 401 when nobody is',
    query: z.object({ optional: z.enum(['true', 'false']).optional() }),
    answer: sessionSchema.or(z.undefined()),
    handle: async (ports: Takes<typeof authenticateRequest> & Pick<ApiPorts, 'synthetic' | 'regionName'>, { query, request }) => {
      const asking = await authenticateRequest(ports, request).catch((thrown: unknown) => {
        if (query.optional === 'true' && asDomainError(thrown).kind === 'unauthenticated') return undefined;
        throw thrown;
      });
      // A page that asks whether anybody is signed in has not failed when nobody is.
      if (asking === undefined) return { status: 204, body: undefined };
      return { body: sessionAnswer(asking.user, asking.session, ports, ports.clock.now()) };
    },
  }),
  route({
    method: 'GET',
    path: '/standing',
    summary: 'Whether an open page may still show the studies it holds',
    action: 'self',
    query: standingQuerySchema,
    answer: standingSchema,
    handle: async (ports: Takes<typeof standingOfStudies> & Takes<typeof standingOfLetters>, { actor, user, query }) => {
      const held = query.studies.map(([uid, of]) => addressOf({ studyInstanceUID: uid as StudyInstanceUID }, { of }));
      const standing = await standingOfStudies(ports, actor, held);
      const said = standing.map((one, at) => {
        if (one.allowed) return shownTag(one.shown) === query.studies[at]?.[2] ? 'stands' : 'changed';
        return one.hide ? 'ended' : 'barred';
      });
      return { body: { user: user.id, studies: said, letters: await standingOfLetters(ports, actor, query.letters as LetterId[]) } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out',
    action: 'self',
    status: 204,
    recorded: false,
    handle: async (ports: Cookies & Uses<{ people: 'endSession' }>, { actor, session }) => {
      if (session !== undefined) await ports.people.endSession(session.idHash, () => [{ action: 'sign-out', ...actBy(actor) }]);
      return { cookies: [forgetSession(ports)], body: undefined };
    },
  }),
  route({
    method: 'GET',
    path: '/sessions',
    summary: 'Where one is signed in, the last used first',
    action: 'session.manage-own',
    answer: z.object({ sessions: z.array(openSessionSchema) }),
    handle: async ({ people, clock }: Uses<{ people: 'sessionsOf'; clock: 'now' }>, { user, session }) => {
      const sessions = await people.sessionsOf(user.id, clock.now());
      return {
        body: {
          sessions: sessions.map(({ id, createdAt, lastUsedAt, remoteAddress, device }) => ({
            id,
            current: id === session?.id,
            device,
            remoteAddress,
            createdAt: createdAt.toISOString(),
            lastUsedAt: lastUsedAt.toISOString(),
          })),
        },
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/sessions',
    summary: 'End all own sessions but this one',
    action: 'session.manage-own',
    status: 204,
    handle: async ({ people }: Uses<{ people: 'endOtherSessions' }>, { actor, user, session }) => {
      await people.endOtherSessions(user.id, session?.idHash ?? '', (count) => [sessionEnded(actor, { count })]);
      return { body: undefined };
    },
  }),
  route({
    method: 'DELETE',
    path: '/sessions/:id',
    summary: 'End one of one’s own sessions',
    action: 'session.manage-own',
    params: idParams(),
    status: 204,
    handle: async ({ people }: Uses<{ people: 'endSessionById' }>, { actor, user, proof, params }) => {
      const ended = await people.endSessionById(user.id, params.id, () => [sessionEnded(actor, { sessionId: params.id })], proof);
      if (!ended) throw new DomainError('not-found', 'no such session');
      return { body: undefined };
    },
  }),
  route({
    method: 'PATCH',
    path: '/me',
    summary: 'Change own language or password; a new password ends all sessions and tokens, and this browser gets a new session',
    action: 'self',
    body: changeMeSchema,
    status: 204,
    handle: async (ports: ChangeMe, { actor, user, session, proof, body: { language, currentPassword, newPassword }, request }) => {
      if (newPassword === undefined) {
        await changeUser(withPasswordRule(ports), by({ actor, proof }), user.id, definite({ language }));
        return { body: undefined };
      }
      const givenPassword = currentPassword ?? '';
      const givenPasswordHash = await confirmPassword(ports, {
        user,
        password: givenPassword,
        remoteAddress: actor.remoteAddress,
        ...definite({ sessionIdHash: session?.idHash }),
      });
      const made = session && makeSession(ports, originOf(ports, request));
      // The password alone does not prove who has a second factor.
      const next = made && { ...made.kept, ...(user.secondFactor ? { confirmedAt: session.confirmedAt } : {}) };
      const change = { newPassword, givenPassword, givenPasswordHash, ...definite({ language, next }) };
      await changeOwnPassword(withPasswordRule(ports), by({ actor, proof }), user.id, change);
      return { ...(made === undefined ? {} : { cookies: [sessionCookie(ports, made.given)] }), body: undefined };
    },
  }),
  route({
    method: 'GET',
    path: '/tokens',
    summary: 'Own bearer tokens',
    action: 'token.manage-own',
    answer: z.object({ tokens: z.array(tokenSchema) }),
    handle: async ({ people }: Uses<{ people: 'tokensOf' }>, { user }) => ({
      body: { tokens: (await people.tokensOf(user.id)).map(tokenAnswer) },
    }),
  }),
  route({
    method: 'POST',
    path: '/tokens',
    summary: 'Make a bearer token; its text is shown once',
    action: 'token.manage-own',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    body: createTokenSchema,
    answer: createdTokenSchema,
    status: 201,
    handle: async (ports: Takes<typeof createToken>, { actor, user, proof, body: { name, days } }) => {
      const { remoteAddress } = actor;
      const wanted = { by: actor, userId: user.id, name, remoteAddress, proof, ...definite({ days }) };
      const { id, token, expiresAt } = await createToken(ports, wanted);
      return { body: { id, token, expiresAt: expiresAt.toISOString() } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/tokens/:id',
    summary: 'Revoke an own bearer token',
    action: 'token.manage-own',
    params: idParams(),
    status: 204,
    handle: async (ports: Takes<typeof revokeToken>, { actor, user, proof, params }) => {
      const revoked = await revokeToken(ports, { by: actor, userId: user.id, id: params.id, remoteAddress: actor.remoteAddress, proof });
      if (!revoked) throw new DomainError('not-found', 'no such token');
      return { body: undefined };
    },
  }),
];

function sessionEnded(actor: PersonActor, what: SubjectOf<'session-ended'>): ActOf<'session-ended'> {
  return { action: 'session-ended', ...actBy(actor), what };
}
