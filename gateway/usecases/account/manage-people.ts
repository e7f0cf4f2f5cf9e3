import { DomainError } from '../../domain/errors.ts';
import type { FacilityCode, UserId } from '../../domain/identifiers.ts';
import type { Actor, Job } from '../../domain/people/actor.ts';
import type { NextSession, Proof } from '../../domain/people/credentials.ts';
import { plainEmailAddress } from '../../domain/people/email-address.ts';
import { type AETitleEntry, type Facility, isFacilityCode } from '../../domain/people/facility.ts';
import { type DatedKind, KINDS_A_FACILITY_MAX } from '../../domain/people/facility-kind.ts';
import { addressRange } from '../../domain/people/network.ts';
import type { FacilityChange, PeopleIndex, UserChange } from '../../domain/people/people-index.ts';
import type { User } from '../../domain/people/user.ts';
import { type ActOf, auditWho, BY_COMMAND, type SubjectOf } from '../../domain/record/audit.ts';

/** Ports of people, of which each use case is given what it calls. */
export interface PeopleStores<Calls extends keyof PeopleIndex> {
  readonly people: Pick<PeopleIndex, Calls>;
}

export interface PasswordRule {
  /** Judging and hashing belong to gateway/auth; `own`: the account's words, which the password must not be made of. @throws invalid */
  readonly hashPassword: (password: string, own: readonly (string | undefined)[]) => Promise<string>;
}

/** Undefined: the command line, which whoever owns the machine runs. `proof`: what is done must find it standing. */
export type By = { readonly actor: Actor | undefined; readonly remoteAddress: string; readonly proof?: Proof };

export async function createFacility(
  { people }: PeopleStores<'createFacility'>,
  by: By,
  facility: {
    code: string;
    name: string;
    nameKana: string;
    nameRomaji: string;
    kinds?: readonly DatedKind[];
    aeTitles: readonly AETitleEntry[];
  },
): Promise<Facility> {
  if (!isFacilityCode(facility.code)) throw new DomainError('invalid', 'a facility code has 1 to 32 of A–Z a–z 0–9 _ -');
  checkAETitles(facility.aeTitles);
  checkKinds(facility.kinds);
  const made = entry(by, 'facility-created', { facilityCode: facility.code });
  return people.createFacility({ ...facility, code: facility.code as FacilityCode }, () => [made], by.proof);
}

export async function changeFacility(
  { people }: PeopleStores<'facilityByCode' | 'updateFacility'>,
  by: By,
  code: string,
  change: FacilityChange,
): Promise<Facility> {
  const facility = await people.facilityByCode(code);
  if (facility === undefined) throw new DomainError('not-found', 'no facility has that code');
  checkAETitles(change.aeTitles ?? []);
  checkKinds(change.kinds);
  const changed = entry(by, 'facility-changed', { facilityCode: code, changes: Object.keys(change) });
  return people.updateFacility(facility.id, change, () => [changed], by.proof);
}

/** @throws invalid when two begin on one day, or none is left */
function checkKinds(kinds: readonly DatedKind[] | undefined): void {
  if (kinds === undefined) return;
  const days = new Set(kinds.map(({ since }) => since.getTime()));
  if (kinds.length === 0 || kinds.length > KINDS_A_FACILITY_MAX || days.size < kinds.length)
    throw new DomainError('invalid', 'a facility is one kind at a time, from a day on', { ids: { reason: 'kinds' } });
}

/** @throws invalid for a range of addresses that is none, and for half of where an application entity answers */
function checkAETitles(entries: readonly AETitleEntry[]): void {
  for (const { aeTitle, addressRange: range, host, port } of entries) {
    if (range !== undefined && addressRange(range) === undefined)
      throw new DomainError('invalid', `${range} is neither an address nor a range of addresses (192.168.1.0/24)`, {
        ids: { reason: 'address-range', value: range },
      });
    if ((host === undefined) !== (port === undefined))
      throw new DomainError('invalid', `${aeTitle} answers at a host and a port, or is not asked`, {
        ids: { reason: 'host-and-port', value: aeTitle },
      });
  }
}

