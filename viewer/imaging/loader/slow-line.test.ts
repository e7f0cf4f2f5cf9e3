import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plainSlice } from '../../../test/fixtures/dicom/plain-slice.ts';
import type { SeriesImage } from '../series-images.ts';
import { Cancelled } from './frame-fetcher.ts';
import { remoteness } from './memory.ts';
import { imageIdOf, Pictures } from './pictures.ts';

/** A reader who is faster than the line: what is begun, what comes, and what came in vain. Frames over a line of so many bytes a second. */
const SIDE = 16;
const FRAME_BYTES = 600;
const SLICES = 150;
const TICK_MS = 10;
/** Connections of a browser to one host. */
const CONNECTIONS = 6;

vi.mock('@cornerstonejs/core', () => ({
  cache: { getImageLoadObject: () => undefined },
  imageLoader: { registerImageLoader: () => undefined },
  utilities: { VoxelManager: class {} },
}));
vi.mock('./decoder-pool.ts', async (original) => ({
  ...(await original<object>()),
  DecoderPool: class {
    makeReady() {}
    decode() {
      const values = { width: SIDE, height: SIDE, values: new Int16Array(SIDE * SIDE), padding: undefined, range: { low: 0, high: 1 } };
      return { picture: Promise.resolve({ kind: 'grey', values }), hasten: () => undefined };
    }
  },
}));
vi.mock('../view/painter.ts', () => ({ renderPicture: () => undefined }));

interface Answer {
  readonly url: string;
  bytes: number;
  end: 'whole' | 'broken off' | undefined;
  send(bytes: number): void;
}

/** In place of the network: all answers that are open share its bytes evenly. */
class Line {
  readonly answers: Answer[] = [];
  /** A second. */
  bytes = 0;

  readonly fetch = async (url: string, { signal }: RequestInit): Promise<Response> => {
    let body: ReadableStreamDefaultController<Uint8Array> | undefined;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        body = controller;
      },
    });
    const answer: Answer = {
      url,
      bytes: 0,
      end: undefined,
      send: (bytes) => {
        const next = Math.min(bytes, FRAME_BYTES - answer.bytes);
        answer.bytes += next;
        body?.enqueue(new Uint8Array(next));
        if (answer.bytes < FRAME_BYTES) return;
        answer.end = 'whole';
        body?.close();
      },
    };
    signal?.addEventListener('abort', () => {
      if (answer.end !== undefined) return;
      answer.end = 'broken off';
      body?.error(signal.reason);
    });
    this.answers.push(answer);
    expect(this.open.length).toBeLessThanOrEqual(CONNECTIONS);
    return new Response(stream, { headers: { 'content-type': 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1' } });
  };

  get open(): readonly Answer[] {
    return this.answers.filter(({ end }) => end === undefined);
  }

  /** Lets time pass, the timers' too. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= TICK_MS) {
      const { open } = this;
      for (const answer of open) answer.send((this.bytes * TICK_MS) / 1_000 / open.length);
      await vi.advanceTimersByTimeAsync(TICK_MS);
      // Streams and promises come to their ends.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const image = (n: number) => plainSlice(n, SIDE);

const images = Array.from({ length: SLICES }, (_, n) => image(n));
const index = new Map(images.map((one, at) => [imageIdOf(one), at]));
const idAt = (at: number) => imageIdOf(images[at] as SeriesImage);

let line: Line;

beforeEach(() => {
  line = new Line();
  vi.stubGlobal('fetch', line.fetch);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function opened() {
  const at = { current: 0 };
  const come: number[] = [];
  const pictures = new Pictures(
    { frameBytes: 2 ** 24, pictureBytes: 2 ** 24 },
    {
      remotenessOf: (imageId) => remoteness(index.get(imageId) ?? 0, at.current, 1),
      dropped: () => undefined,
      outdated: () => undefined,
      overlaid: () => undefined,
    },
  );
  pictures.describe(images);
  const go = (to: number) => {
    at.current = to;
    const asked = pictures.picture(idAt(to), 'now').catch((thrown: unknown) => thrown);
    void asked.then((one) => one instanceof Error || come.push(to));
    return asked;
  };
  return { pictures, go, come };
}

describe('a line that brings two slices a second, and a reader who does fifteen', () => {
  it('nothing is broken off on the way and nothing begins anew; what comes on the way is ever nearer to him', async () => {
    line.bytes = FRAME_BYTES * 2;
    const { go, come, pictures } = opened();
    for (let at = 0; at < SLICES; at += 1) {
      void go(at);
      await line.pass(70);
    }
    expect(line.answers.filter(({ end }) => end === 'broken off')).toEqual([]);
    await line.pass(4_000);
    expect(new Set(line.answers.map(({ url }) => url)).size).toBe(line.answers.length);
    // Where he rests at the end, one may have made way.
    expect(line.answers.filter(({ end }) => end === 'broken off').length).toBeLessThanOrEqual(1);
    // As many as the line can bring, each in its order, the last one too.
    expect(come.length).toBeGreaterThanOrEqual(20);
    expect(come).toEqual([...come].sort((a, b) => a - b));
    expect(pictures.isDecoded(idAt(SLICES - 1))).toBe(true);
  });

  it('where he rests, the one that has come least far makes way if there is no connection, and no other', async () => {
    line.bytes = FRAME_BYTES * 2;
    const { go } = opened();
    for (const at of [0, 10, 20, 30, 40, 50]) {
      void go(at);
      await line.pass(20);
    }
    const least = go(60);
    const wanted = go(70);
    expect(await least).toBeInstanceOf(Cancelled);
    expect(line.answers.length).toBe(CONNECTIONS);
    await line.pass(150);
    expect(line.answers.map(({ end }) => end)).toEqual([...Array(CONNECTIONS - 1).fill(undefined), 'broken off', undefined]);
    await line.pass(4_000);
    expect(await wanted).toMatchObject({ imageId: idAt(70) });
    expect(line.answers.filter(({ end }) => end === 'broken off').length).toBe(1);
  });

  it('who comes back to one that was broken off asks anew', async () => {
    const { go } = opened();
    const passed = [0, 10, 20, 30, 40, 50].map(go);
    void go(60);
    await line.pass(150);
    const broken = line.answers.findIndex(({ end }) => end === 'broken off');
    expect(await passed[broken]).toBeInstanceOf(Cancelled);
    line.bytes = FRAME_BYTES * 100;
    const back = go(broken * 10);
    await line.pass(1_000);
    expect(await back).toMatchObject({ imageId: idAt(broken * 10) });
  });
});

it('a line that has died under every connection does not keep him from the picture that he rests at', async () => {
  const { go } = opened();
  for (const at of [0, 10, 20, 30, 40, 50]) void go(at);
  const wanted = go(60);
  await line.pass(150);
  const fresh = line.answers.at(-1);
  expect(fresh?.url).toContain('/1.2.60/');
  fresh?.send(FRAME_BYTES);
  expect(await wanted).toMatchObject({ imageId: idAt(60) });
});
