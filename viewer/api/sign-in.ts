import type { PasskeyAnswer, PasskeyQuestion, SignInWays } from '../../gateway/api/contract/passkeys.ts';
import type { Confirmation, HalfSignIn, SecondStep, Session, SignIn } from '../../gateway/api/contract/session.ts';
import { request, requestJson } from './http.ts';

/** With a second factor only half of it. */
export const signIn = (body: SignIn) => requestJson<Session | HalfSignIn>('/api/session', { method: 'POST', json: body });
export const finishSignIn = (body: SecondStep) => requestJson<Session>('/api/session/second-factor', { method: 'POST', json: body });
export const confirmIdentity = (body: Confirmation) => request('/api/session/confirmation', { method: 'POST', json: body });
export const getSignInWays = (signal?: AbortSignal) => requestJson<SignInWays>('/api/sign-in', { signal });
export const askSignInPasskey = () => requestJson<PasskeyQuestion>('/api/session/passkey/challenge', { method: 'POST' });
export const signInByPasskey = (body: PasskeyAnswer) => requestJson<Session>('/api/session/passkey', { method: 'POST', json: body });
export const askSecondStepPasskey = () => requestJson<PasskeyQuestion>('/api/session/second-factor/challenge', { method: 'POST' });
export const askConfirmationPasskey = () => requestJson<PasskeyQuestion>('/api/session/confirmation/challenge', { method: 'POST' });
