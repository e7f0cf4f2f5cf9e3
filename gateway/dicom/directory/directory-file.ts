import { randomUUID } from 'node:crypto';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../domain/identifiers.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { ITEM } from '../dictionary/tags.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN } from '../dictionary/transfer-syntax.ts';
import { writeFileMeta } from '../parse/part10.ts';
import { ElementSink } from '../transcode/element-sink.ts';
import { CHARSET_TAG, dataSetBytes, textsOf } from './directory-elements.ts';
import { charsetFor } from './directory-text.ts';

const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10' as SOPClassUID;
const FILE_SET_ID = 'RENKEI';
const DIRECTORY_RECORDS = 0x00041220;

/** Where these values stand in a record: behind the head of the item and the heads of the elements before, 8 bytes each. */
const NEXT_AT = 16;
const LOWER_AT = 38;

const text = (vr: string, ...values: readonly string[]) => ({ vr, Value: [...values] });
const number = (vr: 'UL' | 'US', value: number) => ({ vr, Value: [value] });

/** A file that a record refers to. `path`: its file ID, PS3.10 8.2. */
export interface DirectoryFile {
  readonly path: readonly string[];
  readonly sopClassUID: SOPClassUID;
  readonly sopInstanceUID: SOPInstanceUID;
  readonly transferSyntaxUID: TransferSyntaxUID;
}

/** A record, and those of the level below. Its bytes are all that is kept of it. */
export interface DirectoryRecord {
  readonly bytes: Buffer;
  readonly lower: DirectoryRecord[];
}

const NONE: DirectoryRecord[] = [];

/** A record of the basic directory, PS3.3 F.3.2.2, in a character set of its own. One with a file has none below it. */
export function directoryRecord(type: string, keys: DicomJson, file?: DirectoryFile): DirectoryRecord {
  const charset = charsetFor(textsOf(keys));
  const all: DicomJson = {
    '00041400': number('UL', 0),
    '00041410': number('US', 0xffff),
    '00041420': number('UL', 0),
    '00041430': text('CS', type),
    ...(file === undefined ? {} : fileKeys(file)),
    ...keys,
    ...(charset === '' ? {} : { [CHARSET_TAG]: text('CS') }),
  };
  const dataSet = dataSetBytes(all, charset);
  const sink = new ElementSink();
  sink.header(ITEM, undefined, dataSet.length);
  sink.write(dataSet);
  return { bytes: Buffer.from(sink.take()), lower: file === undefined ? [] : NONE };
}

function fileKeys({ path, sopClassUID, sopInstanceUID, transferSyntaxUID }: DirectoryFile): DicomJson {
  return {
    '00041500': text('CS', ...path),
    '00041510': text('UI', sopClassUID),
    '00041511': text('UI', sopInstanceUID),
    '00041512': text('UI', transferSyntaxUID),
  };
}

/** DICOMDIR, PS3.10 8.6 and PS3.3 F.3: the records depth first, as most programs write them. `roots` are used up. */
export function* directoryFile(roots: readonly DirectoryRecord[]): Generator<Uint8Array> {
  const meta = writeFileMeta({
    sopClassUID: MEDIA_STORAGE_DIRECTORY,
    sopInstanceUID: `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}` as SOPInstanceUID,
    transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
  });
  const first = meta.length + head(0, 0, 0).length;
  const { end, last } = linked(roots, first);
  yield meta;
  yield head(roots.length === 0 ? 0 : first, last, end - first);
  yield* recordsOf(roots);
}

/** Everything before the records; its length is always the same. */
function head(firstRecord: number, lastRecord: number, recordsBytes: number): Uint8Array {
  const sink = new ElementSink();
  sink.write(
    dataSetBytes(
      {
        '00041130': text('CS', FILE_SET_ID),
        '00041200': number('UL', firstRecord),
        '00041202': number('UL', lastRecord),
        '00041212': number('US', 0),
      },
      '',
    ),
  );
  sink.header(DIRECTORY_RECORDS, 'SQ', recordsBytes);
  return sink.take();
}

/** Writes into the records of one level, and those below, where the next and the first lower one begin. `last`: where the last of the level does. */
function linked(level: readonly DirectoryRecord[], at: number): { readonly end: number; readonly last: number } {
  let begins = at;
  let last = 0;
  for (const [index, { bytes, lower }] of level.entries()) {
    const below = begins + bytes.length;
    const { end } = linked(lower, below);
    bytes.writeUInt32LE(index + 1 < level.length ? end : 0, NEXT_AT);
    bytes.writeUInt32LE(lower.length === 0 ? 0 : below, LOWER_AT);
    last = begins;
    begins = end;
  }
  return { end: begins, last };
}

function* recordsOf(level: readonly DirectoryRecord[]): Generator<Uint8Array> {
  for (const { bytes, lower } of level) {
    yield bytes;
    yield* recordsOf(lower);
  }
}
