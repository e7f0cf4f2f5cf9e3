/** Consents are taken, listed, changed and withdrawn by the people of the facility whose patient it is. */
import { type Clock, DAY_MS } from '../../domain/clock.ts';
import { type BasisKind, basisFlaws, type LawGround, type ProxyRelation } from '../../domain/consent/basis-rules.ts';
import {
  CONSENT_YEARS_MAX,
  type Consent,
  type ConsentCircumstances,
  type ConsentDocument,
  type ConsentScope,
  type ConsentWish,
} from '../../domain/consent/consent.ts';
import { consentStands, endsByObjection } from '../../domain/consent/consent-covers.ts';
import type { ConsentIndex, ConsentReach, KeptConsent, Settled } from '../../domain/consent/consent-index.ts';
import { type LeftOut, sameLeftOut, widenings } from '../../domain/consent/consent-narrower.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ConsentId, FacilityCode, FacilityId, PatientNo, StudyId } from '../../domain/identifiers.ts';
import type { KeptFileIndex } from '../../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { FacilityRef } from '../../domain/people/actor.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import { type AuditEntry, actBy, type SubjectOf } from '../../domain/record/audit.ts';
import { decideConsent } from '../../domain/sharing/access.ts';
import { refused } from '../access/demand.ts';
import type { StudyAccess } from '../access/see-study.ts';
import { documentOf, type KeptDocument, namedFile, provenOf, type Taker, userOf } from './consent-documents.ts';

interface Stores<Calls extends keyof ConsentIndex> {
  readonly consents: Pick<ConsentIndex, Calls>;
}
interface Naming {
  readonly people: Pick<PeopleIndex, 'facilities'>;
}
type Forgetting = { readonly access: Pick<StudyAccess, 'forget'> };

export interface ConsentSaid {
  readonly patient: PatientNo;
  /** Codes. */
  readonly to: 'region' | readonly string[];
  readonly exceptFacilities: readonly string[];
  readonly modalities: readonly string[];
  /** YYYYMMDD */
  readonly studyDateFrom?: string;
  readonly studyDateTo?: string;
  readonly exceptStudies: readonly StudyId[];
  readonly basis: BasisKind;
  readonly document?: KeptDocument;
  readonly relation?: ProxyRelation;
  readonly ground?: LawGround;
  readonly until?: Date;
  readonly formVersion: string;
}

type GiveStores = Stores<'give'> &
  Naming &
  Forgetting & {
    readonly objects: Pick<ObjectStore, 'head'>;
    readonly keptFiles: Pick<KeptFileIndex, 'file'>;
    readonly clock: Clock;
  };

/** What it would open, before anybody signs. @throws not-found, invalid */
export async function previewConsent(
  stores: Stores<'wouldOpen'> & Naming,
  facility: FacilityRef,
  said: ConsentSaid,
): Promise<ConsentReach> {
  return stores.consents.wouldOpen(facility.id, await wishOf(stores, facility, said, undefined));
}

/**
 * From now on it opens what it covers, to everybody whom it names.
 * @throws not-found: no such patient of the facility; invalid; conflict: the patient is known to have died; unauthenticated, denied
 */
export async function giveConsent(stores: GiveStores, by: Taker, said: ConsentSaid): Promise<KeptConsent> {
  const { consents, clock } = stores;
  const now = clock.now();
  mustGive(by);
  mustBeTerm(said, now);
  const document = await documentOf(stores, by.facility, said.document);
  const wish = await wishOf(stores, by.facility, said, document);
  const demand = (circumstances: ConsentCircumstances) => mustStand(wish, circumstances, now);
  const entries = (kept: KeptConsent) => [entryOf('consent-given', by, kept)];
  const settled = await consents.give(by.facility.id, wish, demand, userOf(by), entries, provenOf(by));
  return forgotten(stores, settled);
}

/** An objection too. @throws not-found; conflict; unauthenticated, denied */
export async function withdrawConsent(stores: Stores<'withdraw'> & Forgetting, by: Taker, id: ConsentId): Promise<KeptConsent> {
  const entries = (kept: KeptConsent) => [entryOf('consent-withdrawn', by, kept)];
  return forgotten(stores, await stores.consents.withdraw(by.facility.id, id, userOf(by), entries, provenOf(by)));
}

