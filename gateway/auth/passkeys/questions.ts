/**
 * What a passkey is asked to sign (WebAuthn's challenge): random, for one purpose and one browser, for some minutes. It says so itself, under a key
 * of ours, so that asking keeps nothing and nobody can fill a table or push another's question out of one; that a question was answered is kept
 * with what the answer did (`storage/index/people/passkeys.ts`), until it is too old anyhow.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type AnsweredQuestion, PASSKEY_QUESTION_MS_MAX } from '../../domain/people/passkey.ts';
import { hashSecret } from '../secrets.ts';

const RANDOM_BYTES = 32;
const TIME_BYTES = 6;
const SIGNED_BYTES = RANDOM_BYTES + TIME_BYTES;

/** `boundTo`: the hash of what only the asking browser has. */
export interface QuestionUse {
  readonly purpose: 'sign-in' | 'second-step' | 'confirmation' | 'registration';
  readonly boundTo: string;
}

export function newQuestion(key: Uint8Array, use: QuestionUse, now: Date): string {
  const signed = Buffer.alloc(SIGNED_BYTES);
  randomBytes(RANDOM_BYTES).copy(signed);
  signed.writeUIntBE(now.getTime() + PASSKEY_QUESTION_MS_MAX, RANDOM_BYTES, TIME_BYTES);
  return Buffer.concat([signed, macOf(key, use, signed)]).toString('base64url');
}

/** Undefined: we have not asked that, or for something else, or somebody else, or too long ago. */
export function questionOf(key: Uint8Array, use: QuestionUse, question: string, now: Date): AnsweredQuestion | undefined {
  const bytes = Buffer.from(question, 'base64url');
  const signed = bytes.subarray(0, SIGNED_BYTES);
  const mac = bytes.subarray(SIGNED_BYTES);
  const expected = macOf(key, use, signed);
  // One text for one question: another way to write it would be another one to remember.
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected) || bytes.toString('base64url') !== question) return undefined;
  const questionEndsAt = new Date(signed.readUIntBE(RANDOM_BYTES, TIME_BYTES));
  const leftMs = questionEndsAt.getTime() - now.getTime();
  // Asked by a clock that was wrong and has been set back: it would live longer than we remember it.
  if (leftMs <= 0 || leftMs > PASSKEY_QUESTION_MS_MAX) return undefined;
  return { questionHash: hashSecret(question), questionEndsAt };
}

function macOf(key: Uint8Array, { purpose, boundTo }: QuestionUse, signed: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${purpose}|${boundTo}|`).update(signed).digest();
}
