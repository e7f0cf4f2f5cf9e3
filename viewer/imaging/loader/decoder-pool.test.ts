import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DecoderPool, NotDecodable } from './decoder-pool.ts';
import type { DecodeRequest } from './picture.ts';

type Message = 'make-ready' | (DecodeRequest & { readonly id: number });

/** Of a browser's worker what the pool uses; it does what the test says. */
class FakeWorker {
  static readonly all: FakeWorker[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;
  terminated = false;
  readonly sent: Message[] = [];
  given: readonly unknown[] = [];

  constructor() {
    FakeWorker.all.push(this);
  }
  postMessage(message: Message, given: readonly unknown[] = []): void {
    this.sent.push(message);
    this.given = given;
  }
  terminate(): void {
    this.terminated = true;
  }
  fail(): void {
    this.onerror?.({ message: 'no script', preventDefault: () => undefined });
  }
  answer(): void {
    const task = this.sent.at(-1);
    if (task !== undefined && task !== 'make-ready') this.onmessage?.({ data: { id: task.id, picture: PICTURE } });
  }
}

const PICTURE = { kind: 'colour', width: 1, height: 1, rgb: Uint8Array.of(1, 2, 3) };
const request = { frame: { bytes: Uint8Array.of(1) } } as unknown as DecodeRequest;

beforeEach(() => {
  FakeWorker.all.length = 0;
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
});
afterEach(() => vi.unstubAllGlobals());

it('a worker that fails while it waits for its first task is replaced with the task', async () => {
  const pool = new DecoderPool();
  pool.makeReady();
  FakeWorker.all[0]?.fail();
  expect(FakeWorker.all[0]?.terminated).toBe(true);
  const { picture } = pool.decode(request, 'now');
  expect(FakeWorker.all.length).toBe(2);
  FakeWorker.all[1]?.answer();
  expect(await picture).toBe(PICTURE);
});

it('one that fails between two tasks, too', async () => {
  const pool = new DecoderPool();
  const first = pool.decode(request, 'now').picture;
  FakeWorker.all[0]?.answer();
  await first;
  FakeWorker.all[0]?.fail();
  const second = pool.decode(request, 'now').picture;
  FakeWorker.all[1]?.answer();
  expect(await second).toBe(PICTURE);
});

it('one that fails at its task refuses that task alone', async () => {
  const pool = new DecoderPool();
  const first = pool.decode(request, 'now').picture;
  const second = pool.decode(request, 'now').picture;
  FakeWorker.all[0]?.fail();
  await expect(first).rejects.toBeInstanceOf(NotDecodable);
  FakeWorker.all[1]?.answer();
  expect(await second).toBe(PICTURE);
});

it('only memory that nobody else reads goes to the worker itself; of other frames it gets a copy', () => {
  const pool = new DecoderPool();
  pool.decode(request, 'now');
  expect(FakeWorker.all[0]?.given).toEqual([]);
  FakeWorker.all[0]?.answer();
  pool.decode({ ...request, frame: { ...request.frame, mayBeGivenAway: true } }, 'now');
  expect(FakeWorker.all[0]?.given).toEqual([request.frame.bytes.buffer]);
});

it('a frame that is kept goes as a copy in memory of its picture’s size', () => {
  const pool = new DecoderPool();
  pool.decode({ ...request, pictureBytes: 8 }, 'now');
  const [sent] = FakeWorker.all[0]?.sent ?? [];
  const frame = sent === 'make-ready' ? undefined : sent?.frame;
  expect(frame?.mayBeGivenAway).toBe(true);
  expect(frame?.bytes).toEqual(request.frame.bytes);
  expect([frame?.bytes.buffer.byteLength, frame?.bytes.buffer === request.frame.bytes.buffer]).toEqual([8, false]);
  expect(FakeWorker.all[0]?.given).toEqual([frame?.bytes.buffer]);
});
