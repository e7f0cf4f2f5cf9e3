import type { FacilityCode, FacilityId, UserId } from '../identifiers.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { Job } from './actor.ts';
import type { AttemptIndex, DeviceIndex, NextSession, Proof, Proven, SessionIndex, TokenIndex } from './credentials.ts';
import type { AEContact, AETitleEntry, Facility } from './facility.ts';
import type { DatedKind } from './facility-kind.ts';
import type { PasskeyIndex } from './passkey.ts';
import type { HalfSignInIndex, SecondFactorIndex } from './second-factor.ts';
import type { Credentials, User } from './user.ts';

/** More than any hospital has accounts. */
export const STAFF_MAX = 10_000;

/** Some of a list, in its order: those in which every word occurs, in whatever width, case or kana. */
export interface PeopleQuery {
  readonly words: readonly string[];
  /** Only what comes after: a facility's code, a user's address. */
  readonly after?: string;
  readonly limit: number;
}

/** What an administrator may change of a user, passwords aside. */
export interface UserChange {
  name?: string;
  nameKana?: string;
  job?: Job;
  language?: 'ja' | 'en';
  administrator?: boolean;
  disabled?: boolean;
  unlock?: true;
}

/** What an administrator may change of a facility. `kinds`, `aeTitles`: all of them, in place of those that are there. */
export interface FacilityChange {
  name?: string;
  nameKana?: string;
  nameRomaji?: string;
  kinds?: readonly DatedKind[];
  aeTitles?: readonly AETitleEntry[];
}

/** Implemented by `storage/index/people/people.ts`. What is given a proof throws unauthenticated when that has ended, denied when its user no longer may. */
export interface PeopleIndex extends SessionIndex, DeviceIndex, TokenIndex, AttemptIndex, SecondFactorIndex, PasskeyIndex, HalfSignInIndex {
  /** For an act that is longer than a transaction: it begins only if that stands. */
  demandStanding(proven: Proven): Promise<void>;
  createFacility(
    facility: {
      code: FacilityCode;
      name: string;
      nameKana: string;
      nameRomaji: string;
      /** Absent: USUAL_KIND from the beginning. */
      kinds?: readonly DatedKind[];
      aeTitles: readonly AETitleEntry[];
    },
    entries: EntriesOf<Facility>,
    proof?: Proof,
  ): Promise<Facility>; // @throws conflict
  updateFacility(id: FacilityId, change: FacilityChange, entries: EntriesOf<Facility>, proof?: Proof): Promise<Facility>; // @throws not-found, conflict
  facilities(): Promise<readonly Facility[]>;
  /** By code. Words are looked for in names and code. */
  findFacilities(query: PeopleQuery): Promise<readonly Facility[]>;
  facilityByCode(code: string): Promise<Facility | undefined>;
  /** An application entity was heard of; of one that is not registered nothing is kept. */
  noteAEContact(aeTitle: string, contact: AEContact): Promise<void>;
  facilityByAETitle(aeTitle: string): Promise<(Facility & { readonly entry: AETitleEntry }) | undefined>;
  createUser(
    user: {
      email: string;
      name: string;
      nameKana: string;
      facilityId: FacilityId | undefined;
      job: Job;
      administrator: boolean;
      passwordHash: string;
      /** Set by somebody who is not the user. */
      passwordByOther?: true;
    },
    entries: EntriesOf<User>,
    proof?: Proof,
  ): Promise<User>; // @throws conflict
  /**
   * A new password ends the user's sessions and tokens. `givenPasswordHash`: only while that is still the user's. `next`: a session that begins when
   * they have ended, in the same moment.
   * @throws not-found; denied when the password is another by now; conflict when nobody would be left to administer
   */
  updateUser(
    id: UserId,
    change: UserChange & { passwordHash?: string; givenPasswordHash?: string; next?: NextSession },
    entries: EntriesOf<User>,
    proof?: Proof,
  ): Promise<User>;
  users(): Promise<readonly User[]>;
  /** By address. Words are looked for in names, address and the facility's names. */
  findUsers(query: PeopleQuery): Promise<readonly User[]>;
  /** Who works there now, disabled accounts left out; by kana. At most STAFF_MAX. */
  staffOf(facilityId: FacilityId): Promise<readonly User[]>;
  userById(id: UserId): Promise<User | undefined>;
  credentials(email: string, deviceHash?: string): Promise<Credentials | undefined>;
  anyAdministrator(): Promise<boolean>;
  /** Somebody has to wait before another password is looked at for this user. @throws not-found */
  signInWaits(id: UserId, now: Date): Promise<boolean>;
}
