import { DomainError } from '../../domain/errors.ts';
import type { FacilityCode, ObjectKey } from '../../domain/identifiers.ts';
import { readOriginalKey, readQuarantineKey } from '../../domain/imaging/derived.ts';
import type { IngestIndex } from '../../domain/imaging/ingest-index.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { Adopter } from '../../domain/imaging/reception.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { FacilityRef } from '../../domain/people/actor.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import { allQuarantined } from './all-quarantined.ts';
import { type ObjectProblems, startObjectReport } from './object-report.ts';

const PROBLEMS = [
  /** The facility of the object's name is not in the index: create it, or restore accounts first. */
  'facility-unknown',
  /** The bytes do not give the digest in the name. */
  'corrupt',
  /** The header cannot be indexed. */
  'unreadable',
] as const;
export type ReindexProblem = (typeof PROBLEMS)[number];

export interface ReindexReport extends ObjectProblems<ReindexProblem> {
  readonly objects: number;
  readonly alreadyIndexed: number;
  readonly indexed: number;
  /** Of those indexed: further versions of an instance. */
  readonly versions: number;
  /** Objects in quarantine that no row told of. */
  readonly quarantined: number;
  readonly complete: boolean;
}

export interface ReindexParts {
  readonly objects: Pick<ObjectStore, 'list'>;
  readonly studies: Pick<StudyIndex, 'hasObject'>;
  readonly people: Pick<PeopleIndex, 'facilityByCode'>;
  readonly ingest: Pick<IngestIndex, 'quarantine' | 'quarantined'>;
  readonly adopter: Adopter;
  /** Given when the index has no facility at all: makes those that the originals' names tell of. Otherwise one that is unknown is a problem. */
  readonly createFacility?: (code: FacilityCode) => Promise<FacilityRef>;
  readonly onProgress?: (soFar: { readonly objects: number; readonly indexed: number }) => void;
}

/**
 * Rebuilds the index from the originals: every object under originals/ that no row refers to is read and indexed. Idempotent; it may be
 * broken off and run again, and instances may arrive meanwhile.
 *
 * An object does not say when it arrived. The versions of one instance are therefore indexed in the order of their names, that is of
 * their digests: all are kept, but which is the newest is not what it was. Series metadata, thumbnails and frames are derived anew.
 * Neither does an object in quarantine say why it is there: its row comes back with the reason `found-by-reindex`.
 * @throws unavailable, busy, or the signal's reason
 */
export async function reindex(parts: ReindexParts, signal?: AbortSignal): Promise<ReindexReport> {
  const { objects, studies, adopter } = parts;
  const facilityOf = facilityLookUp(parts);
  const { found, add: report } = startObjectReport(PROBLEMS);
  let seen = 0;
  let alreadyIndexed = 0;
  let indexed = 0;
  let versions = 0;

  const adopt = async (key: ObjectKey, bytes: number) => {
    const name = readOriginalKey(key);
    if (name === undefined) return report('unreadable', key);
    if (await studies.hasObject(key)) {
      alreadyIndexed += 1;
      return;
    }
    const facility = await facilityOf(name.path.facilityCode);
    if (facility === undefined) return report('facility-unknown', key);
    const outcome = await adopter.adopt({ facility, source: { door: 'reindex' }, key, bytes, sha256: name.sha256 }, signal);
    if (outcome.kind === 'unusable') return report(outcome.reason === 'corrupt' ? 'corrupt' : 'unreadable', key);
    indexed += 1;
    if (outcome.kind === 'new-version') versions += 1;
  };

  for await (const { key, bytes } of objects.list('originals/', signal)) {
    signal?.throwIfAborted();
    seen += 1;
    await adopt(key, bytes).catch((thrown: unknown) => {
      // Removed between the listing and the reading: there is nothing to index.
      if (!(thrown instanceof DomainError && thrown.kind === 'not-found')) throw thrown;
    });
    parts.onProgress?.({ objects: seen, indexed });
  }
  const quarantined = await reindexQuarantine(parts, facilityOf, report, signal);
  const complete = Object.values(found.problems).every((count) => count === 0);
  return { objects: seen, alreadyIndexed, indexed, versions, quarantined, ...found, complete };
}

async function reindexQuarantine(
  { objects, ingest }: ReindexParts,
  facilityOf: (code: FacilityCode) => Promise<FacilityRef | undefined>,
  report: (problem: ReindexProblem, key: ObjectKey) => void,
  signal: AbortSignal | undefined,
): Promise<number> {
  const known = new Set<ObjectKey>();
  for await (const { key } of allQuarantined(ingest)) known.add(key);
  let quarantined = 0;
  for await (const { key, bytes } of objects.list('quarantine/', signal)) {
    signal?.throwIfAborted();
    const name = readQuarantineKey(key);
    if (name === undefined || known.has(key)) continue;
    const facility = await facilityOf(name.facilityCode);
    if (facility === undefined) {
      report('facility-unknown', key);
      continue;
    }
    const { sha256 } = name;
    await ingest.quarantine({
      facilityId: facility.id,
      facilityCode: facility.code,
      source: { door: 'reindex' },
      reason: 'found-by-reindex',
      key,
      bytes,
      sha256,
    });
    quarantined += 1;
  }
  return quarantined;
}

/** Asks the index once a facility. */
function facilityLookUp({ people, createFacility }: ReindexParts): (code: FacilityCode) => Promise<FacilityRef | undefined> {
  const known = new Map<FacilityCode, Promise<FacilityRef | undefined>>();
  const find = async (code: FacilityCode) => (await people.facilityByCode(code)) ?? createFacility?.(code);
  return (code) => {
    const asked = known.get(code) ?? find(code);
    known.set(code, asked);
    return asked;
  };
}
