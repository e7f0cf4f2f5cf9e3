import { describe, expect, it } from 'vitest';
import { transferSyntax } from '../dictionary/transfer-syntax.ts';
import { SEQUENCE_DEPTH_MAX } from '../parse/data-set-parser.ts';
import { explicitLittleEndian, type PixelReplacement } from './explicit-little-endian.ts';

const IMPLICIT = transferSyntax('1.2.840.10008.1.2');
const EXPLICIT = transferSyntax('1.2.840.10008.1.2.1');
const BIG = transferSyntax('1.2.840.10008.1.2.2');
const RLE = transferSyntax('1.2.840.10008.1.2.5');

async function written(bytes: Buffer, from: typeof IMPLICIT, sampleBytes = 1, pixels?: PixelReplacement, chunkBytes = 3): Promise<string> {
  const source = (async function* () {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  })();
  const pieces: Uint8Array[] = [];
  const stored = { transferSyntax: from, bytes: bytes.length, behindMeta: true, sampleBytes };
  for await (const piece of explicitLittleEndian(source, stored, pixels)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('hex');
}

const hex = (text: string) => Buffer.from(text.replace(/[^0-9a-f]/g, ''), 'hex');
const plain = (text: string) => text.replace(/[^0-9a-f]/g, '');

describe('explicitLittleEndian, PS3.5 A.2', () => {
  it.each([
    ['a short text', '08006000 02000000 4354', IMPLICIT, '08006000 4353 0200 4354'],
    ['a value of odd length is padded', '08006000 03000000 435431', IMPLICIT, '08006000 4353 0400 43543120'],
    [
      'a part of a number is left out',
      '08006000 02000000 4354 28001000 03000000 010203',
      IMPLICIT,
      '08006000 4353 0200 4354 28001000 5553 0200 0102',
    ],
    ['a group length is left out', '08000000 04000000 0a000000 08006000 02000000 4354', IMPLICIT, '08006000 4353 0200 4354'],
    ['zeros before the data set', '00000000 00000000 08006000 4353 0200 4354', EXPLICIT, '08006000 4353 0200 4354'],
    ['zeros behind the data set', '08006000 4353 0200 4354 00000000 00000000 00000000', EXPLICIT, '08006000 4353 0200 4354'],
    ['a command before the data set', '00000000 554c 0400 38000000 08006000 4353 0200 4354', EXPLICIT, '08006000 4353 0200 4354'],
    ['a command before big endian', '00000000 554c 0004 00000038 00080060 4353 0002 4354', BIG, '08006000 4353 0200 4354'],
    ['a command before implicit', '00000000 04000000 38000000 08006000 02000000 4354', IMPLICIT, '08006000 4353 0200 4354'],
    ['the begin of an item before the data set', 'feff00e0 ffffffff 08006000 4353 0200 4354', EXPLICIT, '08006000 4353 0200 4354'],
    ['the end of an item before the data set', 'feff0de0 00000000 08006000 4353 0200 4354', EXPLICIT, '08006000 4353 0200 4354'],
    ['the end of a sequence behind the data set', '08006000 4353 0200 4354 feffdde0 00000000', EXPLICIT, '08006000 4353 0200 4354'],
    ['a private attribute is UN', '09000110 02000000 0102', IMPLICIT, '09000110 554e 0000 02000000 0102'],
    ['a private creator is LO', '09001000 02000000 4142', IMPLICIT, '09001000 4c4f 0200 4142'],
    ['big endian words', '00280010 5553 0002 0102', BIG, '28001000 5553 0200 0201'],
    [
      'big endian pixels of 32 bits',
      '00080060 4353 0002 4354 7fe00010 4f57 0000 00000004 01020304',
      BIG,
      '08006000 4353 0200 4354 e07f1000 4f57 0000 04000000 04030201',
      4,
    ],
    [
      'US or SS follows the representation',
      '28000301 02000000 0100 28000601 02000000 ffff',
      IMPLICIT,
      '28000301 5553 0200 0100 28000601 5353 0200 ffff',
    ],
    [
      'a sequence of known length gets delimiters',
      '08001511 12000000 feff00e0 0a000000 08005011 02000000 3100',
      IMPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08005011 5549 0200 3100 feff0de0 00000000 feffdde0 00000000',
    ],
    [
      'a UN of unknown length is a sequence in implicit form',
      '09000110 554e 0000 ffffffff feff00e0 ffffffff 08006000 02000000 4354 feff0de0 00000000 feffdde0 00000000',
      EXPLICIT,
      '09000110 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feffdde0 00000000',
    ],
    [
      'the end of an item between items',
      '08001511 5351 0000 ffffffff feff0de0 00000000 feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
      EXPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
    ],
    [
      'the end of an item counted into its length',
      '08001511 5351 0000 24000000 feff00e0 1c000000 08006000 4353 0200 4354 feff0de0 00000000 08007000 4c4f 0200 4142 20001100 4953 0200 3120',
      EXPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 08007000 4c4f 0200 4142 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
    ],
    [
      'the end of a sequence counted into its length',
      '08001511 5351 0000 2c000000 feff00e0 0a000000 08006000 4353 0200 4354 feffdde0 00000000 feff00e0 0a000000 08006000 4353 0200 4d52 20001100 4953 0200 3120',
      EXPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feff00e0 ffffffff 08006000 4353 0200 4d52 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
    ],
    [
      'an item in an item that says its length',
      '08001511 5351 0000 1a000000 feff00e0 12000000 feff00e0 ffffffff 08006000 4353 0200 4354 20001100 4953 0200 3120',
      EXPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
    ],
    [
      'an item whose end is not marked',
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feffdde0 00000000 20001100 4953 0200 3120',
      EXPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
    ],
    [
      'a sequence whose end is not marked',
      '08001511 5351 0000 ffffffff feff00e0 0a000000 08006000 4353 0200 4354 20001100 4953 0200 3120',
      EXPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
    ],
    [
      'an item that says more than its sequence holds',
      '08001511 5351 0000 12000000 feff00e0 40000000 08006000 4353 0200 4354 20001100 4953 0200 3120',
      EXPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
    ],
    [
      'a value that says more than its item holds',
      '08001511 5351 0000 14000000 feff00e0 0c000000 08006000 4353 0a00 43544354 20001100 4953 0200 3120',
      EXPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0400 43544354 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
    ],
    [
      'zeros in an item',
      '08001511 5351 0000 1a000000 feff00e0 12000000 00000000 00000000 08006000 4353 0200 4354 20001100 4953 0200 3120',
      EXPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120',
    ],
    [
      'zeros whose number is no multiple of eight before the data set',
      '00000000 0000 08006000 4353 0200 4354',
      EXPLICIT,
      '08006000 4353 0200 4354',
    ],
    ['two zeros before the data set', '0000 08006000 4353 0200 4354', EXPLICIT, '08006000 4353 0200 4354'],
    [
      'zeros whose number is no multiple of eight behind it',
      '08006000 4353 0200 4354 00000000 00000000 0000',
      EXPLICIT,
      '08006000 4353 0200 4354',
    ],
    [
      'implicit where explicit is said',
      '08006000 02000000 4354 20001100 02000000 3120',
      EXPLICIT,
      '08006000 4353 0200 4354 20001100 4953 0200 3120',
    ],
    [
      'explicit where implicit is said',
      '08006000 4353 0200 4354 20001100 4953 0200 3120',
      IMPLICIT,
      '08006000 4353 0200 4354 20001100 4953 0200 3120',
    ],
    [
      'an element in implicit form',
      '08006000 4353 0200 4354 20001100 02000000 3120',
      EXPLICIT,
      '08006000 4353 0200 4354 20001100 4953 0200 3120',
    ],
    [
      'an element with two bytes for its VR that name none',
      '08006000 4353 0200 4354 20001100 0001 0200 3120',
      EXPLICIT,
      '08006000 4353 0200 4354 20001100 4953 0200 3120',
    ],
    [
      'a VR of a later edition',
      '08006000 4353 0200 4354 09000110 5858 0000 02000000 0102',
      EXPLICIT,
      '08006000 4353 0200 4354 09000110 554e 0000 02000000 0102',
    ],
    ['a value that the file ends in', '08006000 4353 0200 4354 20001100 4953 4000 3120', EXPLICIT, '08006000 4353 0200 4354'],
    [
      'pixels that the file ends in',
      '08006000 4353 0200 4354 e07f1000 4f42 0000 40000000 01020304',
      EXPLICIT,
      '08006000 4353 0200 4354 e07f1000 4f42 0000 04000000 01020304',
    ],
    [
      'an item that the file ends in',
      '08001511 ffffffff feff00e0 ffffffff 08006000 02000000 4354 08007000 40000000 41',
      IMPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 08006000 4353 0200 4354 feff0de0 00000000 feffdde0 00000000',
    ],
    [
      'US or SS of an item follows its own representation',
      '08001511 ffffffff feff00e0 ffffffff 28000301 02000000 0100 28000601 02000000 ffff feff0de0 00000000 feffdde0 00000000 28000701 02000000 ffff',
      IMPLICIT,
      '08001511 5351 0000 ffffffff feff00e0 ffffffff 28000301 5553 0200 0100 28000601 5353 0200 ffff feff0de0 00000000 feffdde0 00000000 28000701 5553 0200 ffff',
    ],
    [
      'compressed pixels of an icon',
      '88000002 5351 0000 ffffffff feff00e0 ffffffff e07f1000 4f42 0000 ffffffff feff00e0 00000000 feff00e0 02000000 aabb feffdde0 00000000 feff0de0 00000000 feffdde0 00000000',
      RLE,
      '88000002 5351 0000 ffffffff feff00e0 ffffffff e07f1000 4f42 0000 00000000 feff0de0 00000000 feffdde0 00000000',
    ],
    [
      'an item that ends in the midst of an element’s length',
      `00081115 5351 0000 00000012 fffee000 0000000a 00281201 4f57 0000 0000 00200011 4953 0002 3120 00204000 4c54 0020 ${'41'.repeat(32)}`,
      BIG,
      `08001511 5351 0000 ffffffff feff00e0 ffffffff 28000112 4f57 0000 00000000 feff0de0 00000000 feffdde0 00000000 20001100 4953 0200 3120 20000040 4c54 2000 ${'41'.repeat(32)}`,
    ],
    [
      'compressed pixels of an icon that are not closed',
      '88000002 5351 0000 ffffffff feff00e0 ffffffff 28001000 5553 0200 0100 e07f1000 4f42 0000 ffffffff feff00e0 00000000',
      RLE,
      '88000002 5351 0000 ffffffff feff00e0 ffffffff 28001000 5553 0200 0100 feff0de0 00000000 feffdde0 00000000',
    ],
    [
      'a value of no length that the file ends in',
      '08006000 4353 0200 4354 00600030 4f57 0000 ffffffff 0000',
      EXPLICIT,
      '08006000 4353 0200 4354',
    ],
    [
      'compressed pixels in big endian',
      '00080060 4353 0002 4354 7fe00010 4f42 0000 ffffffff feff00e0 00000000 feff00e0 02000000 aabb feffdde0 00000000 fffcfffc 4f42 0000 00000002 0000',
      BIG,
      '08006000 4353 0200 4354 e07f1000 4f42 0000 00000000 fcfffcff 4f42 0000 02000000 0000',
    ],
  ] as const)('%s', async (_name, bytes, from, expected, sampleBytes?: number) => {
    for (const chunk of [1, 3, 1000]) expect(await written(hex(bytes), from, sampleBytes ?? 1, undefined, chunk)).toBe(plain(expected));
  });

  it('puts decoded pixels and what decoding changed in place of compressed ones', async () => {
    const source = hex(
      `28000400 4353 0c00 ${Buffer.from('YBR_FULL_422').toString('hex')} e07f1000 4f42 0000 ffffffff feff00e0 00000000 feff00e0 02000000 aabb feffdde0 00000000 fcfffcff 4f42 0000 02000000 0000`,
    );
    const pixels: PixelReplacement = {
      attributes: new Map([
        [0x00280002, { vr: 'US', value: hex('0100') }],
        [0x00280004, { vr: 'CS', value: Buffer.from('RGB ') }],
      ]),
      vr: 'OB',
      bytes: 3,
      frames: (async function* () {
        yield hex('010203');
      })(),
    };
    expect(await written(source, RLE, 1, pixels)).toBe(
      plain('28000200 5553 0200 0100 28000400 4353 0400 52474220 e07f1000 4f42 0000 04000000 010203 00'),
    );
  });

  it('throws at endless nesting', async () => {
    const bytes = hex('08001511 ffffffff feff00e0 ffffffff'.repeat(SEQUENCE_DEPTH_MAX + 1));
    await expect(written(bytes, IMPLICIT)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('throws where the source gives fewer bytes than are stored', async () => {
    const source = (async function* () {
      yield hex('08006000 02000000');
    })();
    const stored = { transferSyntax: IMPLICIT, bytes: 10, behindMeta: true, sampleBytes: 1 };
    await expect(explicitLittleEndian(source, stored).next()).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
