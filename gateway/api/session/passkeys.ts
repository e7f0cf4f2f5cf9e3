/** Routes of passkeys: signing in by one, and one's own. As second step or confirmation it is shown where the other factors are (`factors.ts`). */
import { FRESH_FOR_FACTORS_MINUTES } from '../../auth/fresh.ts';
import { signInByPasskey } from '../../auth/passkeys/passkey-sign-in.ts';
import { askPasskey, judgeNewPasskey, PASSKEY_ALGORITHMS, userHandleOf } from '../../auth/passkeys/passkeys.ts';
import { newRecoveryCodes } from '../../auth/recovery-codes.ts';
import { askForSecondStep } from '../../auth/second-step.ts';
import { hashSecret, newSessionSecret } from '../../auth/secrets.ts';
import { PASSKEY_QUESTION_MS_MAX, type PasskeyKey } from '../../domain/people/passkey.ts';
import type { Takes } from '../../doorstep/route.ts';
import { addPasskey, removePasskey, renamePasskey } from '../../usecases/account/manage-passkeys.ts';
import {
  addPasskeySchema,
  namePasskeySchema,
  newPasskeyQuestionSchema,
  type PasskeyQuestion,
  passkeyAnswerSchema,
  passkeyQuestionSchema,
  signInWaysSchema,
} from '../contract/passkeys.ts';
import { recoveryCodesSchema, sessionSchema } from '../contract/session.ts';
import { definite, idParams } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, openRoute, route, type Uses } from '../route.ts';
import { forgetHalf, halfCookie, halfSecretOf, originOf } from './browser.ts';
import { signedIn } from './factors.ts';

type Cookies = Pick<ApiPorts, 'cookies' | 'secureCookies'>;
type Asking = Pick<ApiPorts, 'passkeys' | 'clock'>;
type Known = readonly Pick<PasskeyKey, 'credentialId' | 'transports'>[];

const descriptors = (known: Known) =>
  known.map(({ credentialId, transports }) => ({ id: credentialId, type: 'public-key' as const, transports: [...transports] }));

function questionAnswer({ party, challenge }: ReturnType<typeof askPasskey>, known?: Known): PasskeyQuestion {
  return {
    challenge,
    rpId: party.id,
    timeout: PASSKEY_QUESTION_MS_MAX,
    userVerification: 'required',
    ...(known === undefined ? {} : { allowCredentials: descriptors(known) }),
  };
}

const SIGNING_IN: readonly ApiRoute[] = [
  openRoute({
    method: 'GET',
    path: '/sign-in',
    summary: 'In which ways somebody may sign in here',
    answer: signInWaysSchema,
    handle: async ({ passkeys }: Pick<ApiPorts, 'passkeys'>) => ({ body: { passkeys: passkeys.party !== undefined } }),
  }),
  openRoute({
    method: 'POST',
    path: '/session/passkey/challenge',
    summary: 'What a passkey is to sign for a sign-in without a password; for this browser, for some minutes',
    answer: passkeyQuestionSchema,
    handle: async (ports: Asking & Cookies) => {
      const browserSecret = newSessionSecret();
      const question = askPasskey(ports, { purpose: 'sign-in', boundTo: hashSecret(browserSecret) });
      const endsAt = new Date(ports.clock.now().getTime() + PASSKEY_QUESTION_MS_MAX);
      return { cookies: [halfCookie(ports, { halfSecret: browserSecret, endsAt })], body: questionAnswer(question) };
    },
  }),
  openRoute({
    method: 'POST',
    path: '/session/passkey',
    summary: 'Sign in by a passkey; sets the session cookie, and ends the session that the browser had before',
    body: passkeyAnswerSchema,
    answer: sessionSchema,
    handle: async (
      ports: Cookies & Takes<typeof originOf> & Takes<typeof signInByPasskey> & Pick<ApiPorts, 'synthetic' | 'regionName'>,
      { body, request },
    ) => {
      const asked = { shown: definite(body), browserSecret: halfSecretOf(ports, request), origin: originOf(ports, request) };
      const { cookies = [], ...reply } = signedIn(ports, await signInByPasskey(ports, asked));
      return { ...reply, cookies: [...cookies, forgetHalf(ports)] };
    },
  }),
  openRoute({
    method: 'POST',
    path: '/session/second-factor/challenge',
    summary: 'What a passkey is to sign for the second step of a sign-in',
    answer: passkeyQuestionSchema,
    handle: async (ports: Cookies & Takes<typeof askForSecondStep>, { request }) => {
      const { known, ...question } = await askForSecondStep(ports, halfSecretOf(ports, request));
      return { body: questionAnswer(question, known) };
    },
  }),
];

