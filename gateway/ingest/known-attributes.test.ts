import { expect, test } from 'vitest';
import { knownAttributes } from './known-attributes.ts';

const un = (text: string, encoding: BufferEncoding = 'latin1') => ({
  vr: 'UN',
  InlineBinary: Buffer.from(text, encoding).toString('base64'),
});

test.each([
  { name: 'a UID', tag: '0020000D', element: un('1.2.3\0'), expected: { vr: 'UI', Value: ['1.2.3'] } },
  { name: 'a date', tag: '00080020', element: un('20030805'), expected: { vr: 'DA', Value: ['20030805'] } },
  { name: 'several values', tag: '00080008', element: un('ORIGINAL\\PRIMARY '), expected: { vr: 'CS', Value: ['ORIGINAL', 'PRIMARY'] } },
  {
    name: 'a name',
    tag: '00100010',
    element: un('Yamada^Taro=山田^太郎', 'utf8'),
    expected: { vr: 'PN', Value: [{ Alphabetic: 'Yamada^Taro', Ideographic: '山田^太郎' }] },
  },
  { name: 'text that is no UTF-8', tag: '00081030', element: un('Kn\xf6chel'), expected: { vr: 'LO', Value: ['Knöchel'] } },
  { name: 'an empty value', tag: '00080050', element: { vr: 'UN' }, expected: { vr: 'UN' } },
  { name: 'a private attribute', tag: '00091010', element: un('x'), expected: un('x') },
  { name: 'a sequence', tag: '300C0002', element: un('x'), expected: un('x') },
  { name: 'a known VR', tag: '0020000D', element: { vr: 'UI', Value: ['1.2'] }, expected: { vr: 'UI', Value: ['1.2'] } },
])('$name', ({ tag, element, expected }) => {
  expect(knownAttributes({ [tag]: element })).toEqual({ [tag]: expected });
});
