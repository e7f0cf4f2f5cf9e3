import type { ObjectKey, Sha256 } from '../../domain/identifiers.ts';
import { digestInName } from '../../domain/imaging/digest-in-name.ts';
import type { IngestIndex } from '../../domain/imaging/ingest-index.ts';
import { KEPT_FILE_FOLDERS, type KeptFileIndex } from '../../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { DamageIndex, DamageReports } from '../../domain/operation/damage.ts';
import { allQuarantined } from './all-quarantined.ts';
import { damagedKeys, type Looked, lookAt, lookAtFiles } from './look-at.ts';
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
  /** An object the index does not refer to: `reindex` brings an original in. A file beside images stays until somebody removes it by hand. */
  'orphan',
  /** Under originals/ or beside other files, but not named as one. */
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
  readonly keptFiles?: Pick<KeptFileIndex, 'all' | 'has'>;
  /** With both: what is found goes on the list of damaged objects, and what is whole again comes off it. */
  readonly damage?: Pick<DamageIndex, 'list'>;
  readonly reports?: Pick<DamageReports, 'found' | 'mended'>;
  readonly onProgress?: (soFar: { readonly checked: number; readonly bytes: number }) => void;
}

/**
 * Reads every original, every quarantined object and every file beside images that the index refers to and compares digest and length with its name and its row; then looks
 * for objects no row refers to. What arrives or is swept while it runs is not counted as a problem.
 * @throws unavailable, or the signal's reason
 */
export async function verifyOriginals(parts: VerifyOriginalsParts, signal?: AbortSignal): Promise<VerifyReport> {
  const { found: told, add: report } = startObjectReport(PROBLEMS);
  const knownDamaged = await damagedKeys(parts.damage);
  let whole = 0;
  let checked = 0;
  let bytes = 0;

  for await (const { key, looked, fits } of lookedAt(parts, signal)) {
    checked += 1;
    bytes += looked.bytes;
    if (looked.problem !== undefined) {
      report(looked.problem, key);
      parts.reports?.found(key, looked.problem, 'verify');
    } else {
      if (knownDamaged.has(key)) parts.reports?.mended(key);
      if (fits) whole += 1;
      else report('index-differs', key);
    }
    parts.onProgress?.({ checked, bytes });
  }
  for await (const { key, problem } of unreferred(parts, signal)) report(problem, key);

  const { problems } = told;
  const harm = problems.missing + problems.corrupt + problems.unreadable + problems['index-differs'];
  return { whole, bytes, ...told, sound: harm === 0 };
}

async function* lookedAt(
  { objects, studies, ingest, keptFiles }: VerifyOriginalsParts,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly key: ObjectKey; readonly looked: Looked; readonly fits: boolean }> {
  for await (const { key, sha256, bytes } of referredTo(studies, ingest)) {
    signal?.throwIfAborted();
    const looked = await lookAt(objects, key, signal);
    yield { key, looked, fits: looked.sha256 === sha256 && looked.bytes === bytes };
  }
  if (keptFiles === undefined) return;
  for await (const { key, looked, problem } of lookAtFiles(objects, keptFiles, signal === undefined ? {} : { signal }))
    yield { key, looked, fits: problem === undefined };
}

async function* referredTo(
  studies: VerifyOriginalsParts['studies'],
  ingest: VerifyOriginalsParts['ingest'],
): AsyncGenerator<{ readonly key: ObjectKey; readonly sha256: Sha256; readonly bytes: number }> {
  yield* studies.allObjects();
  if (ingest !== undefined) yield* allQuarantined(ingest);
}

async function* unreferred(
  { objects, studies, keptFiles }: VerifyOriginalsParts,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly key: ObjectKey; readonly problem: 'foreign' | 'orphan' }> {
  for (const folder of ['originals/', ...(keptFiles === undefined ? [] : Object.values(KEPT_FILE_FOLDERS))])
    for await (const { key } of objects.list(folder, signal)) {
      signal?.throwIfAborted();
      if (digestInName(key) === undefined) yield { key, problem: 'foreign' };
      else if (!(folder === 'originals/' ? await studies.hasObject(key) : await keptFiles?.has(key))) yield { key, problem: 'orphan' };
    }
}
