/** Entries of the record in the contract's shapes. */
import type { UserId } from '../../domain/identifiers.ts';
import { nameInLatin } from '../../domain/people/romaji.ts';
import type { User } from '../../domain/people/user.ts';
import type { ChainedEntry } from '../../domain/record/audit.ts';
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
  const { who, what } = entry;
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
    seriesInstanceUID: what?.seriesInstanceUID ?? null,
    count: what?.count ?? null,
    toFacility: facility(entry.toFacilityCode),
    right: entry.right ?? null,
    remoteAddress: entry.remoteAddress ?? null,
    ownStaff: who.facilityCode !== undefined && who.facilityCode === what?.ownerFacilityCode,
    studyInstanceUID: what?.studyInstanceUID ?? null,
    ownerFacility: facility(what?.ownerFacilityCode),
    detail: what?.detail === undefined ? null : detailAnswer(what.detail, names),
  };
}

const USER_DETAIL = /^user (\S+?)(?=[\s:]|$)/;

/** The person a detail is about, as `gateway/usecases/account/manage-people.ts` writes it. */
export function userInDetail(detail: string | undefined): string | undefined {
  return USER_DETAIL.exec(detail ?? '')?.[1];
}

function detailAnswer(detail: string, names: Names): string {
  const name = names.person(userInDetail(detail) ?? '');
  return name === undefined ? detail : detail.replace(USER_DETAIL, () => name);
}

/** The names that these entries hold the ids of, in the reader's language where there are such. */
export async function namesFor(
  { people }: Uses<{ people: 'facilities' | 'userById' }>,
  entries: readonly ChainedEntry[],
  request: HttpRequest,
): Promise<Names> {
  const english = /^en\b/i.test(request.headers['accept-language'] ?? '');
  const ids = new Set(
    entries.flatMap(({ entry }) => [entry.who.userId, userInDetail(entry.what?.detail)].filter((id) => id !== undefined)),
  );
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
