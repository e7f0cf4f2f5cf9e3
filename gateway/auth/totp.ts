/** Time-based one-time passwords, RFC 6238, as authenticator apps make them: HMAC-SHA-1, 30 s, 6 digits. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const TOTP_STEP_MS = 30_000;
const DIGITS = 6;
/** Clocks of telephones and ours differ, and a code is typed for a while: so many steps to either side (RFC 6238 section 5.2). */
const STEPS_BESIDE = 1;
/** RFC 4226 section 4, R6: the length of the secret that is recommended. */
export const TOTP_SECRET_BYTES = 20;

/** The code of a time step, RFC 4226 section 5.3. */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** The time step whose code this is, the newest first; undefined: of none that may be shown now. */
export function totpStep(secret: Uint8Array, code: string, now: Date): number | undefined {
  const current = Math.floor(now.getTime() / TOTP_STEP_MS);
  const steps = Array.from({ length: 2 * STEPS_BESIDE + 1 }, (_, n) => current + STEPS_BESIDE - n);
  return steps.find((step) => step >= 0 && sameCode(totpCode(secret, step), code));
}

function sameCode(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 section 6, without padding: as authenticator apps take it. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32[(held >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + BASE32[(held << (5 - bits)) & 31];
}

/** What the QR code says to an authenticator app (Google's Key Uri Format). */
export function otpauthUri(secret: Uint8Array, account: string): string {
  const parameters = `secret=${base32(secret)}&issuer=Renkei&algorithm=SHA1&digits=${DIGITS}&period=${TOTP_STEP_MS / 1000}`;
  return `otpauth://totp/Renkei:${encodeURIComponent(account)}?${parameters}`;
}
