/** Routes of one's own second factor: the second step of a sign-in, proving again who one is, setting it up. */
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { FRESH_FOR_FACTORS_MINUTES } from '../../auth/fresh.ts';
import { newRecoveryCodes } from '../../auth/recovery-codes.ts';
import { confirmIdentity, finishSignIn, type TypedFactor } from '../../auth/second-step.ts';
import type { HalfSignedIn, SignedIn } from '../../auth/sign-in.ts';
import { base32, otpauthUri, TOTP_SECRET_BYTES, totpStep } from '../../auth/totp.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Takes } from '../../doorstep/route.ts';
import {
  beginAuthenticator,
  type CodeRule,
  confirmAuthenticator,
  type RecoveryCodeRule,
  removeAuthenticator,
  renewRecoveryCodes,
} from '../../usecases/account/manage-factors.ts';
import {
  confirmAuthenticatorSchema,
  confirmationSchema,
  factorsSchema,
  type HalfSignIn,
  newAuthenticatorSchema,
  recoveryCodesSchema,
  type Session,
  secondStepSchema,
  sessionSchema,
} from '../contract/session.ts';
import { definite } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, openRoute, type Reply, route, type Uses } from '../route.ts';
import { passkeyAnswer, sessionAnswer } from './answers.ts';
import { deviceCookie, forgetHalf, halfCookie, halfSecretOf, originOf, sessionCookie } from './browser.ts';

type Cookies = Pick<ApiPorts, 'cookies' | 'secureCookies'>;
type Browser = Cookies & Takes<typeof originOf>;

/** The answer to who has shown all there is to show. */
export function signedIn(ports: Cookies & Pick<ApiPorts, 'synthetic' | 'regionName' | 'clock'>, signed: SignedIn): Reply<Session> {
  return {
    cookies: [sessionCookie(ports, signed), deviceCookie(ports, signed.deviceSecret)],
    body: sessionAnswer(signed.user, signed, ports, ports.clock.now()),
  };
}

/** The answer to who has given the password alone. A secret that was sealed with another key is of no use here. */
export function halfSignedIn(ports: Cookies & Pick<ApiPorts, 'seal' | 'clock' | 'passkeys'>, half: HalfSignedIn): Reply<HalfSignIn> {
  const { user, sealedSecret, passkey, endsAt } = half;
  const readable = sealedSecret !== undefined && ports.seal.open(sealedSecret, user.id) !== undefined;
  const endsInMs = Math.max(0, endsAt.getTime() - ports.clock.now().getTime());
  const ways = [
    ...(passkey && ports.passkeys.party !== undefined ? (['passkey'] as const) : []),
    ...(readable ? (['authenticator'] as const) : []),
    'recovery-code' as const,
  ];
  return {
    cookies: [halfCookie(ports, half)],
    body: { secondFactor: { ways, endsInMs } },
  };
}

type WithoutCodes<Ports> = Omit<Ports, 'newSecret' | 'stepOf' | 'newRecoveryCodes'>;

function withCodes<Ports extends Pick<ApiPorts, 'clock'>>(ports: Ports): Ports & Omit<CodeRule, 'seal'> & RecoveryCodeRule {
  return {
    ...ports,
    newSecret: () => randomBytes(TOTP_SECRET_BYTES),
    stepOf: (secret, code) => totpStep(secret, code, ports.clock.now()),
    newRecoveryCodes,
  };
}

function shownOf({ passkey, ...typed }: SecondStepOutput): TypedFactor {
  return { ...definite(typed), ...(passkey === undefined ? {} : { passkey: definite(passkey) }) };
}
type SecondStepOutput = z.output<typeof secondStepSchema>;
type Clocked = Pick<ApiPorts, 'clock'>;

