import type { RandomAccess } from '../dicom/random-access.ts';
import type { ObjectKey } from '../domain/identifiers.ts';
import type { ObjectStore } from '../domain/ports.ts';

/** A stored object, read by range. */
export function objectAccess(
  objects: Pick<ObjectStore, 'read'>,
  object: { readonly key: ObjectKey; readonly bytes: number },
  signal?: AbortSignal,
): RandomAccess {
  return {
    bytes: object.bytes,
    read: async (offset, length) => {
      const available = Math.min(length, object.bytes - offset);
      return available <= 0 ? new Uint8Array() : objects.read(object.key, { offset, length: available }, signal);
    },
  };
}
