import { afterAll, expect, test } from 'vitest';
import { decodeJpeg2000 } from '../../gateway/codec/pixels/codestream/wasm-decoders.ts';
import { createCodec } from '../../gateway/codec/threads/codec.ts';
import { openjpeg } from '../../gateway/codec/wasm/wasm-codecs.ts';
import { firstFrame, type SharedImage, sharedImages } from '../fixtures/dicom/shared-images.ts';

/** PS3.5 A.4.4: one image of each kind in the shared set becomes HTJ2K and comes back bit for bit, through OpenJPH and through OpenJPEG. */

const RPCL = '1.2.840.10008.1.2.4.202';
const codec = createCodec({ workers: 1 });
afterAll(() => codec.close());

test('PS3.5 A.4.4: HTJ2K made here is lossless', { timeout: 90_000 }, async () => {
  const unlike: string[] = [];
  let alike = 0;
  for (const image of kinds()) {
    const request = await firstFrame(image.path);
    if (request === undefined) continue;
    const codestream = await codec.encodeHtj2k(request).catch((thrown: { kind?: string }) => {
      expect(thrown.kind, image.file).toBe('unsupported');
      return undefined;
    });
    if (codestream === undefined) continue;
    const before = await codec.decodeFrame(request);
    if (before.planarConfiguration === 1 && before.samplesPerPixel > 1) continue;
    const coded = { bytes: codestream, transferSyntaxUID: RPCL, pixel: request.pixel };
    for (const after of [await codec.decodeFrame(coded), await decodeJpeg2000(coded, openjpeg)]) {
      if (Buffer.from(after.bytes).equals(Buffer.from(before.bytes))) alike++;
      else unlike.push(image.file);
    }
  }
  expect(unlike).toEqual([]);
  expect(alike).toBeGreaterThanOrEqual(2 * 50);
});

function kinds(): Iterable<SharedImage> {
  const byKind = new Map<string, SharedImage>();
  for (const image of sharedImages()) {
    const { category, transfer_syntax, photometric, bits_allocated, bits_stored } = image;
    const kind = [transfer_syntax, photometric, bits_allocated, bits_stored].join();
    if (image.pixel_frame1 !== undefined && category !== 'broken' && !byKind.has(kind)) byKind.set(kind, image);
  }
  return byKind.values();
}
