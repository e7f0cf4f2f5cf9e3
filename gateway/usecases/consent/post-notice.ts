/** Notices on a facility's wall, on which implied consent stands; and that a patient has died, which ends what was agreed to for treatment. */
import type { Clock } from '../../domain/clock.ts';
import type { PostedNotice } from '../../domain/consent/consent.ts';
import type { ConsentIndex, PostedNoticeIndex } from '../../domain/consent/consent-index.ts';
import { DomainError } from '../../domain/errors.ts';
import type { PatientNo, PostedNoticeId } from '../../domain/identifiers.ts';
import type { KeptFileIndex } from '../../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import { type Proof, provenAtWork } from '../../domain/people/credentials.ts';
import { type AuditEntry, actOfOwner } from '../../domain/record/audit.ts';
import { startOfDay } from '../../domain/region-days.ts';
import type { StudyAccess } from '../access/see-study.ts';
import { documentOf, type KeptDocument, namedFile } from './consent-documents.ts';

interface Stores<Calls extends keyof PostedNoticeIndex> {
  readonly postedNotices: Pick<PostedNoticeIndex, Calls>;
}
interface By {
  readonly facility: FacilityRef;
  readonly actor: PersonActor;
  readonly proof: Proof;
}
interface Days {
  readonly clock: Clock;
  readonly timeZone: string;
}

/** @throws invalid: a day to come, a document that was not sent; unauthenticated, denied */
export async function postNotice(
  {
    postedNotices,
    clock,
    timeZone,
    ...stores
  }: Stores<'post'> & Days & { readonly objects: Pick<ObjectStore, 'head'>; readonly keptFiles: Pick<KeptFileIndex, 'file'> },
  by: By,
  { version, postedOn, document }: { readonly version: string; readonly postedOn: string; readonly document?: KeptDocument },
): Promise<PostedNotice> {
  mustNotBeToCome(postedOn, { clock, timeZone });
  const kept = await documentOf(stores, by.facility, document);
  const entries = (notice: PostedNotice) => [entryOf('notice-posted', by, notice)];
  return postedNotices.post(
    by.facility.id,
    { version, postedOn, document: kept },
    by.actor.userId,
    entries,
    provenAtWork(by.actor, by.proof),
  );
}

/** @throws not-found; unauthenticated, denied */
export function takeNoticeDown({ postedNotices }: Stores<'remove'>, by: By, id: PostedNoticeId): Promise<PostedNotice> {
  const entries = (notice: PostedNotice) => [entryOf('notice-removed', by, notice)];
  return postedNotices.remove(by.facility.id, id, by.actor.userId, entries, provenAtWork(by.actor, by.proof));
}

/** @throws not-found; invalid: a day to come; unauthenticated, denied */
export async function noteDeath(
  {
    consents,
    access,
    clock,
    timeZone,
  }: { readonly consents: Pick<ConsentIndex, 'noteDeath'>; readonly access: Pick<StudyAccess, 'forget'> } & Days,
  { facility, actor, proof }: By,
  patient: PatientNo,
  diedOn: string | undefined,
): Promise<void> {
  if (diedOn !== undefined) mustNotBeToCome(diedOn, { clock, timeZone });
  const entries = ({ patientID }: { readonly patientID: string }): readonly AuditEntry[] => [
    {
      ...actOfOwner(actor),
      action: 'consent-changed',
      what: { ownerFacilityCode: facility.code, patientID, changes: [diedOn === undefined ? 'not-died' : 'died'] },
    },
  ];
  const { studies } = await consents.noteDeath(facility.id, patient, diedOn, entries, provenAtWork(actor, proof));
  for (const study of studies) access.forget(study);
}

/** Nobody of whom there are images died before; an earlier year is a slip of the hand. */
const EARLIEST = '1900-01-01';

function mustNotBeToCome(day: string, { clock, timeZone }: Days): void {
  if (startOfDay(day, timeZone) > clock.now() || day < EARLIEST)
    throw new DomainError('invalid', 'that day has not come', { ids: { reason: 'day-to-come' } });
}

function entryOf(action: 'notice-posted' | 'notice-removed', { actor, facility }: By, notice: PostedNotice): AuditEntry {
  const { id, version, postedOn, document } = notice;
  return { ...actOfOwner(actor), action, what: { facilityCode: facility.code, noticeId: id, version, postedOn, ...namedFile(document) } };
}
