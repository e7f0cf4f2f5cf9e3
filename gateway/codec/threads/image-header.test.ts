import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HEADER_JSON_HERE_BYTES_MAX, headerTexts } from './image-header.ts';

const row = (name: string, text: string) => ({ name, metadataGzip: gzipSync(text) });
const ofLength = (length: number) =>
  randomBytes(Math.ceil(length / 2))
    .toString('hex')
    .slice(0, length);

async function* pages<T>(...given: T[]): AsyncGenerator<T> {
  yield* given;
}

describe('headerTexts', () => {
  test.each<[string, readonly number[]]>([
    ['none', []],
    ['one', [100]],
    ['many small ones', Array.from({ length: 300 }, (_, n) => 3_000 + n)],
    ['some as long as goes together', [256 * 1024, 256 * 1024 - 1, 1, 256 * 1024 + 1, 2]],
    [
      'large ones first, last and between',
      [HEADER_JSON_HERE_BYTES_MAX + 1, 5, HEADER_JSON_HERE_BYTES_MAX + 1, HEADER_JSON_HERE_BYTES_MAX, 7, HEADER_JSON_HERE_BYTES_MAX + 1],
    ],
  ])('each row has the text of its own header, in the order they came: %s', async (_, lengths) => {
    const texts = lengths.map(ofLength);
    const rows = texts.map((text, n) => row(String(n), text));
    const seen: [string, string | undefined][] = [];
    for await (const inflated of headerTexts(pages(rows.slice(0, 3), [], rows.slice(3)))) {
      if ('large' in inflated) seen.push([inflated.large.name, undefined]);
      else seen.push(...inflated.texts.map(([{ name }, text]): [string, string] => [name, text.toString('latin1')]));
    }
    expect(seen).toEqual(texts.map((text, n) => [String(n), text.length > HEADER_JSON_HERE_BYTES_MAX ? undefined : text]));
  });

  test.each<[string, Buffer]>([
    ['no gzip', Buffer.from('no gzip, with a length at its end\u0010\u0000\u0000\u0000')],
    ['cut short', Buffer.concat([gzipSync(ofLength(4_000)).subarray(0, 1_500), Buffer.from([0xa0, 0x0f, 0, 0])])],
    ['another length at its end', Buffer.concat([gzipSync(ofLength(4_000)).subarray(0, -4), Buffer.from([1, 0, 0, 0])])],
    ['empty', Buffer.alloc(0)],
    ['two members in one', Buffer.concat([gzipSync('{"a":1}'), gzipSync('{"b":2}')])],
  ])('a header that is not what was stored gives no text to anybody: %s', async (_, metadataGzip) => {
    const broken = { name: 'broken', metadataGzip };
    const all = async () => {
      for await (const _texts of headerTexts(pages([broken], [row('after', '{}')])));
    };
    await expect(all()).rejects.toMatchObject({ kind: 'internal' });
  });
});
