/** Letters before they are sent: begun of a patient or in reply, saved as they are written, thrown away. */
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { LetterId, PatientNo, UserId } from '../../domain/identifiers.ts';
import type { PersonNameJson } from '../../domain/imaging/dataset.ts';
import type { StudyAddress } from '../../domain/imaging/study-address.ts';
import type { Patient } from '../../domain/patients/patient.ts';
import type { PatientIndex } from '../../domain/patients/patient-index.ts';
import { kindAt } from '../../domain/people/facility-kind.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import type { User } from '../../domain/people/user.ts';
import type { DraftWish, KeyImage, Letter, LetterIndex, LetterStudy } from '../../domain/referral/letter.ts';
import { EMPTY_CONTENT, KEY_IMAGES_MAX, type LetterContent, type LetterKind } from '../../domain/referral/letter-content.ts';
import { gives } from '../../domain/referral/letter-states.ts';
import { askerOf } from '../../domain/sharing/audience.ts';
import type { StudyAccess } from '../access/see-study.ts';
import { mayBeNamed } from '../share/find-receivers.ts';
import { type LetterAsked, letterEntry, proven } from './letter-entries.ts';

interface Letters<Calls extends keyof LetterIndex> {
  readonly letters: Pick<LetterIndex, Calls>;
}

const unknown = () => new DomainError('not-found', 'there is no such letter', { ids: { reason: 'letter' } });

export interface LetterBeginning {
  readonly kind: LetterKind;
  readonly patient?: PatientNo;
  readonly inReplyTo?: LetterId;
}

/** @throws not-found: no such patient or letter here; conflict: the letter can be answered no more, or too many drafts */
export async function beginLetter(
  stores: Letters<'draft' | 'letter'> & { readonly patients: Pick<PatientIndex, 'personOf'>; readonly clock: Clock },
  asked: LetterAsked & { readonly user: User },
  { kind, patient, inReplyTo }: LetterBeginning,
): Promise<Letter> {
  const writer = { ...EMPTY_CONTENT, fromDoctor: isDoctor(asked.user) ? asked.user.name : '' };
  const begun = inReplyTo === undefined ? await ofPatient(stores, asked, patient, writer) : await inReply(stores, asked, inReplyTo, writer);
  return stores.letters.draft(
    asked.facility.id,
    { kind, toPerson: undefined, studies: [], inReplyTo, ...begun },
    asked.actor.userId,
    (letter) => [letterEntry(asked.actor, 'letter-drafted', letter)],
    proven(asked),
  );
}

type Begun = Pick<DraftWish, 'toFacilityId' | 'content'> & { readonly patientNo: PatientNo | undefined };

/** Whoever sees a study of the patient may write of them; nobody learns by numbers who is whose. */
async function ofPatient(
  { patients, clock }: { readonly patients: Pick<PatientIndex, 'personOf'>; readonly clock: Clock },
  { actor, facility }: LetterAsked,
  no: PatientNo | undefined,
  content: LetterContent,
): Promise<Begun> {
  if (no === undefined) return { toFacilityId: undefined, content, patientNo: undefined };
  const person = await patients.personOf(askerOf(actor, facility), no, clock.now());
  const patient = person?.patients.find((one) => one.no === no);
  if (patient === undefined) throw new DomainError('not-found', 'there is no such patient here', { ids: { reason: 'patient' } });
  return { toFacilityId: undefined, content: { ...content, ...whoIs(patient, patient.owner.id === facility.id) }, patientNo: no };
}

function whoIs({ patientName, patientBirthDate, patientSex, patientID }: Patient, own: boolean): Partial<LetterContent> {
  const { Ideographic, Alphabetic, Phonetic } = patientName.value;
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(patientBirthDate) ?? [];
  return {
    patientName: plain(Ideographic ?? Alphabetic),
    patientKana: plain(Phonetic),
    patientBirthDate: year === undefined ? '' : `${year}-${month}-${day}`,
    patientSex: patientSex === 'M' || patientSex === 'F' || patientSex === 'O' ? patientSex : '',
    // Another facility's number means nothing to who reads the letter.
    patientID: own ? patientID : '',
  };
}

function plain(name: PersonNameJson['Ideographic']): string {
  return (name ?? '')
    .replaceAll('^', ' ')
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 200);
}

