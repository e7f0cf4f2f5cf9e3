import { headerText, isLargeHeader } from '../codec/threads/image-header.ts';
import { bufferAccess, type RandomAccess } from '../dicom/parse/random-access.ts';
import type { ByteStream } from '../domain/byte-stream.ts';
import type { DicomJson } from '../domain/imaging/dataset.ts';
import type { ByteRange, ObjectStore } from '../domain/imaging/object-store.ts';
import type { StoredObject } from '../domain/imaging/study.ts';
import { objectAccess } from './object-access.ts';

/** More than the main thread parses at once: such a header is given piece by piece, or its image's part from a thread. */
export const hasLargeHeader = isLargeHeader;

export async function header(metadataGzip: Uint8Array): Promise<DicomJson> {
  return JSON.parse((await headerText(metadataGzip)).toString('utf8')) as DicomJson;
}

/** Of an original up to this size a part is cut out of the whole, which is checked against its digest; of a larger one only length and part are. */
export const CHECKED_WHOLE_BYTES_MAX = 4 * 1024 * 1024;

/** The whole original. Its last bytes come only when it is what was received. @throws damaged, not-found, unavailable */
export function wholeOriginal(objects: Pick<ObjectStore, 'get'>, { key, bytes }: StoredObject, signal?: AbortSignal): Promise<ByteStream> {
  return objects.get(key, { offset: 0, length: bytes, of: bytes }, signal);
}

/** The data set of an original, behind preamble and File Meta Information; otherwise as `wholeOriginal`. */
export async function wholeDataSet(objects: Pick<ObjectStore, 'get'>, object: StoredObject, signal?: AbortSignal): Promise<ByteStream> {
  return skipped(await wholeOriginal(objects, object, signal), object.dataSetOffset);
}

async function* skipped(bytes: ByteStream, count: number): AsyncGenerator<Uint8Array> {
  let skip = count;
  for await (const chunk of bytes) {
    if (skip < chunk.length) yield skip === 0 ? chunk : chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}

/** A part of an original. @throws damaged, not-found, invalid, unavailable */
export async function partOfOriginal(
  objects: Pick<ObjectStore, 'get' | 'read'>,
  { key, bytes }: StoredObject,
  part: ByteRange,
  signal?: AbortSignal,
): Promise<ByteStream | Uint8Array> {
  if (bytes > CHECKED_WHOLE_BYTES_MAX) return objects.get(key, { ...part, of: bytes }, signal);
  const whole = await objects.read(key, { offset: 0, length: bytes, of: bytes }, signal);
  return whole.subarray(part.offset, part.offset + part.length);
}

/** A small original is held and checked whole, a larger one read by range. */
export async function checkedAccess(
  objects: Pick<ObjectStore, 'read'>,
  object: StoredObject,
  asker: string,
  signal?: AbortSignal,
): Promise<RandomAccess> {
  const { key, bytes } = object;
  if (bytes > CHECKED_WHOLE_BYTES_MAX) return objectAccess(objects, object, { asker, signal });
  const whole = bufferAccess(await objects.read(key, { offset: 0, length: bytes, of: bytes }, signal));
  return { ...whole, asker };
}
