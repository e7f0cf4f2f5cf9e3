import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { UserId } from '../gateway/domain/identifiers.ts';
import { NO_LOG } from '../gateway/domain/operation/log.ts';
import { createSecretSeal } from './secret-seal.ts';

const key = randomBytes(32);
const sealOf = (bytes: Uint8Array) => createSecretSeal({ id: '0123456789abcdef', keyFor: () => bytes }, NO_LOG);
const DOCTOR = '7' as UserId;
const SECRET = randomBytes(20);
const sealed = sealOf(key).seal(SECRET, DOCTOR);
const [version, id, text = ''] = sealed.split('.');
const changed = (at: number) => {
  const bytes = Buffer.from(text, 'base64url');
  bytes[at < 0 ? bytes.length + at : at] = (bytes.at(at) ?? 0) ^ 1;
  return [version, id, bytes.toString('base64url')].join('.');
};

test('opens what it sealed, which is another text each time', () => {
  expect(Buffer.from(sealOf(key).open(sealed, DOCTOR) ?? [])).toEqual(SECRET);
  expect(sealOf(key).seal(SECRET, DOCTOR)).not.toBe(sealed);
});

test.each([
  ['with another key', sealed, DOCTOR, randomBytes(32)],
  ['for somebody else', sealed, '8' as UserId, key],
  ['whose first byte was changed', changed(0), DOCTOR, key],
  ['whose last byte was changed', changed(-1), DOCTOR, key],
  ['in another way', sealed.replace(/^1/, '2'), DOCTOR, key],
  ['of which nothing is left', '1.x.', DOCTOR, key],
  ['that is shorter than its seal', '1.x.AAAA', DOCTOR, key],
  ['that is no such text', '', DOCTOR, key],
])('does not open what was sealed %s', (_name, given, of, withKey) => {
  expect(sealOf(withKey).open(given, of)).toBeUndefined();
});