/**
 * A patient of the facility withdraws all that they agreed to, or objects, wherever they are: each consent of the person ends, whichever facility took it. Which those
 * are is told to nobody here; the record says who put it down. @throws not-found: no such patient of the facility; unauthenticated, denied
 */
export async function withdrawAllConsents(stores: Stores<'withdrawAll'> & Forgetting, by: Taker, patient: PatientNo): Promise<void> {
  const { facility } = by;
  const entries = (ended: readonly KeptConsent[]) => ended.map((kept) => entryOf('consent-withdrawn', by, kept));
  const { studies } = await stores.consents.withdrawAll(facility.id, patient, endsByObjection, userOf(by), entries, provenOf(by));
  for (const study of studies) stores.access.forget(study);
}

/** What a consent leaves out, as people say it: facilities by their codes. */
export interface LeftOutSaid {
  readonly exceptFacilities: readonly string[];
  readonly exceptStudies: readonly StudyId[];
}

/**
 * In place of what it left out, which whoever asks has seen: less than was signed, and never more.
 * @throws not-found; invalid: it would give more; conflict: it leaves out something else meanwhile, or was withdrawn; unauthenticated, denied
 */
export async function leaveOutOfConsent(
  stores: Stores<'leaveOut'> & Naming & Forgetting,
  by: Taker,
  id: ConsentId,
  { saw, ...said }: LeftOutSaid & { readonly saw: LeftOutSaid },
): Promise<KeptConsent> {
  const [seen, wanted] = [await leftOutOf(stores, saw), await leftOutOf(stores, said)];
  const change = ({ scope, until }: Consent): LeftOut => {
    if (!sameLeftOut(scope, seen))
      throw new DomainError('conflict', 'somebody else has changed what it leaves out', { ids: { reason: 'consent-changed' } });
    const [wider] = widenings({ scope, until }, { scope: { ...scope, ...wanted }, until });
    if (wider !== undefined) throw new DomainError('invalid', `it would give more: ${wider}`, { ids: { reason: 'consent-wider' } });
    return wanted;
  };
  const entries = (kept: KeptConsent) => [entryOf('consent-changed', by, kept, { changes: ['exceptFacilities', 'exceptStudies'] })];
  return forgotten(stores, await stores.consents.leaveOut(by.facility.id, id, change, entries, provenOf(by)));
}

async function leftOutOf(stores: Naming, { exceptFacilities, exceptStudies }: LeftOutSaid): Promise<LeftOut> {
  return { exceptFacilities: await facilitiesOf(stores, exceptFacilities), exceptStudies: [...new Set(exceptStudies)] };
}

/** @throws not-found: no such patient of the facility */
export async function listConsents(
  { consents }: Stores<'consentsOf'>,
  facility: FacilityRef,
  patient: PatientNo,
): Promise<readonly KeptConsent[]> {
  const found = await consents.consentsOf(facility.id, patient);
  if (found === undefined) throw new DomainError('not-found', 'there is no such patient here');
  return found;
}

/** Whatever it covers may be downloaded. @throws denied */
function mustGive({ actor }: Taker): void {
  const gives = decideConsent(actor, { mayDownload: true });
  if (!gives.allowed) throw refused(gives.reason);
}

function mustBeTerm({ until }: ConsentSaid, now: Date): void {
  if (until === undefined) return;
  if (until <= now) throw new DomainError('invalid', 'the last day has already passed', { ids: { reason: 'until' } });
  if (until.getTime() > now.getTime() + CONSENT_YEARS_MAX * 366 * DAY_MS)
    throw new DomainError('invalid', `a consent lasts ${CONSENT_YEARS_MAX} years at most`, { ids: { reason: 'until' } });
}

