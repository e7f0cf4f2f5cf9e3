import { expect, test } from 'vitest';
import { element, type Form, identity, part10, ul, us } from '../../../test/fixtures/dicom/dicom-bytes.ts';
import { bufferAccess, readObject } from './part10.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const IMPLICIT = '1.2.840.10008.1.2';
const BIG = '1.2.840.10008.1.2.2';
const implicit: Form = { explicitVR: false };
const big: Form = { bigEndian: true };

test.each<[name: string, syntax: string, leading: Uint8Array, form: Form]>([
  ['a command group length', EXPLICIT, element('00000000', 'UL', ul(56)), {}],
  ['a command group length, implicit', EXPLICIT, element('00000000', 'UL', ul(56), implicit), {}],
  [
    'several elements of a command',
    EXPLICIT,
    Buffer.concat([element('00000000', 'UL', ul(56), implicit), element('00000100', 'US', us(1), implicit)]),
    {},
  ],
  ['an element of an unknown VR', EXPLICIT, Buffer.from([0, 0, 2, 0, 0x7a, 0x7a, 0, 0]), {}],
  ['eight zeros', EXPLICIT, Buffer.alloc(8), {}],
  ['two zeros', EXPLICIT, Buffer.alloc(2), {}],
  ['many zeros', EXPLICIT, Buffer.alloc(1026), {}],
  ['zeros before implicit', IMPLICIT, Buffer.alloc(16), implicit],
  ['a command before implicit', IMPLICIT, element('00000002', 'UI', '1.2.840', implicit), implicit],
  ['zeros before big endian', BIG, Buffer.alloc(16), big],
  ['an item delimitation', EXPLICIT, Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0]), {}],
  ['a sequence delimitation', EXPLICIT, Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]), {}],
  ['the begin of an item', EXPLICIT, Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]), {}],
  ['the begin of an item of no told length', EXPLICIT, Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]), {}],
  ['the begin of an item of some length', EXPLICIT, Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0x40, 0, 0, 0]), {}],
  ['delimitations and zeros', EXPLICIT, Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0, 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0, 0, 0]), {}],
  ['an item delimitation before implicit', IMPLICIT, Buffer.from([0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0]), implicit],
  ['an item delimitation before big endian', BIG, Buffer.from([0xff, 0xfe, 0xe0, 0x0d, 0, 0, 0, 0]), big],
])('%s before the data set: stepped over, with a warning', async (_name, syntax, leading, form) => {
  const { header, warnings } = await readObject(
    bufferAccess(part10(syntax, leading, ...identity(form), element('00200013', 'IS', '7 ', form))),
  );
  expect([header['0020000D']?.Value, header['00200013']?.Value]).toEqual([['1.2.3.4.2'], [7]]);
  expect(warnings).toEqual(['leading-bytes']);
});

test.each([
  ['nothing but zeros', part10(EXPLICIT, Buffer.alloc(4096))],
  ['zeros and no preamble', Buffer.concat([Buffer.alloc(64), ...identity()])],
])('%s is no data set', async (_name, bytes) => {
  const read = await readObject(bufferAccess(bytes)).then(
    ({ header }) => Object.keys(header).length,
    () => 0,
  );
  expect(read).toBe(0);
});
