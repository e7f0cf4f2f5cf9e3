import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { element, identity, part10, us } from '../../test/fixtures/dicom/dicom-bytes.ts';
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  RLE_LOSSLESS,
} from '../dicom/dictionary/transfer-syntax.ts';
import { bufferAccess, readObject } from '../dicom/parse/part10.ts';
import { pixelDescription } from '../domain/imaging/pixel-description.ts';
import { frameToDecode, frameToRender, PRESENTATION_VALUE_BYTES_MAX, pixelSyntax, type StoredImage } from './stored-image.ts';

async function imageIn(file: Buffer): Promise<StoredImage> {
  const source = bufferAccess(file);
  const { header, frames, transferSyntaxUID } = await readObject(source);
  const pixel = pixelDescription(header);
  if (pixel === undefined) throw new Error('no image');
  return { source, header, frames, transferSyntaxUID, pixel };
}

/** An 8-bit palette image of one row; its three palettes are `entries` long. */
function paletteImage(entries: number, bigEndian = false): Buffer {
  const form = { bigEndian };
  const words = (...values: readonly number[]) => (bigEndian ? Buffer.from(us(...values)).swap16() : us(...values));
  const palette = Buffer.concat(Array.from({ length: entries }, (_, index) => words(index * 3)));
  const channels = ['1', '2', '3'];
  return Buffer.concat([
    ...(bigEndian ? [] : identity()),
    element('00280002', 'US', words(1), form),
    element('00280004', 'CS', 'PALETTE COLOR', form),
    element('00280010', 'US', words(1), form),
    element('00280011', 'US', words(4), form),
    element('00280100', 'US', words(8), form),
    element('00280101', 'US', words(8), form),
    element('00280102', 'US', words(7), form),
    element('00280103', 'US', words(0), form),
    ...channels.map((n) => element(`0028110${n}`, 'US', words(entries, 0, 16), form)),
    ...channels.map((n) => element(`0028120${n}`, 'OW', palette, form)),
    element('7FE00010', 'OB', Buffer.from([1, 2, 3, 4]), form),
  ]);
}

describe('palettes and LUTs that a header holds by reference', () => {
  const wanted = us(...Array.from({ length: 1000 }, (_, index) => index * 3)).toString('base64');

  it.each([
    ['little endian', part10(EXPLICIT_VR_LITTLE_ENDIAN, paletteImage(1000))],
    ['big endian, turned to little', part10(EXPLICIT_VR_BIG_ENDIAN, paletteImage(1000, true))],
    ['deflated', part10(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, deflateRawSync(paletteImage(1000)))],
  ])('%s', async (_name, file) => {
    const image = await imageIn(file);
    expect(image.header['00281201']).toMatchObject({ BulkDataURI: expect.any(String) });
    const { header, bytes, frame } = await frameToRender(image, 0);
    for (const n of ['1', '2', '3']) expect(header[`0028120${n}`]?.InlineBinary).toBe(wanted);
    expect([[...bytes], frame]).toEqual([[1, 2, 3, 4], 0]);
  });

  it('are read once', async () => {
    const image = await imageIn(part10(EXPLICIT_VR_LITTLE_ENDIAN, paletteImage(1000)));
    await frameToRender(image, 0);
    const reads: number[] = [];
    const counted = {
      bytes: image.source.bytes,
      read: (from: number, length: number) => image.source.read(from, reads.push(length) && length),
    };
    await frameToRender({ ...image, source: counted }, 0);
    expect(reads).toEqual([4]);
  });

  it('a value larger than any table is left where it is', async () => {
    const image = await imageIn(part10(EXPLICIT_VR_LITTLE_ENDIAN, paletteImage(PRESENTATION_VALUE_BYTES_MAX / 2 + 1)));
    expect((await frameToRender(image, 0)).header['00281201']?.InlineBinary).toBeUndefined();
  });
});

describe('PS3.5 8.1.1 and A.3: bytes in big endian words', () => {
  /** Two frames of 3 bytes each: 1 2 3, 4 5 6, in words that begin with their second byte. */
  const file = part10(
    EXPLICIT_VR_BIG_ENDIAN,
    Buffer.concat([
      element('00280002', 'US', Buffer.from([0, 1]), { bigEndian: true }),
      element('00280004', 'CS', 'MONOCHROME2', { bigEndian: true }),
      element('00280008', 'IS', '2', { bigEndian: true }),
      element('00280010', 'US', Buffer.from([0, 1]), { bigEndian: true }),
      element('00280011', 'US', Buffer.from([0, 3]), { bigEndian: true }),
      element('00280100', 'US', Buffer.from([0, 8]), { bigEndian: true }),
      element('7FE00010', 'OW', Buffer.from([2, 1, 4, 3, 6, 5]), { bigEndian: true }),
    ]),
  );

  it.each([
    [0, [1, 2, 3]],
    [1, [4, 5, 6]],
  ])('frame %i of odd length', async (frame, bytes) => {
    const request = await frameToDecode(await imageIn(file), frame);
    expect([[...request.bytes], request.transferSyntaxUID]).toEqual([bytes, EXPLICIT_VR_LITTLE_ENDIAN]);
  });

  it('a frame that is cut in its last word says so', async () => {
    const image = await imageIn(file);
    const cut = { bytes: image.source.bytes - 1, read: image.source.read };
    const short: StoredImage = {
      ...image,
      source: { bytes: cut.bytes, read: (from, length) => cut.read(from, Math.min(length, cut.bytes - from)) },
    };
    await expect(frameToDecode(short, 1)).rejects.toMatchObject({ kind: 'invalid' });
  });
});

it('native pixels under the UID of a compressed syntax are native', () => {
  const native = { kind: 'native', frames: 1, offset: 0, frameBits: 8, tag: '7FE00010' } as const;
  expect(pixelSyntax(native, RLE_LOSSLESS)).toBe(EXPLICIT_VR_LITTLE_ENDIAN);
  expect(pixelSyntax({ kind: 'encapsulated', frames: [[0, 1]] }, RLE_LOSSLESS)).toBe(RLE_LOSSLESS);
  expect(pixelSyntax(native, EXPLICIT_VR_BIG_ENDIAN)).toBe(EXPLICIT_VR_BIG_ENDIAN);
});
