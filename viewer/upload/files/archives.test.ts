import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { smallFile } from '../../../test/fixtures/dicom/small-dicom.ts';
import { SeededRandom } from '../../../test/fixtures/seeded-random.ts';
import { type ZipEntry, zipOf } from '../../../test/fixtures/zip-writer.ts';
import { mutated } from '../../../test/fuzz/bytes.ts';
import { budgetFor, HELD_BYTES_MAX } from './content-sink.ts';
import { ARCHIVE_DEPTH_MAX, openContent } from './open-content.ts';
import type { UnreadableFile } from './upload-items.ts';

const never = new AbortController().signal;
// Hundreds of archives and some large ones, on a machine that may have other work.
vi.setConfig({ testTimeout: 120_000 });
const CUT = Buffer.from('PK\x03\x04PK\x07\x08PK\x01\x02PK\x05\x06', 'latin1');

const image = (at: number, pixels?: Uint8Array): Buffer =>
  smallFile({ sopInstanceUID: `2.25.38.${at}`, instanceNumber: at, ...(pixels ? { rows: 8, columns: 64, pixels } : {}) });
/** Each with the four signatures of a ZIP in the middle of its pixels. */
const withSignatures = (at: number) => {
  const pixels = Buffer.alloc(1024, at);
  CUT.copy(pixels, 100);
  return image(at, pixels);
};
const [one, two, three] = [image(1), image(2), image(3)] as const;
const entry = (name: string | Uint8Array, bytes: Uint8Array, more: Partial<ZipEntry> = {}): ZipEntry => ({ name, bytes, ...more });

/** Path → the bytes, or why they could not be read. */
async function opened(archive: Uint8Array, name = 'a.zip', signal = never): Promise<[string, Buffer | string][]> {
  const found: [string, Buffer | string][] = [];
  const blob = new Blob([new Uint8Array(archive)]);
  for await (const item of openContent(blob, name, budgetFor(blob.size), signal)) {
    const content = await item.content().catch((error: UnreadableFile) => `${error.reason} ${error.detail}`.trim());
    if (typeof content === 'string') found.push([item.path, content]);
    else found.push([item.path, Buffer.from(content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content)]);
  }
  return found;
}

const nested = (depth: number): Buffer => (depth === 0 ? one : zipOf([entry(depth === 1 ? 'IM1' : 'in.zip', nested(depth - 1))]));
const cp932 = Buffer.from([0x8a, 0xb3, 0x8e, 0xd2, 0x2f, 0x95, 0x5c, 0x8e, 0xa6]);
/** One block that is not compressed, which Deflate64 writes as Deflate does. RFC 1951 3.2.4. */
const oneBlock = (packed: Buffer) => {
  const head = Buffer.from([1, 0, 0, 0, 0]);
  head.writeUInt16LE(packed.length, 1);
  head.writeUInt16LE(0xffff ^ packed.length, 3);
  return Buffer.concat([head, packed]);
};
const flip = (packed: Buffer) => {
  const damaged = Buffer.from(packed);
  damaged.fill(0xff, packed.length >> 1, (packed.length >> 1) + 20);
  return damaged;
};
const two80 = Array.from({ length: 80 }, (_, at) => entry(`IM${at % 2}`, image(at + 1)));
const whole = zipOf([entry('IM1', one), entry('IM2', two), entry('IM3', three)]);