export async function createUser(
  { people, hashPassword }: PeopleStores<'facilityByCode' | 'createUser'> & PasswordRule,
  by: By,
  user: {
    email: string;
    name: string;
    nameKana: string;
    facilityCode: string | undefined;
    job: Job;
    administrator: boolean;
    password: string;
    /** Who sets it is who will use it: the first administrator, and whoever looks at the demo. */
    passwordIsOwn?: true;
  },
): Promise<User> {
  const facility = user.facilityCode === undefined ? undefined : await people.facilityByCode(user.facilityCode);
  if (user.facilityCode !== undefined && facility === undefined)
    throw new DomainError('invalid', 'no facility has that code', { ids: { reason: 'unknown-facility' } });
  if (facility === undefined && !user.administrator)
    throw new DomainError('invalid', 'only an administrator may belong to no facility', { ids: { reason: 'no-facility' } });
  const { facilityCode: _, password, passwordIsOwn = false, ...rest } = user;
  return people.createUser(
    {
      ...rest,
      email: plainEmailAddress(user.email),
      facilityId: facility?.id,
      passwordHash: await hashPassword(password, ownWords(user, facility)),
      ...(passwordIsOwn ? {} : { passwordByOther: true as const }),
    },
    ({ id }) => [entry(by, 'user-created', { userId: id, job: user.job, ...(user.administrator ? { changes: ['administrator'] } : {}) })],
    by.proof,
  );
}

export async function changeUser(
  { people, hashPassword }: PeopleStores<'userById' | 'facilityByCode' | 'updateUser'> & PasswordRule,
  by: By,
  id: UserId,
  change: UserChange & { newPassword?: string },
): Promise<User> {
  const { newPassword, ...rest } = change;
  const passwordHash = newPassword === undefined ? undefined : await hashPassword(newPassword, await ownWordsOf(people, id));
  const changed = entry(by, 'user-changed', { userId: id, changes: changeWords(change) });
  return people.updateUser(id, { ...rest, ...(passwordHash === undefined ? {} : { passwordHash }) }, () => [changed], by.proof);
}

/**
 * One's own, after the old one was given: `givenPasswordHash` is what `givenPassword` was compared with. `next`: the session that takes the place of the one in
 * which it is asked.
 * @throws invalid, also when it is the old one again; denied when somebody else has changed it meanwhile; unauthenticated when what proves who asks has ended meanwhile
 */
export async function changeOwnPassword(
  { people, hashPassword }: PeopleStores<'userById' | 'facilityByCode' | 'updateUser'> & PasswordRule,
  by: By,
  id: UserId,
  {
    givenPassword,
    givenPasswordHash,
    next,
    ...change
  }: { newPassword: string; givenPassword: string; givenPasswordHash: string; next?: NextSession; language?: 'ja' | 'en' },
): Promise<void> {
  const { newPassword, ...rest } = change;
  // As they are hashed: the same letters of another width are the same password.
  if (newPassword.normalize('NFKC') === givenPassword.normalize('NFKC'))
    throw new DomainError('invalid', 'it is the password that is there already', { ids: { reason: 'password-same' } });
  const passwordHash = await hashPassword(newPassword, await ownWordsOf(people, id));
  const changed = entry(by, 'user-changed', { userId: id, changes: changeWords(change) });
  const begins = next === undefined ? {} : { next };
  await people.updateUser(id, { ...rest, ...begins, passwordHash, givenPasswordHash }, () => [changed], by.proof);
}

/** One word for each thing that was changed; of what can be on or off, which it is now. */
export function changeWords(change: object): string[] {
  return Object.entries(change).map(([name, value]) => {
    if (value !== false) return name;
    return name === 'disabled' ? 'enabled' : `no-${name}`;
  });
}

async function ownWordsOf(people: Pick<PeopleIndex, 'userById' | 'facilityByCode'>, id: UserId): Promise<readonly (string | undefined)[]> {
  const user = await people.userById(id);
  if (user === undefined) throw new DomainError('not-found', 'no such user');
  return ownWords(user, user.facility === undefined ? undefined : await people.facilityByCode(user.facility.code));
}

function ownWords(user: Pick<User, 'email' | 'name' | 'nameKana'>, facility: Facility | undefined): readonly (string | undefined)[] {
  return [user.email, user.name, user.nameKana, facility?.code, facility?.name, facility?.nameKana, facility?.nameRomaji];
}

function entry<Act extends 'facility-created' | 'facility-changed' | 'user-created' | 'user-changed'>(
  by: By,
  action: Act,
  what: SubjectOf<Act>,
): ActOf<Act> {
  const who: ActOf<Act>['who'] = by.actor === undefined ? BY_COMMAND : auditWho(by.actor);
  return { action, outcome: 'success', who, remoteAddress: by.remoteAddress, what };
}
