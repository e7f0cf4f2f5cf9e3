/** What looking costs: every look shares one budget, whoever does not read holds nothing decoded, whoever leaves is dropped. Bounds are bytes and counts. */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { REQUEST_TURNS } from '../../../gateway/dicomweb/media/outgoing.ts';
import { RENDERING_TURNS } from '../../../gateway/usecases/retrieve/looks.ts';
import { element, imagePixel, part10 } from '../../fixtures/dicom/dicom-bytes.ts';
import { partsOf, type RunningDoor, startDoor } from '../../fixtures/servers/dicomweb-door.ts';

const MIB = 1024 * 1024;
const LOOK_BYTES_MAX = 64 * MIB;
const DEFLATED = '1.2.840.10008.1.2.1.99';
const EXPLICIT = '1.2.840.10008.1.2.1';
const RLE = '1.2.840.10008.1.2.5';
const CT = '1.2.840.10008.5.1.4.1.1.2';

interface Image {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly frames?: number;
}

/** Pixels by their place, so that a wrong piece shows. */
function pixelsOf({ rows, columns, frames = 1 }: Image): Buffer {
  const pixels = Buffer.alloc(rows * columns * frames);
  for (let at = 0; at < pixels.length; at += 4096) pixels.fill((at >> 12) & 0xff, at, Math.min(pixels.length, at + 4096));
  return pixels;
}

function dataSet(image: Image, pixels: Uint8Array, vr: string, length?: number): Buffer {
  const study = `2.25.77.${image.name.length}.${[...image.name].reduce((sum, char) => sum * 31 + char.charCodeAt(0), 7) % 1e9}`;
  return Buffer.concat([
    element('00080016', 'UI', CT),
    element('00080018', 'UI', `${study}.1.1`),
    element('00080060', 'CS', 'OT'),
    element('0020000D', 'UI', study),
    element('0020000E', 'UI', `${study}.1`),
    ...imagePixel({
      rows: image.rows,
      columns: image.columns,
      bitsAllocated: 8,
      ...(image.frames === undefined ? {} : { frames: image.frames }),
    }),
    element('7FE00010', vr, pixels, length === undefined ? {} : { length }),
  ]);
}

const deflatedFile = (image: Image) => part10(DEFLATED, deflateRawSync(dataSet(image, pixelsOf(image), 'OB')));
const nativeFile = (image: Image) => part10(EXPLICIT, dataSet(image, pixelsOf(image), 'OB'));

/** One segment of runs of 128 equal bytes (PS3.5 G.3): a few kilobytes for many megabytes. */
function rleFile(image: Image): Buffer {
  const runs = Math.ceil((image.rows * image.columns) / 128);
  const segment = Buffer.alloc(64 + runs * 2 + (runs % 2));
  segment.writeUInt32LE(1, 0);
  segment.writeUInt32LE(64, 4);
  for (let run = 0; run < runs; run++) segment.writeUInt16LE(0x4081, 64 + run * 2);
  const item = (value: Uint8Array) => {
    const head = Buffer.from('feff00e000000000', 'hex');
    head.writeUInt32LE(value.length, 4);
    return Buffer.concat([head, value]);
  };
  const fragments = Buffer.concat([item(new Uint8Array()), item(segment), Buffer.from('feffdde000000000', 'hex')]);
  return part10(RLE, dataSet(image, fragments, 'OB', 0xffffffff));
}

const WIDE: Image = { name: 'wide deflated', rows: 4096, columns: 4096 };
const CINE: Image = { name: 'deflated cine', rows: 512, columns: 512, frames: 24 };
const RUNS: Image = { name: 'runs', rows: 2048, columns: 4096 };
const HUGE: Image = { name: 'huge', rows: 12_000, columns: 12_000 };
const SMALL: Image = { name: 'small', rows: 16, columns: 16 };

let door: RunningDoor;
const urls = new Map<Image, string>();

async function keep(image: Image, file: Uint8Array): Promise<void> {
  const answer = await door.store('H1', [file]);
  const url = (await answer.json())['00081199'].Value[0]['00081190'].Value[0] as string;
  urls.set(image, new URL(url).pathname);
}

beforeAll(async () => {
  door = await startDoor(['H1'], { lookBytesMax: LOOK_BYTES_MAX });
  await keep(WIDE, deflatedFile(WIDE));
  await keep(CINE, deflatedFile(CINE));
  await keep(RUNS, rleFile(RUNS));
  await keep(HUGE, rleFile(HUGE));
  await keep(SMALL, nativeFile(SMALL));
}, 120_000);
afterAll(() => door?.close());

