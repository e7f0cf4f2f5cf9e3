import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTar, type TarEntry, writeTar } from './tar.ts';

const LONG = `objects/originals/H1/${'1.2.'.repeat(40)}/${'a'.repeat(64)}.dcm`;
const FILES: readonly (readonly [string, Buffer])[] = [
  ['head.json', Buffer.from('{}')],
  ['empty', Buffer.alloc(0)],
  ['one-block', Buffer.alloc(512, 1)],
  ['a-little-more', Buffer.alloc(513, 2)],
  [LONG, Buffer.alloc(100_000, 3)],
  [`objects/漢字/${'名'.repeat(40)}`, Buffer.from('x')],
];

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
async function* entries(files: readonly (readonly [string, Buffer])[]): AsyncGenerator<TarEntry> {
  for (const [name, bytes] of files) yield { name, size: bytes.length, bytes: once(bytes) };
}
async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function read(bytes: Buffer, size = 1000): Promise<(readonly [string, Buffer])[]> {
  const found: (readonly [string, Buffer])[] = [];
  for await (const entry of readTar(inPieces(bytes, size))) found.push([entry.name, await gather(entry.bytes)]);
  return found;
}

test.each([1, 511, 512, 70_000])('what is written is read, in pieces of %i bytes', async (size) => {
  expect(await read(await gather(writeTar(entries(FILES))), size)).toEqual(FILES);
});

test('tar reads what is written, and what tar writes is read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'renkei-tar-'));
  try {
    writeFileSync(join(folder, 'a.tar'), await gather(writeTar(entries(FILES))));
    execFileSync('tar', ['-xf', 'a.tar'], { cwd: folder });
    for (const [name, bytes] of FILES) expect(readFileSync(join(folder, name)).equals(bytes), name).toBe(true);
    execFileSync(
      'tar',
      ['--format=pax', '--blocking-factor=1', '--pax-option=delete=atime,delete=ctime,delete=mtime', '-cf', 'b.tar', LONG, 'one-block'],
      { cwd: folder },
    );
    expect((await read(readFileSync(join(folder, 'b.tar')))).map(([name]) => name)).toEqual([LONG, 'one-block']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an entry that is passed over is no hindrance', async () => {
  const names: string[] = [];
  for await (const { name } of readTar(inPieces(await gather(writeTar(entries(FILES))), 999))) names.push(name);
  expect(names).toEqual(FILES.map(([name]) => name));
});

test.each([
  ['cut in a header', (bytes: Buffer) => bytes.subarray(0, 300)],
  ['cut between entries', (bytes: Buffer) => bytes.subarray(0, 1024)],
  ['cut in the last block', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['without its last block', (bytes: Buffer) => bytes.subarray(0, -512)],
  ['with something behind it', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('x')])],
  ['with a changed name', (bytes: Buffer) => Buffer.concat([Buffer.from('X'), bytes.subarray(1)])],
  ['of nothing', () => Buffer.alloc(0)],
  ['of another kind', () => Buffer.alloc(4096, 'not a tar ')],
])('an archive %s is invalid', async (_, change) => {
  await expect(read(change(await gather(writeTar(entries(FILES)))))).rejects.toMatchObject({ kind: 'invalid' });
});

test.each([
  ['fewer', 10],
  ['more', 2],
])('an entry that brings %s bytes than it said ends the writing', async (_, size) => {
  const lying = (async function* () {
    yield { name: 'a', size, bytes: once(Buffer.from('four')) };
  })();
  await expect(gather(writeTar(lying))).rejects.toMatchObject({ kind: 'internal' });
});
