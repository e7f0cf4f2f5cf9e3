import { describe, expect, it } from 'vitest';
import { part10 } from '../../test/fixtures/dicom/dicom-writer.ts';
import { type ItemSource, itemOf, UnreadableFile, type UploadItem, unreadableItem } from './files/upload-items.ts';
import { lookThrough } from './look-through.ts';
import {
  type Chosen,
  finishedFiles,
  isComplete,
  NO_PROGRESS,
  runUpload,
  SENDS_PARALLEL,
  type SendAnswer,
  type UploadPorts,
  type UploadProgress,
} from './run-upload.ts';

const DICOM_HEAD = Uint8Array.from([8, 0, 5, 0, 0x43, 0x53, 10, 0]);
const never = new AbortController().signal;

function item(path: string, dicom = true): UploadItem {
  const bytes = new TextEncoder().encode(path);
  return { path, bytes: bytes.length, head: async () => (dicom ? DICOM_HEAD : bytes), content: async () => bytes };
}
function source(...items: UploadItem[]): ItemSource {
  return {
    name: 'source',
    async *items() {
      yield* items;
    },
  };
}
const textOf = (content: Blob | Uint8Array) => new TextDecoder().decode(content as Uint8Array);

function ports(over: Partial<UploadPorts> = {}): UploadPorts {
  return {
    digest: async (content) => `digest of ${textOf(content)}`,
    known: async () => [],
    send: async () => ({ outcome: 'stored', studyInstanceUID: '1.2', warnings: [] }),
    mayRetry: (error) => (error as Error).message === 'busy',
    isFatal: (error) => (error as Error).message === 'signed out',
    wait: async () => undefined,
    ...over,
  };
}
const silent = () => undefined;
const everything: Chosen = {
  standing: () => 'look',
  takes: () => true,
  addressOf: ({ studyInstanceUID }) => ({ studyInstanceUID, of: null }),
  files: 0,
  bytes: 0,
};
const run = (
  sources: readonly ItemSource[],
  ...rest: Parameters<typeof runUpload> extends [unknown, unknown, ...infer Rest] ? Rest : never
) => runUpload(sources, everything, ...rest);

