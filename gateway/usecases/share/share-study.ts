import { type Clock, DAY_MS } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { FacilityId, SeriesInstanceUID, ShareId, UserId } from '../../domain/identifiers.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Actor, Job, PersonActor, SystemActor } from '../../domain/people/actor.ts';
import { COMMAND_LINE, type Proof, provenAtWork } from '../../domain/people/credentials.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import type { User } from '../../domain/people/user.ts';
import { type AuditSubject, actBy, auditStudy } from '../../domain/record/audit.ts';
import { decideGift } from '../../domain/sharing/access.ts';
import { HELD_BACK_MAX, type Share, type ShareIndex } from '../../domain/sharing/share.ts';
import { SHARE_DAYS_MAX } from '../../domain/sharing/share-days.ts';
import { refused } from '../access/demand.ts';
import type { SeenStudy, StudyAccess } from '../access/see-study.ts';
import { mayBeNamed } from './find-receivers.ts';

interface ListStores {
  readonly shares: Pick<ShareIndex, 'sharesOf'>;
}

interface RevokeStores {
  readonly access: Pick<StudyAccess, 'forget'>;
  readonly shares: Pick<ShareIndex, 'sharesOf' | 'revoke'>;
}

interface ShareStores {
  readonly access: Pick<StudyAccess, 'forget'>;
  readonly shares: Pick<ShareIndex, 'share'>;
  readonly studies: Pick<StudyIndex, 'seriesOf'>;
  readonly people: Pick<PeopleIndex, 'facilityByCode' | 'credentials' | 'staffOf' | 'userById'>;
  readonly clock: Clock;
}

type Shareable = SeenStudy<'study.share'>;

export interface ShareWish {
  readonly toFacilityCode: string;
  /** At most one of these: without either it is for everybody of the facility. */
  readonly toJob?: Job;
  /** An e-mail address. */
  readonly toPerson?: string;
  /** A doctor, as `findReceivers` names them. */
  readonly toPersonId?: UserId;
  readonly notBefore?: Date;
  readonly until: Date;
  /** Of these two what is not said stays as it is: who only shares for longer gives no more. */
  readonly mayDownload?: boolean | undefined;
  /** Series of the study. */
  readonly heldBack?: readonly SeriesInstanceUID[] | undefined;
}

/** Who shares. A system, which is the command line, has nothing to prove. */
type Sharer = { readonly actor: PersonActor; readonly proof: Proof } | { readonly actor: SystemActor };

/**
 * Lets a facility, those of a job in it or one of its people see a study for a time. Sharing again with the same changes what is said.
 * @throws invalid; denied for what the giver does not have; unauthenticated, denied when what proves who asks has ended meanwhile
 */
export async function shareStudy(stores: ShareStores, by: Sharer, seen: Shareable, wish: ShareWish): Promise<Share> {
  const { actor } = by;
  mustHave(actor, seen, wish, stores.clock.now());
  const to = await stores.people.facilityByCode(wish.toFacilityCode);
  if (to === undefined) throw new DomainError('invalid', 'no facility has that code', { ids: { reason: 'unknown-facility' } });
  if (to.id === seen.study.owner.id) throw new DomainError('invalid', 'the study is that facility’s own');
  const { notBefore, until, mayDownload } = wish;
  mustBeTimes(wish, stores.clock.now().getTime());
  const who = await audienceOf(stores, to.id, wish);
  const heldBack = await heldBackOf(stores, seen, wish);
  const { what, ...shared } = given(actor, seen);
  const from = notBefore === undefined ? {} : { notBefore: notBefore.toISOString() };
  const made = await stores.shares.share(
    {
      studyId: seen.study.id,
      toFacilityId: to.id,
      to: who,
      ...(notBefore === undefined ? {} : { notBefore }),
      until,
      ...(mayDownload === undefined ? {} : { mayDownload }),
      ...(heldBack === undefined ? {} : { heldBack }),
      by: actor.kind === 'person' ? actor.userId : undefined,
    },
    (share) => [
      {
        ...shared,
        action: 'study-shared',
        what: { ...what, ...who, ...from, until: until.toISOString(), ...lessOf(share) },
        toFacilityCode: to.code,
      },
    ],
    'proof' in by ? provenAtWork(by.actor, by.proof) : COMMAND_LINE,
  );
  stores.access.forget(seen.study.study.studyInstanceUID);
  return made;
}

/** What is not said would be given, or stay given. @throws denied for what the giver may not do with the study */
function mustHave(actor: Actor, { study }: Shareable, { mayDownload = true }: ShareWish, now: Date): void {
  const gift = decideGift(actor, { ownerFacilityId: study.owner.id, rights: study.rights }, { mayDownload }, now);
  if (!gift.allowed) throw refused(gift.reason);
}