const get = (image: Image, rest: string, headers: Record<string, string> = {}) =>
  door.fetch('H1', `${urls.get(image)}${rest}`, { headers });
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const bodyOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());
/** Its body taken: an answer that nobody reads is still going out. */
async function statusOf(...asked: Parameters<typeof get>): Promise<number> {
  const answer = await get(...asked);
  await answer.arrayBuffer();
  return answer.status;
}
const RAW = { accept: 'application/octet-stream' };
const nothingHeld = () => expect.poll(() => [door.looks.budget.held, door.looks.budget.waiting], { timeout: 20_000 }).toEqual([0, 0]);

/** A client that asks and does not read. */
function silent(image: Image, rest: string, accept: string): Promise<Socket> {
  const { port } = new URL(door.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(`GET ${urls.get(image)}${rest} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer H1\r\nAccept: ${accept}\r\n\r\n`);
      socket.pause();
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

describe('deflated frames', () => {
  test('come whole, by range, as a list in order and as bulk data', async () => {
    const pixels = pixelsOf(WIDE);
    expect(sha(await bodyOf(await get(WIDE, '/frames/1', RAW)))).toBe(sha(pixels));
    const range = await get(WIDE, '/frames/1', { ...RAW, range: 'bytes=15000000-15004999' });
    expect(range.status).toBe(206);
    expect((await bodyOf(range)).equals(pixels.subarray(15_000_000, 15_005_000))).toBe(true);
    expect(sha(await bodyOf(await get(WIDE, '/bulkdata/7FE00010', RAW)))).toBe(sha(pixels));
    const cine = pixelsOf(CINE);
    const list = Array.from({ length: 24 }, (_, n) => n + 1);
    const answer = await get(CINE, `/frames/${list.join()}`);
    const parts = partsOf(answer.headers.get('content-type') ?? '', await bodyOf(answer));
    expect(parts.map(({ bytes }) => sha(bytes))).toEqual(list.map((n) => sha(cine.subarray((n - 1) * 512 * 512, n * 512 * 512))));
    await nothingHeld();
  });

  test('that nobody reads hold no more than the budget, and nothing once their clients are gone', async () => {
    const sockets = await Promise.all(Array.from({ length: 60 }, () => silent(WIDE, '/frames/1', 'application/octet-stream')));
    await expect.poll(() => door.looks.budget.held, { timeout: 20_000 }).toBeGreaterThan(LOOK_BYTES_MAX / 4);
    expect(door.looks.budget.peak).toBeLessThanOrEqual(LOOK_BYTES_MAX);
    // Another is served meanwhile.
    expect(await statusOf(SMALL, '/frames/1', RAW)).toBe(200);
    for (const socket of sockets) socket.destroy();
    await nothingHeld();
  });

  test.each([
    ['backwards', Array.from({ length: 24 }, (_, n) => 24 - n), 400],
    ['the same again and again', new Array<number>(12).fill(1), 400],
    ['a little out of order', [3, 1, 2], 200],
  ])('in a list that goes %s: %s', async (_name, list, status) => {
    expect(await statusOf(CINE, `/frames/${list.join()}`)).toBe(status);
  });
});

describe('decoded frames', () => {
  test('of many clients share the budget and all come', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const answer = await get(RUNS, '/frames/1', RAW);
        return [answer.status, (await bodyOf(answer)).length];
      }),
    );
    expect(answers).toEqual(new Array(12).fill([200, 8 * MIB]));
    expect(door.looks.budget.peak).toBeLessThanOrEqual(LOOK_BYTES_MAX);
    await nothingHeld();
  });

  test.each(['/frames/1', '?accept=application/dicom;transfer-syntax=1.2.840.10008.1.2.1'])(
    'that nobody takes are let go: %s',
    async (rest) => {
      const sockets = await Promise.all(Array.from({ length: 10 }, () => silent(RUNS, rest, 'application/octet-stream')));
      await expect.poll(() => door.looks.budget.held, { timeout: 20_000 }).toBeGreaterThan(8 * MIB);
      for (const socket of sockets) socket.destroy();
      await nothingHeld();
      expect(door.looks.budget.peak).toBeLessThanOrEqual(LOOK_BYTES_MAX);
    },
  );

  test('that would take more than a look may are refused, their thumbnail is a symbol', async () => {
    expect(await statusOf(HUGE, '/frames/1', RAW)).toBe(413);
    expect(await statusOf(HUGE, '/rendered?viewport=100,100')).toBe(413);
    expect(await statusOf(HUGE, '/thumbnail')).toBe(200);
    expect(await statusOf(HUGE, '/frames/1', { accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' })).toBe(
      200,
    );
    await nothingHeld();
  });

  test('whoever has one already does not have it decoded again', async () => {
    const first = await get(RUNS, '/frames/1', RAW);
    const etag = first.headers.get('etag') ?? '';
    await first.arrayBuffer();
    await nothingHeld();
    const take = vi.spyOn(door.looks.budget, 'take');
    expect(await statusOf(RUNS, '/frames/1', { ...RAW, 'if-none-match': etag })).toBe(304);
    expect(take).not.toHaveBeenCalled();
    take.mockRestore();
  });

  test.each(['', '/rendered'])('a list of more than may be named: %s', async (rest) => {
    expect(await statusOf(CINE, `/frames/${new Array<number>(2001).fill(1).join()}${rest}`)).toBe(400);
  });
});

