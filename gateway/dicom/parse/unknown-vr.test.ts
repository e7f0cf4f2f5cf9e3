import { expect, test } from 'vitest';
import type { DicomJsonElement } from '../../domain/imaging/dataset.ts';
import { knownElement } from './unknown-vr.ts';

const un = (bytes: Uint8Array | string, encoding: BufferEncoding = 'latin1'): DicomJsonElement => ({
  vr: 'UN',
  InlineBinary: (typeof bytes === 'string' ? Buffer.from(bytes, encoding) : Buffer.from(bytes)).toString('base64'),
});
const value = (vr: string, ...Value: readonly unknown[]) => ({ vr, Value });

/** Yamada^Tarou=山田^太郎=やまだ^たろう, PS3.5 H.3.1. */
const IR_87 = Buffer.from(
  '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b28423d1b24422464245e24401b28425e1b2442243f246d24261b2842',
  'hex',
);

test.each<[name: string, tag: string, element: DicomJsonElement, declared: readonly string[], expected: object]>([
  ['a UID', '0020000D', un('1.2.3\0'), [], value('UI', '1.2.3')],
  ['a date', '00080020', un('20030805'), [], value('DA', '20030805')],
  ['several values', '00080008', un('ORIGINAL\\PRIMARY '), [], value('CS', 'ORIGINAL', 'PRIMARY')],
  ['a number', '00200013', un('7 '), [], value('IS', 7)],
  ['a word', '00280010', un(Uint8Array.of(0, 2)), [], value('US', 512)],
  [
    'a name in UTF-8 that nobody declared',
    '00100010',
    un('Yamada^Taro=山田^太郎', 'utf8'),
    [],
    value('PN', { Alphabetic: 'Yamada^Taro', Ideographic: '山田^太郎' }),
  ],
  [
    'a name in ISO 2022 IR 87',
    '00100010',
    un(IR_87),
    ['', 'ISO 2022 IR 87'],
    value('PN', { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }),
  ],
  [
    'a name in ISO_IR 13',
    '00100010',
    un(Uint8Array.of(0xd4, 0xcf, 0xc0, 0xde, 0x5e, 0xc0, 0xdb, 0xb3)),
    ['ISO_IR 13'],
    value('PN', { Alphabetic: 'ﾔﾏﾀﾞ^ﾀﾛｳ' }),
  ],
  ['a name in ISO_IR 100', '00100010', un('Buc^J\xe9r\xf4me'), ['ISO_IR 100'], value('PN', { Alphabetic: 'Buc^Jérôme' })],
  ['a name in GB18030', '00100010', un(Uint8Array.of(0xcd, 0xf5)), ['GB18030'], value('PN', { Alphabetic: '王' })],
  ['text that is no UTF-8', '00081030', un('Kn\xf6chel'), [], value('LO', 'Knöchel')],
  ['a CS beside it is ASCII', '00080060', un('CT'), ['ISO_IR 13'], value('CS', 'CT')],
  ['an empty value', '00080050', { vr: 'UN' }, [], { vr: 'UN' }],
  ['a private attribute', '00091010', un('x'), [], un('x')],
  ['a known VR', '0020000D', { vr: 'UI', Value: ['1.2'] }, [], value('UI', '1.2')],
])('%s', (_name, tag, element, declared, expected) => {
  expect(knownElement({ [tag]: element }, tag, declared)).toEqual(expected);
});
