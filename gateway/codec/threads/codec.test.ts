import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { greyPixels } from '../../../test/fixtures/dicom/grey-pixels.ts';
import type { PixelDescription } from '../../domain/imaging/dataset.ts';
import type { RenderOptions } from '../../domain/imaging/rendering.ts';
import { decompositions } from '../wasm/htj2k-encoder.ts';
import { createCodec } from './codec.ts';

const EXPLICIT_LE = '1.2.840.10008.1.2.1';
const EXPLICIT_BE = '1.2.840.10008.1.2.2';
const RPCL = '1.2.840.10008.1.2.4.202';

const pixelOf = (columns: number, rows: number, more: Partial<PixelDescription> = {}) =>
  greyPixels(columns, rows, { bitsAllocated: 16, ...more });

function noise(length: number): Uint8Array {
  let state = length;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
}

const codec = createCodec({ workers: 1 });
afterAll(() => codec.close());

describe('decoding', () => {
  it('gives the frame and leaves the caller its bytes', async () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const frame = await codec.decodeFrame({ bytes, transferSyntaxUID: EXPLICIT_BE, pixel: pixelOf(2, 1) });
    expect([...frame.bytes]).toEqual([2, 1, 4, 3]);
    expect(frame).toMatchObject({
      rows: 1,
      columns: 2,
      bitsAllocated: 16,
      photometricInterpretation: 'MONOCHROME2',
      planarConfiguration: 0,
    });
    expect([...bytes]).toEqual([1, 2, 3, 4]);
  });

  it.each([
    { name: 'MPEG-4', syntax: '1.2.840.10008.1.2.4.102', kind: 'unsupported' },
    { name: 'JPIP', syntax: '1.2.840.10008.1.2.4.94', kind: 'unsupported' },
    { name: 'a name of Object', syntax: 'toString', kind: 'unsupported' },
    { name: 'no JPEG 2000', syntax: '1.2.840.10008.1.2.4.90', kind: 'invalid' },
    { name: 'no JPEG', syntax: '1.2.840.10008.1.2.4.50', kind: 'invalid' },
    { name: 'no JPEG-LS', syntax: '1.2.840.10008.1.2.4.80', kind: 'invalid' },
    { name: 'no JPEG XL', syntax: '1.2.840.10008.1.2.4.110', kind: 'invalid' },
    { name: 'no HTJ2K', syntax: RPCL, kind: 'invalid' },
    { name: 'no deflate', syntax: '1.2.840.10008.1.2.8.1', kind: 'invalid' },
  ])('$name is $kind', async ({ syntax, kind }) => {
    expect(codec.canDecode(syntax)).toBe(kind === 'invalid');
    const request = { bytes: noise(64), transferSyntaxUID: syntax, pixel: pixelOf(2, 2) };
    await expect(codec.decodeFrame(request)).rejects.toMatchObject({ name: 'DomainError', kind });
  });

  it('who has left gets nothing', async () => {
    const request = { bytes: noise(8), transferSyntaxUID: EXPLICIT_LE, pixel: pixelOf(2, 2) };
    await expect(codec.decodeFrame(request, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    await expect(
      codec.renderFrame({ ...request, header: {}, frame: 0 }, { format: 'image/png', quality: 90 }, AbortSignal.abort(new Error('left'))),
    ).rejects.toThrow('left');
  });
});

describe('HTJ2K, 1.2.840.10008.1.2.4.202', () => {
  const rgb = { samplesPerPixel: 3, photometricInterpretation: 'RGB', bitsAllocated: 8 };
  it.each<{ name: string; pixel: PixelDescription }>([
    { name: 'grey of 8 bits', pixel: pixelOf(65, 33, { bitsAllocated: 8 }) },
    { name: 'grey of 16 bits', pixel: pixelOf(200, 100) },
    { name: 'grey of 16 bits, signed', pixel: pixelOf(100, 200, { pixelRepresentation: 1 }) },
    { name: 'grey of 12 bits with others above', pixel: pixelOf(64, 64, { bitsStored: 12, highBit: 11 }) },
    { name: 'one pixel', pixel: pixelOf(1, 1) },
    { name: 'one line', pixel: pixelOf(512, 1) },
    { name: 'RGB', pixel: pixelOf(70, 40, rgb) },
  ])('$name comes back bit for bit', async ({ pixel }) => {
    const bytes = noise((pixel.rows * pixel.columns * pixel.samplesPerPixel * pixel.bitsAllocated) / 8);
    const codestream = await codec.encodeHtj2k({ bytes, transferSyntaxUID: EXPLICIT_LE, pixel });
    const back = await codec.decodeFrame({ bytes: codestream, transferSyntaxUID: RPCL, pixel });
    expect(Buffer.from(back.bytes).equals(Buffer.from(bytes))).toBe(true);
  });

  it('RGB by plane comes back interleaved', async () => {
    const bytes = Uint8Array.of(1, 4, 2, 5, 3, 6);
    const pixel = pixelOf(2, 1, { ...rgb, planarConfiguration: 1 });
    const codestream = await codec.encodeHtj2k({ bytes, transferSyntaxUID: EXPLICIT_LE, pixel });
    const back = await codec.decodeFrame({ bytes: codestream, transferSyntaxUID: RPCL, pixel });
    expect([...back.bytes]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(back.planarConfiguration).toBe(0);
  });

  it('is RPCL with TLM and a tile-part for each resolution', async () => {
    const pixel = pixelOf(512, 512);
    const stream = Buffer.from(await codec.encodeHtj2k({ bytes: noise(512 * 512 * 2), transferSyntaxUID: EXPLICIT_LE, pixel }));
    const at = (marker: string) => stream.indexOf(marker, 0, 'hex');
    const cod = at('ff52');
    expect(stream[cod + 5], 'progression order').toBe(2);
    expect(stream[cod + 9], 'decompositions').toBe(5);
    expect(at('ff50'), 'CAP').toBeGreaterThan(0);
    expect(at('ff55'), 'TLM').toBeGreaterThan(0);
    let tileParts = 0;
    for (let sot = at('ff90'); stream.readUInt16BE(sot) === 0xff90; sot += stream.readUInt32BE(sot + 6)) tileParts++;
    expect(tileParts).toBe(6);
  });

  it.each([
    { columns: 512, rows: 512, expected: 5 },
    { columns: 300, rows: 128, expected: 3 },
    { columns: 4096, rows: 40, expected: 1 },
    { columns: 1, rows: 1, expected: 1 },
  ])('decompositions of $columns × $rows', ({ columns, rows, expected }) => {
    expect(decompositions(columns, rows)).toBe(expected);
  });

  it.each<{ name: string; pixel: PixelDescription }>([
    { name: 'bits', pixel: pixelOf(8, 8, { bitsAllocated: 1 }) },
    { name: '32 bits', pixel: pixelOf(8, 8, { bitsAllocated: 32 }) },
    { name: 'signed bytes', pixel: pixelOf(8, 8, { bitsAllocated: 8, pixelRepresentation: 1 }) },
    { name: 'RGB of 16 bits', pixel: pixelOf(8, 8, { ...rgb, bitsAllocated: 16 }) },
    { name: 'YBR_FULL_422', pixel: pixelOf(8, 8, { ...rgb, photometricInterpretation: 'YBR_FULL_422' }) },
  ])('$name: unsupported', async ({ pixel }) => {
    await expect(codec.encodeHtj2k({ bytes: noise(512), transferSyntaxUID: EXPLICIT_LE, pixel })).rejects.toMatchObject({
      kind: 'unsupported',
    });
  });

  it('every cut is refused', async () => {
    const pixel = pixelOf(64, 64);
    const whole = await codec.encodeHtj2k({ bytes: noise(64 * 64 * 2), transferSyntaxUID: EXPLICIT_LE, pixel });
    for (let length = 0; length < whole.length; length += 97) {
      await expect(codec.decodeFrame({ bytes: whole.subarray(0, length), transferSyntaxUID: RPCL, pixel })).rejects.toMatchObject({
        kind: 'invalid',
      });
    }
  });
});

describe('rendering', () => {
  /** Four quarters: 0 at the upper left, 80, 160, 240 at the lower right. */
  const side = 40;
  const bytes = Uint8Array.from({ length: side * side }, (_, i) => (i % side < side / 2 ? 0 : 80) + (i < (side * side) / 2 ? 0 : 160));
  const request = { bytes, transferSyntaxUID: EXPLICIT_LE, pixel: pixelOf(side, side, { bitsAllocated: 8 }), header: {}, frame: 0 };

  async function rendered(options: Partial<RenderOptions>) {
    const encoded = await codec.renderFrame(request, { format: 'image/png', quality: 90, ...options });
    const { format } = await sharp(encoded).metadata();
    const { data, info } = await sharp(encoded).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => data[(Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels];
    return { format, width: info.width, height: info.height, quarters: [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)] };
  }

  it('PNG as it is', async () => {
    expect(await rendered({})).toEqual({ format: 'png', width: side, height: side, quarters: [0, 80, 160, 240] });
  });

  it('JPEG', async () => {
    const { format, quarters } = await rendered({ format: 'image/jpeg' });
    expect(format).toBe('jpeg');
    for (const [i, value] of quarters.entries()) expect(Math.abs((value as number) - i * 80)).toBeLessThan(4);
  });

  it('quality is heeded', async () => {
    const noisy = { ...request, bytes: noise(side * side) };
    const [low, high] = await Promise.all([5, 95].map((quality) => codec.renderFrame(noisy, { format: 'image/jpeg', quality })));
    expect(low?.length).toBeLessThan((high?.length ?? 0) / 2);
  });

  it.each([
    {
      name: 'fits the viewport, aspect kept',
      viewport: { columns: 20, rows: 10 },
      expected: { width: 10, height: 10, quarters: [0, 80, 160, 240] },
    },
    { name: 'grows to fit it', viewport: { columns: 80, rows: 100 }, expected: { width: 80, height: 80, quarters: [0, 80, 160, 240] } },
    {
      name: 'of a source region',
      viewport: { columns: 20, rows: 20, source: { x: 20, y: 20, width: 20, height: 20 } },
      expected: { width: 20, height: 20, quarters: [240, 240, 240, 240] },
    },
    {
      name: 'flipped in x',
      viewport: { columns: 40, rows: 40, source: { x: 0, y: 0, width: -40, height: 40 } },
      expected: { width: 40, height: 40, quarters: [80, 0, 240, 160] },
    },
    {
      name: 'flipped in y',
      viewport: { columns: 40, rows: 40, source: { x: 0, y: 0, width: 40, height: -40 } },
      expected: { width: 40, height: 40, quarters: [160, 240, 0, 80] },
    },
    {
      name: 'a region that reaches outside is cut to the image',
      viewport: { columns: 20, rows: 20, source: { x: 20, y: 20, width: 500, height: 500 } },
      expected: { width: 20, height: 20, quarters: [240, 240, 240, 240] },
    },
  ])('$name', async ({ viewport, expected }) => {
    const { quarters, ...size } = expected;
    const picture = await rendered({ viewport });
    expect(picture).toMatchObject(size);
    // The filter rings a little beside the edges.
    for (const [i, value] of quarters.entries()) expect(Math.abs((picture.quarters[i] as number) - value)).toBeLessThanOrEqual(2);
  });

  it.each([
    { name: 'a region outside', viewport: { columns: 9, rows: 9, source: { x: 40, y: 0, width: 5, height: 5 } }, kind: 'invalid' },
    { name: 'an empty region', viewport: { columns: 9, rows: 9, source: { x: 0, y: 0, width: 0, height: 5 } }, kind: 'invalid' },
    { name: 'an empty viewport', viewport: { columns: 0, rows: 9 }, kind: 'invalid' },
    { name: 'a viewport past the bound', viewport: { columns: 20_000, rows: 9 }, kind: 'too-large' },
  ])('$name is $kind', async ({ viewport, kind }) => {
    await expect(codec.renderFrame(request, { format: 'image/png', quality: 90, viewport })).rejects.toMatchObject({
      name: 'DomainError',
      kind,
    });
  });

  it('no more at once than threads and queue hold', async () => {
    const small = createCodec({ renderers: 1, queueMax: 1 });
    try {
      const results = await Promise.allSettled(
        Array.from({ length: 4 }, () => small.renderFrame(request, { format: 'image/png', quality: 90 })),
      );
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
      expect(results[3]).toMatchObject({ reason: { kind: 'busy' } });
    } finally {
      await small.close();
    }
  });
});
