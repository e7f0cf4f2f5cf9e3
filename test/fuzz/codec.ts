import { existsSync } from 'node:fs';
import type { RenderRequest } from '../../gateway/codec/threads/codec.ts';
import type { DicomJson, PixelDescription } from '../../gateway/domain/imaging/dataset.ts';
import { greyPixels } from '../fixtures/dicom/grey-pixels.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { firstFrame, sharedImages } from '../fixtures/dicom/shared-images.ts';
import type { SeededRandom } from '../fixtures/seeded-random.ts';
import { mutated, noise, pick } from './bytes.ts';
import { openChild } from './child-session.ts';
import type { FuzzInput, FuzzTarget } from './target.ts';

/** Frames of every compression, damaged, described wrongly or to be shown in an odd way: decoded and rendered. */
export const codec: FuzzTarget = { name: 'codec', prepare, make, open: () => openChild('codec') };

const FRAME_BYTES_MAX = 96 * 1024;
const FRAME_PIXELS_MAX = 512 * 512;
const SYNTAX_FRAMES_MAX = 3;

let frames: readonly RenderRequest[] = [];

async function prepare(): Promise<void> {
  if (frames.length > 0) return;
  const found: RenderRequest[] = [nativeFrame()];
  const taken = new Map<string, number>();
  for (const { path, category } of existsSync(`${SHARED_DATA.folder}manifest.json`) ? sharedImages() : []) {
    const frame = category === 'broken' ? undefined : await firstFrame(path).catch(() => undefined);
    if (frame === undefined || frame.bytes.length > FRAME_BYTES_MAX || frame.pixel.rows * frame.pixel.columns > FRAME_PIXELS_MAX) continue;
    const count = (taken.get(frame.transferSyntaxUID) ?? 0) + 1;
    taken.set(frame.transferSyntaxUID, count);
    if (count <= SYNTAX_FRAMES_MAX) found.push(frame);
  }
  frames = found;
}

function nativeFrame(): RenderRequest {
  const pixel = greyPixels(16, 16, { bitsAllocated: 16, bitsStored: 12, highBit: 11 });
  return { bytes: new Uint8Array(512), transferSyntaxUID: '1.2.840.10008.1.2.1', pixel, header: {}, frame: 0 };
}

function make(random: SeededRandom): FuzzInput {
  const kind = pick(random, ['stream', 'stream', 'stream', 'stream', 'description', 'description', 'header', 'noise'] as const);
  const one = pick(random, frames);
  const { transferSyntaxUID, pixel, header, frame } = one;
  const bytes =
    kind === 'stream'
      ? mutated(random, one.bytes, pick(random, frames).bytes)
      : kind === 'noise'
        ? noise(random, 2_000)
        : Buffer.from(one.bytes);
  const request = {
    transferSyntaxUID: kind === 'description' && random.below(4) === 0 ? pick(random, frames).transferSyntaxUID : transferSyntaxUID,
    pixel: kind === 'description' ? oddDescription(random, pixel) : pixel,
    header: kind === 'header' ? oddHeader(random, header) : header,
    frame,
  };
  return { kind, parts: [Buffer.from(JSON.stringify(request)), bytes] };
}

const PHOTOMETRIC = [
  'MONOCHROME1',
  'MONOCHROME2',
  'RGB',
  'PALETTE COLOR',
  'YBR_FULL',
  'YBR_FULL_422',
  'YBR_PARTIAL_420',
  'YBR_RCT',
  'YBR_ICT',
  'ARGB',
  '',
];

/** Numbers that the reader lets through: whole, and no larger than their attribute. */
function oddDescription(random: SeededRandom, pixel: PixelDescription): PixelDescription {
  const side = () => pick(random, [0, 1, 2, 3, 7, 16, 63, 64, 65, 511, 1024, 2000, 65535]);
  const changes: Partial<PixelDescription>[] = [
    { rows: side() },
    { columns: side() },
    { samplesPerPixel: pick(random, [0, 1, 2, 3, 4, 255]) },
    { bitsAllocated: pick(random, [0, 1, 7, 8, 12, 16, 24, 32, 64, 65535]) },
    { bitsStored: pick(random, [0, 1, 8, 12, 16, 32, 65535]) },
    { highBit: pick(random, [0, 7, 11, 15, 31, 65535]) },
    { pixelRepresentation: pick(random, [0, 1] as const) },
    { planarConfiguration: pick(random, [0, 1] as const) },
    { photometricInterpretation: pick(random, PHOTOMETRIC) },
  ];
  return { ...pixel, ...pick(random, changes), ...pick(random, changes) };
}

const NUMBERS = [0, -1, 1e-300, 1e308, -1e308, 65536, 0.5, 'NaN', '1e400', '', null];

/** What chooses how grey levels are shown. PS3.3 C.11. */
function oddHeader(random: SeededRandom, header: DicomJson): DicomJson {
  const number = (vr: string) => ({ vr, Value: Array.from({ length: random.below(3) }, () => pick(random, NUMBERS)) });
  const table = (vr: string) => ({ vr, InlineBinary: noise(random, 600).toString('base64') });
  const descriptor = () => ({
    vr: 'US',
    Value: Array.from({ length: pick(random, [0, 2, 3, 3, 3]) }, () => pick(random, [0, 1, 8, 16, 256, 65535])),
  });
  const lut = { '00283002': descriptor(), '00283006': table('OW') };
  const odd: DicomJson = {
    '00281050': number('DS'),
    '00281051': number('DS'),
    '00281052': number('DS'),
    '00281053': number('DS'),
    '00281056': { vr: 'CS', Value: [pick(random, ['SIGMOID', 'LINEAR_EXACT', 'LINEAR', 'x'])] },
    '00283000': { vr: 'SQ', Value: [lut] },
    '00283010': { vr: 'SQ', Value: [lut] },
    '00280120': number('US'),
    '00280121': number('US'),
    '00281101': descriptor(),
    '00281201': table('OW'),
    '20500020': { vr: 'CS', Value: [pick(random, ['INVERSE', 'IDENTITY', ''])] },
  };
  const kept = Object.fromEntries(Object.entries(odd).filter(() => random.below(3) === 0));
  return { ...header, ...kept };
}
