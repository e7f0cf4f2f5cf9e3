import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import { DomainError } from '../../domain/errors.ts';
import type { SOPClassUID, SOPInstanceUID } from '../../domain/identifiers.ts';
import type { InstanceToIndex } from '../../domain/imaging/study.ts';
import { isShortage } from '../../domain/shortage.ts';
import { isValidUID } from '../dictionary/uid.ts';
import { dicomJsonText } from '../text/json-text.ts';
import { instanceAttributes } from './attributes.ts';
import { TOO_MUCH_HERE } from './header-budget.ts';
import { type ParsedObject, type ReadHints, readObject } from './part10.ts';
import type { RandomAccess } from './random-access.ts';

/** JSON of one header. What is larger is no header, whatever it holds. Characters. */
export const HEADER_JSON_CHARS_MAX = 128 * 1024 * 1024;

/** What an object's header says, ready for the index; or why it cannot be there. */
export type Described = DescribedInstance | Undescribed;

export interface DescribedInstance extends Pick<InstanceToIndex, 'study' | 'series' | 'instance' | 'metadataGzip' | 'frames' | 'warnings'> {
  readonly kind: 'instance';
  readonly transferSyntaxUID: InstanceToIndex['object']['transferSyntaxUID'];
  readonly dataSetOffset: number;
}

export interface Undescribed {
  readonly kind: 'unreadable';
  /** Code: `not-dicom`, `empty`, `dicomdir`, `no-study-instance-uid`, … */
  readonly reason: string;
  /** Of `reader-failed`: what the reader threw, for the operator's log. */
  readonly cause?: unknown;
  readonly sopClassUID?: SOPClassUID;
  readonly sopInstanceUID?: SOPInstanceUID;
}

/** PS3.4 annex I: the directory of a medium. It lists instances and is none: it belongs to no study. */
const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10';

/** Reads the header. @param hints.asker for whom; turns are taken by it @throws what the source throws, busy, and TOO_MUCH_HERE; whatever is wrong with the bytes is a value. */
export async function describeHeader(
  source: RandomAccess,
  hints: Pick<ReadHints, 'here'> & Pick<RandomAccess, 'asker'> = {},
): Promise<Described> {
  let sourceFailed = false;
  const watched: RandomAccess = {
    bytes: source.bytes,
    ...(hints.asker === undefined ? {} : { asker: hints.asker }),
    ...(source.readSync === undefined ? {} : { readSync: source.readSync.bind(source) }),
    read: async (offset, length) => {
      try {
        return await source.read(offset, length);
      } catch (thrown) {
        sourceFailed = true;
        throw thrown;
      }
    },
  };
  let parsed: ParsedObject;
  try {
    parsed = await readObject(watched, hints);
  } catch (thrown) {
    // When the store fails nothing is known of the bytes: they must not go to quarantine for that.
    if (sourceFailed || thrown === TOO_MUCH_HERE) throw thrown;
    return unreadable(thrown, {});
  }
  const ids = sopOf(parsed);
  if (ids.sopClassUID === MEDIA_STORAGE_DIRECTORY) return { kind: 'unreadable', reason: 'dicomdir', ...ids };
  try {
    const warnings = new Set(parsed.warnings);
    const { study, series, instance } = instanceAttributes(parsed, (code) => warnings.add(code));
    const uids = [study.studyInstanceUID, series.seriesInstanceUID, instance.sopInstanceUID, instance.sopClassUID];
    if (!uids.every(isValidUID) || IDENTITY_TAGS.some((tag) => (parsed.header[tag]?.Value?.length ?? 0) > 1)) warnings.add('uid-not-valid');
    return {
      kind: 'instance',
      study,
      series,
      instance,
      transferSyntaxUID: parsed.transferSyntaxUID,
      dataSetOffset: parsed.dataSetOffset,
      metadataGzip: await gzipJson(withAvailableSyntax(parsed.header, parsed.transferSyntaxUID)),
      frames: parsed.frames,
      warnings: [...warnings],
    };
  } catch (thrown) {
    return unreadable(thrown, ids);
  }
}

/**
 * What the reader says of the bytes is the reason. Anything it did not foresee is one too: bytes made to break the reader
 * are put aside like other unreadable ones. A machine without memory is no reason: it says nothing of the bytes. @throws busy
 */
function unreadable(thrown: unknown, ids: Pick<Undescribed, 'sopClassUID' | 'sopInstanceUID'>): Undescribed {
  if (isShortage(thrown)) throw new DomainError('busy', 'no memory to read a header with: try again', { cause: thrown });
  if (!(thrown instanceof DomainError)) return { kind: 'unreadable', reason: 'reader-failed', cause: thrown, ...ids };
  if (thrown.kind !== 'invalid' && thrown.kind !== 'too-large') throw thrown;
  const otherwise = thrown.kind === 'invalid' ? 'invalid' : 'header-too-large';
  return { kind: 'unreadable', reason: /^[a-z0-9-]{1,64}$/.test(thrown.message) ? thrown.message : otherwise, ...ids };
}

function sopOf({ header, fileMeta }: ParsedObject): Pick<Undescribed, 'sopClassUID' | 'sopInstanceUID'> {
  const sopClassUID = uidIn(header['00080016']?.Value?.[0]) ?? uidIn(fileMeta['00020002']?.Value?.[0]);
  const sopInstanceUID = uidIn(header['00080018']?.Value?.[0]) ?? uidIn(fileMeta['00020003']?.Value?.[0]);
  return {
    ...(sopClassUID === undefined ? {} : { sopClassUID: sopClassUID as SOPClassUID }),
    ...(sopInstanceUID === undefined ? {} : { sopInstanceUID: sopInstanceUID as SOPInstanceUID }),
  };
}

function uidIn(value: unknown): string | undefined {
  return typeof value === 'string' && isValidUID(value) ? value : undefined;
}

/** SOP Class, SOP Instance, Study and Series Instance UID: of several values the first names the object. */
const IDENTITY_TAGS = ['00080016', '00080018', '0020000D', '0020000E'] as const;

const AVAILABLE_TRANSFER_SYNTAX_UID = '00083002';

/** The header as it is told: it names the transfer syntax that the instance can be had in, in the place of its tag. PS3.18 10.4.1.1.2 and table 10.6.3-5. */
function withAvailableSyntax(header: ParsedObject['header'], transferSyntaxUID: string): ParsedObject['header'] {
  const { [AVAILABLE_TRANSFER_SYNTAX_UID]: _said, ...rest } = header;
  const told: [string, (typeof header)[string]] = [AVAILABLE_TRANSFER_SYNTAX_UID, { vr: 'UI', Value: [transferSyntaxUID] }];
  const elements = Object.entries(rest);
  const at = elements.findIndex(([tag]) => tag > AVAILABLE_TRANSFER_SYNTAX_UID);
  elements.splice(at < 0 ? elements.length : at, 0, told);
  return Object.fromEntries(elements);
}

const gzipAsync = promisify(gzip);
/** Smaller headers are compressed here and now: handing them to a thread costs more than the work. */
const GZIP_HERE_CHARS_MAX = 32 * 1024;

async function gzipJson(header: ParsedObject['header']): Promise<Uint8Array> {
  const json = dicomJsonText(header);
  if (json.length > HEADER_JSON_CHARS_MAX) throw new DomainError('too-large', 'header-too-large');
  return json.length <= GZIP_HERE_CHARS_MAX ? gzipSync(json, { level: 3 }) : gzipAsync(json, { level: 3 });
}
