import type { SeededRandom } from '../fixtures/seeded-random.ts';

/** No input grows past this by being mutated: what is sought are wrong turns, not slow ones. */
export const INPUT_BYTES_MAX = 256 * 1024;
const REPEATS_MAX = 64;

const NUMBERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

export function pick<Value>(random: SeededRandom, values: readonly Value[]): Value {
  return values[random.below(values.length)] as Value;
}

type Mutation = (random: SeededRandom, bytes: Buffer, other: Buffer) => Buffer;

/** Each changes a copy; `other` is what pieces are taken from. */
const MUTATIONS: readonly Mutation[] = [
  function flipBits(random, bytes) {
    for (let times = 1 + random.below(8); times > 0; times -= 1) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
    }
    return bytes;
  },
  function setBytes(random, bytes) {
    for (let times = 1 + random.below(6); times > 0; times -= 1)
      bytes[random.below(bytes.length)] = pick(random, [0, 0xff, 0x7f, 0x80, 0x5c, 0x1b, random.below(256)]);
    return bytes;
  },
  function setNumber(random, bytes) {
    const width = pick(random, [2, 4] as const);
    if (bytes.length < width) return bytes;
    const at = random.below(bytes.length - width + 1);
    const value = pick(random, NUMBERS) % 2 ** (8 * width);
    if (random.below(2) === 0) bytes.writeUIntLE(value, at, width);
    else bytes.writeUIntBE(value, at, width);
    return bytes;
  },
  function stepNumber(random, bytes) {
    const at = random.below(bytes.length);
    bytes[at] = ((bytes[at] as number) + pick(random, [1, 2, 254, 255])) & 0xff;
    return bytes;
  },
  function cut(random, bytes) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function takeOut(random, bytes) {
    const from = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(64))]);
  },
  function putIn(random, bytes, other) {
    const at = random.below(bytes.length + 1);
    const from = random.below(other.length + 1);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + 1 + random.below(256)), bytes.subarray(at)]);
  },
  function splice(random, bytes, other) {
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))]);
  },
  function repeat(random, bytes) {
    const from = random.below(bytes.length);
    const piece = bytes.subarray(from, from + 1 + random.below(512));
    const times = Array.from({ length: 1 + random.below(REPEATS_MAX) }, () => piece);
    return Buffer.concat([bytes.subarray(0, from), ...times, bytes.subarray(from)]);
  },
];

/** The bytes changed in one to three ways; the given ones stay as they are. */
export function mutated(random: SeededRandom, bytes: Uint8Array, other: Uint8Array = bytes): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let times = 1 + random.below(3); times > 0 && result.length > 0; times -= 1)
    result = pick(random, MUTATIONS)(random, result, Buffer.from(other)).subarray(0, INPUT_BYTES_MAX);
  return result;
}

export function noise(random: SeededRandom, bytesMax: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: 1 + random.below(bytesMax) }, () => random.below(256)));
}
