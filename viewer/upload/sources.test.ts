import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { type DroppedEntry, entrySource, sourcesOfFiles } from './file-source.ts';
import type { ItemSource, UploadItem } from './upload-items.ts';
import { BrokenZip, zipSource } from './zip-source.ts';

const never = new AbortController().signal;

async function all(source: ItemSource, signal = never): Promise<UploadItem[]> {
  const items: UploadItem[] = [];
  for await (const item of source.items(signal)) items.push(item);
  return items;
}

const file = (name: string): DroppedEntry => ({
  isDirectory: false,
  fullPath: `/${name}`,
  file: (found) => found(new File([name], name.split('/').at(-1) ?? '')),
});
/** Gives its entries two at a time, as browsers give a hundred. */
const folder = (name: string, inside: DroppedEntry[]): DroppedEntry => ({
  isDirectory: true,
  fullPath: `/${name}`,
  createReader: () => {
    const rest = [...inside];
    return { readEntries: (found) => found(rest.splice(0, 2)) };
  },
});

describe('a dropped folder', () => {
  const dropped = folder('cd', [file('cd/a'), file('cd/b'), file('cd/c'), folder('cd/deep', [file('cd/deep/d')]), folder('cd/empty', [])]);
  it('is walked all the way down', async () => {
    expect((await all(entrySource(dropped))).map(({ path }) => path)).toEqual(['cd/a', 'cd/b', 'cd/c', 'cd/deep/d']);
  });
  it('is left when the person cancels', async () => {
    await expect(all(entrySource(dropped), AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
  });
});

describe('a ZIP', () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`IM${at}`, strToU8(`image ${at} `.repeat(200))]));
  const zip = new Blob([zipSync({ 'a/': new Uint8Array(0), ...many })]);
  it('gives each entry with its bytes, folders left out', async () => {
    const items = await all(zipSource(zip, 'study.zip'));
    expect(items.length).toBe(40);
    expect(items[7]?.path).toBe('study.zip/IM7');
    expect(await items[7]?.content()).toEqual(many['IM7']);
    expect((await items[7]?.head())?.length).toBe(136);
  });
  it.each([
    ['cut short', zip.slice(0, Math.floor(zip.size / 3))],
    ['no archive at all', new Blob(['this is no archive'])],
    ['empty', new Blob([])],
  ])('%s is said to be broken', async (_name, bytes) => {
    await expect(all(zipSource(bytes, 'x.zip'))).rejects.toBeInstanceOf(BrokenZip);
  });
  it('among chosen files is opened', async () => {
    const [plain, archive] = sourcesOfFiles([new File(['x'], 'one.dcm'), new File([zip], 'STUDY.ZIP')]);
    expect((await all(plain as ItemSource)).length).toBe(1);
    expect((await all(archive as ItemSource)).length).toBe(40);
  });
});