export const FACTOR_ROUTES: readonly ApiRoute[] = [
  openRoute({
    method: 'POST',
    path: '/session/second-factor',
    summary: 'The second step of a sign-in: a code of the authenticator app, or a recovery code',
    body: secondStepSchema,
    answer: sessionSchema,
    handle: async (ports: Browser & Takes<typeof finishSignIn> & Pick<ApiPorts, 'synthetic' | 'regionName'>, { body, request }) => {
      const asked = { halfSecret: halfSecretOf(ports, request), typed: shownOf(body), origin: originOf(ports, request) };
      const { cookies = [], ...reply } = signedIn(ports, await finishSignIn(ports, asked));
      return { ...reply, cookies: [...cookies, forgetHalf(ports)] };
    },
  }),
  route({
    method: 'POST',
    path: '/session/confirmation',
    summary: 'Prove again who is there; some acts are refused without it (confirm-first)',
    action: 'self',
    recorded: false,
    body: confirmationSchema,
    status: 204,
    handle: async (ports: Takes<typeof confirmIdentity>, { actor, user, session, body: { password, ...typed } }) => {
      if (session === undefined) throw new DomainError('denied', 'a token proves nothing anew', { ids: { reason: 'sessions-only' } });
      const { remoteAddress } = actor;
      await confirmIdentity(ports, { user, password, typed: shownOf(typed), remoteAddress, sessionIdHash: session.idHash });
      return { body: undefined };
    },
  }),
  route({
    method: 'GET',
    path: '/factors',
    summary: 'Own second factor',
    action: 'factor.manage-own',
    answer: factorsSchema,
    handle: async ({ people, passkeys }: Uses<{ people: 'secondFactors' | 'passkeysOf' }> & Pick<ApiPorts, 'passkeys'>, { user }) => {
      const { authenticatorSince, recoveryCodesLeft } = await people.secondFactors(user.id);
      return {
        body: {
          authenticator: authenticatorSince === undefined ? null : { since: authenticatorSince.toISOString() },
          passkeys: (await people.passkeysOf(user.id)).map(passkeyAnswer),
          passkeysPossible: passkeys.party !== undefined,
          recoveryCodesLeft,
        },
      };
    },
  }),
  route({
    method: 'POST',
    path: '/factors/authenticator',
    summary: 'Begin to set up an authenticator app; its secret is shown once',
    action: 'factor.manage-own',
    freshMinutes: FRESH_FOR_FACTORS_MINUTES,
    recorded: false,
    answer: newAuthenticatorSchema,
    handle: async (ports: WithoutCodes<Takes<typeof beginAuthenticator>> & Clocked, { user, ...own }) => {
      const secret = await beginAuthenticator(withCodes(ports), own);
      return { body: { secret: base32(secret), uri: otpauthUri(secret, user.email) } };
    },
  }),
  route({
    method: 'POST',
    path: '/factors/authenticator/confirmation',
    summary: 'Switch the authenticator app on by a code of it; ends all other sessions, and shows the recovery codes once',
    action: 'factor.manage-own',
    freshMinutes: FRESH_FOR_FACTORS_MINUTES,
    body: confirmAuthenticatorSchema,
    answer: recoveryCodesSchema,
    handle: async (ports: WithoutCodes<Takes<typeof confirmAuthenticator>> & Clocked, { body, ...own }) => ({
      body: { recoveryCodes: [...((await confirmAuthenticator(withCodes(ports), own, body.code)) ?? [])] },
    }),
  }),
  route({
    method: 'DELETE',
    path: '/factors/authenticator',
    summary: 'Switch the authenticator app off; ends all other sessions',
    action: 'factor.manage-own',
    freshMinutes: FRESH_FOR_FACTORS_MINUTES,
    status: 204,
    handle: async (ports: Takes<typeof removeAuthenticator>, own) => {
      await removeAuthenticator(ports, own);
      return { body: undefined };
    },
  }),
  route({
    method: 'POST',
    path: '/factors/recovery-codes',
    summary: 'New recovery codes, shown once, in place of all former ones',
    action: 'factor.manage-own',
    freshMinutes: FRESH_FOR_FACTORS_MINUTES,
    answer: recoveryCodesSchema,
    handle: async (ports: WithoutCodes<Takes<typeof renewRecoveryCodes>> & Clocked, own) => ({
      body: { recoveryCodes: [...(await renewRecoveryCodes(withCodes(ports), own))] },
    }),
  }),
];
