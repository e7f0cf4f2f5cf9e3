import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { RENDERING_TURNS } from '../../gateway/usecases/retrieve/looks.ts';
import { part10 } from '../fixtures/dicom/dicom-writer.ts';
import { type GreySlice, greySlices } from '../fixtures/dicom/grey-slices.ts';
import { partsOf, type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/** An answer of several parts is of one version of an instance, also for a client that names none: what it was told of the first part holds for all. */

/** More than the sockets between take: the last frames are read once the client has taken the first. */
const FRAMES = 80;
const SIDE = 512;
const WITHIN = { timeout: 60_000 };

let door: RunningDoor;

beforeAll(async () => {
  door = await startDoor(['H1']);
}, 120_000);
afterAll(() => door?.close());

const pathOf = (slice: GreySlice) =>
  `/dicom-web/studies/${slice.studyInstanceUID}/series/${slice.seriesInstanceUID}/instances/${slice.sopInstanceUID}`;
const sliceOf = (seed: number) => greySlices(seed, 1, 1, 40)[0] as GreySlice;

async function store(slice: GreySlice, frames: number, value: number): Promise<void> {
  const pixels = new Uint16Array(SIDE * SIDE * frames).fill(value);
  const file = part10({
    ...slice.dataSet,
    NumberOfFrames: frames,
    Rows: SIDE,
    Columns: SIDE,
    PixelData: new Uint8Array(pixels.buffer),
  });
  expect((await door.store('H1', [file])).status).toBe(200);
}

/** The parts that came whole; undefined: the answer was broken off. */
async function takenWhole(
  answer: Response,
  first: Uint8Array[],
  rest: ReadableStreamDefaultReader<Uint8Array>,
): Promise<Buffer | undefined> {
  const pieces = [...first];
  try {
    for (let next = await rest.read(); !next.done; next = await rest.read()) pieces.push(next.value);
  } catch {
    return undefined;
  }
  expect(answer.status).toBe(200);
  return Buffer.concat(pieces);
}

const listOf = (frames: number) => Array.from({ length: frames }, (_, at) => at + 1).join();

test('a list of frames is broken off when another version comes, and never of two', async () => {
  const slice = sliceOf(811);
  await store(slice, FRAMES, 100);
  const answer = await door.fetch('H1', `${pathOf(slice)}/frames/${listOf(FRAMES)}`, {
    headers: { accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' },
  });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const begun = await reader.read();
  await store(slice, FRAMES, 200);
  const whole = await takenWhole(answer, [begun.value ?? new Uint8Array()], reader);
  const values = whole && partsOf(answer.headers.get('content-type') ?? '', whole).map(({ bytes }) => bytes.readUInt16LE(0));
  expect([...new Set(values ?? [])]).not.toContain(200);
  expect(whole).toBeUndefined();
});

test('a list of renderings is broken off when another version comes, and never of two', async () => {
  const slice = sliceOf(812);
  await store(slice, 2, 60);
  const { renderings } = door.looks;
  let letGo = () => {};
  const until = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  for (let n = 0; n < RENDERING_TURNS.atOnce; n++)
    void renderings.run(`somebody ${Math.floor(n / RENDERING_TURNS.atOnceOfOne)}`, () => until);
  const asked = door.fetch('H1', `${pathOf(slice)}/frames/1,2/rendered`, { headers: { accept: 'multipart/related; type="image/png"' } });
  await vi.waitUntil(() => renderings.waiting === 1, WITHIN);
  await store(slice, 2, 180);
  letGo();
  const answer = await asked;
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const whole = await takenWhole(answer, [], reader);
  expect(
    whole && new Set(partsOf(answer.headers.get('content-type') ?? '', whole).map(({ bytes }) => bytes.toString('hex'))).size,
  ).toBeUndefined();
});
