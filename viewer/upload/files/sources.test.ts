import { describe, expect, it } from 'vitest';
import { zipOf } from '../../../test/fixtures/zip-writer.ts';
import { type DroppedEntry, entrySource, sourcesOfFiles } from './file-source.ts';
import type { ItemSource, UploadItem } from './upload-items.ts';

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

describe('what cannot be read', () => {
  const gone = (name: string): DroppedEntry => ({
    isDirectory: false,
    fullPath: `/${name}`,
    file: (_, failed) => failed(new Error('gone')),
  });
  const closed = (name: string): DroppedEntry => ({
    isDirectory: true,
    fullPath: `/${name}`,
    createReader: () => ({ readEntries: (_, failed) => failed(new Error('closed')) }),
  });
  it('is named, and the rest goes on', async () => {
    const items = await all(entrySource(folder('cd', [file('cd/a'), gone('cd/b'), closed('cd/c'), file('cd/d')])));
    const read = await Promise.all(items.map(async ({ path, content }) => [path, await content().then(String, (error) => error.reason)]));
    expect(read).toEqual([
      ['cd/a', '[object File]'],
      ['cd/b', 'not-readable'],
      ['cd/c', 'not-readable'],
      ['cd/d', '[object File]'],
    ]);
  });
});

it('an archive among chosen files is opened, by name or by its beginning', async () => {
  const zip = zipOf(['IM1', 'IM2'].map((name) => ({ name, bytes: Buffer.from(name) })));
  const names = ['one.dcm', 'STUDY.ZIP', 'export', 'letter.docx'];
  const sources = sourcesOfFiles(names.map((name) => new File([name === 'one.dcm' ? 'x' : new Uint8Array(zip)], name)));
  const paths = await Promise.all(sources.map(async (source) => (await all(source)).map(({ path }) => path)));
  expect(paths).toEqual([['one.dcm'], ['STUDY.ZIP/IM1', 'STUDY.ZIP/IM2'], ['export/IM1', 'export/IM2'], ['letter.docx']]);
});
