import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bufferAccess, readObject } from '../../gateway/dicom/parse/part10.ts';
import { overlaysOf, placesUnder } from '../fixtures/dicom/overlay-masks.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';

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
  const { found, masks, all } = await overlaysOf(path);
  expect(found).toBe(planes);
  expect(placesUnder(all).length).toBeGreaterThan(0);
  expect(placesUnder(all)).toEqual(await drawnByDcmtk(path, 0));
  for (const [number, mask] of masks.entries()) expect(placesUnder(mask)).toEqual(await drawnByDcmtk(path, number + 1));
});

test('a plane that says to be larger than it is, is left out', async () => {
  const { found, all } = await overlaysOf(`${SHARED_DATA.folder}cases/50-forged-lengths/14-overlay-65535.dcm`);
  expect(found).toBe(0);
  expect(all).toBeUndefined();
});

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
