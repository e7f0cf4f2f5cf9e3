/** What the record says of letters, as the facts that fees ask for. Pure: nothing that is not on record is made up. */
import type { LetterFacts, Shown } from '../../domain/fees/fee-lines.ts';
import type { StudyLook } from '../../domain/fees/fee-record.ts';
import type { FacilityFacts } from '../../domain/fees/fee-rules.ts';
import type { LetterOnRecord } from './letters-on-record.ts';

export interface FactSources {
  /** Looks at what a letter gave, the first ones first. */
  readonly looks: (letterId: string) => readonly StudyLook[];
  /** The network's person, where the record's patient is one. */
  readonly person: (ownerFacilityCode: string, patientID: string) => string | undefined;
  readonly facility: (code: string, at: Date) => FacilityFacts;
  /** The day of the region, YYYY-MM-DD. */
  readonly dayOf: (at: Date) => string;
}

export function letterFacts(letters: readonly LetterOnRecord[], sources: FactSources): readonly LetterFacts[] {
  const replies = new Map<string, LetterOnRecord[]>();
  for (const letter of letters) {
    const answered = letter.sent.entry.what?.inReplyTo;
    if (answered !== undefined) replies.set(answered, [...(replies.get(answered) ?? []), letter]);
  }
  return letters.flatMap((letter) => {
    const { who, toFacilityCode, what = {} } = letter.sent.entry;
    if (who.facilityCode === undefined || toFacilityCode === undefined) return [];
    const { sent } = letter;
    const marks = new Set(what.changes);
    const firstVisit = firstVisitOf(letter, sources);
    return [
      {
        letterId: letter.id,
        kind: what.letterKind ?? 'referral',
        patient: patientOf(what.ownerFacilityCode, what.patientID, sources),
        from: sources.facility(who.facilityCode, sent.at),
        to: sources.facility(toFacilityCode, sent.at),
        sent: shown(sent, sources),
        withdrawn: letter.ended[0] && shown(letter.ended[0], sources),
        marks: {
          ...{ discharge: marks.has('discharge'), transfer: marks.has('transfer'), specialRelation: marks.has('specialRelation') },
          ...{ labResults: marks.has('labResults'), replyAsked: marks.has('replyAsked') },
        },
        images: imagesOf(letter, toFacilityCode, sources),
        ...looksOf(letter, firstVisit, sources),
        gist: notedSince(letter, 'gist-written', sources),
        firstVisit,
        answered: answerOf(letter, replies.get(letter.id) ?? [], sources),
      } satisfies LetterFacts,
    ];
  });
}

function shown({ at, seq }: { readonly at: Date; readonly seq: number }, { dayOf }: FactSources): Shown {
  return { on: dayOf(at), records: [seq] };
}

function patientOf(owner: string | undefined, patientID: string | undefined, { person }: FactSources): string | undefined {
  if (owner === undefined || patientID === undefined) return undefined;
  return person(owner, patientID) ?? `${owner}/${patientID}`;
}

function imagesOf({ sent, referred }: LetterOnRecord, to: string, sources: FactSources): LetterFacts['images'] {
  const { count = 0, inReplyTo } = sent.entry.what ?? {};
  if (count === 0 && referred.length === 0) return undefined;
  const modalities = referred.flatMap(({ entry }) => entry.what?.modalities ?? []);
  const records = referred.length === 0 ? [sent.seq] : referred.map(({ seq }) => seq);
  return {
    on: sources.dayOf(sent.at),
    records,
    scoped: referred.length > 0 && referred.every(({ entry }) => entry.what?.until !== undefined),
    // What comes with an answer is what was asked for, by who gets it. Of other examinations nothing on record says who ordered them.
    ...(inReplyTo === undefined ? { orderedBy: undefined, orderUnsaid: true } : { orderedBy: to }),
    modalities: modalities.length === 0 ? undefined : modalities,
  };
}

function looksOf(
  { id }: LetterOnRecord,
  firstVisit: LetterFacts['firstVisit'],
  { looks, dayOf }: FactSources,
): Pick<LetterFacts, 'viewed' | 'viewedAtVisit'> {
  const all = looks(id);
  const first = all.find(({ userId }) => userId !== undefined) ?? all[0];
  const again = all.find(({ userId, at }) => userId !== undefined && dayOf(at) === firstVisit?.on);
  return {
    viewed: first && { on: dayOf(first.at), records: [first.seq], viewer: first.userId },
    ...(again === undefined ? {} : { viewedAtVisit: { on: dayOf(again.at), records: [again.seq] } }),
  };
}

/** Since which note it has been said without a break; undefined: the last one does not say it. */
function notedSince({ noted }: LetterOnRecord, code: string, sources: FactSources): Shown | undefined {
  const says = noted.map(({ entry }) => entry.what?.changes?.includes(code) === true);
  const since = says.lastIndexOf(false) + 1;
  const first = noted[since];
  return first && shown(first, sources);
}

const VISITED_ON = 'visited-on:';

/** As the last note says; a day that nobody said is none. */
function firstVisitOf({ noted }: LetterOnRecord, sources: FactSources): LetterFacts['firstVisit'] {
  const last = noted.at(-1);
  const changes = last?.entry.what?.changes ?? [];
  if (last === undefined || !changes.includes('first-visit')) return undefined;
  const day = changes.find((change) => change.startsWith(VISITED_ON))?.slice(VISITED_ON.length);
  return day === undefined ? { ...shown(last, sources), undated: true } : { on: day, records: [last.seq] };
}

/** The first answer that was not taken back the same day. */
function answerOf(letter: LetterOnRecord, replies: readonly LetterOnRecord[], sources: FactSources): Shown | undefined {
  const stands = ({ sent, ended: [ended] }: LetterOnRecord) => ended === undefined || sources.dayOf(ended.at) > sources.dayOf(sent.at);
  const answer = replies.find(stands);
  if (answer === undefined) return undefined;
  const told = letter.answered.find(({ seq }) => seq > answer.sent.seq);
  return { on: sources.dayOf(answer.sent.at), records: [answer.sent.seq, ...(told === undefined ? [] : [told.seq])] };
}