type WithoutCodes<Ports> = Omit<Ports, 'newRecoveryCodes'>;

export const PASSKEY_ROUTES: readonly ApiRoute[] = [
  ...SIGNING_IN,
  route({
    method: 'POST',
    path: '/session/confirmation/challenge',
    summary: 'What a passkey is to sign to prove again who is there',
    action: 'factor.manage-own',
    recorded: false,
    answer: passkeyQuestionSchema,
    handle: async (ports: Asking & Uses<{ people: 'passkeysOf' }>, { user, session }) => {
      const question = askPasskey(ports, { purpose: 'confirmation', boundTo: session?.idHash ?? '' });
      return { body: questionAnswer(question, await ports.people.passkeysOf(user.id)) };
    },
  }),
  route({
    method: 'POST',
    path: '/factors/passkey-challenge',
    summary: 'Begin to add a passkey: what its device is to make',
    action: 'factor.manage-own',
    freshMinutes: FRESH_FOR_FACTORS_MINUTES,
    recorded: false,
    answer: newPasskeyQuestionSchema,
    handle: async (ports: Asking & Uses<{ people: 'passkeysOf' }>, { user, session }) => {
      const { party, challenge } = askPasskey(ports, { purpose: 'registration', boundTo: session?.idHash ?? '' });
      return {
        body: {
          challenge,
          rp: { id: party.id, name: 'Renkei' },
          user: { id: userHandleOf(user.id), name: user.email, displayName: user.name },
          pubKeyCredParams: PASSKEY_ALGORITHMS.map((alg) => ({ type: 'public-key' as const, alg })),
          timeout: PASSKEY_QUESTION_MS_MAX,
          excludeCredentials: descriptors(await ports.people.passkeysOf(user.id)),
          authenticatorSelection: {
            residentKey: 'required' as const,
            requireResidentKey: true as const,
            userVerification: 'required' as const,
          },
          attestation: 'none' as const,
        },
      };
    },
  }),
  route({
    method: 'POST',
    path: '/factors/passkeys',
    summary: 'Add a passkey; ends all other sessions, and shows recovery codes once where it is the first second factor',
    action: 'factor.manage-own',
    freshMinutes: FRESH_FOR_FACTORS_MINUTES,
    body: addPasskeySchema,
    answer: recoveryCodesSchema,
    handle: async (ports: WithoutCodes<Takes<typeof addPasskey>> & Asking, { body: { name, ...made }, session, ...own }) => {
      const judged = await judgeNewPasskey(ports, { purpose: 'registration', boundTo: session?.idHash ?? '' }, made);
      const codes = await addPasskey({ ...ports, newRecoveryCodes }, own, { judged, name });
      return { body: { recoveryCodes: [...(codes ?? [])] } };
    },
  }),
  route({
    method: 'PATCH',
    path: '/factors/passkeys/:id',
    summary: 'Name a passkey anew',
    action: 'factor.manage-own',
    recorded: false,
    params: idParams(),
    body: namePasskeySchema,
    status: 204,
    handle: async (ports: Takes<typeof renamePasskey>, { params: { id }, body: { name }, ...own }) => {
      await renamePasskey(ports, own, { id, name });
      return { body: undefined };
    },
  }),
  route({
    method: 'DELETE',
    path: '/factors/passkeys/:id',
    summary: 'Remove a passkey; ends all other sessions',
    action: 'factor.manage-own',
    freshMinutes: FRESH_FOR_FACTORS_MINUTES,
    params: idParams(),
    status: 204,
    handle: async (ports: Takes<typeof removePasskey>, { params: { id }, ...own }) => {
      await removePasskey(ports, own, id);
      return { body: undefined };
    },
  }),
];
