import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;

/** A bearer token; the prefix lets secret scanners and people recognise one. */
export function newToken(): string {
  return `renkei_${randomBytes(SECRET_BYTES).toString('base64url')}`;
}

export function newSessionSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** What is stored instead of a token or session secret. They are random, so one fast hash is enough. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(a)), Buffer.from(hashSecret(b)));
}
