import type { RandomAccess } from '../dicom/parse/random-access.ts';
import type { ObjectKey } from '../domain/identifiers.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';

/** A stored object, read by range. */
export function objectAccess(
  objects: Pick<ObjectStore, 'read'>,
  object: { readonly key: ObjectKey; readonly bytes: number },
  signal?: AbortSignal,
): RandomAccess {
  return {
    bytes: object.bytes,
    read: async (offset, length, crc32) => {
      const available = Math.min(length, object.bytes - offset);
      if (available <= 0) return new Uint8Array();
      const checked = crc32 === undefined || available < length ? {} : { crc32 };
      return objects.read(object.key, { offset, length: available, of: object.bytes, ...checked }, signal);
    },
  };
}
