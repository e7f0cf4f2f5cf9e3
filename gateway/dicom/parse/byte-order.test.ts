import { expect, it } from 'vitest';
import { byteOrderUnitBytes, swapByteOrder } from './byte-order.ts';

it.each([
  ['US', '0102030405', '0201040305'],
  ['AT', '00100020', '10002000'],
  ['FL', '01020304050607', '04030201050607'],
  ['FD', '0102030405060708', '0807060504030201'],
  ['OB', '0102', '0102'],
  ['PN', '0102', '0102'],
  ['UN', '0102', '0102'],
  ['OW', '', ''],
  ['OV', '01020304', '01020304'],
])('PS3.5 7.3: %s %s becomes %s', (vr, hex, expected) => {
  const bytes = Buffer.from(hex, 'hex');
  swapByteOrder(bytes, byteOrderUnitBytes(vr));
  expect(bytes.toString('hex')).toBe(expected);
});
