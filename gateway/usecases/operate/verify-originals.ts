import type { ObjectKey, Sha256 } from '../../domain/identifiers.ts';
import { readOriginalKey } from '../../domain/imaging/derived.ts';
import type { IngestIndex } from '../../domain/imaging/ingest-index.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { DamageIndex, DamageReports } from '../../domain/operation/damage.ts';
import { allQuarantined } from './all-quarantined.ts';
import { damagedKeys, lookAt } from './look-at.ts';
import { type ObjectProblems, startObjectReport } from './object-report.ts';

const PROBLEMS = [
  /** Indexed, but no object has the name. */
  'missing',
  /** The bytes do not give the digest in the name. */
  'corrupt',
  /** The store is there and cannot read this object: rights, or a part of the disk. */
  'unreadable',
  /** The index says another digest or length than name and bytes do. */
  'index-differs',
  /** An object the index does not refer to: `reindex` brings it in. */
  'orphan',
  /** Under originals/, but not named as one. */
  'foreign',
] as const;
export type OriginalProblem = (typeof PROBLEMS)[number];

export interface VerifyReport extends ObjectProblems<OriginalProblem> {
  /** Objects whose bytes were read and are what they should be. */
  readonly whole: number;
  readonly bytes: number;
  /** Nothing is missing, corrupt or different. Orphans and foreign objects harm nothing. */
  readonly sound: boolean;
}

export interface VerifyOriginalsParts {
  /** The store as it is, without checks of its own. */
  readonly objects: Pick<ObjectStore, 'get' | 'list' | 'probe'>;
  readonly studies: Pick<StudyIndex, 'allObjects' | 'hasObject'>;
  readonly ingest?: Pick<IngestIndex, 'quarantined'>;
  /** With both: what is found goes on the list of damaged objects, and what is whole again comes off it. */
  readonly damage?: Pick<DamageIndex, 'list'>;
  readonly reports?: Pick<DamageReports, 'found' | 'mended'>;
  readonly onProgress?: (soFar: { readonly checked: number; readonly bytes: number }) => void;
}

/**
 * Reads every original and every quarantined object the index refers to and compares digest and length with its name and its row; then looks
 * for objects no row refers to. What arrives or is swept while it runs is not counted as a problem.
 * @throws unavailable, or the signal's reason
 */
export async function verifyOriginals(parts: VerifyOriginalsParts, signal?: AbortSignal): Promise<VerifyReport> {
  const { objects, studies } = parts;
  const { found: told, add: report } = startObjectReport(PROBLEMS);
  const knownDamaged = await damagedKeys(parts.damage);
  let whole = 0;
  let checked = 0;
  let bytes = 0;

  for await (const row of referredTo(parts)) {
    signal?.throwIfAborted();
    const found = await lookAt(objects, row.key, signal);
    checked += 1;
    bytes += found.bytes;
    if (found.problem !== undefined) {
      report(found.problem, row.key);
      parts.reports?.found(row.key, found.problem, 'verify');
    } else {
      if (knownDamaged.has(row.key)) parts.reports?.mended(row.key);
      if (found.sha256 === row.sha256 && found.bytes === row.bytes) whole += 1;
      else report('index-differs', row.key);
    }
    parts.onProgress?.({ checked, bytes });
  }

  for await (const { key } of objects.list('originals/', signal)) {
    signal?.throwIfAborted();
    if (readOriginalKey(key) === undefined) report('foreign', key);
    else if (!(await studies.hasObject(key))) report('orphan', key);
  }

  const { problems } = told;
  const harm = problems.missing + problems.corrupt + problems.unreadable + problems['index-differs'];
  return { whole, bytes, ...told, sound: harm === 0 };
}

async function* referredTo({
  studies,
  ingest,
}: VerifyOriginalsParts): AsyncGenerator<{ readonly key: ObjectKey; readonly sha256: Sha256; readonly bytes: number }> {
  yield* studies.allObjects();
  if (ingest !== undefined) yield* allQuarantined(ingest);
}
