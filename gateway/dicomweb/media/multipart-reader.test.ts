import { describe, expect, it } from 'vitest';
import { PART_HEADER_BYTES_MAX, PREAMBLE_BYTES_MAX, readMultipart } from './multipart-reader.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

async function* chunksOf(body: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < body.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield Buffer.from(body.subarray(at, at + size));
    at += size;
  }
}

async function partsOf(source: AsyncIterable<Uint8Array>, boundary = 'b') {
  const parts: { headers: Record<string, string>; body: string }[] = [];
  for await (const part of readMultipart(source, boundary)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of part.body) chunks.push(Buffer.from(chunk));
    parts.push({ headers: Object.fromEntries(part.headers), body: Buffer.concat(chunks).toString('latin1') });
  }
  return parts;
}

const TWO = bytes(
  'preamble\r\n--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--bother\r\n-\r\n--b \t\r\nX:y\r\n\r\n\r\n\r\r\n--b--\r\nepilogue',
);
const TWO_PARTS = [
  { headers: { 'content-type': 'application/dicom' }, body: 'one\r\n--bother\r\n-' },
  { headers: { x: 'y' }, body: '\r\n\r' },
];

describe('readMultipart, RFC 2046 5.1.1', () => {
  it('gives the same parts wherever the stream is split in two', async () => {
    for (let split = 1; split < TWO.length; split++) {
      expect(await partsOf(chunksOf(TWO, [split, TWO.length])), `split at ${split}`).toEqual(TWO_PARTS);
    }
  });

  it.each([1, 2, 3, 5, 7, 11])('gives the same parts in chunks of %i', async (size) => {
    expect(await partsOf(chunksOf(TWO, [size]))).toEqual(TWO_PARTS);
  });

  it.each([
    ['no preamble', '--b\r\n\r\nx\r\n--b--', [{ headers: {}, body: 'x' }]],
    ['an empty body', '--b\r\nA: 1\r\n\r\n\r\n--b--', [{ headers: { a: '1' }, body: '' }]],
    ['a folded header', '--b\r\nA: 1\r\n  2\r\n\r\nx\r\n--b--\r\n', [{ headers: { a: '1 2' }, body: 'x' }]],
    ['a line end before the first boundary', '\r\n--b\r\n\r\nx\r\n--b--', [{ headers: {}, body: 'x' }]],
    ['no part at all', '--b--\r\n', []],
  ])('reads %s', async (_name, body, parts) => {
    expect(await partsOf(chunksOf(bytes(body), [4]))).toEqual(parts);
  });

  it.each([
    ['an empty body', ''],
    ['a body without boundary', 'x'.repeat(100)],
    ['a cut inside a part', '--b\r\n\r\nabc'],
    ['a cut in the closing boundary', '--b\r\n\r\nabc\r\n--b'],
    ['a cut behind the closing boundary’s first hyphen', '--b\r\n\r\nabc\r\n--b-'],
    ['a header without colon', '--b\r\nnonsense\r\n\r\nabc\r\n--b--'],
    ['headers without end', `--b\r\nA: ${'x'.repeat(PART_HEADER_BYTES_MAX)}`],
    ['a preamble without end', 'x'.repeat(PREAMBLE_BYTES_MAX + 100)],
  ])('refuses %s', async (_name, body) => {
    await expect(partsOf(chunksOf(bytes(body), [9]))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it.each(['', 'a\r\nb', 'x'.repeat(201)])('refuses the boundary %j', async (boundary) => {
    await expect(partsOf(chunksOf(TWO, [9]), boundary)).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('skips what the consumer leaves of a part, and ends the source when the consumer goes', async () => {
    let returned = false;
    const source = (async function* () {
      try {
        yield* chunksOf(TWO, [3]);
      } finally {
        returned = true;
      }
    })();
    const seen: string[] = [];
    for await (const part of readMultipart(source, 'b')) {
      seen.push(part.headers.get('content-type') ?? 'none');
      for await (const _chunk of part.body) break;
    }
    expect(seen).toEqual(['application/dicom', 'none']);
    expect(returned).toBe(true);
  });

  it('never holds more than a chunk: a part of many chunks is passed on as it arrives', async () => {
    let produced = 0;
    const source = (async function* () {
      yield bytes('--b\r\n\r\n');
      for (let i = 0; i < 1000; i++) {
        produced++;
        yield Buffer.alloc(1024, 0x0d);
      }
      yield bytes('\r\n--b--');
    })();
    let consumed = 0;
    for await (const part of readMultipart(source, 'b')) {
      for await (const chunk of part.body) {
        consumed += chunk.length;
        expect(produced * 1024 - consumed).toBeLessThanOrEqual(2048);
      }
    }
    expect(consumed).toBe(1000 * 1024);
  });
});
