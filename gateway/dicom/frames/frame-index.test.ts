import { describe, expect, it } from 'vitest';
import {
  element,
  fragments,
  identity,
  imagePixel,
  item,
  part10,
  SEQUENCE_END,
  UNDEFINED,
  us,
} from '../../../test/fixtures/dicom/dicom-bytes.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN, RLE_LOSSLESS } from '../dictionary/transfer-syntax.ts';
import { bufferAccess, type RandomAccess, readObject } from '../parse/part10.ts';
import { frameCount, frameRange, readFrame } from './frame-index.ts';

const JPEG_2000 = '1.2.840.10008.1.2.4.90';
const MPEG = '1.2.840.10008.1.2.4.102';
const JPEG_XL = '1.2.840.10008.1.2.4.110';

/** A fragment that begins as a JPEG 2000 codestream does, and one that goes on with it. */
const start = (fill: number, bytes = 10) => Buffer.concat([Buffer.from('ff4fff51', 'hex'), Buffer.alloc(bytes - 4, fill)]);
const more = (fill: number, bytes = 10) => Buffer.alloc(bytes, fill);
const image = (frames?: number) => imagePixel({ rows: 2, columns: 2, bitsAllocated: 8, ...(frames === undefined ? {} : { frames }) });
const longs = (...values: readonly number[]) => Buffer.from(new BigUint64Array(values.map(BigInt)).buffer);

async function framesOf(file: Buffer) {
  const source = bufferAccess(file);
  const { frames, warnings } = await readObject(source);
  const bytes: Buffer[] = [];
  for (let frame = 0; frame < frameCount(frames); frame += 1) bytes.push(Buffer.from(await readFrame(source, frames, frame)));
  return { frames, warnings, bytes };
}

