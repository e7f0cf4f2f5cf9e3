import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import type { HttpAnswer } from './exchange.ts';
import { sendAnswer, sendingOf } from './sending.ts';

/** What of a response is written to, without a connection. */
class Response extends Writable {
  headersSent = false;
  head: unknown;
  readonly pieces: Buffer[] = [];
  writeHead(status: number, headers: readonly unknown[]) {
    this.headersSent = true;
    const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[String(name), headers[at + 1]] as const] : []));
    // A name that comes twice would go out twice.
    expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
    this.head = { status, headers: Object.fromEntries(pairs) };
    return this;
  }
  override _write(piece: Buffer, _encoding: string, done: () => void) {
    this.pieces.push(piece);
    done();
  }
  get text() {
    return Buffer.concat(this.pieces).toString();
  }
}

const real = (response: Response) => response as unknown as ServerResponse;
const streamOf = (...pieces: readonly string[]) => {
  const returned = vi.fn(async () => ({ done: true as const, value: undefined }));
  const left = pieces.map((piece) => Buffer.from(piece));
  const body = {
    next: async () => {
      const value = left.shift();
      return value === undefined ? { done: true as const, value: undefined } : { done: false as const, value };
    },
    return: returned,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  return { body, returned };
};

describe('an answer', () => {
  test.each<[string, string, HttpAnswer, unknown, string]>([
    ['text', 'GET', { status: 200, headers: { a: 'b' }, body: '日' }, { a: 'b', 'content-length': 3, x: 'y' }, '日'],
    ['bytes', 'GET', { status: 206, headers: {}, body: Buffer.from('ab') }, { 'content-length': 2, x: 'y' }, 'ab'],
    ['its own header before the common one', 'GET', { status: 200, headers: { x: 'z' }, body: '' }, { 'content-length': 0, x: 'z' }, ''],
    ['the head of text', 'HEAD', { status: 200, headers: {}, body: 'ab' }, { 'content-length': 2, x: 'y' }, ''],
    ['the head of what has no length', 'HEAD', { status: 200, headers: {} }, { x: 'y' }, ''],
    ['no body', 'POST', { status: 201, headers: {} }, { 'content-length': 0, x: 'y' }, ''],
    ['not modified', 'GET', { status: 304, headers: { etag: '"1"' } }, { etag: '"1"', x: 'y' }, ''],
    ['no content', 'DELETE', { status: 204, headers: {} }, { x: 'y' }, ''],
  ])('%s', async (_name, method, answer, headers, text) => {
    const response = new Response();
    await sendAnswer(real(response), method, answer, { x: 'y' });
    expect(response.head).toEqual({ status: answer.status, headers });
    expect(response.text).toBe(text);
    expect(response.writableEnded).toBe(true);
  });

  test('a stream goes out whole', async () => {
    const response = new Response();
    await sendAnswer(real(response), 'GET', { status: 200, headers: {}, body: streamOf('a', 'b', 'c').body }, {});
    expect(response.text).toBe('abc');
  });

  test.each([
    ['whose head alone is asked for', 'HEAD', false],
    ['whose client has left', 'GET', true],
  ])('a stream %s is let go', async (_name, method, hasLeft) => {
    const response = new Response();
    if (hasLeft) response.destroy();
    const { body, returned } = streamOf('a');
    await sendAnswer(real(response), method, { status: 200, headers: {}, body }, {});
    expect(returned).toHaveBeenCalledOnce();
    expect(response.text).toBe('');
  });

  test('a stream that fails on its way breaks the connection', async () => {
    const response = new Response();
    const body = (async function* () {
      yield Buffer.from('a');
      throw new Error('the disk is gone');
    })();
    await expect(sendAnswer(real(response), 'GET', { status: 200, headers: {}, body }, {})).rejects.toThrow('the disk is gone');
    expect(response.destroyed).toBe(true);
    expect(response.writableFinished).toBe(false);
  });
});

describe('the end of an answer', () => {
  test('is leaving when the client closes before it is out', async () => {
    const response = new Response();
    const sending = sendingOf(real(response));
    const { leaving, over } = sending;
    response.destroy();
    await over;
    expect([leaving.aborted, sending.isOver(), sending.isOut()]).toEqual([true, true, false]);
  });

  test('is no leaving when it is out', async () => {
    const response = new Response();
    const sending = sendingOf(real(response));
    const { leaving, over } = sending;
    await sendAnswer(real(response), 'GET', { status: 200, headers: {}, body: 'a' }, {});
    await over;
    expect([leaving.aborted, sending.isOut()]).toEqual([false, true]);
  });

  test('is told at once to who asks too late', () => {
    const response = new Response();
    response.destroy();
    const listener = vi.fn();
    const sending = sendingOf(real(response));
    sending.onceOver(listener);
    expect(listener).toHaveBeenCalledOnce();
    expect(sending.leaving.aborted).toBe(true);
  });
});

test('however many wait for its end, the response has one listener, and each is told once', async () => {
  const response = new Response();
  const sending = sendingOf(real(response));
  const before = response.listenerCount('close');
  const told: number[] = [];
  for (let n = 0; n < 20; n += 1) sending.onceOver(() => told.push(n));
  const { leaving } = sending;
  expect(response.listenerCount('close')).toBe(before + 1);
  response.destroy();
  await sending.over;
  expect(told).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(leaving.aborted).toBe(true);
  sending.onceOver(() => told.push(-1));
  expect(told).toHaveLength(21);
});
