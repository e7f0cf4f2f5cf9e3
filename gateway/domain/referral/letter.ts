/** A letter from one facility to another about a patient, with the studies that its receiver may see because of it. */
import type {
  FacilityCode,
  FacilityId,
  LetterFileId,
  LetterId,
  LetterTemplateId,
  ObjectKey,
  PatientNo,
  PersonId,
  SeriesInstanceUID,
  Sha256,
  SOPInstanceUID,
  StudyId,
  StudyInstanceUID,
  UserId,
} from '../identifiers.ts';
import type { Standing } from '../people/credentials.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { LetterContent, LetterKind, LetterLine, LetterMark, LetterText, ReceiptNotes } from './letter-content.ts';
import type { LetterFileKind } from './letter-file.ts';
import type { LetterAct, LetterState } from './letter-states.ts';

export interface LetterFacility {
  readonly id: FacilityId;
  readonly code: FacilityCode;
  readonly name: string;
}

interface Named {
  readonly id: UserId;
  readonly name: string;
}

export interface KeyImage {
  readonly seriesInstanceUID: SeriesInstanceUID;
  readonly sopInstanceUID: SOPInstanceUID;
}

/** A study that is bound to a letter; the owner is the sender. */
export interface LetterStudy {
  readonly studyId: StudyId;
  readonly studyInstanceUID: StudyInstanceUID;
  readonly ordinal: number;
  readonly studyDate: string;
  readonly studyDescription: string;
  readonly modalities: readonly string[];
  readonly keyImages: readonly KeyImage[];
  /** Of the grant that sending made. */
  readonly grantId: string | undefined;
}

export interface LetterFile {
  readonly id: LetterFileId;
  readonly name: string;
  readonly kind: LetterFileKind;
  readonly bytes: number;
  readonly sha256: Sha256;
  readonly key: ObjectKey;
}

/** When what happened, and by whom. */
export type LetterTimes = Readonly<Partial<Record<LetterAct, Date>>>;

export interface Letter {
  readonly id: LetterId;
  readonly kind: LetterKind;
  readonly state: LetterState;
  /** Another number with each change of a draft: who saves one has seen the last. */
  readonly revision: number;
  /** The letter that this one answers. */
  readonly inReplyTo: LetterId | undefined;
  readonly replies: readonly { readonly id: LetterId; readonly kind: LetterKind; readonly at: Date }[];
  readonly from: LetterFacility;
  /** Undefined: a draft that does not say yet. */
  readonly to: LetterFacility | undefined;
  /** A doctor there by account, if one is named so. */
  readonly toPerson: Named | undefined;
  /** As whom a facility knows the patient; undefined: none whose studies are here. */
  readonly patientNo: PatientNo | undefined;
  readonly patient: { readonly ownerCode: FacilityCode; readonly patientID: string } | undefined;
  readonly content: LetterContent;
  readonly notes: ReceiptNotes;
  readonly studies: readonly LetterStudy[];
  readonly files: readonly LetterFile[];
  readonly createdAt: Date;
  readonly createdBy: Named | undefined;
  readonly sentBy: Named | undefined;
  readonly openedBy: Named | undefined;
  readonly times: LetterTimes;
  /** Why it was recalled or declined. */
  readonly reason: string;
  /** When what is bound to it is open no more; undefined: it was not sent. */
  readonly until: Date | undefined;
}

/** A line of a list. */
export interface ListedLetter
  extends Pick<Letter, 'id' | 'kind' | 'state' | 'from' | 'to' | 'inReplyTo' | 'times' | 'createdAt' | 'reason'> {
  readonly content: Pick<
    LetterContent,
    | 'patientName'
    | 'patientKana'
    | 'patientBirthDate'
    | 'patientSex'
    | 'toDepartment'
    | 'toDoctor'
    | 'fromDepartment'
    | 'fromDoctor'
    | 'replyAsked'
  >;
  readonly studyCount: number;
  readonly fileCount: number;
}

/** `in`: to the facility. `out`: from it, sent. `drafts`: from it, not sent yet. */
export const LETTER_BOXES = ['in', 'out', 'drafts'] as const;
export type LetterBox = (typeof LETTER_BOXES)[number];

export interface LetterPage {
  readonly box: LetterBox;
  readonly state?: LetterState;
  readonly after?: LetterId;
  readonly limit: number;
}

/** What is kept of a draft, each time it is saved. */
export interface DraftWish {
  readonly kind: LetterKind;
  readonly toFacilityId: FacilityId | undefined;
  readonly toPerson: UserId | undefined;
  readonly content: LetterContent;
  readonly studies: readonly { readonly studyId: StudyId; readonly keyImages: readonly KeyImage[] }[];
}