describe('PS3.5 A.4: which fragments make which frame', () => {
  const a = start(1);
  const a2 = more(2);
  const b = start(3, 12);
  const c = start(5);
  const joined = Buffer.concat([a, a2]);

  it.each<[string, string, Buffer[], Buffer[], string[]]>([
    ['one frame in one fragment', JPEG_2000, [...image(), fragments([], [a])], [a], []],
    ['one frame in two fragments', JPEG_2000, [...image(), fragments([], [a, a2])], [joined], []],
    ['as many fragments as frames', JPEG_2000, [...image(3), fragments([], [a, b, c])], [a, b, c], []],
    ['basic offset table, one fragment a frame', JPEG_2000, [...image(2), fragments([0, 18], [a, b])], [a, b], []],
    ['basic offset table, several fragments a frame', JPEG_2000, [...image(2), fragments([0, 36], [a, a2, b])], [joined, b], []],
    ['no table: frames begin where codestreams begin', JPEG_2000, [...image(2), fragments([], [a, a2, b])], [joined, b], []],
    ['an offset into the middle of a fragment', JPEG_2000, [...image(2), fragments([0, 20], [a, b])], [a, b], ['offset-table-wrong']],
    ['a table of too few offsets', JPEG_2000, [...image(2), fragments([0], [a, b])], [a, b], ['offset-table-wrong']],
    ['a table that does not begin at 0', JPEG_2000, [...image(2), fragments([18, 0], [a, b])], [a, b], ['offset-table-wrong']],
    ['a table past the end', JPEG_2000, [...image(2), fragments([0, 4000], [a, b])], [a, b], ['offset-table-wrong']],
    ['more codestreams than frames', JPEG_2000, [...image(2), fragments([], [a, b, c])], [a, b, c], ['frames-and-fragments-differ']],
    ['fewer codestreams than frames', JPEG_2000, [...image(5), fragments([], [a, a2, b])], [joined, b], ['frames-and-fragments-differ']],
    [
      'fragments that begin as nothing known',
      RLE_LOSSLESS,
      [...image(3), fragments([], [a2, a2])],
      [a2, a2],
      ['frames-and-fragments-differ'],
    ],
    ['a stream of video is one piece', MPEG, [...image(90), fragments([], [a2, more(7)])], [Buffer.concat([a2, more(7)])], []],
    ['JPEG XL codestream', JPEG_XL, [...image(), fragments([], [Buffer.from('ff0a0102', 'hex')])], [Buffer.from('ff0a0102', 'hex')], []],
    ['no fragment at all', JPEG_2000, [...image(), fragments([], [])], [], ['no-fragments']],
    ['a fragment that is no image', JPEG_2000, [...image(), fragments([], [a2])], [a2], ['frame-without-image']],
    ['NumberOfFrames absent, many codestreams', JPEG_2000, [...image(), fragments([], [a, a2])], [joined], []],
    [
      'fragments under a native syntax',
      EXPLICIT_VR_LITTLE_ENDIAN,
      [...image(), fragments([], [a])],
      [a],
      ['fragments-in-native-syntax', 'transfer-syntax-guessed'],
    ],
    [
      'extended offset table; lengths leave the padding out',
      JPEG_2000,
      [...image(2), element('7FE00001', 'OV', longs(0, 18)), element('7FE00002', 'OV', longs(9, 12)), fragments([], [a, b])],
      [a.subarray(0, 9), b],
      [],
    ],
    [
      'extended offset table that is wrong',
      JPEG_2000,
      [...image(2), element('7FE00001', 'OV', longs(0, 3)), element('7FE00002', 'OV', longs(9, 12)), fragments([], [a, b])],
      [a, b],
      ['extended-offset-table-wrong'],
    ],
  ])('%s', async (_name, syntax, dataSet, expected, expectedWarnings) => {
    const { frames, bytes, warnings } = await framesOf(part10(syntax, ...identity(), ...dataSet));
    expect(frames.kind).toBe('encapsulated');
    expect(bytes).toEqual(expected);
    expect(warnings).toEqual(expectedWarnings);
  });

  it('a sequence delimiter in the middle of the compressed data ends nothing', async () => {
    const tricky = Buffer.concat([start(1, 8), SEQUENCE_END, item('FFFEE000'), more(2)]);
    const { bytes, warnings } = await framesOf(part10(JPEG_2000, ...identity(), ...image(), fragments([], [tricky])));
    expect(bytes).toEqual([tricky]);
    expect(warnings).toEqual([]);
  });

  it('elements behind the fragments are read', async () => {
    const file = part10(JPEG_2000, ...identity(), ...image(), fragments([], [a]), element('FFFCFFFC', 'OB', 'ab'));
    const { header } = await readObject(bufferAccess(file));
    expect(header['FFFCFFFC']).toEqual({ vr: 'OB', InlineBinary: 'YWI=' });
    expect(header['7FE00010']).toEqual({ vr: 'OB', BulkDataURI: 'bulkdata/7FE00010' });
  });

  it.each<[string, Buffer, string]>([
    ['the delimiter is missing', fragments([], [a]).subarray(0, -8), 'truncated'],
    [
      'a fragment is cut',
      Buffer.concat([element('7FE00010', 'OB', '', { length: UNDEFINED }), item('FFFEE000'), item('FFFEE000', a, 400)]),
      'truncated',
    ],
    [
      'something else stands between',
      Buffer.concat([fragments([], [a]).subarray(0, -8), element('00100020', 'LO', 'P1')]),
      'fragments-not-closed',
    ],
  ])('%s', async (_name, pixelData, code) => {
    const { bytes, warnings } = await framesOf(part10(JPEG_2000, ...identity(), ...image(), pixelData));
    expect(warnings).toContain(code);
    expect(bytes).toEqual([a]);
  });

  it('the pixels of an icon in an item are stepped over', async () => {
    const icon = element('00880200', 'SQ', item('FFFEE000', fragments([], [a])));
    const file = part10(JPEG_2000, ...identity(), ...image(), icon, fragments([], [b]));
    const { bytes, warnings } = await framesOf(file);
    expect(bytes).toEqual([b]);
    expect(warnings).toEqual([]);
    const { header } = await readObject(bufferAccess(file));
    expect(header['00880200']?.Value).toEqual([{ '7FE00010': { vr: 'OB', BulkDataURI: 'bulkdata/00880200/0/7FE00010' } }]);
  });

  it('reads item headers only', async () => {
    const bytes = 3_000_000;
    const file = part10(
      JPEG_2000,
      ...identity(),
      ...image(20),
      fragments(
        [],
        Array.from({ length: 20 }, (_, n) => start(n, bytes)),
      ),
    );
    let read = 0;
    const inner = bufferAccess(file);
    const source: RandomAccess = {
      bytes: file.length,
      read: (offset, length) => {
        read += length;
        return inner.read(offset, length);
      },
    };
    const { frames } = await readObject(source);
    expect(frameCount(frames)).toBe(20);
    expect(read).toBeLessThan(file.length / 50);
  });
});

