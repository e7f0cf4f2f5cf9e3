/** Entries of the record in the contract's shapes. */
import type { UserId } from '../../domain/identifiers.ts';
import { nameInLatin } from '../../domain/people/romaji.ts';
import type { User } from '../../domain/people/user.ts';
import type { AuditSubject, ChainedEntry, RecordedAct } from '../../domain/record/audit.ts';
import type { HttpRequest } from '../../doorstep/exchange.ts';
import type { RecordEntry } from '../contract/record.ts';
import type { Uses } from '../route.ts';

/** Names are looked up for the reader; the record itself holds only ids. */
export interface Names {
  readonly person: (userId: string) => string | undefined;
  readonly facility: (code: string) => string | undefined;
}

export function recordAnswer({ seq, at, entry }: ChainedEntry, names: Names): RecordEntry {
  const facility = (code: string | undefined) => (code === undefined ? null : (names.facility(code) ?? code));
  const { who, what = {} } = entry;
  const { ownerFacilityCode, studyInstanceUID, seriesInstanceUID, count, seconds, userId, facilityCode, ...about } = what;
  return {
    seq,
    at: at.toISOString(),
    action: entry.action,
    outcome: entry.outcome,
    who: {
      name: who.userId === undefined ? (who.aeTitle ?? who.through ?? who.kind) : (names.person(who.userId) ?? who.userId),
      job: who.job ?? null,
      facility: facility(who.facilityCode),
    },
    seriesInstanceUID: seriesInstanceUID ?? null,
    count: count ?? null,
    toFacility: facility(entry.toFacilityCode),
    right: entry.right ?? null,
    purpose: entry.purpose ?? null,
    seconds: seconds ?? null,
    refusal: entry.refusal ?? null,
    remoteAddress: entry.remoteAddress ?? null,
    ownStaff: who.facilityCode !== undefined && who.facilityCode === ownerFacilityCode,
    studyInstanceUID: studyInstanceUID ?? null,
    ownerFacility: facility(ownerFacilityCode),
    about: {
      ...aboutOf(about),
      ...(userId === undefined ? {} : { user: names.person(userId) ?? userId }),
      ...(facilityCode === undefined ? {} : { facilityCode }),
    },
  };
}

/** What the contract tells of a subject beside its study: who may read the record as a whole knows the patient by the study, where there is one. */
function aboutOf({
  patientID,
  personId: _person,
  ordinal: _ordinal,
  sopInstanceUID: _instance,
  view: _view,
  changes,
  jobs,
  heldBack,
  reasons,
  facilities,
  exceptFacilities,
  modalities,
  counts,
  ...codes
}: AuditSubject): RecordEntry['about'] {
  const lists = {
    ...(facilities && { facilities: [...facilities] }),
    ...(exceptFacilities && { exceptFacilities: [...exceptFacilities] }),
    ...(modalities && { modalities: [...modalities] }),
    ...(changes && { changes: [...changes] }),
    ...(jobs && { jobs: [...jobs] }),
    ...(heldBack && { heldBack: [...heldBack] }),
    ...(reasons && { reasons: [...reasons] }),
    ...(counts && { counts: [...counts] }),
  };
  const withoutStudy =
    codes.otherPatientID !== undefined || codes.consentId !== undefined || codes.emergencyId !== undefined || codes.finding !== undefined;
  return { ...codes, ...lists, ...(withoutStudy && patientID !== undefined ? { patientID } : {}) };
}

/** The names that these entries hold the ids of, in the reader's language where there are such. */
export async function namesFor(
  { people }: Uses<{ people: 'facilities' | 'userById' }>,
  entries: readonly { readonly entry: Pick<RecordedAct, 'who' | 'what'> }[],
  request: HttpRequest,
): Promise<Names> {
  const english = /^en\b/i.test(request.headers['accept-language'] ?? '');
  const ids = new Set(entries.flatMap(({ entry }) => [entry.who.userId, entry.what?.userId].filter((id) => id !== undefined)));
  const named = new Map(
    await Promise.all([...ids].map(async (id) => [id, personName(await people.userById(id as UserId), english)] as const)),
  );
  const facilities = new Map(
    (await people.facilities()).map((facility) => [facility.code as string, (english && facility.nameRomaji) || facility.name]),
  );
  return { person: (id) => named.get(id), facility: (code) => facilities.get(code) };
}

function personName(user: User | undefined, english: boolean): string | undefined {
  return user === undefined ? undefined : (english && nameInLatin(user)) || user.name;
}
