/** Codes for who has lost the second factor: written down once, used once each. */
import { randomBytes } from 'node:crypto';
import type { UserId } from '../domain/identifiers.ts';
import { RECOVERY_CODES } from '../domain/people/second-factor.ts';
import { hashSecret } from './secrets.ts';
import { base32 } from './totp.ts';

/** 80 bits: random enough for one fast hash, as tokens are. */
const CODE_BYTES = 10;

export interface RecoveryCodes {
  /** As people write them down, `ABCD-EFGH-IJKL-MNOP`. Shown once. */
  readonly codes: readonly string[];
  readonly hashes: readonly string[];
}

export function newRecoveryCodes(userId: UserId): RecoveryCodes {
  const codes = Array.from({ length: RECOVERY_CODES }, () => (base32(randomBytes(CODE_BYTES)).match(/.{4}/g) ?? []).join('-'));
  return { codes, hashes: codes.map((code) => recoveryCodeHash(userId, code)) };
}

/** However it was typed: case, hyphens and spaces do not count. The account is part of it, so that a hash is of use to nobody else. */
export function recoveryCodeHash(userId: UserId, typed: string): string {
  return hashSecret(
    `recovery-code|${userId}|${typed
      .normalize('NFKC')
      .toUpperCase()
      .replace(/[^A-Z2-7]/g, '')}`,
  );
}
