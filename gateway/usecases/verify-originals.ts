import { createHash } from 'node:crypto';
import { readOriginalKey } from '../domain/derived.ts';
import { DomainError } from '../domain/errors.ts';
import type { ObjectKey, Sha256 } from '../domain/identifiers.ts';
import type { ObjectStore, StudyIndex } from '../domain/ports.ts';

/** The report names so many objects at most; the counts go on. */
export const VERIFY_PROBLEMS_LISTED_MAX = 10_000;

export type OriginalProblem =
  /** Indexed, but no object has the name. */
  | 'missing'
  /** The bytes do not give the digest in the name. */
  | 'corrupt'
  /** The index says another digest or length than name and bytes do. */
  | 'index-differs'
  /** An object the index does not refer to: `reindex` brings it in. */
  | 'orphan'
  /** Under originals/, but not named as one. */
  | 'foreign';

export interface VerifyReport {
  /** Objects whose bytes were read and are what they should be. */
  readonly whole: number;
  readonly bytes: number;
  readonly problems: Readonly<Record<OriginalProblem, number>>;
  readonly listed: readonly { readonly problem: OriginalProblem; readonly key: ObjectKey }[];
  /** Nothing is missing, corrupt or different. Orphans and foreign objects harm nothing. */
  readonly sound: boolean;
}

export interface VerifyOriginalsParts {
  readonly objects: ObjectStore;
  readonly studies: Pick<StudyIndex, 'allObjects' | 'hasObject'>;
  readonly onProgress?: (soFar: { readonly checked: number; readonly bytes: number }) => void;
}

/**
 * Reads every original the index refers to and compares digest and length with its name and its row; then looks for objects no row refers to.
 * What arrives or is swept while it runs is not counted as a problem.
 * @throws unavailable, or the signal's reason
 */
export async function verifyOriginals(parts: VerifyOriginalsParts, signal?: AbortSignal): Promise<VerifyReport> {
  const { objects, studies } = parts;
  const problems: Record<OriginalProblem, number> = { missing: 0, corrupt: 0, 'index-differs': 0, orphan: 0, foreign: 0 };
  const listed: { problem: OriginalProblem; key: ObjectKey }[] = [];
  const report = (problem: OriginalProblem, key: ObjectKey) => {
    problems[problem] += 1;
    if (listed.length < VERIFY_PROBLEMS_LISTED_MAX) listed.push({ problem, key });
  };
  let whole = 0;
  let checked = 0;
  let bytes = 0;

  for await (const row of studies.allObjects()) {
    signal?.throwIfAborted();
    const found = await digestOf(objects, row.key, signal);
    checked += 1;
    bytes += found?.bytes ?? 0;
    if (found === undefined) report('missing', row.key);
    else if (found.sha256 !== readOriginalKey(row.key)?.sha256) report('corrupt', row.key);
    else if (found.sha256 !== row.sha256 || found.bytes !== row.bytes) report('index-differs', row.key);
    else whole += 1;
    parts.onProgress?.({ checked, bytes });
  }

  for await (const { key } of objects.list('originals/', signal)) {
    signal?.throwIfAborted();
    if (readOriginalKey(key) === undefined) report('foreign', key);
    else if (!(await studies.hasObject(key))) report('orphan', key);
  }

  return { whole, bytes, problems, listed, sound: problems.missing + problems.corrupt + problems['index-differs'] === 0 };
}

async function digestOf(
  objects: ObjectStore,
  key: ObjectKey,
  signal?: AbortSignal,
): Promise<{ readonly sha256: Sha256; readonly bytes: number } | undefined> {
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of await objects.get(key, undefined, signal)) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    return { sha256: hash.digest('hex') as Sha256, bytes };
  } catch (thrown) {
    if (thrown instanceof DomainError && thrown.kind === 'not-found') return undefined;
    throw thrown;
  }
}
