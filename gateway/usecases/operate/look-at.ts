import { createHash } from 'node:crypto';
import { asDomainError } from '../../domain/errors.ts';
import type { ObjectKey, Sha256 } from '../../domain/identifiers.ts';
import { digestInName } from '../../domain/imaging/digest-in-name.ts';
import type { KeptFileIndex } from '../../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { DamageIndex } from '../../domain/operation/damage.ts';

const PAGE = 1_000;

/** What is on the list of damaged objects: whoever finds one of them whole says so. */
export async function damagedKeys(damage: Pick<DamageIndex, 'list'> | undefined): Promise<ReadonlySet<ObjectKey>> {
  const keys = new Set<ObjectKey>();
  for (let after: ObjectKey | undefined; damage !== undefined; ) {
    const page = await damage.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const { key } of page) keys.add(key);
    after = page.at(-1)?.key;
    if (after === undefined) break;
  }
  return keys;
}

export interface Looked {
  readonly bytes: number;
  readonly sha256: Sha256 | undefined;
  readonly problem: 'missing' | 'corrupt' | 'unreadable' | undefined;
}

/** Reads an object whose name holds its digest. `pace` is told of every chunk. @throws unavailable when the whole store does not answer */
export async function lookAt(
  objects: Pick<ObjectStore, 'get' | 'probe'>,
  key: ObjectKey,
  signal?: AbortSignal,
  pace?: (bytes: number) => Promise<void>,
): Promise<Looked> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of await objects.get(key, undefined, signal)) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await pace?.(chunk.byteLength);
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    const { kind } = asDomainError(thrown);
    if (kind === 'not-found') return { bytes: 0, sha256: undefined, problem: 'missing' };
    // A link, or a name that leads elsewhere: no object of ours.
    if (kind === 'invalid' || kind === 'damaged') return { bytes, sha256: undefined, problem: 'corrupt' };
    if (kind !== 'unavailable') throw thrown;
    await objects.probe(signal);
    return { bytes, sha256: undefined, problem: 'unreadable' };
  }
  const sha256 = hash.digest('hex') as Sha256;
  return { bytes, sha256, problem: sha256 === digestInName(key) ? undefined : 'corrupt' };
}

/** As `lookAt`, of files beside images, which are removed while they are looked at: such a one is passed over. */
export async function* lookAtFiles(
  objects: Pick<ObjectStore, 'get' | 'probe'>,
  keptFiles: Pick<KeptFileIndex, 'all' | 'has'>,
  { after, signal, pace }: { readonly after?: ObjectKey; readonly signal?: AbortSignal; readonly pace?: (bytes: number) => Promise<void> },
): AsyncGenerator<{ readonly key: ObjectKey; readonly looked: Looked; readonly problem: Looked['problem'] | 'length' }> {
  for await (const { key, bytes } of keptFiles.all(after)) {
    const looked = await lookAt(objects, key, signal, pace);
    if (looked.problem === 'missing' && !(await keptFiles.has(key))) continue;
    yield { key, looked, problem: looked.problem ?? (bytes === undefined || bytes === looked.bytes ? undefined : 'length') };
  }
}
