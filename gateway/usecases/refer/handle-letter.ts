/** Letters after they were sent: read, received, opened, declined, closed, recalled, and what their receiver notes. */
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { LetterId, PatientNo } from '../../domain/identifiers.ts';
import type { PatientIndex } from '../../domain/patients/patient-index.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import type { AuditEntry } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import type { Letter, LetterIndex, LetterPage, ListedLetter } from '../../domain/referral/letter.ts';
import { EMPTY_CONTENT, type ReceiptNotes } from '../../domain/referral/letter-content.ts';
import { gives, type LetterAct, type LetterState, openedBy } from '../../domain/referral/letter-states.ts';
import { startOfDay } from '../../domain/region-days.ts';
import { decide } from '../../domain/sharing/access.ts';
import { askerOf } from '../../domain/sharing/audience.ts';
import type { StudyAccess } from '../access/see-study.ts';
import type { OncePerListing } from '../record/once-in-window.ts';
import type { ViewRecorder } from '../record/record-view.ts';
import { act, type LetterAsked, letterEntry, proven, toWhom, whatLetter } from './letter-entries.ts';

interface Letters<Calls extends keyof LetterIndex> {
  readonly letters: Pick<LetterIndex, Calls>;
}

export const LETTERS_OF_PERSON_MAX = 200;

/** Of what was recalled or declined its receiver keeps that it was, and why: nothing of the patient. */
export function asToldTo<Told extends ListedLetter | Letter>(letter: Told, { id }: FacilityRef): Told {
  if (letter.from.id === id || gives(letter.state)) return letter;
  const none = { content: EMPTY_CONTENT, studies: [], files: [], studyCount: 0, fileCount: 0, patientNo: undefined, patient: undefined };
  return { ...letter, ...Object.fromEntries(Object.entries(none).filter(([name]) => name in letter)) };
}

/** @throws not-found */
export async function readLetter(
  { letters, audit, onceListed }: Letters<'letter'> & { readonly audit: Pick<AuditLog, 'append'>; readonly onceListed: OncePerListing },
  actor: PersonActor,
  facility: FacilityRef,
  id: LetterId,
): Promise<Letter> {
  const found = await letters.letter(facility.id, id);
  if (found === undefined) throw new DomainError('not-found', 'there is no such letter', { ids: { reason: 'letter' } });
  const letter = asToldTo(found, facility);
  const shown = letter.from.id === facility.id || gives(letter.state);
  if (shown) await onceListed(actor, ['letter', id], () => audit.append([letterEntry(actor, 'letter-read', letter)]));
  return letter;
}

/** Those that wait first; one more than asked for says that there are more. */
export async function listLetters(
  {
    letters,
    recorder,
    onceListed,
  }: Letters<'list'> & { readonly recorder: Pick<ViewRecorder, 'listed'>; readonly onceListed: OncePerListing },
  actor: PersonActor,
  facility: FacilityRef,
  page: LetterPage,
): Promise<{ readonly letters: readonly ListedLetter[]; readonly next: LetterId | undefined }> {
  const found = await letters.list(facility.id, { ...page, limit: page.limit + 1 });
  const shown = found.slice(0, page.limit).map((letter) => asToldTo(letter, facility));
  const ids = shown.map(({ id }) => id);
  await onceListed(actor, ['letters', ids], () => recorder.listed(actor, { list: 'letters', count: ids.length }));
  return { letters: shown, next: found.length > page.limit ? ids.at(-1) : undefined };
}

/** For the line of time of the person that a patient is. @throws not-found, as the line of time itself */
export async function lettersOfPerson(
  { letters, patients, clock }: Letters<'lettersOf'> & { readonly patients: Pick<PatientIndex, 'personOf'>; readonly clock: Clock },
  actor: PersonActor,
  facility: FacilityRef,
  no: PatientNo,
): Promise<readonly ListedLetter[]> {
  const person = await patients.personOf(askerOf(actor, facility), no, clock.now());
  if (person === undefined || !person.patients.some((patient) => patient.no === no))
    throw new DomainError('not-found', 'there is no such patient here', { ids: { reason: 'patient' } });
  const found = await letters.lettersOf(facility.id, [person.personId], LETTERS_OF_PERSON_MAX);
  // What was recalled is told of in the list; on the line it would say that this patient was written of.
  return found.filter((letter) => letter.from.id === facility.id || gives(letter.state));
}

export interface LetterWish {
  readonly act: Exclude<LetterAct, 'send' | 'answer'>;
  readonly reason?: string | undefined;
  /** A doctor who is not the one named says that they read it in their place. */
  readonly takeOver?: boolean | undefined;
}

