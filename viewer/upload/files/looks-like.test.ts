import { expect, it } from 'vitest';
import { looksLikeDicom } from './looks-like.ts';

const part10 = new Uint8Array(136);
part10.set([0x44, 0x49, 0x43, 0x4d], 128);

it.each([
  ['Part 10', part10, true],
  ['bare data set, explicit VR', [8, 0, 5, 0, 0x43, 0x53, 10, 0], true],
  ['bare data set, implicit VR', [8, 0, 0, 0, 4, 0, 0, 0], true],
  ['bare data set, big endian', [0, 8, 0, 5, 0x43, 0x53, 0, 10], true],
  ['meta information without preamble', [2, 0, 0, 0, 0x55, 0x4c, 4, 0], true],
  ['JPEG', [0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46], false],
  ['PDF', [...'%PDF-1.7'].map((letter) => letter.charCodeAt(0)), false],
  ['text', [...'Patient list'].map((letter) => letter.charCodeAt(0)), false],
  ['a length no first element has', [8, 0, 0, 0, 0, 0, 0, 0x40], false],
  ['too short', [8, 0], false],
  ['empty', [], false],
])('%s', (_name, bytes, expected) => {
  expect(looksLikeDicom(Uint8Array.from(bytes))).toBe(expected);
});
