import { describe, expect, it } from 'vitest';
import { type ZipFile, zipStream } from './zip-stream.ts';

const AT = new Date('2026-11-28T05:00:00Z');
const END_OF_DIRECTORY = Buffer.from('PK\x05\x06', 'latin1');
const PIECE = 64 * 1024;

/** Files of many pieces, and what became of them. */
function source(files: number, pieces: number, failsAt = Number.POSITIVE_INFINITY) {
  const state = { made: 0, closed: 0, listClosed: false };
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < pieces; at++) {
        if (state.made >= failsAt) throw new Error('cannot be read');
        state.made++;
        yield new Uint8Array(PIECE);
      }
    } finally {
      state.closed++;
    }
  }
  async function* list(): AsyncGenerator<ZipFile> {
    try {
      for (let at = 1; at <= files; at++) yield { name: `DICOM/IM${at}`, bytes: bytes() };
    } finally {
      state.listClosed = true;
    }
  }
  return { state, list: list() };
}

describe('a zip as it comes', () => {
  it('is made no faster than it is taken', async () => {
    const { state, list } = source(3, 1000);
    const zip = zipStream(list, AT);
    let taken = 0;
    while (taken < 20) if (((await zip.next()).value as Uint8Array).length === PIECE) taken++;
    // The library and its two queues hold one piece each.
    expect(state.made - taken).toBeLessThanOrEqual(3);
    await zip.return(undefined);
  });

  it('closes what it reads when its taker leaves', async () => {
    const { state, list } = source(3, 1000);
    const zip = zipStream(list, AT);
    for (let taken = 0; taken < 5; taken++) await zip.next();
    await zip.return(undefined);
    expect([state.closed, state.listClosed]).toEqual([1, true]);
  });

  it.each([
    ['a file', 25],
    ['the first piece', 0],
  ])('has no directory when %s cannot be read', async (_what, failsAt) => {
    const { state, list } = source(3, 20, failsAt);
    const pieces: Uint8Array[] = [];
    const taking = (async () => {
      for await (const piece of zipStream(list, AT)) pieces.push(piece);
    })();
    await expect(taking).rejects.toThrow('cannot be read');
    expect(Buffer.concat(pieces).includes(END_OF_DIRECTORY)).toBe(false);
    expect(state.listClosed).toBe(true);
  });
});
