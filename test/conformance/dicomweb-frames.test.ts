import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFrame } from '../../gateway/dicom/frames/frame-index.ts';
import { bufferAccess, readObject } from '../../gateway/dicom/parse/part10.ts';
import type { DicomJson } from '../../gateway/domain/imaging/dataset.ts';
import { type ManifestFile, SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { partsOf, type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/** PS3.18 10.5 and 10.4: every shared image goes in by STOW-RS, and comes out in Explicit VR Little Endian, by frame and whole. */

const IMAGES = SHARED_DATA.manifest().filter((file) => file.pixel_frame1 !== undefined && file.category !== 'broken');
/** Without a study there is nothing to store it under: quarantined. */
const STORABLE = IMAGES.filter((file) => file.study_uid !== null);
const ELE = '1.2.840.10008.1.2.1';

let door: RunningDoor;

beforeAll(async () => {
  door = await startDoor(['H1']);
}, 120_000);
afterAll(() => door?.close());

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
const bytesOf = (file: ManifestFile) => readFileSync(`${SHARED_DATA.folder}${file.file}`);
const get = (path: string, accept: string) => door.fetch('H1', path, { headers: { accept } });
const named = (file: ManifestFile, trouble: string) => `${file.file} (${file.transfer_syntax}): ${trouble}`;

/** Where STOW-RS says the one instance of a request is. */
function retrieveUrl(answer: DicomJson): string {
  const reference = answer['00081199']?.Value?.[0] as DicomJson | undefined;
  return String(reference?.['00081190']?.Value?.[0] ?? '').replace(door.url, '');
}

interface Stored {
  readonly file: ManifestFile;
  readonly bytes: Buffer;
  readonly url: string;
}

/** What is wrong, in a look of its own each; each file is looked at right after it was stored, as several are versions of one instance. */
async function forEachStored(looks: readonly ((stored: Stored) => Promise<string | undefined>)[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const file of STORABLE) {
    const bytes = bytesOf(file);
    const stored = await door.store('H1', [bytes]);
    const url = stored.status === 200 || stored.status === 202 ? retrieveUrl((await stored.json()) as DicomJson) : '';
    const troubles = url === '' ? [`STOW ${stored.status}`] : await Promise.all(looks.map((look) => look({ file, bytes, url })));
    wrong.push(...troubles.filter((trouble) => trouble !== undefined).map((trouble) => named(file, trouble)));
  }
  return wrong;
}

describe('all images of the shared data', () => {
  test('give the pixels that the manifest names by frame, and the same data set and pixels as a whole instance', async () => {
    let exact = 0;
    const byFrame = async ({ file, url }: Stored) => {
      const answer = await get(`${url}/frames/1`, `multipart/related; type="application/octet-stream"; transfer-syntax=${ELE}`);
      if (!door.codec.canDecode(file.transfer_syntax)) return answer.status === 406 ? undefined : `frames ${answer.status}`;
      if (answer.status !== 200) return `frames ${answer.status} ${await answer.text()}`;
      const [part] = partsOf(answer.headers.get('content-type') ?? '', new Uint8Array(await answer.arrayBuffer()));
      const pixels = file.pixel_frame1;
      if (part === undefined || pixels === undefined) return 'no part';
      // Lossy decoders may round differently: their length is compared here, their pixels with a tolerance in the codec's own tests.
      if (pixels.lossy) return undefined;
      exact++;
      return Object.values(pixels.by).includes(md5(part.bytes)) ? undefined : 'other pixels by frame';
    };
    const whole = async ({ file, bytes, url }: Stored) => {
      const answer = await get(url, `application/dicom; transfer-syntax=${ELE}`);
      if (!door.codec.canDecode(file.transfer_syntax)) return answer.status === 406 ? undefined : `instance ${answer.status}`;
      if (answer.status !== 200) return `instance ${answer.status} ${await answer.text()}`;
      const made = Buffer.from(await answer.arrayBuffer());
      const [before, after] = await Promise.all([readObject(bufferAccess(bytes)), readObject(bufferAccess(made))]);
      if (after.transferSyntaxUID !== ELE) return `is ${after.transferSyntaxUID}`;
      const differing = differences(before.header, after.header);
      if (differing.length > 0) return `differs in ${differing.join(' ')}`;
      const frame = md5(await readFrame(bufferAccess(made), after.frames, 0));
      const pixels = file.pixel_frame1;
      return pixels === undefined || pixels.lossy || Object.values(pixels.by).includes(frame) ? undefined : 'other pixels as a whole';
    };
    expect(await forEachStored([byFrame, whole])).toEqual([]);
    expect(exact).toBeGreaterThan(400);
  });

  test('are refused when they belong to no study', async () => {
    for (const file of IMAGES.filter((image) => image.study_uid === null)) {
      expect({ file: file.file, status: (await door.store('H1', [bytesOf(file)])).status }).toEqual({ file: file.file, status: 409 });
    }
  });
});

/** Attributes that decoding changes, pixels, and what a new encoding leaves out: group lengths and padding. */
const MAY_DIFFER = /^(7FE0....|0028(0002|0004|0006|0100|0101|0102|0103)|....0000|FFFCFFFC|FFFAFFFA)$/;

function differences(before: DicomJson, after: DicomJson): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (tag) => !MAY_DIFFER.test(tag) && comparable(before[tag]) !== comparable(after[tag]),
  );
}

/** Without the VR, which implicit forms do not have, and nested group lengths. */
function comparable(element: unknown): string {
  return JSON.stringify(element, (key, value) => (key === 'vr' || /^....0000$/.test(key) ? undefined : value)) ?? '';
}