const ENTRY_OF = { receive: 'letter-received', close: 'letter-closed', decline: 'letter-declined', recall: 'letter-recalled' } as const;

/** @throws not-found; denied for who opens it and is not its doctor; invalid without a reason where one is due; conflict: it is in another state */
export async function actOnLetter(
  { letters, access }: Letters<'letter' | 'act'> & { readonly access: Pick<StudyAccess, 'forget'> },
  asked: LetterAsked,
  id: LetterId,
  { act: done, reason = '', takeOver = false }: LetterWish,
): Promise<Letter> {
  const { actor, facility } = asked;
  const before = await letters.letter(facility.id, id);
  if (before === undefined) throw new DomainError('not-found', 'there is no such letter', { ids: { reason: 'letter' } });
  const how = openedBy(actor, before.toPerson?.id);
  if (done === 'open' && how === 'no') throw new DomainError('denied', 'a doctor opens it', { ids: { reason: 'letter-doctor' } });
  if (done === 'open' && how === 'takes-over' && !takeOver)
    throw new DomainError('denied', 'another doctor is named', { ids: { reason: 'letter-other-doctor' } });
  if ((done === 'recall' || done === 'decline') && reason.trim() === '')
    throw new DomainError('invalid', 'say why', { ids: { reason: 'letter-reason' } });
  const entries = (letter: Letter): readonly AuditEntry[] => [
    done === 'open'
      ? {
          ...act(actor),
          action: 'letter-opened',
          what: { ...whatLetter(letter, actor), ...(how === 'takes-over' ? { changes: ['take-over'] } : {}) },
          ...toWhom(letter),
        }
      : letterEntry(actor, ENTRY_OF[done], letter),
    ...(gives(letter.state) ? [] : endedEntries(actor, letter)),
  ];
  const { letter, studies } = await letters.act(
    facility.id,
    id,
    { act: done, reason: reason.trim(), by: actor.userId },
    entries,
    proven(asked),
  );
  if (!gives(letter.state)) for (const study of studies) access.forget(study);
  return asToldTo(letter, facility);
}

function endedEntries(actor: PersonActor, letter: Letter): readonly AuditEntry[] {
  return letter.studies.map(({ studyInstanceUID, ordinal, grantId }) => ({
    ...act(actor),
    right: { kind: 'referral', ...(grantId === undefined ? {} : { grant: grantId }) },
    action: 'study-referral-ended',
    what: { ownerFacilityCode: letter.from.code, studyInstanceUID, ...(ordinal === 1 ? {} : { ordinal }), letterId: letter.id },
    ...toWhom(letter),
  }));
}

/** @throws invalid: a day to come, on which nobody has been; not-found; conflict */
export async function noteReceipt(
  { letters, clock, timeZone }: Letters<'note'> & { readonly clock: Clock; readonly timeZone: string },
  asked: LetterAsked,
  id: LetterId,
  notes: ReceiptNotes,
): Promise<Letter> {
  const { actor, facility } = asked;
  if (notes.visitedOn !== '' && startOfDay(notes.visitedOn, timeZone) > clock.now())
    throw new DomainError('invalid', 'that day has not come', { ids: { reason: 'day-to-come' } });
  const changes = [
    notes.firstVisit ? 'first-visit' : 'no-first-visit',
    ...(notes.visitedOn === '' ? [] : [`visited-on:${notes.visitedOn}`]),
    notes.gistWritten ? 'gist-written' : 'no-gist-written',
  ];
  return letters.note(
    facility.id,
    id,
    notes,
    (letter) => [{ ...act(actor), action: 'letter-noted', what: { ...whatLetter(letter, actor), changes }, ...toWhom(letter) }],
    proven(asked),
  );
}

/** Whether what of a letter goes out may still go to who asked. @throws not-found */
export async function letterStands({ letters }: Letters<'statesOf'>, facility: FacilityRef, id: LetterId): Promise<void> {
  const [now] = await letters.statesOf(facility.id, [id]);
  if (now === undefined || (now.from.id !== facility.id && !gives(now.state)))
    throw new DomainError('not-found', 'there is no such letter', { ids: { reason: 'letter' } });
}

/** The state of each letter that a page shows; null where its reader may read it no more. */
export async function standingOfLetters(
  { letters }: Letters<'statesOf'>,
  actor: PersonActor,
  ids: readonly LetterId[],
): Promise<(LetterState | null)[]> {
  const { facility } = actor;
  if (ids.length === 0) return [];
  if (facility === undefined || !decide(actor, 'letter.read').allowed) return ids.map(() => null);
  return (await letters.statesOf(facility.id, ids)).map((found) => found?.state ?? null);
}
