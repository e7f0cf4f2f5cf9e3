import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FrameFetcher, fetchRendered, NotFetched, SECOND_SILENCE_MS_MAX, SILENCE_MS_MAX, whileHeard } from './frame-fetcher.ts';

const FRAME_TYPE = 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.202';

/** What the server is asked, in turn. */
class Asked {
  readonly #come: ServerResponse[] = [];
  #waiting: ((answer: ServerResponse) => void) | undefined;
  count = 0;

  readonly take = (_request: IncomingMessage, answer: ServerResponse) => {
    this.count += 1;
    if (this.#waiting === undefined) this.#come.push(answer);
    else this.#waiting(answer);
    this.#waiting = undefined;
  };

  next(): Promise<ServerResponse> {
    const answer = this.#come.shift();
    return answer === undefined ? new Promise((resolve) => (this.#waiting = resolve)) : Promise.resolve(answer);
  }
}

let asked: Asked;
let server: ReturnType<typeof createServer>;
let url: string;

beforeEach(async () => {
  asked = new Asked();
  server = createServer(asked.take);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/frames/1`;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('a frame', () => {
  it('comes with the transfer syntax of the bytes sent', async () => {
    const { frame } = new FrameFetcher().fetch(url, 'now');
    (await asked.next()).writeHead(200, { 'content-type': FRAME_TYPE, 'content-length': 3 }).end(Uint8Array.of(1, 2, 3));
    expect(await frame).toEqual({ bytes: Uint8Array.of(1, 2, 3), transferSyntaxUID: '1.2.840.10008.1.2.4.202' });
  });

  it.each([
    ['of the length that was told, in one array of it', { 'content-length': 5 }],
    ['of unknown length', {}],
  ])('comes in pieces, %s', async (_name, headers) => {
    const { frame, progress } = new FrameFetcher().fetch(url, 'now');
    const answer = (await asked.next()).writeHead(200, { 'content-type': FRAME_TYPE, ...headers });
    answer.write(Uint8Array.of(1, 2, 3));
    await expect.poll(progress).toBe(3);
    answer.end(Uint8Array.of(4, 5));
    const { bytes } = await frame;
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
    // Whole memory can go to a worker.
    expect(bytes.buffer.byteLength).toBe(5);
  });

  it('that does not begin to come is asked for once more', async () => {
    const { frame } = new FrameFetcher().fetch(url, 'now');
    await asked.next();
    vi.advanceTimersByTime(SILENCE_MS_MAX);
    (await asked.next()).writeHead(200, { 'content-type': FRAME_TYPE }).end(Uint8Array.of(7));
    expect((await frame).bytes).toEqual(Uint8Array.of(7));
  });

  it('that does not come then either ends, and those behind it come', async () => {
    const fetcher = new FrameFetcher();
    const stalled = Array.from({ length: 6 }, () => fetcher.fetch(url, 'now').frame.catch((thrown: unknown) => thrown));
    const { frame } = fetcher.fetch(url, 'now');
    for (const silenceMs of [SILENCE_MS_MAX, SECOND_SILENCE_MS_MAX]) {
      for (let n = 0; n < 6; n += 1) await asked.next();
      vi.advanceTimersByTime(silenceMs);
    }
    (await asked.next()).writeHead(200, { 'content-type': FRAME_TYPE }).end(Uint8Array.of(7));
    expect((await frame).bytes).toEqual(Uint8Array.of(7));
    for (const thrown of await Promise.all(stalled)) {
      expect(thrown).toBeInstanceOf(NotFetched);
      expect(thrown).toMatchObject({ status: 0 });
    }
    expect(asked.count).toBe(13);
  });

  it('whose connection breaks is asked for once more', async () => {
    const { frame } = new FrameFetcher().fetch(url, 'now');
    const first = await asked.next();
    first.writeHead(200, { 'content-type': FRAME_TYPE, 'content-length': 3 }).write(Uint8Array.of(1));
    first.socket?.end();
    (await asked.next()).writeHead(200, { 'content-type': FRAME_TYPE, 'content-length': 3 }).end(Uint8Array.of(1, 2, 3));
    expect((await frame).bytes).toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each([400, 404, 503])('that is refused with %i is not asked for again by itself', async (status) => {
    const { frame } = new FrameFetcher().fetch(url, 'now');
    (await asked.next()).writeHead(status).end();
    await expect(frame).rejects.toMatchObject({ status });
    expect(asked.count).toBe(1);
  });

  it('that is cancelled is not asked for again', async () => {
    const { frame, cancel } = new FrameFetcher().fetch(url, 'now');
    await asked.next();
    cancel();
    await expect(frame).rejects.toMatchObject({ name: 'AbortError' });
    expect(asked.count).toBe(1);
  });
});

// HTTP/2 ends a cut answer so; Node's own HTTP/1.1 takes it for a broken connection.
it.each([
  ['cut', { 'content-length': '4' }, false],
  ['whole', { 'content-length': '3' }, true],
  ['of unknown length', {}, true],
  ['coded: the length is of the coded bytes', { 'content-length': '4', 'content-encoding': 'gzip' }, true],
])('an answer that is %s', async (_name, headers, whole) => {
  const ask = vi.fn(() =>
    Promise.resolve(new Response(Uint8Array.of(1, 2, 3), { headers: { 'content-type': FRAME_TYPE, ...headers } as HeadersInit })),
  );
  vi.stubGlobal('fetch', ask);
  const { frame } = new FrameFetcher().fetch('/frames/1', 'now');
  if (whole) expect((await frame).bytes).toEqual(Uint8Array.of(1, 2, 3));
  else await expect(frame).rejects.toMatchObject({ status: 0 });
  expect(ask).toHaveBeenCalledTimes(whole ? 1 : 2);
});

it('each byte begins the wait anew; none for long enough ends it', async () => {
  const heardOf: (() => void)[] = [];
  const waiting = whileHeard(SILENCE_MS_MAX, undefined, (stop, heard) => {
    heardOf.push(heard);
    return new Promise((_, reject) => stop.addEventListener('abort', () => reject(stop.reason)));
  });
  const ended = vi.fn();
  waiting.catch(ended);
  for (let time = 0; time < 3; time += 1) {
    await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX - 1);
    heardOf[0]?.();
  }
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(SILENCE_MS_MAX);
  await expect(waiting).rejects.toMatchObject({ status: 0 });
});

it('a picture drawn by the gateway that stalls is asked for once more, too', async () => {
  const rendered = fetchRendered(url);
  await asked.next();
  vi.advanceTimersByTime(SILENCE_MS_MAX);
  (await asked.next()).writeHead(200, { 'content-type': 'image/png' }).end(Uint8Array.of(9));
  expect(await (await rendered).bytes()).toEqual(Uint8Array.of(9));
});