async function inReply({ letters }: Letters<'letter'>, { facility }: LetterAsked, id: LetterId, content: LetterContent): Promise<Begun> {
  const answered = await letters.letter(facility.id, id);
  if (answered === undefined || answered.to?.id !== facility.id) throw unknown();
  if (!gives(answered.state))
    throw new DomainError('conflict', 'the letter can be answered no more', { ids: { reason: 'answered-letter-state' } });
  const { patientName, patientKana, patientBirthDate, patientSex, fromDepartment, fromDoctor, toDepartment, toDoctor } = answered.content;
  return {
    toFacilityId: answered.from.id,
    content: {
      ...content,
      ...{ patientName, patientKana, patientBirthDate, patientSex },
      toDepartment: fromDepartment,
      toDoctor: fromDoctor,
      fromDepartment: toDepartment,
      fromDoctor: content.fromDoctor === '' ? toDoctor : content.fromDoctor,
    },
    patientNo: answered.patientNo,
  };
}

function isDoctor({ job }: User): boolean {
  return job === 'physician' || job === 'dentist';
}

export interface DraftText {
  readonly revision: number;
  readonly kind: LetterKind;
  readonly toFacilityCode?: string | undefined;
  readonly toPersonId?: UserId | undefined;
  readonly content: LetterContent;
  readonly studies: readonly { readonly address: StudyAddress; readonly keyImages: readonly KeyImage[] }[];
}

/**
 * As it is written, every few seconds: not on record, since nobody else sees it.
 * @throws not-found, also for a study that is not there or not the facility's own to give; denied; invalid; conflict when somebody else saved it meanwhile
 */
export async function saveDraft(
  stores: Letters<'save' | 'letter'> & {
    readonly people: Pick<PeopleIndex, 'facilityByCode' | 'userById'>;
    readonly access: Pick<StudyAccess, 'see'>;
    readonly clock: Clock;
  },
  asked: LetterAsked,
  id: LetterId,
  { revision, kind, toFacilityCode, toPersonId, content, studies }: DraftText,
): Promise<Letter> {
  const { actor, facility } = asked;
  const before = await stores.letters.letter(facility.id, id);
  if (before === undefined || before.from.id !== facility.id) throw unknown();
  // A reply goes back to whom it replies.
  const to = before.inReplyTo === undefined ? await receiver(stores, asked, toFacilityCode) : before.to?.id;
  if (toPersonId !== undefined) {
    const person = await stores.people.userById(toPersonId);
    if (to === undefined || person === undefined || !mayBeNamed(person, to))
      throw new DomainError('invalid', 'no doctor of that facility has that number', { ids: { reason: 'unknown-person' } });
  }
  if (studies.reduce((all, { keyImages }) => all + keyImages.length, 0) > KEY_IMAGES_MAX)
    throw new DomainError('invalid', 'too many key images', { ids: { reason: 'key-images' } });
  const bound: DraftWish['studies'][number][] = [];
  for (const { address, keyImages } of studies) {
    const studyId =
      before.studies.find((one) => isAt(one, facility, address))?.studyId ??
      (await stores.access.see(actor, 'study.share', address)).study.id;
    if (!bound.some((one) => one.studyId === studyId)) bound.push({ studyId, keyImages });
  }
  return stores.letters.save(
    facility.id,
    id,
    revision,
    { kind, toFacilityId: to, toPerson: toPersonId, content, studies: bound },
    proven(asked),
  );
}

/** Bound before, by who might: whoever goes on writing need not be let give it, and it is asked again when it is sent. */
function isAt(
  { studyInstanceUID, ordinal }: LetterStudy,
  { code }: LetterAsked['facility'],
  { studyInstanceUID: uid, of }: StudyAddress,
): boolean {
  return studyInstanceUID === uid && of?.ownerCode === code && of.ordinal === ordinal;
}

async function receiver(
  { people, clock }: { readonly people: Pick<PeopleIndex, 'facilityByCode'>; readonly clock: Clock },
  { facility }: LetterAsked,
  code: string | undefined,
) {
  if (code === undefined) return undefined;
  const to = await people.facilityByCode(code);
  // The network's office treats nobody: a letter there would be read by who must not.
  if (to === undefined || kindAt(to.kinds, clock.now()) === 'secretariat')
    throw new DomainError('invalid', 'no facility has that code', { ids: { reason: 'unknown-facility' } });
  if (to.id === facility.id) throw new DomainError('invalid', 'it is one’s own facility', { ids: { reason: 'own-facility' } });
  return to.id;
}

/** @throws not-found; conflict when it was sent meanwhile */
export function discardDraft({ letters }: Letters<'discard'>, asked: LetterAsked, id: LetterId): Promise<void> {
  return letters.discard(asked.facility.id, id, (letter) => [letterEntry(asked.actor, 'letter-discarded', letter)], proven(asked));
}
