/** A facility's letters as the record tells of them: by act and facility, each a range of an index, in pieces. */
import { DAY_MS } from '../../domain/clock.ts';
import { MONTHS_LOOKED_BACK, monthBounds, monthsLater } from '../../domain/fees/fee-month.ts';
import type { FacilityCode } from '../../domain/identifiers.ts';
import type { AuditAction, ChainedEntry } from '../../domain/record/audit.ts';
import type { AuditFilter, AuditLog } from '../../domain/record/audit-log.ts';
import { LETTER_GRANT_DAYS } from '../../domain/referral/letter-content.ts';
import { recordPages } from '../record/record-pages.ts';

/** Entries that a pack is made of: far more than a facility writes letters. */
export const FEE_ENTRIES_MAX = 100_000;
const PAGE = 1_000;
/** As long as a letter gives anything: what its receiver did later is none of it. */
const REACH_MS = (LETTER_GRANT_DAYS + 1) * DAY_MS;

type Told = Pick<ChainedEntry, 'seq' | 'at' | 'entry'>;

/** What is on record of one letter, each kind in its order. */
export interface LetterOnRecord {
  readonly id: string;
  readonly sent: Told;
  readonly referred: readonly Told[];
  /** Recalled, or declined. */
  readonly ended: readonly Told[];
  readonly noted: readonly Told[];
  /** That it was answered; the answers are letters of their own. */
  readonly answered: readonly Told[];
}

/** By whom an act is done, seen from the facility whose letters are asked for. */
type End = 'facilityCode' | 'toFacilityCode' | 'otherFacilityCode';
interface Asked {
  readonly action: AuditAction;
  readonly as: Exclude<keyof LetterOnRecord, 'id' | 'sent'> | 'sent';
  readonly ends: readonly End[];
}

const ASKED: readonly Asked[] = [
  { action: 'letter-sent', as: 'sent', ends: ['facilityCode', 'toFacilityCode'] },
  { action: 'study-referred', as: 'referred', ends: ['facilityCode', 'toFacilityCode'] },
  { action: 'letter-recalled', as: 'ended', ends: ['facilityCode', 'toFacilityCode'] },
  { action: 'letter-declined', as: 'ended', ends: ['facilityCode', 'otherFacilityCode'] },
  { action: 'letter-noted', as: 'noted', ends: ['facilityCode'] },
  { action: 'letter-answered', as: 'answered', ends: ['facilityCode'] },
];

/** Letters from and to a facility that a month may have to do with. `complete`: all of them. */
export async function lettersOnRecord(
  { audit, timeZone }: { readonly audit: Pick<AuditLog, 'find'>; readonly timeZone: string },
  facility: FacilityCode,
  month: string,
): Promise<{ readonly letters: readonly LetterOnRecord[]; readonly complete: boolean }> {
  const { from } = monthBounds(monthsLater(month, -MONTHS_LOOKED_BACK), timeZone);
  const { to } = monthBounds(month, timeZone);
  const begun = new Date(from.getTime() - REACH_MS);
  const told = new Map<string, Partial<Record<Asked['as'], Told[]>>>();
  let left = FEE_ENTRIES_MAX;
  for (const { action, as, ends } of ASKED) {
    const until = as === 'sent' || as === 'referred' ? to : new Date(to.getTime() + REACH_MS);
    for (const end of ends) {
      const filter: Omit<AuditFilter, 'limit'> = { actions: [action], [end]: facility, from: begun, to: until };
      for await (const page of recordPages(audit, filter, PAGE)) {
        left -= page.length;
        if (left < 0) return { letters: inOrder(told), complete: false };
        for (const one of page) keep(told, as, one);
      }
    }
  }
  return { letters: inOrder(told), complete: true };
}

function keep(told: Map<string, Partial<Record<Asked['as'], Told[]>>>, as: Asked['as'], { seq, at, entry }: ChainedEntry): void {
  const id = entry.what?.letterId;
  if (id === undefined || entry.outcome !== 'success') return;
  const letter = told.get(id) ?? {};
  told.set(id, { ...letter, [as]: [...(letter[as] ?? []), { seq, at, entry }] });
}

/** Those whose sending was found, the first sent first: what else is told belongs to letters that are older than anything asked for. */
function inOrder(told: ReadonlyMap<string, Partial<Record<Asked['as'], Told[]>>>): readonly LetterOnRecord[] {
  const bySeq = (some: readonly Told[] = []) => some.toSorted((a, b) => a.seq - b.seq);
  return [...told]
    .flatMap(([id, { sent, referred, ended, noted, answered }]): readonly LetterOnRecord[] => {
      const [first] = bySeq(sent);
      if (first === undefined) return [];
      return [{ id, sent: first, referred: bySeq(referred), ended: bySeq(ended), noted: bySeq(noted), answered: bySeq(answered) }];
    })
    .toSorted((a, b) => a.sent.seq - b.sent.seq);
}
