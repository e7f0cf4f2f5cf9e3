import { describe, expect, test } from 'vitest';
import { element, identity, part10 } from '../../../test/fixtures/dicom/dicom-bytes.ts';
import { bufferAccess, readObject } from '../parse/part10.ts';

async function valuesOf(vr: string, bytes: Uint8Array | string, characterSet = 'ISO_IR 192'): Promise<unknown> {
  const file = part10('1.2.840.10008.1.2.1', element('00080005', 'CS', characterSet), ...identity(), element('00990010', vr, bytes));
  return (await readObject(bufferAccess(file))).header['00990010']?.Value;
}

function doubles(...values: readonly number[]): Buffer {
  return Buffer.from(new Float64Array(values).buffer);
}

describe('a number of JSON says what the file says, or the text stands (PS3.18 F.2.3.1)', () => {
  test.each<[vr: string, text: string, expected: unknown]>([
    ['DS', '1.5', 1.5],
    ['DS', '-0.5e1', -5],
    ['DS', '0', 0],
    ['DS', '0.000', 0],
    ['DS', '127.', 127],
    ['DS', '1e308', 1e308],
    ['DS', '1e400', '1e400'],
    ['DS', '-1E999', '-1E999'],
    ['DS', '1e-400', '1e-400'],
    ['DS', '5e-324', 5e-324],
    ['DS', '1.23456789e-310', 1.23456789e-310],
    ['DS', '3e-324', '3e-324'],
    ['DS', '0.1234567890123456', 0.1234567890123456],
    ['DS', '9007199254740993', '9007199254740993'],
    ['DS', '9007199254740992', 9007199254740992],
    ['DS', '3.14159265358979323846', '3.14159265358979323846'],
    ['DS', '100000000000000000000', 1e20],
    ['DS', 'NaN', 'NaN'],
    ['DS', 'Infinity', 'Infinity'],
    ['DS', '1,5', '1,5'],
    ['IS', '12345678901', 12345678901],
    ['IS', '+7', 7],
    ['IS', '1.0', 1],
    ['IS', '99999999999999999999', '99999999999999999999'],
    ['IS', '9223372036854775807', '9223372036854775807'],
  ])('%s %s', async (vr, text, expected) => {
    expect(await valuesOf(vr, text)).toEqual([expected]);
  });

  test('several, one of them beyond', async () => {
    expect(await valuesOf('DS', '1\\1e400\\\\2')).toEqual([1, '1e400', null, 2]);
  });

  test('floats that are no numbers are named', async () => {
    expect(await valuesOf('FD', doubles(1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY))).toEqual([
      1,
      'NaN',
      'Infinity',
      '-Infinity',
    ]);
  });

  test('64-bit integers', async () => {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(2n ** 64n - 1n, 0);
    bytes.writeBigUInt64LE(7n, 8);
    expect(await valuesOf('UV', bytes)).toEqual(['18446744073709551615', 7]);
    expect(await valuesOf('SV', bytes)).toEqual([-1, 7]);
  });
});

describe('JIS X 0201 in each VR: 5C parts values or is a yen sign', () => {
  const bytes = Buffer.from('a\\b~', 'latin1');
  test.each<[vr: string, characterSet: string, expected: unknown]>([
    ['LT', 'ISO_IR 13', ['a¥b‾']],
    ['ST', 'ISO_IR 13', ['a¥b‾']],
    ['UT', 'ISO_IR 13', ['a¥b‾']],
    ['SH', 'ISO_IR 13', ['a', 'b‾']],
    ['LO', 'ISO_IR 13', ['a', 'b‾']],
    ['UC', 'ISO_IR 13', ['a', 'b‾']],
    ['PN', 'ISO_IR 13', [{ Alphabetic: 'a' }, { Alphabetic: 'b‾' }]],
    ['CS', 'ISO_IR 13', ['a', 'b~']],
    ['UR', 'ISO_IR 13', ['a\\b~']],
    ['LT', 'ISO_IR 100', ['a\\b~']],
    ['LT', 'ISO_IR 192', ['a\\b~']],
    ['LT', 'ISO 2022 IR 13\\ISO 2022 IR 87', ['a¥b‾']],
  ])('%s in %s', async (vr, characterSet, expected) => {
    expect(await valuesOf(vr, bytes, characterSet)).toEqual(expected);
  });
});
