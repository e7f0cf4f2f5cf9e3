import type { IndexedStudy } from '../../domain/imaging/study.ts';
import type { Actor } from '../../domain/people/actor.ts';
import {
  type AuditAction,
  actBy,
  auditStudy,
  type ChainedEntry,
  canonicalAudit,
  LOOKING,
  type RecordedAct,
} from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import type { SeenStudy } from '../access/see-study.ts';
import { withDurations } from './view-durations.ts';

export const DISCLOSURES_LIMIT_MAX = 200;
/** Entries read at a time, and how many times for one answer. */
const DISCLOSURE_PAGE = 500;
const DISCLOSURE_PAGES_MAX = 20;
const DISCLOSING: readonly AuditAction[] = [
  'study-shared',
  'share-revoked',
  'study-referred',
  'study-referral-ended',
  'study-viewed',
  'thumbnails-viewed',
  'study-downloaded',
  'studies-listed', // below this study, by a search for its series or instances
  'access-refused',
  'study-received',
  'place-settled',
];

/** Who was given the study, who opened it, when, for how long and by what right; newest first. */
export async function listDisclosures(
  stores: { audit: Pick<AuditLog, 'find' | 'append'> },
  actor: Actor,
  { study, right }: SeenStudy<'study.disclosures'>,
  request: { beforeSeq?: number; limit: number },
): Promise<{ readonly entries: readonly ChainedEntry[]; readonly openings: readonly ChainedEntry[]; readonly next?: number }> {
  const { entries, next } = await gathered(stores.audit, study, request.beforeSeq, Math.min(request.limit, DISCLOSURES_LIMIT_MAX));
  await stores.audit.append([
    {
      action: 'disclosures-listed',
      ...actBy(actor),
      what: { ...auditStudy(study), count: entries.length },
      right,
    },
  ]);
  const shown = await withDurations(stores.audit, ofStudy(study), entries);
  const openings = request.beforeSeq === undefined ? await firstOpenings(stores.audit, study) : [];
  return { entries: shown, openings, ...(next === undefined ? {} : { next }) };
}

/** The first time each person of another facility opened the study, the latest of them first; of the newest entries on record. */
async function firstOpenings(audit: Pick<AuditLog, 'find'>, study: IndexedStudy): Promise<readonly ChainedEntry[]> {
  const firsts = new Map<string, ChainedEntry>();
  let before: number | undefined;
  for (let page = 0; page < DISCLOSURE_PAGES_MAX; page += 1) {
    const found = await newest(audit, study, LOOKING, before);
    for (const chained of found) {
      const { who, outcome } = chained.entry;
      const person = who.userId ?? who.aeTitle;
      if (outcome === 'success' && person !== undefined && who.facilityCode !== study.owner.code) firsts.set(person, chained);
      before = chained.seq;
    }
    if (found.length < DISCLOSURE_PAGE) break;
  }
  return [...firsts.values()].sort((a, b) => b.seq - a.seq);
}

function ofStudy({ study, owner, ordinal }: IndexedStudy) {
  return { studyInstanceUID: study.studyInstanceUID, ownerFacilityCode: owner.code, ordinal };
}

/** DISCLOSURE_PAGE entries about this study. */
function newest(
  audit: Pick<AuditLog, 'find'>,
  study: IndexedStudy,
  actions: readonly AuditAction[],
  before: number | undefined,
): Promise<readonly ChainedEntry[]> {
  return audit.find({
    ...ofStudy(study),
    actions,
    limit: DISCLOSURE_PAGE,
    ...(before === undefined ? {} : { beforeSeq: before }),
  });
}

/**
 * Receptions go on record with every commit, so that one series may be hundreds of entries: those that follow each other and differ in
 * their count only are shown as one, with the number and time of the newest.
 */
async function gathered(
  audit: Pick<AuditLog, 'find'>,
  study: IndexedStudy,
  beforeSeq: number | undefined,
  limit: number,
): Promise<{ readonly entries: readonly ChainedEntry[]; readonly next?: number }> {
  const entries: ChainedEntry[] = [];
  let before = beforeSeq;
  for (let page = 0; page < DISCLOSURE_PAGES_MAX; page += 1) {
    const found = await newest(audit, study, DISCLOSING, before);
    for (const chained of found) {
      const last = entries.at(-1);
      if (last !== undefined && sameReception(last.entry, chained.entry)) entries[entries.length - 1] = added(last, chained.entry);
      else if (entries.length === limit) return { entries, ...(before === undefined ? {} : { next: before }) };
      else entries.push(chained);
      before = chained.seq;
    }
    if (found.length < DISCLOSURE_PAGE) return { entries };
  }
  return { entries, ...(before === undefined ? {} : { next: before }) };
}

function sameReception(a: RecordedAct, b: RecordedAct): boolean {
  if (a.action !== 'study-received' || b.action !== 'study-received') return false;
  return canonicalAudit(0, EPOCH, withCount(a, 0)) === canonicalAudit(0, EPOCH, withCount(b, 0));
}

const EPOCH = new Date(0);

function added(chained: ChainedEntry, { what }: RecordedAct): ChainedEntry {
  return { ...chained, entry: withCount(chained.entry, (chained.entry.what?.count ?? 0) + (what?.count ?? 0)) };
}

function withCount(entry: RecordedAct, count: number): RecordedAct {
  return { ...entry, what: { ...entry.what, count } };
}