describe('runUpload', () => {
  it('sends what is DICOM, names what is not, and tells the studies', async () => {
    const end = await run([source(item('a'), item('readme.txt', false), item('b'))], ports(), silent, never);
    expect(end.phase).toBe('finished');
    expect(end.counts).toMatchObject({ stored: 2, 'not-dicom': 1 });
    expect(end.problems).toEqual([{ path: 'readme.txt', outcome: 'not-dicom' }]);
    expect([...end.studies]).toEqual([['1.2', 2]]);
    expect(finishedFiles(end)).toBe(end.found);
  });

  it('does not send what the facility keeps already', async () => {
    const sent: string[] = [];
    const end = await run(
      [source(item('a'), item('b'))],
      ports({
        known: async (digests) => digests.filter((digest) => digest === 'digest of a'),
        send: async (content) => {
          sent.push(textOf(content));
          return { outcome: 'stored', studyInstanceUID: null, warnings: [] };
        },
      }),
      silent,
      never,
    );
    expect(sent).toEqual(['b']);
    expect(end.counts).toMatchObject({ stored: 1, duplicate: 1 });
  });

  it('has no more in flight than the bound', async () => {
    let now = 0;
    let most = 0;
    const items = Array.from({ length: 20 }, (_, at) => item(`f${at}`));
    await run(
      [source(...items)],
      ports({
        send: async () => {
          now += 1;
          most = Math.max(most, now);
          await new Promise((resolve) => setImmediate(resolve));
          now -= 1;
          return { outcome: 'stored', studyInstanceUID: null, warnings: [] };
        },
      }),
      silent,
      never,
    );
    expect(most).toBe(SENDS_PARALLEL);
  });

  it('tries again when the gateway is busy, and gives up in the end', async () => {
    let tries = 0;
    const busyOnce = ports({
      send: async () => {
        tries += 1;
        if (tries === 1) throw new Error('busy');
        return { outcome: 'stored', studyInstanceUID: null, warnings: ['w1'] };
      },
    });
    const once = await run([source(item('a'))], busyOnce, silent, never);
    expect(once.counts.stored).toBe(1);
    expect([...once.warnings]).toEqual([['w1', 1]]);
    const alwaysBusy = ports({
      send: async () => {
        throw new Error('busy');
      },
    });
    const always = await run([source(item('a'))], alwaysBusy, silent, never);
    expect(always).toMatchObject({ phase: 'finished', counts: { failed: 1 }, problems: [{ path: 'a', outcome: 'failed' }] });
  });

  it('stops as a whole when the session has ended', async () => {
    const end = await run(
      [source(item('a'), item('b'), item('c'))],
      ports({
        send: async () => {
          throw new Error('signed out');
        },
      }),
      silent,
      never,
    );
    expect(end.phase).toBe('stopped');
  });

  it('goes on after a cancel with what is left, and after a failure with what failed', async () => {
    const cancel = new AbortController();
    const sent: string[] = [];
    let broken = true;
    const send = async (content: Blob | Uint8Array): Promise<SendAnswer> => {
      const name = textOf(content);
      if (name === 'c' && broken) throw new Error('broken');
      sent.push(name);
      if (sent.length === 2) cancel.abort(new Error('cancelled'));
      return { outcome: 'stored', studyInstanceUID: '1.2', warnings: [] };
    };
    const files = [source(item('a'), item('b'), item('c'), item('d'))];
    const first = await run(files, ports({ send }), silent, cancel.signal);
    expect(first.phase).toBe('cancelled');
    const second = await run(files, ports({ send }), silent, never, first);
    expect(second).toMatchObject({ phase: 'finished', counts: { stored: 3, failed: 1 } });
    broken = false;
    const third = await run(files, ports({ send }), silent, never, second);
    expect(third).toMatchObject({ phase: 'finished', found: 4, counts: { stored: 4, failed: 0 }, problems: [] });
    expect([...sent].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('names what cannot be read, goes on with the other files, and never says it is complete', async () => {
    const broken = unreadableItem('bad.zip', 10, new UnreadableFile('cut-short'));
    const packed = unreadableItem('x.zip/b', 10, new UnreadableFile('method', 'bzip2'));
    const torn: UploadItem = { ...item('torn'), content: async () => Promise.reject(new Error('the disc')) };
    const end = await run([source(broken), source(packed, torn, item('a'))], ports(), silent, never);
    expect(end).toMatchObject({ phase: 'finished', found: 4, counts: { stored: 1, unreadable: 3 } });
    expect(end.problems).toEqual([
      { path: 'bad.zip', outcome: 'unreadable', reason: 'cut-short', detail: '' },
      { path: 'x.zip/b', outcome: 'unreadable', reason: 'method', detail: 'bzip2' },
      { path: 'torn', outcome: 'unreadable', reason: 'not-readable', detail: '' },
    ]);
    expect(finishedFiles(end)).toBe(end.found);
    expect(isComplete(end)).toBe(false);
  });

  it('looks again at what could not be read when it is resumed', async () => {
    let disc = false;
    const torn: UploadItem = { ...item('torn'), content: async () => (disc ? new Uint8Array(1) : Promise.reject(new Error('the disc'))) };
    const first = await run([source(torn, item('a'))], ports(), silent, never);
    expect(first).toMatchObject({ found: 2, counts: { stored: 1, unreadable: 1 } });
    disc = true;
    const second = await run([source(torn, item('a'))], ports(), silent, never, first);
    expect(second).toMatchObject({ found: 2, counts: { stored: 2, unreadable: 0 }, problems: [] });
    expect(isComplete(second)).toBe(true);
  });

  it('keeps files of one name apart, also when it is resumed', async () => {
    const named = (path: string, text: string): UploadItem => ({ ...item(path), content: async () => new TextEncoder().encode(text) });
    const files = [source(named('x', '1'), named('x', '2'), named('x (2)', '3')), source(named('x', '4'))];
    const sent: string[] = [];
    let broken = true;
    const send = async (content: Blob | Uint8Array): Promise<SendAnswer> => {
      if (textOf(content) === '2' && broken) throw new Error('broken');
      sent.push(textOf(content));
      return { outcome: 'stored', studyInstanceUID: null, warnings: [] };
    };
    const first = await run(files, ports({ send }), silent, never);
    expect(first).toMatchObject({ found: 4, counts: { stored: 3, failed: 1 } });
    expect(first.problems.map(({ path }) => path)).toEqual(['x (2)']);
    broken = false;
    const second = await run(files, ports({ send }), silent, never, first);
    expect(second).toMatchObject({ found: 4, counts: { stored: 4, failed: 0 } });
    expect(sent.toSorted()).toEqual(['1', '2', '3', '4']);
  });

  it('passes over what a Mac adds, but not an image in its place', async () => {
    const items = [item('__MACOSX/st/._IM1', false), item('st/._IM1', false), item('.DS_Store', false), item('st/._image')];
    const end = await run([source(...items)], ports(), silent, never);
    expect(end).toMatchObject({ found: 4, counts: { stored: 1, 'passed-over': 3 } });
  });

  it('tells every step', async () => {
    const seen: UploadProgress[] = [];
    await run([source(item('a'), item('b'))], ports(), (progress) => seen.push(progress), never);
    expect(seen[0]).toEqual(NO_PROGRESS);
    expect(seen.at(-1)?.phase).toBe('finished');
    expect(seen.map(finishedFiles)).toEqual([...seen.map(finishedFiles)].sort((a, b) => a - b));
  });
});

describe('only what was chosen is sent', () => {
  const header = (patientID: string) =>
    part10({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      SOPInstanceUID: `2.25.${patientID}.1`,
      PatientID: patientID,
      PatientName: 'A',
      StudyInstanceUID: `2.25.${patientID}`,
      SeriesInstanceUID: `2.25.${patientID}.9`,
    });
  const file = (path: string, bytes: Buffer) => itemOf(new Uint8Array(bytes), path);
  const disc = () => source(file('a', header('1')), file('b', header('2')), item('readme', false), file('c', header('1')));

  it('the other patient is left out, and counted', async () => {
    const chosen = { ...everything, ...(await lookThrough([disc()], silent, never)).choose(new Set([0]), false) };
    const sent: number[] = [];
    const send = async (content: Blob | Uint8Array): Promise<SendAnswer> => {
      sent.push((content as Uint8Array).length);
      return { outcome: 'stored', studyInstanceUID: '2.25.1', warnings: [] };
    };
    const end = await runUpload([disc()], chosen, ports({ send }), silent, never);
    expect(end.counts).toMatchObject({ stored: 2, 'left-out': 1, 'not-dicom': 1 });
    expect(sent).toHaveLength(2);
    expect(end.bytesDone).toBe(chosen.bytes);
    expect(finishedFiles(end)).toBe(4);
    expect(isComplete(end)).toBe(true);
  });

  it('another disc in the drive: what is under a chosen path now is another patient’s, and stays', async () => {
    const chosen = { ...everything, ...(await lookThrough([disc()], silent, never)).choose(new Set([0]), false) };
    const other = source(file('a', header('2')), file('b', header('1')), file('new', header('3')));
    const end = await runUpload([other], chosen, ports(), silent, never);
    expect(end.counts).toMatchObject({ stored: 0, 'left-out': 3 });
  });

  it('what is kept already names its study too', async () => {
    const chosen: Chosen = { ...everything, addressOf: ({ studyInstanceUID }) => ({ studyInstanceUID, of: 'H1~2' }) };
    const all = ports({ digest: async () => 'd', known: async () => ['d'] });
    const end = await runUpload([disc()], chosen, all, silent, never);
    expect(end.counts.duplicate).toBe(3);
    expect([...end.studies]).toEqual([
      ['2.25.1 H1~2', 2],
      ['2.25.2 H1~2', 1],
    ]);
  });

  it('tells bytes while a file is being sent, and takes them back when it fails', async () => {
    const seen: number[] = [];
    const send = async (_: Blob | Uint8Array, __: AbortSignal, onSent: (bytes: number) => void): Promise<SendAnswer> => {
      onSent(10);
      throw new Error('broken');
    };
    const end = await run([source(file('a', header('1')))], ports({ send }), ({ bytesDone }) => seen.push(bytesDone), never);
    expect(Math.max(...seen)).toBe(10);
    expect(end).toMatchObject({ bytesDone: 0, counts: { failed: 1 } });
  });
});
