import { type ChainedEntry, canonicalAudit, type RecordedAct } from '../../domain/record/audit.ts';
import type { AuditFilter, AuditLog } from '../../domain/record/audit-log.ts';
import { recordPages } from './record-pages.ts';
import { VIEW_WINDOW_MS } from './record-view.ts';

/** So long after a view's window was over its end is looked for: it is written within a minute unless the database was away. */
const END_LATE_MS_MAX = 10 * 60_000;
const ENDS_PAGE = 500;
const ENDS_PAGES_MAX = 20;

/**
 * The same entries; a view whose end is on record has its `seconds`. `of` narrows to the study or patient that all of them are about. A view
 * without is still going on, was shorter than a second, or its program was killed.
 */
export async function withDurations(
  audit: Pick<AuditLog, 'find'>,
  of: Omit<AuditFilter, 'actions' | 'from' | 'to' | 'beforeSeq' | 'limit'>,
  entries: readonly ChainedEntry[],
): Promise<readonly ChainedEntry[]> {
  const views = entries.filter(({ entry }) => entry.action === 'study-viewed' && entry.outcome === 'success');
  const times = views.map(({ at }) => at.getTime());
  if (times.length === 0) return entries;
  const ends = await endsBetween(audit, of, Math.min(...times), Math.max(...times) + VIEW_WINDOW_MS + END_LATE_MS_MAX);
  const seconds = secondsOf(views, ends);
  return entries.map((chained) => {
    const lasted = seconds.get(chained.seq);
    return lasted === undefined ? chained : { ...chained, entry: { ...chained.entry, what: { ...chained.entry.what, seconds: lasted } } };
  });
}

/** Oldest first. */
async function endsBetween(
  audit: Pick<AuditLog, 'find'>,
  of: Omit<AuditFilter, 'limit'>,
  fromMs: number,
  toMs: number,
): Promise<readonly ChainedEntry[]> {
  const ends: ChainedEntry[] = [];
  const filter = { ...of, actions: ['view-ended'] as const, from: new Date(fromMs), to: new Date(toMs) };
  for await (const page of recordPages(audit, filter, ENDS_PAGE)) {
    ends.push(...page);
    if (ends.length >= ENDS_PAGES_MAX * ENDS_PAGE) break;
  }
  return ends.reverse();
}

/** Number of a view → how long it lasted. */
function secondsOf(views: readonly ChainedEntry[], ends: readonly ChainedEntry[]): ReadonlyMap<number, number> {
  const waiting = new Map<string, ChainedEntry[]>();
  for (const view of views.toSorted((a, b) => a.seq - b.seq)) {
    const same = waiting.get(sameView(view.entry));
    if (same === undefined) waiting.set(sameView(view.entry), [view]);
    else same.push(view);
  }
  const found = new Map<number, number>();
  for (const end of ends) {
    const { seconds } = end.entry.what ?? {};
    const same = waiting.get(sameView(end.entry)) ?? [];
    // Views of earlier versions have no name: the first one that could have lasted so long, and no longer than a view can.
    const at = same.findIndex((view) => seconds !== undefined && mayEndAt(view, end, seconds));
    const [view] = at < 0 ? [] : same.splice(at, 1);
    if (view !== undefined && seconds !== undefined) found.set(view.seq, seconds);
  }
  return found;
}

function mayEndAt(view: ChainedEntry, end: ChainedEntry, seconds: number): boolean {
  const betweenMs = end.at.getTime() - view.at.getTime();
  return view.seq < end.seq && betweenMs >= (seconds - 1) * 1000 && betweenMs <= VIEW_WINDOW_MS + END_LATE_MS_MAX;
}

const EPOCH = new Date(0);

/** The beginning and the end of a view differ in act and duration only. */
function sameView({ purpose: _purpose, ...act }: RecordedAct): string {
  const { seconds: _seconds, ...what } = act.what ?? {};
  return canonicalAudit(0, EPOCH, { ...act, action: 'study-viewed', what });
}
