import { describe, expect, it } from 'vitest';
import { element, fragments, identity, imagePixel } from '../../../test/fixtures/dicom/dicom-bytes.ts';
import { bufferAccess, readObject } from '../parse/part10.ts';
import { syntaxOfCodestream } from './codestream.ts';

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

describe('what codec a frame is of', () => {
  it.each<[string, Buffer, string | undefined]>([
    ['JPEG baseline behind an application segment', hex('ffd8 ffe0 0004 4a46 ffc0 0011 08'), '1.2.840.10008.1.2.4.50'],
    ['JPEG extended', hex('ffd8 ffdb 0003 00 ffc1 0011 0c'), '1.2.840.10008.1.2.4.51'],
    ['JPEG lossless', hex('ffd8 ffc3 000b 10 0001'), '1.2.840.10008.1.2.4.57'],
    ['JPEG-LS behind fill bytes', hex('ffd8 ffff fff7 000b 08 0000'), '1.2.840.10008.1.2.4.81'],
    ['JPEG progressive: none of the syntaxes in use', hex('ffd8 ffc2 0004 0000 ffda 0004 0000'), undefined],
    ['JPEG 2000', hex('ff4f ff51 0029 0000 0000'), '1.2.840.10008.1.2.4.91'],
    ['HTJ2K', hex('ff4f ff51 0029 4000 0000'), '1.2.840.10008.1.2.4.203'],
    ['JPEG XL', hex('ff0a 0000 0000 0000'), '1.2.840.10008.1.2.4.112'],
    ['JPEG XL in boxes', hex('0000000c 4a584c20 0d0a870a'), '1.2.840.10008.1.2.4.112'],
    ['RLE', hex('01000000 40000000 00000000'), '1.2.840.10008.1.2.5'],
    ['pixels', hex('00000000 00000000 00000000'), undefined],
    ['too little', hex('ffd8'), undefined],
    ['a JPEG cut in its tables', hex('ffd8 ffdb 0043 0000'), undefined],
  ])('%s', (_name, bytes, expected) => {
    expect(syntaxOfCodestream(bytes)).toBe(expected);
  });

  it('a bare data set with fragments gets the syntax they show', async () => {
    const frame = hex('ffd8 ffc0 0011 0800 0100 01');
    const file = Buffer.concat([...identity(), ...imagePixel({ rows: 1, columns: 1, bitsAllocated: 8 }), fragments([], [frame])]);
    const parsed = await readObject(bufferAccess(file));
    expect(parsed.transferSyntaxUID).toBe('1.2.840.10008.1.2.4.50');
    expect(parsed.warnings).toContain('transfer-syntax-guessed');
  });

  it('without fragments nothing is guessed', async () => {
    const { warnings } = await readObject(bufferAccess(Buffer.concat([...identity(), element('7FE00010', 'OB', 'ab')])));
    expect(warnings).not.toContain('transfer-syntax-guessed');
  });
});