describe('a ZIP is read by its directory', () => {
  it.each<[string, Buffer, [string, Buffer | string][]]>([
    [
      'deflated',
      whole,
      [
        ['a.zip/IM1', one],
        ['a.zip/IM2', two],
        ['a.zip/IM3', three],
      ],
    ],
    [
      'stored, with signatures of a ZIP within',
      zipOf([entry('IM1', withSignatures(1), { method: 0 }), entry('IM2', two)]),
      [
        ['a.zip/IM1', withSignatures(1)],
        ['a.zip/IM2', two],
      ],
    ],
    [
      'stored, with data descriptors and signatures within',
      zipOf([1, 2].map((at) => entry(`IM${at}`, withSignatures(at), { method: 0, descriptor: true }))),
      [
        ['a.zip/IM1', withSignatures(1)],
        ['a.zip/IM2', withSignatures(2)],
      ],
    ],
    ['Deflate64', zipOf([entry('IM1', one, { method: 9, damage: oneBlock })]), [['a.zip/IM1', one]]],
    ['entries of one name', zipOf(two80), two80.map(({ name, bytes }) => [`a.zip/${name}`, bytes as Buffer])],
    [
      'Zip64',
      zipOf([entry('IM1', one, { zip64: true, method: 0 }), entry('IM2', two, { zip64: true })], { zip64: true }),
      [
        ['a.zip/IM1', one],
        ['a.zip/IM2', two],
      ],
    ],
    [
      'Zip64 with data descriptors',
      zipOf([entry('IM1', one, { zip64: true, method: 0, descriptor: true }), entry('IM2', two)]),
      [
        ['a.zip/IM1', one],
        ['a.zip/IM2', two],
      ],
    ],
    [
      'after a program that unpacks it',
      zipOf([entry('IM1', one), entry('IM2', two)], { prefix: Buffer.alloc(2002, 'MZ') }),
      [
        ['a.zip/IM1', one],
        ['a.zip/IM2', two],
      ],
    ],
    ['before what a transfer left', zipOf([entry('IM1', one)], { suffix: Buffer.alloc(500) }), [['a.zip/IM1', one]]],
    ['with a comment', zipOf([entry('IM1', one)], { comment: Buffer.from('CD 1') }), [['a.zip/IM1', one]]],
    ['folders left out', zipOf([entry('st/', Buffer.alloc(0), { method: 0 }), entry('st/IM1', one)]), [['a.zip/st/IM1', one]]],
  ])('%s', async (_name, archive, expected) => {
    expect(await opened(archive)).toEqual(expected);
  });
});

