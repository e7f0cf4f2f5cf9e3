import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OverlayMask, overlayMask, overlayPlanesOf, overlayReferences } from '../../gateway/codec/pixels/overlay/overlay.ts';
import { decode } from '../../gateway/codec/wasm/decode.ts';
import { bufferAccess, locateValue, readObject } from '../../gateway/dicom/parse/part10.ts';
import { pixelDescription } from '../../gateway/domain/imaging/pixel-description.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { frameOf } from '../fixtures/dicom/shared-images.ts';

/** PS3.3 C.9.2: the overlay planes of the shared data are those that DCMTK draws, bit by bit. */
const FILES: readonly (readonly [file: string, planes: number])[] = [
  ['syntaxes/weasis-dicom-tools__overlay.dcm', 4],
  ['syntaxes/pydicom__examples_overlay.dcm', 1],
  ['broken/fo-dicom__OutOfBoundsOverlay.dcm', 2],
  ['cases/4-overlay-in-high-bits/overlay-bits-unsigned.dcm', 2],
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'renkei-overlay-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(FILES)('%s: each of its %i planes, and all together', async (file, planes) => {
  const path = `${SHARED_DATA.folder}${file}`;
  const { found, masks, all } = await readMasks(path);
  expect(found).toBe(planes);
  expect(placesOf(all).length).toBeGreaterThan(0);
  expect(placesOf(all)).toEqual(await drawnByDcmtk(path, 0));
  for (const [number, mask] of masks.entries()) expect(placesOf(mask)).toEqual(await drawnByDcmtk(path, number + 1));
});

test('a plane that says to be larger than it is, is left out', async () => {
  const { found, all } = await readMasks(`${SHARED_DATA.folder}cases/50-forged-lengths/14-overlay-65535.dcm`);
  expect(found).toBe(0);
  expect(all).toBeUndefined();
});

async function readMasks(path: string) {
  const source = bufferAccess(await readFile(path));
  const { header } = await readObject(source);
  for (const element of overlayReferences(header)) {
    const place = await locateValue(source, element.BulkDataURI ?? '');
    if (place !== undefined) element.InlineBinary = Buffer.from(await source.read(place.offset, place.length)).toString('base64');
  }
  const pixel = pixelDescription(header);
  const request = await frameOf(path, 0);
  if (pixel === undefined || request === undefined) throw new Error(`${path} has no pixels`);
  const planes = overlayPlanesOf(header, 0, pixel);
  const native = await decode(request);
  return { found: planes.length, masks: planes.map((plane) => overlayMask([plane], native)), all: overlayMask(planes, native) };
}

/** Indices of the pixels under a plane, row by row. */
function placesOf(mask: OverlayMask | undefined): readonly number[] {
  if (mask === undefined) return [];
  const { rows, columns, bits } = mask;
  return Array.from({ length: rows * columns }, (_, at) => at).filter((at) => (((bits[at >> 3] as number) >> (at & 7)) & 1) === 1);
}

/** Where pictures with the plane in white and in black differ. `plane`: from 1; 0 for all. */
async function drawnByDcmtk(path: string, plane: number): Promise<readonly number[]> {
  const program = (await readObject(bufferAccess(await readFile(path)))).transferSyntaxUID.includes('.4.') ? 'dcmj2pnm' : 'dcm2pnm';
  const [white, black] = await Promise.all(
    ['1', '0'].map(async (density) => {
      const picture = join(folder, `${plane}-${density}.png`);
      await promisify(execFile)(program, ['+on', '+Wn', '+O', String(plane), '+Omr', '+Osf', density, path, picture]);
      return (await sharp(await readFile(picture))
        .toColourspace('b-w')
        .raw()
        .toBuffer()) as Uint8Array;
    }),
  );
  return [...(white as Uint8Array)].flatMap((grey, at) => (grey === (black as Uint8Array)[at] ? [] : [at]));
}
