/** A file that somebody hands in: staged within its bound, told by its first bytes, kept under its digest. */
import { DomainError } from '../../domain/errors.ts';
import type { ObjectKey, Sha256 } from '../../domain/identifiers.ts';
import type { KeptFileIndex, KeptFileKind } from '../../domain/imaging/kept-file.ts';
import type { ObjectStore, StagedObject } from '../../domain/imaging/object-store.ts';
import type { FacilityRef } from '../../domain/people/actor.ts';

export interface KeepStores {
  readonly objects: Pick<ObjectStore, 'stage'>;
  readonly keptFiles: Pick<KeptFileIndex, 'claim'>;
}

/** What files of a kind are, and what is said of one that is not. */
export interface FileRule<Type extends string> {
  readonly kind: KeptFileKind;
  readonly bytesMax: number;
  /** Bytes of its beginning that tell what it is. */
  readonly headBytes: number;
  readonly typeOf: (head: Uint8Array) => Type | undefined;
  readonly keyOf: (facilityCode: FacilityRef['code'], sha256: Sha256, type: Type) => ObjectKey;
  readonly reasons: { readonly size: string; readonly type: string };
}

export interface HandedIn<Type extends string> {
  readonly key: ObjectKey;
  readonly sha256: Sha256;
  readonly type: Type;
  readonly bytes: number;
}

/**
 * Its bytes have their name when this answers; whoever asked then finishes its row, in the transaction of what it is for.
 * @throws too-large, unsupported; conflict: too many that nothing names; busy, full, unavailable
 */
export async function keepBounded<Type extends string>(
  { objects, keptFiles }: KeepStores,
  { id, code }: FacilityRef,
  rule: FileRule<Type>,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<HandedIn<Type>> {
  const staged = await objects.stage(signal);
  try {
    await stageWithin(staged, bytes, rule);
    const type = rule.typeOf(await staged.read(0, Math.min(staged.bytesWritten, rule.headBytes)));
    if (type === undefined)
      throw new DomainError('unsupported', `no file that a ${rule.kind} may have`, { ids: { reason: rule.reasons.type } });
    const length = staged.bytesWritten;
    const sha256 = await staged.sha256();
    const key = rule.keyOf(code, sha256, type);
    await keptFiles.claim(id, { key, kind: rule.kind, type, bytes: length });
    await staged.commit(key);
    return { key, sha256, type, bytes: length };
  } finally {
    await staged.discard();
  }
}

async function stageWithin(
  staged: Pick<StagedObject, 'write' | 'bytesWritten'>,
  bytes: AsyncIterable<Uint8Array>,
  { bytesMax, reasons }: Pick<FileRule<string>, 'bytesMax' | 'reasons'>,
): Promise<void> {
  for await (const chunk of bytes) {
    if (staged.bytesWritten + chunk.length > bytesMax)
      throw new DomainError('too-large', `a file has ${bytesMax} bytes at most`, { ids: { reason: reasons.size } });
    await staged.write(chunk);
  }
}
