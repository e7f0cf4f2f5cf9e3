/** The queue of unusual use: what waits, on which records it rests, and what came of looking at it. */
import { DomainError } from '../../domain/errors.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import type { Proof } from '../../domain/people/credentials.ts';
import { actOfAdministrator, type ChainedEntry, LOOKING, type RefusalLog } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import type { UnusualRevision, UnusualUse, UnusualUseIndex } from '../../domain/record/unusual-index.ts';
import { type RegionUnusual, settingsOf, unusualChanges, unusualOutOfBounds } from '../../domain/record/unusual-rules.ts';
import type { UnusualDecision } from '../../domain/record/unusual-use.ts';
import { demandReview, onRecord } from '../access/demand.ts';
import { recordPages } from '../record/record-pages.ts';
import { withDurations } from '../record/view-durations.ts';

interface Stores<Calls extends keyof UnusualUseIndex> {
  readonly unusual: Pick<UnusualUseIndex, Calls>;
}
interface Asked {
  readonly actor: PersonActor;
  readonly proof: Proof;
}

const PAGE = 500;
/** Pages of what a person opened between a line's first and last record that are gone through for those it rests on. */
const PAGES_MAX = 20;

/** On record, since it names patients. */
export async function unusualUsesListed(
  { unusual, audit }: Stores<'list' | 'waiting'> & { readonly audit: Pick<AuditLog, 'append'> },
  actor: PersonActor,
  page: { readonly decided: boolean; readonly after?: string; readonly limit: number },
): Promise<{ readonly uses: readonly UnusualUse[]; readonly next: string | undefined; readonly waiting: number }> {
  const found = await unusual.list({ ...page, limit: page.limit + 1 });
  const uses = found.slice(0, page.limit);
  await audit.append([{ ...actOfAdministrator(actor), action: 'patients-listed', what: { list: 'unusual-uses', count: uses.length } }]);
  return { uses, next: found.length > page.limit ? uses.at(-1)?.id : undefined, waiting: await unusual.waiting() };
}

/** The records that a line rests on, the newest first. @throws not-found */
export async function recordsOfUse(
  { unusual, audit }: Stores<'use'> & { readonly audit: Pick<AuditLog, 'append' | 'find'> },
  actor: PersonActor,
  id: string,
): Promise<readonly ChainedEntry[]> {
  const use = await unusual.use(id);
  const [first, last] = [use?.evidence[0], use?.evidence.at(-1)];
  if (use === undefined || first === undefined || last === undefined) throw new DomainError('not-found', 'there is no such line');
  const wanted = new Set(use.evidence);
  const between = { userId: use.userId, actions: LOOKING, fromSeq: first, beforeSeq: last + 1 };
  const entries: ChainedEntry[] = [];
  let pages = 0;
  for await (const page of recordPages(audit, between, PAGE)) {
    entries.push(...page.filter(({ seq }) => wanted.has(seq)));
    pages += 1;
    if (entries.length === wanted.size || pages === PAGES_MAX) break;
  }
  const shown = await withDurations(audit, { userId: use.userId }, entries);
  await audit.append([{ ...actOfAdministrator(actor), action: 'record-exported', what: { count: shown.length, userId: use.userId } }]);
  return shown;
}

/** @throws denied: nobody reviews their own; not-found; conflict when it was decided; unauthenticated, denied when the proof has ended */
export async function decideUse(
  { unusual, refusals }: Stores<'use' | 'decide'> & { readonly refusals: RefusalLog },
  { actor, proof }: Asked,
  id: string,
  { decision, words }: { readonly decision: UnusualDecision; readonly words: string },
): Promise<UnusualUse> {
  const use = await unusual.use(id);
  if (use === undefined) throw new DomainError('not-found', 'there is no such line');
  await onRecord(refusals, actor, 'record.review', () => demandReview(actor, use.userId));
  const entry = {
    ...actOfAdministrator(actor),
    action: 'unusual-use-decided',
    what: {
      useId: use.id,
      rule: use.rule,
      decision,
      userId: use.userId,
      count: use.evidence.length,
      ...(use.ownerFacilityCode === undefined ? {} : { ownerFacilityCode: use.ownerFacilityCode }),
      ...(use.patientID === undefined ? {} : { patientID: use.patientID }),
    },
  } as const;
  return unusual.decide(id, { decision, words, by: actor.userId }, () => [entry], { userId: actor.userId, proof });
}

/** @throws invalid out of bounds; conflict when they were changed since; unauthenticated, denied when the proof has ended */
export async function changeUnusualRules(
  { unusual }: Stores<'rules' | 'setRules'>,
  { actor, proof }: Asked,
  { revision, region }: { readonly revision: number; readonly region: RegionUnusual },
): Promise<UnusualRevision> {
  const beyond = unusualOutOfBounds(region);
  if (beyond !== undefined)
    throw new DomainError('invalid', `that may not stand in ${beyond}`, { ids: { reason: 'out-of-bounds', value: beyond } });
  const now = await unusual.rules();
  const changes = unusualChanges(settingsOf(now.region), settingsOf(region));
  if (changes.length === 0) return now;
  const entry = { ...actOfAdministrator(actor), action: 'unusual-rules-changed', what: { changes } } as const;
  return unusual.setRules({ revision, region, by: actor.userId }, () => [entry], { userId: actor.userId, proof });
}