function mustBeTimes({ notBefore, until }: ShareWish, nowMs: number): void {
  if (until.getTime() <= nowMs) throw new DomainError('invalid', 'the last day has already passed', { ids: { reason: 'until' } });
  if (until.getTime() > nowMs + SHARE_DAYS_MAX * DAY_MS)
    throw new DomainError('invalid', `a share lasts ${SHARE_DAYS_MAX} days at most`, { ids: { reason: 'until' } });
  if (notBefore !== undefined && notBefore >= until)
    throw new DomainError('invalid', 'the share would end before it begins', { ids: { reason: 'not-before' } });
}

function lessOf({ mayDownload, heldBack }: Share): Pick<AuditSubject, 'viewOnly' | 'heldBack'> {
  return { ...(mayDownload ? {} : { viewOnly: true }), ...(heldBack.length === 0 ? {} : { heldBack }) };
}

/** Each once. @throws invalid for what is no series of it, or when nothing would be left */
async function heldBackOf(
  { studies }: Pick<ShareStores, 'studies'>,
  seen: Shareable,
  { heldBack }: ShareWish,
): Promise<readonly SeriesInstanceUID[] | undefined> {
  if (heldBack === undefined || heldBack.length === 0) return heldBack;
  const wanted = new Set(heldBack);
  if (wanted.size > HELD_BACK_MAX) throw new DomainError('invalid', 'too many series are held back', { ids: { reason: 'held-back' } });
  const series = (await studies.seriesOf(seen.part)).map(({ series: { seriesInstanceUID } }) => seriesInstanceUID);
  if ([...wanted].some((uid) => !series.includes(uid)))
    throw new DomainError('invalid', 'no series of the study has that UID', { ids: { reason: 'unknown-series' } });
  if (series.every((uid) => wanted.has(uid)))
    throw new DomainError('invalid', 'nothing of the study would be shown', { ids: { reason: 'nothing-left' } });
  return [...wanted];
}

/** Whoever works elsewhere, or no more, is not told apart from nobody. */
async function audienceOf(
  { people }: Pick<ShareStores, 'people'>,
  facilityId: FacilityId,
  { toJob, toPerson, toPersonId }: ShareWish,
): Promise<{ readonly job?: Job; readonly userId?: UserId }> {
  if (toJob !== undefined) {
    if ((await people.staffOf(facilityId)).some(({ job }) => job === toJob)) return { job: toJob };
    throw new DomainError('invalid', 'nobody of that facility has that job', { ids: { reason: 'unknown-job' } });
  }
  if (toPerson === undefined && toPersonId === undefined) return {};
  const byNumber = toPersonId !== undefined;
  const user = byNumber ? await people.userById(toPersonId) : (await people.credentials(toPerson as string))?.user;
  if (user === undefined || !(byNumber ? mayBeNamed(user, facilityId) : worksAt(user, facilityId)))
    throw new DomainError('invalid', 'nobody of that facility is known so', { ids: { reason: 'unknown-person' } });
  return { userId: user.id };
}

function worksAt({ facility, disabledAt }: User, facilityId: FacilityId): boolean {
  return facility?.id === facilityId && disabledAt === undefined;
}

/** Ends a share now, on every node. @throws not-found; unauthenticated, denied when what proves who asks has ended meanwhile */
export async function revokeShare(
  stores: RevokeStores,
  { actor, proof }: { readonly actor: PersonActor; readonly proof: Proof },
  seen: Shareable,
  shareId: ShareId,
): Promise<Share> {
  const live = (await stores.shares.sharesOf(seen.study.id)).find((share) => share.id === shareId);
  if (live === undefined) throw new DomainError('not-found', 'no such share');
  const { what, ...made } = given(actor, seen);
  const whom = {
    ...(live.toJob === undefined ? {} : { job: live.toJob }),
    ...(live.toPerson === undefined ? {} : { userId: live.toPerson.id }),
  };
  const ended = { ...made, action: 'share-revoked', what: { ...what, ...whom }, toFacilityCode: live.to.code } as const;
  const revoked = await stores.shares.revoke(shareId, seen.study.id, actor.userId, ended, provenAtWork(actor, proof));
  stores.access.forget(seen.study.study.studyInstanceUID);
  if (revoked === undefined) throw new DomainError('not-found', 'no such share');
  return revoked;
}

/** Who has it and who had it, newest first. */
export function listShares({ shares }: ListStores, { study }: SeenStudy<'study.disclosures'>): Promise<readonly Share[]> {
  return shares.sharesOf(study.id);
}

function given(actor: Actor, { study, right }: SeenStudy) {
  return {
    ...actBy(actor),
    what: {
      ...auditStudy(study),
      patientID: study.study.patientID,
      count: study.numberOfStudyRelatedInstances,
    },
    right,
  } as const;
}
