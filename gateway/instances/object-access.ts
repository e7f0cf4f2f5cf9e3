import type { RandomAccess } from '../dicom/parse/random-access.ts';
import type { ObjectKey } from '../domain/identifiers.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';

/** A stored object, read by range; for an asker, whose turn it is read in. */
export function objectAccess(
  objects: Pick<ObjectStore, 'read'>,
  object: { readonly key: ObjectKey; readonly bytes: number },
  { asker, signal }: { readonly asker?: string; readonly signal?: AbortSignal | undefined } = {},
): RandomAccess {
  return {
    bytes: object.bytes,
    ...(asker === undefined ? {} : { asker }),
    read: async (offset, length, crc32) => {
      const available = Math.min(length, object.bytes - offset);
      if (available <= 0) return new Uint8Array();
      const checked = crc32 === undefined || available < length ? {} : { crc32 };
      return objects.read(object.key, { offset, length: available, of: object.bytes, ...checked }, signal);
    },
  };
}