export interface LetterTemplate {
  readonly id: LetterTemplateId;
  readonly name: string;
  readonly department: string;
  readonly kind: LetterKind;
  readonly content: TemplateContent;
}
/** What a template says of a letter: nothing of a patient. */
export type TemplateContent = Partial<Readonly<Record<LetterLine | LetterText, string>>> & Partial<Readonly<Record<LetterMark, boolean>>>;

/** What a letter became, and which studies' rights are others than before, on every node. */
export interface SettledLetter {
  readonly letter: Letter;
  readonly studies: readonly StudyInstanceUID[];
}

/** Something that a facility's people should hear of, without a patient. */
export interface LetterNews {
  readonly letterId: LetterId;
  readonly kind: LetterKind;
  readonly what: 'arrived' | 'recalled' | 'declined';
  readonly at: Date;
  readonly other: LetterFacility;
}

/**
 * Letters that one facility sent or was sent; of others, and of what is not sent yet by others, nothing is found. Each act, the rights that it gives or takes and its
 * entries on record are one transaction. `proven`: as in ShareIndex. Implemented by `storage/index/referral/letters.ts`.
 */
export interface LetterIndex {
  /** @throws conflict: LETTER_DRAFTS_MAX */
  draft(
    facilityId: FacilityId,
    wish: DraftWish & { readonly patientNo: PatientNo | undefined; readonly inReplyTo: LetterId | undefined },
    by: UserId,
    entries: EntriesOf<Letter>,
    proven: Standing,
  ): Promise<Letter>;
  /** @throws not-found; conflict when another revision stands (`draft-changed`) or it is no draft any more (`letter-state`) */
  save(facilityId: FacilityId, id: LetterId, revision: number, wish: DraftWish, proven: Standing): Promise<Letter>;
  /** @throws not-found, conflict */
  discard(facilityId: FacilityId, id: LetterId, entries: EntriesOf<Letter>, proven: Standing): Promise<void>;
  /**
   * Grants its studies to the receiver, and answers the letter that it replies to.
   * @throws not-found; conflict as `save`, or when that letter can be answered no more (`answered-letter-state`); invalid when a study is of another person by now
   */
  send(
    facilityId: FacilityId,
    id: LetterId,
    given: { readonly revision: number; readonly until: Date; readonly mayDownload: readonly StudyId[]; readonly by: UserId },
    entries: EntriesOf<Letter>,
    proven: Standing,
  ): Promise<SettledLetter>;
  /** @throws not-found; conflict (`letter-state`) */
  act(
    facilityId: FacilityId,
    id: LetterId,
    act: { readonly act: Exclude<LetterAct, 'send' | 'answer'>; readonly reason?: string; readonly by: UserId },
    entries: EntriesOf<Letter>,
    proven: Standing,
  ): Promise<SettledLetter>;
  /** @throws not-found; conflict when it is not the receiver's to note, or it gives no more */
  note(facilityId: FacilityId, id: LetterId, notes: ReceiptNotes, entries: EntriesOf<Letter>, proven: Standing): Promise<Letter>;
  letter(facilityId: FacilityId, id: LetterId): Promise<Letter | undefined>;
  /** Those that wait for an answer first, then the newest first. */
  list(facilityId: FacilityId, page: LetterPage): Promise<readonly ListedLetter[]>;
  /** About any of these persons, sent, the newest first, at most `limit`. */
  lettersOf(facilityId: FacilityId, persons: readonly PersonId[], limit: number): Promise<readonly ListedLetter[]>;
  news(facilityId: FacilityId, limit: number): Promise<readonly LetterNews[]>;
  /** The state of each; undefined where the facility has none of that number. */
  statesOf(facilityId: FacilityId, ids: readonly LetterId[]): Promise<readonly (Pick<Letter, 'state' | 'from'> | undefined)[]>;

  /** To a draft. @throws not-found; conflict: `letter-state`, `letter-files` */
  addFile(facilityId: FacilityId, id: LetterId, file: Omit<LetterFile, 'id'>, by: UserId, proven: Standing): Promise<Letter>;
  removeFile(facilityId: FacilityId, id: LetterId, file: LetterFileId, proven: Standing): Promise<Letter>;

  templates(facilityId: FacilityId): Promise<readonly LetterTemplate[]>;
  /** In place of the one of that number, or a new one. @throws not-found; conflict: TEMPLATES_MAX */
  keepTemplate(
    facilityId: FacilityId,
    template: Omit<LetterTemplate, 'id'> & { readonly id?: LetterTemplateId },
    entries: EntriesOf<LetterTemplate>,
    proven: Standing,
  ): Promise<LetterTemplate>;
  removeTemplate(facilityId: FacilityId, id: LetterTemplateId, entries: EntriesOf<void>, proven: Standing): Promise<void>;
}

/** Drafts of a facility that are there at once. */
export const LETTER_DRAFTS_MAX = 1_000;