describe('answers behind another on one connection', () => {
  test.each([
    ['as stored', () => SMALL, '/frames/1', 'application/octet-stream'],
    ['decoded', () => RUNS, '/frames/1', 'application/octet-stream'],
    ['deflated', () => CINE, '/frames/1', 'application/octet-stream'],
    ['as parts', () => CINE, '/frames/1,2', '*/*'],
    ['a whole instance', () => RUNS, '', 'multipart/related; type="application/dicom"; transfer-syntax=*'],
    ['renderings', () => SMALL, '/rendered', 'image/png'],
  ] as const)('whose client leaves before it is their turn hold nothing and keep no turn: %s', async (_name, image, rest, accept) => {
    const next = `GET ${urls.get(image())}${rest} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer H1\r\nAccept: ${accept}\r\n\r\n`;
    const sockets = await Promise.all(Array.from({ length: 6 }, () => silent(WIDE, '/frames/1', 'application/octet-stream')));
    for (const socket of sockets) socket.write(next.repeat(7));
    await expect.poll(() => door.turns.requests.running, { timeout: 20_000 }).toBe(REQUEST_TURNS.atOnceOfOne);
    for (const socket of sockets) socket.destroy();
    await nothingHeld();
    await expect
      .poll(() => [door.turns.requests, door.turns.streams].map(({ running, waiting }) => [running, waiting]), { timeout: 20_000 })
      .toEqual([
        [0, 0],
        [0, 0],
      ]);
    expect(await statusOf(SMALL, '/frames/1', RAW)).toBe(200);
  });
});

describe('renderings', () => {
  test.each<[string, [number, number]]>([
    ['', [16, 16]],
    ['?viewport=8,8', [8, 8]],
    ['?viewport=16384,16384', [32, 32]],
    ['?viewport=16384,16384,0,0,4,4', [32, 32]],
    ['?viewport=16384,1', [1, 1]],
  ])('are never larger than twice the image: %s', async (query, size) => {
    const { width, height } = await sharp(await bodyOf(await get(SMALL, `/rendered${query}`, { accept: 'image/png' }))).metadata();
    expect([width, height]).toEqual(size);
    const uri = `/dicom-web?requestType=WADO&studyUID=${uid(0)}&seriesUID=${uid(1)}&objectUID=${uid(2)}&rows=9999&columns=9999&contentType=image/png`;
    const answer = await door.fetch('H1', uri);
    expect((await sharp(await bodyOf(answer)).metadata()).width).toBe(32);
  });

  test('one person has one of the two turns; whoever leaves is dropped', async () => {
    const leaving = new AbortController();
    const path = `${urls.get(RUNS)}/rendered`;
    const asked = Array.from({ length: 20 }, (_, n) =>
      door.fetch('H1', `${path}?viewport=4096,4096&quality=${n + 1}`, { signal: leaving.signal }).then(
        async (answer) => `${(await bodyOf(answer)).length}`,
        () => 'left',
      ),
    );
    await expect.poll(() => door.looks.renderings.waiting, { timeout: 20_000 }).toBeGreaterThan(10);
    expect(door.looks.renderings.running).toBe(1);
    leaving.abort();
    expect(new Set(await Promise.all(asked)).has('left')).toBe(true);
    await expect.poll(() => [door.looks.renderings.waiting, door.looks.renderings.running], { timeout: 20_000 }).toEqual([0, 0]);
    await nothingHeld();
  });

  test('past what may wait they are busy, until the others have had their turns', async () => {
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { atOnce, waitingMax } = RENDERING_TURNS;
    const others = Array.from({ length: atOnce + waitingMax }, (_, n) => door.looks.renderings.run(`other ${n}`, () => over));
    const refused = await door.fetch('H1', `${urls.get(SMALL)}/rendered`);
    expect([refused.status, refused.headers.has('retry-after')]).toEqual([503, true]);
    end();
    await Promise.all(others);
    expect(await statusOf(SMALL, '/rendered', { accept: 'image/png' })).toBe(200);
    await nothingHeld();
  });
});

function uid(level: number): string {
  return (urls.get(SMALL) ?? '').split('/')[3 + level * 2] ?? '';
}