describe('PS3.5 8.1.1: native frames', () => {
  const native = (pixels: Buffer, of: Parameters<typeof imagePixel>[0], vr = 'OB') =>
    framesOf(part10(EXPLICIT_VR_LITTLE_ENDIAN, ...identity(), ...imagePixel(of), element('7FE00010', vr, pixels)));

  it('8 and 16 bits', async () => {
    const pixels = Buffer.from(Array.from({ length: 24 }, (_, n) => n));
    expect((await native(pixels, { rows: 2, columns: 3, bitsAllocated: 8, frames: 4 })).bytes[2]).toEqual(pixels.subarray(12, 18));
    expect((await native(pixels, { rows: 2, columns: 3, bitsAllocated: 16, frames: 2 }, 'OW')).bytes[1]).toEqual(pixels.subarray(12, 24));
  });

  it('one bit a pixel: frames begin inside a byte', async () => {
    // 3 × 3 pixels: frame 0 is bits 0–8, frame 1 bits 9–17, frame 2 bits 18–26.
    const bits = [1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0];
    const pixels = Buffer.alloc(4);
    bits.forEach((bit, at) => {
      pixels[at >> 3] = (pixels[at >> 3] as number) | (bit << (at & 7));
    });
    const { bytes } = await native(pixels, { rows: 3, columns: 3, bitsAllocated: 1, frames: 3 });
    expect(bytes.map((frame) => [...frame])).toEqual([
      [0b01010101, 1],
      [0b11111111, 1],
      [0b00100100, 1],
    ]);
  });

  it.each<[string, string, number, number, number, number]>([
    ['two samples a pixel', 'YBR_FULL_422', 16, 1, 1, 128],
    ['three, as the length says', 'YBR_FULL_422', 24, 1, 1, 192],
    ['three in each of two frames', 'YBR_PARTIAL_422', 48, 2, 2, 192],
    ['a frame more than is said is no third sample', 'YBR_FULL_422', 32, 1, 1, 128],
    ['one and a half', 'YBR_PARTIAL_420', 12, 1, 1, 96],
    ['three under 4:2:0', 'YBR_PARTIAL_420', 24, 1, 1, 192],
  ])('reduced chroma: %s', async (_name, photometric, bytes, said, frames, frameBits) => {
    const found = await native(Buffer.alloc(bytes), { rows: 2, columns: 4, bitsAllocated: 8, samples: 3, photometric, frames: said });
    expect(found.frames).toMatchObject({ frames, frameBits });
  });

  it.each<[string, number, number, number, string[]]>([
    ['exact', 12, 3, 3, []],
    ['one byte of padding', 10, 2, 2, ['pixel-data-too-long']],
    ['too short', 8, 3, 2, ['pixel-data-too-short']],
    ['much too short', 2, 1, 0, ['pixel-data-too-short']],
  ])('%s', async (_name, bytes, numberOfFrames, frames, warnings) => {
    const found = await native(Buffer.alloc(bytes), { rows: 2, columns: 2, bitsAllocated: 8, frames: numberOfFrames });
    expect([found.bytes.length, found.warnings]).toEqual([frames, warnings]);
  });

  it('float pixels are found under their own tag', async () => {
    const file = part10(
      EXPLICIT_VR_LITTLE_ENDIAN,
      ...identity(),
      element('00280010', 'US', us(1)),
      element('00280011', 'US', us(2)),
      element('00280100', 'US', us(32)),
      element('7FE00008', 'OF', Buffer.alloc(8)),
    );
    expect((await readObject(bufferAccess(file))).frames).toMatchObject({ kind: 'native', tag: '7FE00008', frameBits: 64 });
  });

  it('cut pixels give the frames that are whole', async () => {
    const of = { rows: 2, columns: 2, bitsAllocated: 8, frames: 3 };
    const file = part10(
      EXPLICIT_VR_LITTLE_ENDIAN,
      ...identity(),
      ...imagePixel(of),
      element('7FE00010', 'OB', Buffer.alloc(9), { length: 12 }),
    );
    const { bytes, warnings } = await framesOf(file);
    expect(bytes.length).toBe(2);
    expect(warnings).toEqual(['truncated', 'odd-length', 'pixel-data-too-short']);
  });

  it('pixels without a description are no frames', async () => {
    const { frames, warnings } = await framesOf(part10(EXPLICIT_VR_LITTLE_ENDIAN, ...identity(), element('7FE00010', 'OB', 'abcd')));
    expect([frames, warnings]).toEqual([{ kind: 'none' }, ['pixels-without-description']]);
  });
});

describe('asking for a frame that is not there', () => {
  const index = { kind: 'native', frames: 2, offset: 0, frameBits: 32, tag: '7FE00010' } as const;
  it.each([-1, 2, 0.5, Number.NaN])('%d', (frame) => {
    expect(() => frameRange(index, frame)).toThrow(expect.objectContaining({ kind: 'not-found' }));
  });
  it('of an object without pixels', () => {
    expect(() => frameRange({ kind: 'none' }, 0)).toThrow(expect.objectContaining({ kind: 'not-found' }));
  });
  it('of an object that is shorter than its index says', async () => {
    await expect(readFrame(bufferAccess(Buffer.alloc(5)), index, 1)).rejects.toMatchObject({ kind: 'invalid' });
  });
});
