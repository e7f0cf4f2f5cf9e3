/** Files that were handed in and that nothing names: gone after UNNAMED_FILE_MS_MAX, on record where their coming was. */
import type { Clock } from '../../domain/clock.ts';
import { type KeptFile, type KeptFileIndex, UNNAMED_FILE_MS_MAX } from '../../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { AuditEntry } from '../../domain/record/audit.ts';

export const UNNAMED_FILES_A_ROUND_MAX = 100;
/** A store that takes longer to remove one is away: its transaction is not kept open for it. */
const REMOVAL_MS_MAX = 10_000;

export interface RemoveUnnamedParts {
  readonly keptFiles: Pick<KeptFileIndex, 'removeUnnamed'>;
  readonly objects: Pick<ObjectStore, 'remove'>;
  readonly clock: Clock;
}

/** @returns how many. @throws unavailable: the rest is removed later */
export async function removeUnnamedFiles({ keptFiles, objects, clock }: RemoveUnnamedParts, signal: AbortSignal): Promise<number> {
  const before = new Date(clock.now().getTime() - UNNAMED_FILE_MS_MAX);
  let removed = 0;
  while (removed < UNNAMED_FILES_A_ROUND_MAX && !signal.aborted) {
    const remove = (key: KeptFile['key']) => objects.remove(key, AbortSignal.any([signal, AbortSignal.timeout(REMOVAL_MS_MAX)]));
    if ((await keptFiles.removeUnnamed(before, remove, entriesOf)) === undefined) break;
    removed += 1;
  }
  return removed;
}

/** A letter's draft is nobody's but its writer's: neither attaching a file nor taking it out is on record. */
function entriesOf({ kind, facilityCode, sha256 }: KeptFile): readonly AuditEntry[] {
  if (kind === 'letter') return [];
  const who = { kind: 'system', through: 'system' } as const;
  return [{ action: 'consent-document-removed', outcome: 'success', who, what: { ownerFacilityCode: facilityCode, file: sha256 } }];
}