/** By the rules of its basis, and of somebody who is not known to have died. @throws invalid, conflict */
function mustStand({ basis, until }: ConsentWish, circumstances: ConsentCircumstances, now: Date): void {
  const said = {
    kind: basis.kind,
    hasDocument: basis.document !== undefined,
    relation: basis.relation,
    ground: basis.ground,
    hasTerm: until !== undefined,
    noticePosted: circumstances.noticePosted,
  };
  const [flaw] = basisFlaws(said, now.toISOString().slice(0, 'YYYY-MM-DD'.length));
  if (flaw !== undefined) throw new DomainError('invalid', `the basis: ${flaw}`, { ids: { reason: `consent-${flaw}` } });
  const stands = consentStands({ basis, until, takenAt: now, withdrawnAt: undefined }, circumstances, now);
  if (!stands.yes)
    throw new DomainError('conflict', `it would not stand: ${stands.reason}`, { ids: { reason: `consent-${stands.reason}` } });
}

async function wishOf(
  stores: Naming,
  facility: FacilityRef,
  said: ConsentSaid,
  document: ConsentDocument | undefined,
): Promise<ConsentWish> {
  const { to, basis, relation, ground, until, formVersion, patient } = said;
  const named = to === 'region' ? to : { facilities: await facilitiesOf(stores, to) };
  if (named !== 'region' && named.facilities.every((id) => id === facility.id))
    throw new DomainError('invalid', 'no other facility is named', { ids: { reason: 'consent-to-nobody' } });
  const scope: ConsentScope = {
    to: named,
    exceptFacilities: await facilitiesOf(stores, said.exceptFacilities),
    modalities: [...new Set(said.modalities)],
    studyDateFrom: said.studyDateFrom,
    studyDateTo: said.studyDateTo,
    exceptStudies: [...new Set(said.exceptStudies)],
  };
  return { patientNo: patient, scope, basis: { kind: basis, document, relation, ground }, until, formVersion };
}

async function facilitiesOf({ people }: Naming, codes: readonly string[]): Promise<readonly FacilityId[]> {
  if (codes.length === 0) return [];
  const ids = new Map((await people.facilities()).map(({ code, id }) => [code, id]));
  return [...new Set(codes)].map((code) => {
    const id = ids.get(code as FacilityCode);
    if (id === undefined) throw new DomainError('invalid', 'no facility has that code', { ids: { reason: 'unknown-facility' } });
    return id;
  });
}

function forgotten({ access }: Forgetting, { made, studies }: Settled<KeptConsent>): KeptConsent {
  for (const study of studies) access.forget(study);
  return made;
}

type ConsentAct = 'consent-given' | 'consent-withdrawn' | 'consent-changed';

function entryOf(
  action: ConsentAct,
  { actor, facility }: Taker,
  kept: KeptConsent,
  more: Pick<SubjectOf<'consent-changed'>, 'changes'> = {},
): AuditEntry {
  const kind = kept.consent.facility.id === facility.id ? 'owner' : 'member';
  const said = { ...actBy(actor), right: { kind } } as const;
  const what = whatOf(kept);
  return action === 'consent-changed' ? { ...said, action, what: { ...what, ...more } } : { ...said, action, what };
}

/** What scope, to whom, on which consent. */
function whatOf({ consent, patientID, named, studies }: KeptConsent): SubjectOf<'consent-given'> {
  const { id, facility, scope, basis, until, formVersion } = consent;
  const codes = (ids: readonly FacilityId[]) => named.filter((one) => ids.includes(one.id)).map(({ code }) => code);
  return {
    ownerFacilityCode: facility.code,
    patientID,
    consentId: id,
    basis: basis.kind,
    ...(basis.relation === undefined ? {} : { relation: basis.relation }),
    ...(basis.ground === undefined ? {} : { ground: basis.ground }),
    ...namedFile(basis.document),
    ...(scope.to === 'region' ? {} : { facilities: codes(scope.to.facilities) }),
    ...(scope.exceptFacilities.length === 0 ? {} : { exceptFacilities: codes(scope.exceptFacilities) }),
    ...(scope.exceptStudies.length === 0 ? {} : { exceptStudies: scope.exceptStudies.length }),
    ...(scope.modalities.length === 0 ? {} : { modalities: scope.modalities }),
    ...(scope.studyDateFrom === undefined ? {} : { studyDateFrom: scope.studyDateFrom }),
    ...(scope.studyDateTo === undefined ? {} : { studyDateTo: scope.studyDateTo }),
    ...(until === undefined ? {} : { until: until.toISOString() }),
    version: formVersion,
    count: studies,
  };
}
