import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Codec, createCodec, type DecodedFrame } from '../../gateway/codec/codec.ts';
import { readFrame } from '../../gateway/dicom/frame-index.ts';
import { bufferAccess, readObject } from '../../gateway/dicom/part10.ts';
import { pixelDescription } from '../../gateway/dicom/pixel-description.ts';

/**
 * PS3.5 8 and Annex A: the first frame of every file of the shared set, decoded to Explicit VR Little Endian, beside the digest another
 * decoder gave (gdcm, DCMTK, OpenJPEG, or the file itself where it is native). A manifest entry by plane is compared by plane.
 */
const DATA = new URL('../../../shared/data/', import.meta.url);

interface ManifestFile {
  readonly file: string;
  readonly transfer_syntax: string | null;
  readonly pixel_frame1?: {
    readonly md5: string;
    readonly bytes: number;
    readonly by: Readonly<Record<string, string>>;
    readonly lossy: boolean;
  };
}

/** Files whose frame is not the manifest's: what comes instead, and why. */
const EXCEPTIONS: Readonly<Record<string, { readonly outcome: string; readonly reason: string }>> = {
  'broken/pydicom__MR_truncated.dcm': {
    outcome: 'not-found: no such frame',
    reason: 'the file ends within its only frame; gdcm fills the rest',
  },
  'syntaxes/pydicom__SC_rgb_small_odd_big_endian.dcm': {
    outcome: 'differs (27 of 27 bytes)',
    reason: 'OW words of a frame of odd length: its last sample lies after the 27 bytes the frame index gives',
  },
  'syntaxes/pydicom-data__HTJ2K_08_RGB.dcm': {
    outcome: 'differs (921600 of 921600 bytes)',
    reason: 'irreversible HTJ2K: OpenJPH and OpenJPEG round 678 of 921600 samples differently, by 1',
  },
};

function manifest(folder: string): readonly (ManifestFile & { url: URL })[] {
  const base = new URL(folder, DATA);
  const parsed = JSON.parse(readFileSync(new URL('manifest.json', base), 'utf8')) as { files: ManifestFile[] } | ManifestFile[];
  const files = Array.isArray(parsed) ? parsed : parsed.files;
  return files.filter((file) => file.pixel_frame1 !== undefined).map((file) => ({ ...file, url: new URL(encodeURI(file.file), base) }));
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

function byPlane({ bytes, samplesPerPixel, bitsAllocated }: DecodedFrame): Uint8Array {
  const sampleBytes = bitsAllocated / 8;
  const pixels = bytes.length / samplesPerPixel / sampleBytes;
  const planes = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    const sample = Math.floor(at / sampleBytes);
    planes[((sample % samplesPerPixel) * pixels + Math.floor(sample / samplesPerPixel)) * sampleBytes + (at % sampleBytes)] = bytes[
      at
    ] as number;
  }
  return planes;
}

describe('decoded frames are what other decoders give', () => {
  const files = [...manifest('./'), ...manifest('./charsets-more/')];
  let codec: Codec;
  beforeAll(() => {
    codec = createCodec({ workers: 1 });
  });
  afterAll(() => codec.close());

  async function outcome(file: (typeof files)[number]): Promise<string> {
    const source = bufferAccess(await readFile(fileURLToPath(file.url)));
    try {
      const parsed = await readObject(source);
      const pixel = pixelDescription(parsed.header);
      if (pixel === undefined) return 'no pixels described';
      const pixelDataVR = parsed.header['7FE00010']?.vr;
      const frame = await codec.decodeFrame({
        bytes: await readFrame(source, parsed.frames, 0),
        transferSyntaxUID: parsed.transferSyntaxUID,
        pixel,
        ...(pixelDataVR === undefined ? {} : { pixelDataVR }),
      });
      const digests = new Set([file.pixel_frame1?.md5, ...Object.values(file.pixel_frame1?.by ?? {})]);
      if (digests.has(md5(frame.bytes))) return 'same';
      if (frame.samplesPerPixel > 1 && digests.has(md5(byPlane(frame)))) return 'same';
      return `differs (${frame.bytes.length} of ${file.pixel_frame1?.bytes} bytes)`;
    } catch (thrown) {
      return `${(thrown as { kind?: string }).kind ?? 'error'}: ${(thrown as Error).message}`;
    }
  }

  it('for every file of the manifests', { timeout: 90_000 }, async () => {
    expect(files.length).toBeGreaterThan(500);
    const others: Record<string, string> = {};
    for (const file of files) {
      const found = await outcome(file);
      if (found !== 'same') others[file.file] = found;
    }
    console.table(Object.entries(others).map(([file, found]) => ({ file, found, reason: EXCEPTIONS[file]?.reason })));
    expect(others).toEqual(Object.fromEntries(Object.entries(EXCEPTIONS).map(([file, { outcome: text }]) => [file, text])));
  });
});
