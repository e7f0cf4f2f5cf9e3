/** Passkeys (WebAuthn level 3): what a page is told to ask of a device, and what the device answers. Base64url where the browser has bytes. */
import { z } from 'zod';
import { PASSKEY_NAME_CHARS_MAX } from '../../domain/people/passkey.ts';
import { typedText } from './fields.ts';

const base64url = (bytesMax: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil((bytesMax * 4) / 3))
    .regex(/^[A-Za-z0-9_-]+$/);
/** WebAuthn level 3, 4: at most 1023 bytes. */
const credentialId = base64url(1023);
const clientDataJSON = base64url(4096);
/** Of the name that its owner gives it. No control characters, nor what turns the direction of a line. */
const passkeyName = typedText
  .min(1)
  .max(PASSKEY_NAME_CHARS_MAX)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'malformed');

/** What a device has signed. */
export const passkeyAnswerSchema = z.object({
  id: credentialId,
  clientDataJSON,
  authenticatorData: base64url(4096),
  signature: base64url(2048),
  userHandle: base64url(64).optional(),
});
export type PasskeyAnswer = z.output<typeof passkeyAnswerSchema>;

const descriptor = z.object({ id: z.string(), type: z.literal('public-key'), transports: z.array(z.string()) });

/** POST …/challenge: PublicKeyCredentialRequestOptionsJSON. Without `allowCredentials` the device offers what it has for this host. */
export const passkeyQuestionSchema = z.object({
  challenge: z.string(),
  rpId: z.string(),
  timeout: z.number(),
  userVerification: z.literal('required'),
  allowCredentials: z.array(descriptor).optional(),
});
export type PasskeyQuestion = z.output<typeof passkeyQuestionSchema>;

/** POST /api/factors/passkey-challenge: PublicKeyCredentialCreationOptionsJSON. */
export const newPasskeyQuestionSchema = z.object({
  challenge: z.string(),
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.number() })),
  timeout: z.number(),
  excludeCredentials: z.array(descriptor),
  authenticatorSelection: z.object({
    residentKey: z.literal('required'),
    requireResidentKey: z.literal(true),
    userVerification: z.literal('required'),
  }),
  attestation: z.literal('none'),
});
export type NewPasskeyQuestion = z.output<typeof newPasskeyQuestionSchema>;

export const namePasskeySchema = z.object({ name: passkeyName });
/** POST /api/factors/passkeys */
export const addPasskeySchema = namePasskeySchema.extend({
  id: credentialId,
  clientDataJSON,
  attestationObject: base64url(16_384),
  transports: z.array(z.string().regex(/^[a-z-]{1,20}$/)).max(10),
});
export type AddPasskey = z.output<typeof addPasskeySchema>;

export const passkeySchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
});
export type Passkey = z.output<typeof passkeySchema>;

/** GET /api/sign-in: before anybody is known. */
export const signInWaysSchema = z.object({
  /** Somebody may sign in by a passkey at this address. */
  passkeys: z.boolean(),
});
export type SignInWays = z.output<typeof signInWaysSchema>;
