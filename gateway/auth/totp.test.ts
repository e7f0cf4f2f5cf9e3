import { expect, test } from 'vitest';
import { base32, otpauthUri, TOTP_STEP_MS, totpCode, totpStep } from './totp.ts';

/** RFC 6238 appendix B, SHA-1; the last six of its eight digits. */
const SECRET = Buffer.from('12345678901234567890');

test.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('RFC 6238 appendix B: at %i s the code ends %s', (seconds, code) => {
  expect(totpCode(SECRET, Math.floor((seconds * 1000) / TOTP_STEP_MS))).toBe(code.slice(-6));
});

const STEP = 41_152_263;
const at = (steps: number) => new Date((STEP + steps) * TOTP_STEP_MS + 1);

test.each([
  ['of this step', 0, STEP],
  ['of the step before', 1, STEP],
  ['of the step to come', -1, STEP],
  ['of two steps ago', 2, undefined],
  ['of two steps to come', -2, undefined],
])('a code %s', (_name, later, expected) => {
  expect(totpStep(SECRET, totpCode(SECRET, STEP), at(later))).toBe(expected);
});

test.each(['', '00000', '0000000', 'abcdef', '１２３４５６', '-12345'])('%j is no code', (code) => {
  expect(totpStep(SECRET, code, at(0))).toBeUndefined();
});

/** RFC 4648 section 10, its padding left out. */
test.each([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('RFC 4648: %j is %s', (text, expected) => {
  expect(base32(Buffer.from(text))).toBe(expected);
});

test('what an authenticator app is told', () => {
  expect(otpauthUri(SECRET, 'a+b@h.example')).toBe(
    'otpauth://totp/Renkei:a%2Bb%40h.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Renkei&algorithm=SHA1&digits=6&period=30',
  );
});
