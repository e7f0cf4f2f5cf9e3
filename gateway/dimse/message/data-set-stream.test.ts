import { describe, expect, it } from 'vitest';
import { DATA_SET_PIECES_MAX, DataSetStream } from './data-set-stream.ts';

function streamOf(bufferBytesMax: number) {
  const calls: string[] = [];
  const stream = new DataSetStream(
    bufferBytesMax,
    () => calls.push('full'),
    () => calls.push('taken'),
  );
  return { stream, calls };
}

describe('DataSetStream', () => {
  it('hands on the very bytes, in order, and ends', async () => {
    const { stream } = streamOf(100);
    const chunks = [Buffer.from('ab'), Buffer.from('cd')];
    for (const chunk of chunks) stream.push(chunk);
    stream.end();
    const got: Uint8Array[] = [];
    for await (const chunk of stream) got.push(chunk);
    expect(got[0]).toBe(chunks[0]);
    expect(got[1]).toBe(chunks[1]);
  });

  it('says when it is full, and when half of that is gone', async () => {
    const { stream, calls } = streamOf(4);
    stream.push(Buffer.from('ab'));
    expect(calls).toEqual([]);
    stream.push(Buffer.from('cd'));
    expect(calls).toEqual(['full']);
    await stream.next();
    expect(calls).toEqual(['full', 'taken']);
  });

  it('is also full at DATA_SET_PIECES_MAX pieces, however small', async () => {
    const { stream, calls } = streamOf(1_000_000);
    for (let piece = 1; piece < DATA_SET_PIECES_MAX; piece += 1) stream.push(Buffer.alloc(1));
    expect(calls).toEqual([]);
    stream.push(Buffer.alloc(1));
    expect(calls).toEqual(['full']);
    for (let piece = 0; piece < DATA_SET_PIECES_MAX / 2; piece += 1) await stream.next();
    expect(calls).toEqual(['full', 'taken']);
  });

  it('throws to its reader when the peer is lost, even with bytes queued', async () => {
    const { stream } = streamOf(4);
    stream.push(Buffer.from('abcd'));
    stream.fail(new Error('lost'));
    await expect(stream.next()).rejects.toThrow('lost');
    await stream.drain();
  });

  it('wakes a waiting reader with the failure', async () => {
    const { stream } = streamOf(4);
    const waiting = stream.next();
    stream.fail(new Error('lost'));
    await expect(waiting).rejects.toThrow('lost');
  });

  it('drains what a reader left, counting it, until the end', async () => {
    const { stream, calls } = streamOf(2);
    stream.push(Buffer.from('ab'));
    const drained = stream.drain();
    expect(calls).toEqual(['full', 'taken']);
    stream.push(Buffer.from('cdef'));
    expect(stream.queuedBytes).toBe(0);
    stream.end();
    await drained;
    expect(stream.discardedBytes).toBe(6);
  });

  it('after a refusal throws to the reader, and still drains to the end', async () => {
    const { stream } = streamOf(100);
    stream.push(Buffer.from('ab'));
    stream.refuse(new Error('too large'));
    await expect(stream.next()).rejects.toThrow('too large');
    const drained = stream.drain();
    stream.push(Buffer.from('cd'));
    stream.end();
    await drained;
    expect(stream.discardedBytes).toBe(4);
  });
});
