/** How acts on letters stand on record: by whom, which letter, of whose patient, to whom; never a word of what is written. */
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import { type Proof, type Proven, provenAtWork } from '../../domain/people/credentials.ts';
import { type ActOf, type AuditEntry, type AuditSubject, actBy } from '../../domain/record/audit.ts';
import type { Letter, LetterFacility, LetterStudy } from '../../domain/referral/letter.ts';
import { LETTER_MARKS, type LetterContent } from '../../domain/referral/letter-content.ts';

export interface LetterAsked {
  readonly actor: PersonActor;
  readonly proof: Proof;
  readonly facility: FacilityRef;
}

export function proven({ actor, proof }: LetterAsked): Proven {
  return provenAtWork(actor, proof);
}

export function act(actor: PersonActor) {
  return { ...actBy(actor), right: { kind: 'referral' } } as const;
}

type LetterActs =
  | 'letter-drafted'
  | 'letter-discarded'
  | 'letter-received'
  | 'letter-read'
  | 'letter-answered'
  | 'letter-closed'
  | 'letter-declined'
  | 'letter-recalled';

/** The entry of an act that says no more than which letter. */
export function letterEntry(actor: PersonActor, action: LetterActs, letter: Letter): AuditEntry {
  return { ...act(actor), action, what: whatLetter(letter, actor), ...toWhom(letter) };
}

export function toWhom({ to }: Pick<Letter, 'to'>): Pick<ActOf<'letter-sent'>, 'toFacilityCode'> {
  return to === undefined ? {} : { toFacilityCode: to.code };
}

/** The patient as the facility knows it whose patient it is; of one whose studies are nowhere, as the writer says. */
export function whatLetter(
  { id, kind, from, to, patient, content, studies, files, inReplyTo }: Letter,
  { facility }: Pick<PersonActor, 'facility'>,
): Pick<
  AuditSubject,
  'letterId' | 'letterKind' | 'ownerFacilityCode' | 'patientID' | 'otherFacilityCode' | 'count' | 'files' | 'inReplyTo'
> {
  const patientID = patient?.patientID ?? content.patientID;
  const other: LetterFacility | undefined = facility?.id === from.id ? to : from;
  return {
    letterId: id,
    letterKind: kind,
    ownerFacilityCode: patient?.ownerCode ?? from.code,
    ...(patientID === '' ? {} : { patientID }),
    ...(other === undefined ? {} : { otherFacilityCode: other.code }),
    count: studies.length,
    ...(files.length === 0 ? {} : { files: files.length }),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
  };
}

/** What of it the fees ask for, as the writer states it. */
export function statedMarks(content: LetterContent): readonly string[] {
  return LETTER_MARKS.filter((mark) => content[mark]);
}

export function whatStudy({ from, patient }: Letter, { studyInstanceUID, ordinal, modalities }: LetterStudy) {
  return {
    ownerFacilityCode: from.code,
    studyInstanceUID,
    ...(ordinal === 1 ? {} : { ordinal }),
    ...(modalities.length === 0 ? {} : { modalities }),
    ...(patient?.ownerCode === from.code && patient.patientID !== '' ? { patientID: patient.patientID } : {}),
  };
}
