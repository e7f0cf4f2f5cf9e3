import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCodec } from '../../gateway/codec/threads/codec.ts';
import { firstFrame, type SharedImage, sharedImages } from '../fixtures/dicom/shared-images.ts';

/** PS3.4 N.2: one image of each kind in the shared set, rendered here and by DCMTK (dcm2pnm, dcmj2pnm, dcml2pnm), pixel by pixel. */

/** Steps of 255 that rounding may differ by. */
const DIFFERENCE_MAX = 2;

/** Where the pictures differ by more, and why ours is the one meant. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'charsets/dicom2nifti__003.dcm': 'rescale slope 0.0013: DCMTK rounds modality values to whole numbers',
  'syntaxes/rt-utils__0.dcm': 'rescale slope 0.001: DCMTK rounds modality values to whole numbers',
  'syntaxes/pydicom-data__eCT_Supplemental.dcm': 'window in functional groups, which DCMTK does not read',
  'objects/pydicom__rtdose_expb.dcm': '32-bit big endian samples in OW: DCMTK swaps words only (the manifest has both digests)',
  'objects/dicom-server__layer1.dcm': 'a JFIF stream called RGB: DCMTK shows luma and chroma as red, green and blue',
  'syntaxes/healthcare-dicom-dicomweb-adapter__example-mg.dcm': 'a JFIF stream called RGB',
  'syntaxes/dicom-server__JPEGProcess2_4.dcm': 'a JFIF stream called RGB',
};

const codec = createCodec({ workers: 1 });
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'renkei-rendered-'));
});
afterAll(async () => {
  await codec.close();
  await rm(folder, { recursive: true });
});

test('PS3.4 N.2: rendered images are what DCMTK shows', { timeout: 90_000 }, async () => {
  const others: Record<string, string> = {};
  let alike = 0;
  for (const image of kinds()) {
    const difference = await differenceOf(image);
    if (difference === undefined) continue;
    if (typeof difference === 'number' && difference <= DIFFERENCE_MAX) alike++;
    else others[image.file] = String(difference);
  }
  console.table(Object.entries(others).map(([file, difference]) => ({ file, difference, reason: EXCEPTIONS[file] })));
  expect(Object.keys(others).sort()).toEqual(Object.keys(EXCEPTIONS).sort());
  expect(alike).toBeGreaterThanOrEqual(75);
});

/** The first file of each combination of syntax, layout and SOP class. */
function kinds(): Iterable<SharedImage> {
  const byKind = new Map<string, SharedImage>();
  for (const image of sharedImages()) {
    const { category, transfer_syntax, photometric, bits_allocated, bits_stored, sop_class } = image;
    const kind = [category, transfer_syntax, photometric, bits_allocated, bits_stored, sop_class].join();
    if (image.pixel_frame1 !== undefined && category !== 'broken' && !byKind.has(kind)) byKind.set(kind, image);
  }
  return byKind.values();
}

function toolFor(transferSyntaxUID: string): string | undefined {
  const jpeg = /\.4\.(\d+)$/.exec(transferSyntaxUID)?.[1];
  if (jpeg === undefined) return 'dcm2pnm';
  if (/^[57]\d$/.test(jpeg)) return 'dcmj2pnm';
  return /^8\d$/.test(jpeg) ? 'dcml2pnm' : undefined;
}

/** The greatest difference of any sample; undefined when DCMTK cannot show the file. */
async function differenceOf(image: SharedImage): Promise<number | string | undefined> {
  const request = await firstFrame(image.path);
  const tool = toolFor(image.transfer_syntax ?? '');
  if (request === undefined || tool === undefined) return undefined;
  const { header, pixel } = request;
  const grey = pixel.samplesPerPixel === 1 && pixel.photometricInterpretation !== 'PALETTE COLOR';
  const window = grey ? (header['00281050']?.Value === undefined ? ['+Wm'] : ['+Wi', '1']) : [];
  const output = join(folder, 'theirs.pnm');
  try {
    await promisify(execFile)(tool, ['-q', '--no-overlays', ...window, '+op', image.path, output]);
  } catch {
    return undefined;
  }
  const theirs = readPnm(await readFile(output));
  const png = await codec.renderFrame(request, { format: 'image/png', quality: 100 });
  const ours = await sharp(png)
    .toColourspace(theirs.channels === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (ours.info.width !== theirs.width || ours.data.length !== theirs.data.length) return 'another size';
  return theirs.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (ours.data[i] as number))), 0);
}

/** Binary PGM or PPM of 8 bits. */
function readPnm(bytes: Buffer): { width: number; channels: 1 | 3; data: Uint8Array } {
  const header = /^P([56])\s+(?:#[^\n]*\n)?(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 300));
  if (header === null) throw new Error('not a PNM of 8 bits');
  return { width: Number(header[2]), channels: header[1] === '5' ? 1 : 3, data: bytes.subarray(header[0].length) };
}