describe('what cannot be read is named, and the others go in', () => {
  it.each<[string, Partial<ZipEntry>, string]>([
    ['a wrong CRC, deflated', { crc: 0x12345678 }, 'checksum'],
    ['a wrong CRC, stored', { crc: 0x12345678, method: 0 }, 'checksum'],
    ['a wrong CRC, in a data descriptor', { crc: 0x12345678, method: 0, descriptor: true }, 'checksum'],
    ['bzip2', { method: 12 }, 'method bzip2'],
    ['LZMA', { method: 14 }, 'method LZMA'],
    ['a method nobody knows', { method: 77 }, 'method 77'],
    ['encrypted', { flags: 1 }, 'encrypted'],
    ['strongly encrypted', { flags: 0x41 }, 'encrypted'],
    ['damaged in its middle', { damage: flip }, 'damaged'],
    ['longer than it says', { size: 100 }, 'damaged'],
    ['shorter than it says', { size: 100_000 }, 'checksum'],
    ['larger than anything', { size: 3 * 2 ** 30 }, 'too-large'],
  ])('%s', async (_name, more, reason) => {
    const archive = zipOf([entry('IM1', one), entry('bad', two, more), entry('IM3', three)]);
    expect(await opened(archive)).toEqual([
      ['a.zip/IM1', one],
      ['a.zip/bad', reason],
      ['a.zip/IM3', three],
    ]);
  });

  it('an archive that was cut off anywhere is never taken for whole', async () => {
    const archive = zipOf([
      entry('IM1', one, { method: 0 }),
      entry('in.zip', zipOf([entry('IM2', two)]), { method: 0 }),
      entry('IM3', three),
    ]);
    for (let end = archive.length - 1; end > 0; end -= 19) {
      const found = await opened(archive.subarray(0, end));
      expect(found.at(-1)?.[1], `cut at ${end}`).toMatch(/^(cut-short|damaged|empty)/);
    }
  });

  it.each<[string, Buffer, string]>([
    ['its directory', whole.subarray(0, whole.indexOf('PK\x01\x02', 0, 'latin1')), 'cut-short 3'],
    [
      'its directory and half of the last file',
      whole.subarray(0, whole.lastIndexOf('PK\x03\x04', undefined, 'latin1') + 100),
      'cut-short 3',
    ],
    ['all but its first file', whole.subarray(0, 200), 'cut-short 1'],
    [
      'its directory, after files whose sizes follow',
      zipOf([entry('a', one, { descriptor: true }), entry('b', two)]).subarray(0, -100),
      'cut-short 1',
    ],
  ])('one that lacks %s tells how many files can be seen to be missing', async (_name, archive, reason) => {
    expect(await opened(archive)).toEqual([['a.zip', reason]]);
  });

  it.each<[string, Buffer, string]>([
    ['no archive at all', Buffer.from('this is no archive'), 'damaged'],
    ['nothing', Buffer.alloc(0), 'empty'],
    ['no entry', zipOf([]), 'empty'],
    ['a part of a split one', Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), whole.subarray(0, 400)]), 'split'],
  ])('%s', async (_name, archive, reason) => {
    expect(await opened(archive)).toEqual([['a.zip', reason]]);
  });

  it('a directory that says to have fewer files than it has gives those, and is damaged', async () => {
    const end = whole.lastIndexOf('PK\x05\x06', undefined, 'latin1');
    const saysOne = Buffer.from(whole);
    saysOne.writeUInt16LE(1, end + 8);
    saysOne.writeUInt16LE(1, end + 10);
    for (const archive of [saysOne, Buffer.concat([Buffer.from('MZ program'), saysOne])]) {
      expect(await opened(archive)).toEqual([
        ['a.zip/IM1', one],
        ['a.zip', 'damaged'],
      ]);
    }
  });

  it('a directory that is damaged after its first entry gives that entry', async () => {
    const damaged = Buffer.from(whole);
    damaged.write('XX', damaged.lastIndexOf(Buffer.from('PK\x01\x02IM3'.slice(0, 4), 'latin1')), 'latin1');
    expect(await opened(damaged)).toEqual([
      ['a.zip/IM1', one],
      ['a.zip/IM2', two],
      ['a.zip', 'damaged'],
    ]);
  });
});

describe('archives within archives', () => {
  it('are opened, with what lies beside them', async () => {
    const archive = zipOf([
      entry('CD1.zip', zipOf([entry('IM1', one), entry('IM2', two)]), { method: 0 }),
      entry('readme.txt', Buffer.from('hello')),
    ]);
    expect(await opened(archive)).toEqual([
      ['a.zip/CD1.zip/IM1', one],
      ['a.zip/CD1.zip/IM2', two],
      ['a.zip/readme.txt', Buffer.from('hello')],
    ]);
  });
  it('are opened to a depth', async () => {
    expect((await opened(nested(ARCHIVE_DEPTH_MAX)))[0]?.[1]).toEqual(one);
    expect((await opened(nested(ARCHIVE_DEPTH_MAX + 1)))[0]?.[1]).toBe('too-deep');
  });
  it.each<[string, Buffer, [string, Buffer | string][]]>([
    ['gzip', gzipSync(one), [['a.gz', one]]],
    ['gzip in a ZIP', zipOf([entry('new.dcm.gz', gzipSync(two))]), [['a.gz/new.dcm.gz', two]]],
    ['a ZIP in gzip', gzipSync(zipOf([entry('IM1', one)])), [['a.gz/IM1', one]]],
    ['gzip cut short', gzipSync(one).subarray(0, -9), [['a.gz', 'damaged']]],
    ['gzip with a wrong CRC', Buffer.concat([gzipSync(one).subarray(0, -8), Buffer.alloc(8)]), [['a.gz', 'damaged']]],
  ])('%s', async (_name, bytes, expected) => {
    expect(await opened(bytes, 'a.gz')).toEqual(expected);
  });
});

