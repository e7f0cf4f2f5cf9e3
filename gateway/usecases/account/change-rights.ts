import { DomainError } from '../../domain/errors.ts';
import type { Job, PersonActor } from '../../domain/people/actor.ts';
import type { Proof } from '../../domain/people/credentials.ts';
import { kindAt } from '../../domain/people/facility-kind.ts';
import { actOfAdministrator } from '../../domain/record/audit.ts';
import {
  ACTS,
  type Act,
  type Cell,
  cellsOf,
  outOfBounds,
  type RegionRights,
  rightsOf,
  type Scope,
  withCells,
} from '../../domain/sharing/job-rights.ts';
import type { RightsIndex, RightsRevision, StaffCount } from '../../domain/sharing/rights-index.ts';

interface Stores<Calls extends keyof RightsIndex> {
  readonly rights: Pick<RightsIndex, Calls>;
}

/**
 * These cells in place of theirs, if the table still is at that revision.
 * @throws invalid out of bounds; conflict when it was changed since; unauthenticated, denied when the proof has ended
 */
export async function changeRights(
  { rights }: Stores<'regionRights' | 'setRegionRights'>,
  { actor, proof }: { readonly actor: PersonActor; readonly proof: Proof },
  change: { readonly revision: number; readonly cells: readonly Cell[] },
): Promise<RightsRevision> {
  demandWithin(change.cells);
  const { now } = await rights.regionRights();
  const next = withCells(now.rights, change.cells);
  const changes = differing(now.rights, next).map(({ job, kind, act, scope }) => `${job}/${kind}/${act}=${scope}`);
  if (changes.length === 0) return now;
  const entry = { ...actOfAdministrator(actor), action: 'rights-changed', what: { changes } } as const;
  return rights.setRegionRights({ revision: change.revision, rights: next, by: actor.userId }, () => [entry], proof);
}

/** @throws invalid, with the bound's reason */
function demandWithin(cells: readonly Cell[]): void {
  const beyond = outOfBounds(cells);
  if (beyond === undefined) return;
  const { job, kind, act } = beyond.cell;
  throw new DomainError('invalid', `that may not stand in ${job}/${kind}/${act}`, {
    ids: { reason: 'out-of-bounds', value: `${job}/${kind}/${act}` },
  });
}

/** Cells of `to` that stand otherwise in `from`. */
export function differing(from: RegionRights, to: RegionRights): readonly Cell[] {
  const before = cellsOf(from);
  return cellsOf(to).filter(({ scope }, at) => scope !== before[at]?.scope);
}

/** What a change lets people of a job do more, or less. */
export interface RightsEffect {
  readonly job: Job;
  readonly act: Act;
  readonly from: Scope;
  readonly to: Scope;
  readonly people: number;
  readonly facilities: number;
}

/** Whom a change would concern now, the most people first. Changes nothing. @throws invalid out of bounds */
export async function previewRights(
  { rights }: Stores<'regionRights' | 'staffCounts'>,
  cells: readonly Cell[],
  at: Date,
): Promise<readonly RightsEffect[]> {
  demandWithin(cells);
  const [{ now }, staff] = await Promise.all([rights.regionRights(), rights.staffCounts()]);
  return effectsOf(now.rights, withCells(now.rights, cells), staff, at);
}

function effectsOf(before: RegionRights, after: RegionRights, staff: readonly StaffCount[], at: Date): readonly RightsEffect[] {
  const effects = new Map<string, RightsEffect>();
  for (const { job, kinds, people } of staff) {
    const kind = kindAt(kinds, at);
    const [had, has] = [rightsOf(before, kind, job), rightsOf(after, kind, job)];
    for (const act of ACTS) {
      const [from, to] = [had[act], has[act]];
      if (from === to) continue;
      const key = [job, act, from, to].join();
      const so = effects.get(key) ?? { job, act, from, to, people: 0, facilities: 0 };
      effects.set(key, { ...so, people: so.people + people, facilities: so.facilities + 1 });
    }
  }
  return [...effects.values()].sort((a, b) => b.people - a.people);
}
