import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import type { RandomAccess } from '../dicom/random-access.ts';
import type { DicomJson } from '../domain/dataset.ts';
import { DomainError } from '../domain/errors.ts';
import type { ObjectStore } from '../domain/ports.ts';
import type { StoredObject } from '../domain/study.ts';

/** One instance's header, inflated. */
export const HEADER_JSON_BYTES_MAX = 256 * 1024 * 1024;
/** Below this a thread costs more than the work. */
const INFLATE_HERE_BYTES_MAX = 32 * 1024;

const gunzipElsewhere = promisify(gunzip);

/** The UTF-8 DICOM JSON of one instance, as ingest wrote it. */
export async function headerText(metadataGzip: Uint8Array): Promise<Buffer> {
  const options = { maxOutputLength: HEADER_JSON_BYTES_MAX };
  try {
    return metadataGzip.byteLength <= INFLATE_HERE_BYTES_MAX
      ? gunzipSync(metadataGzip, options)
      : await gunzipElsewhere(metadataGzip, options);
  } catch (cause) {
    throw new DomainError('internal', 'a stored header cannot be inflated', { cause });
  }
}

export async function header(metadataGzip: Uint8Array): Promise<DicomJson> {
  return JSON.parse((await headerText(metadataGzip)).toString('utf8')) as DicomJson;
}

/** An original, read by range. */
export function originalAccess(objects: Pick<ObjectStore, 'read'>, object: StoredObject, signal?: AbortSignal): RandomAccess {
  return {
    bytes: object.bytes,
    read: async (offset, length) => {
      const available = Math.min(length, object.bytes - offset);
      return available <= 0 ? new Uint8Array() : objects.read(object.key, { offset, length: available }, signal);
    },
  };
}
