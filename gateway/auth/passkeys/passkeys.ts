/** What devices say of their keys, checked by `@simplewebauthn/server`: the one file that knows it. */
import type { AuthenticatorTransport } from '@simplewebauthn/server';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { UserId } from '../../domain/identifiers.ts';
import { type AnsweredQuestion, countRises, type Passkey, type PasskeyKey } from '../../domain/people/passkey.ts';
import type { FactorProof } from '../../domain/people/second-factor.ts';
import type { SignInFailure } from '../../domain/record/audit.ts';
import { newQuestion, type QuestionUse, questionOf } from './questions.ts';
import type { RelyingParty } from './relying-party.ts';

/** RFC 8152: ECDSA with P-256, EdDSA, RSA of Windows Hello. */
export const PASSKEY_ALGORITHMS = [-7, -8, -257] as const;

export interface PasskeyRule {
  /** Undefined: there are no passkeys at this address. */
  readonly party: RelyingParty | undefined;
  /** Of the questions. */
  readonly questionKey: Uint8Array;
}

export interface PasskeyStores {
  readonly passkeys: PasskeyRule;
  readonly clock: Clock;
}

/** Base64url all of it, as `PublicKeyCredential` has it. */
export interface ShownPasskey {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  readonly userHandle?: string;
}

export interface MadePasskey {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly attestationObject: string;
  readonly transports: readonly string[];
}

/** @throws unsupported where there are no passkeys */
export function askPasskey(
  { passkeys, clock }: PasskeyStores,
  use: QuestionUse,
): { readonly party: RelyingParty; readonly challenge: string } {
  return { party: partyOf(passkeys), challenge: newQuestion(passkeys.questionKey, use, clock.now()) };
}

function partyOf({ party }: PasskeyRule): RelyingParty {
  if (party === undefined)
    throw new DomainError('unsupported', 'there are no passkeys at this address', { ids: { reason: 'passkeys-off' } });
  return party;
}

/** Opaque to whoever reads the device: WebAuthn level 3, 14.6.1. */
export function userHandleOf(userId: UserId): string {
  return Buffer.from(`renkei-user-${userId}`).toString('base64url');
}

/** What a new key is kept by. Undefined: it was not made for us, for this question, or without looking who was there. */
export async function judgeNewPasskey(
  { passkeys, clock }: PasskeyStores,
  use: QuestionUse,
  made: MadePasskey,
): Promise<({ readonly key: PasskeyKey } & AnsweredQuestion) | undefined> {
  const { id: expectedRPID, origin: expectedOrigin } = partyOf(passkeys);
  const { id, clientDataJSON, attestationObject, transports } = made;
  let answered: AnsweredQuestion | undefined;
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
  const found = await verifyRegistrationResponse({
    response: { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response: { clientDataJSON, attestationObject } },
    expectedChallenge: (question) => {
      answered = questionOf(passkeys.questionKey, use, question, clock.now());
      return answered !== undefined;
    },
    expectedOrigin,
    expectedRPID,
    requireUserVerification: true,
    supportedAlgorithmIDs: [...PASSKEY_ALGORITHMS],
  }).catch(() => undefined);
  if (found?.verified !== true || answered === undefined) return undefined;
  const { credential } = found.registrationInfo;
  const publicKey = Buffer.from(credential.publicKey).toString('base64url');
  return { key: { credentialId: credential.id, publicKey, signCount: credential.counter, transports }, ...answered };
}

export type JudgedPasskey = { readonly proof: FactorProof } | { readonly failure: SignInFailure };

/** `kept`: undefined where nobody has that key. `owner`: whose it must be. Whether the question was answered before, only the index knows. */
export async function judgePasskey(
  { passkeys, clock }: PasskeyStores,
  use: QuestionUse,
  { shown, kept, owner }: { shown: ShownPasskey; kept: Passkey | undefined; owner: UserId | undefined },
): Promise<JudgedPasskey> {
  const wrong = { failure: 'passkey' } as const;
  const { id: expectedRPID, origin: expectedOrigin } = partyOf(passkeys);
  const { id, clientDataJSON, authenticatorData, signature, userHandle } = shown;
  if (kept === undefined || owner === undefined || kept.userId !== owner || kept.credentialId !== id) return wrong;
  if (userHandle !== undefined && userHandle !== userHandleOf(owner)) return wrong;
  let answered: AnsweredQuestion | undefined;
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
  const found = await verifyAuthenticationResponse({
    response: { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response: { clientDataJSON, authenticatorData, signature } },
    expectedChallenge: (question) => {
      answered = questionOf(passkeys.questionKey, use, question, clock.now());
      return answered !== undefined;
    },
    expectedOrigin,
    expectedRPID,
    // Its count is looked at below, since a copy of a key is another matter than a wrong answer.
    credential: {
      id,
      publicKey: new Uint8Array(Buffer.from(kept.publicKey, 'base64url')),
      counter: 0,
      transports: [...kept.transports] as AuthenticatorTransport[],
    },
    requireUserVerification: true,
  }).catch(() => undefined);
  if (found?.verified !== true || answered === undefined) return wrong;
  const signCount = found.authenticationInfo.newCounter;
  if (!countRises(kept.signCount, signCount)) return { failure: 'passkey-copied' };
  return { proof: { kind: 'passkey', passkeyId: kept.id, signCount, ...answered } };
}