describe('names', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['UTF-8 with its flag', '患者/画像', '患者/画像'],
    ['UTF-8 without it', Buffer.from('患者/画像'), '患者/画像'],
    ['code page 932, with a backslash as second byte', cp932, '患者/表示'],
    ['code page 437', Buffer.from([0x66, 0x81, 0x72, 0xff]), 'für\u00a0'],
    ['absolute', '/etc/IM1', 'etc/IM1'],
    ['above its folder', '../../../etc/IM2', 'etc/IM2'],
    ['a drive of Windows', 'C:\\DICOM\\IM3', 'DICOM/IM3'],
    ['a name that turns the text round', 'a\u202egpj.exe', 'a\ufffdgpj.exe'],
    ['nothing', '..', '?'],
  ])('%s', async (_name, raw, shown) => {
    expect((await opened(zipOf([entry(raw, one)])))[0]?.[0]).toBe(`a.zip/${shown}`);
  });
});

describe('large entries', () => {
  const large = Buffer.concat([one, Buffer.alloc(HELD_BYTES_MAX)]);
  it.each([0, 8])('come whole, by method %i', async (method) => {
    const [found] = await opened(zipOf([entry('IM1', large, { method })]));
    expect(large.equals(found?.[1] as Buffer)).toBe(true);
  });
  it.each([0, 8])('with a wrong CRC are not handed on, by method %i', async (method) => {
    expect(await opened(zipOf([entry('IM1', large, { method, crc: 1 })]))).toEqual([['a.zip/IM1', 'checksum']]);
  });
  it.each([0, 8])('are read as far as asked, by method %i', async (method) => {
    const noise = new SeededRandom(38);
    const bytes = Buffer.concat([one, Buffer.from(Array.from({ length: 2 ** 20 }, () => noise.below(256)))]);
    let read = 0;
    class Counted extends Blob {
      override slice(from = 0, to = this.size): Blob {
        return new Counted([super.slice(from, to)]);
      }
      override stream() {
        return super.stream().pipeThrough(
          new TransformStream({
            transform(piece, counted) {
              read += piece.length;
              counted.enqueue(piece);
            },
          }),
        );
      }
      override async arrayBuffer() {
        read += this.size;
        return super.arrayBuffer();
      }
    }
    const archive = new Counted([new Uint8Array(zipOf([entry('IM1', bytes, { method })]))]);
    for await (const item of openContent(archive, 'a.zip', budgetFor(archive.size), never)) {
      const head = await item.head(16_384);
      expect(Buffer.from(head.subarray(0, 16_384)).equals(bytes.subarray(0, 16_384))).toBe(true);
    }
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(archive.size / 2);
  });
});

it('of a damaged archive no file is handed on that is not to the byte what was packed', async () => {
  const packed = [one, two, withSignatures(3), Buffer.from('hello')];
  const inner = zipOf([entry('IM3', packed[2] as Buffer, { method: 0, descriptor: true }), entry('readme', packed[3] as Buffer)]);
  const archive = zipOf([entry('IM1', one), entry('in.zip', inner, { method: 0 }), entry('IM2', two, { zip64: true, method: 0 })], {
    zip64: true,
  });
  const whole = new Set(packed.map((bytes) => bytes.toString('base64')));
  let told = 0;
  for (let seed = 0; seed < 200; seed += 1) {
    for (const [path, content] of await opened(mutated(new SeededRandom(seed), archive, inner), 'a')) {
      // What is not opened as an archive is the file itself: no promise was made of it.
      if (path === 'a' && typeof content !== 'string') continue;
      if (typeof content === 'string') told += 1;
      else expect(whole.has(content.toString('base64')), `seed ${seed}: ${path}`).toBe(true);
    }
  }
  expect(told).toBeGreaterThan(50);
});

it('stops when the person cancels', async () => {
  await expect(opened(whole, 'a.zip', AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
});
