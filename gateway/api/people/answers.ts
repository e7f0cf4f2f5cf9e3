/** Facilities and people in the contract's shapes. */
import type { Clock } from '../../domain/clock.ts';
import type { AETitleEntry, Facility as KeptFacility } from '../../domain/people/facility.ts';
import { type DatedKind, FROM_THE_BEGINNING, kindAt } from '../../domain/people/facility-kind.ts';
import type { RegionSettings as KeptSettings } from '../../domain/people/region-settings.ts';
import { nameInLatin } from '../../domain/people/romaji.ts';
import type { User as KeptUser } from '../../domain/people/user.ts';
import { dayOf, startOfDay } from '../../domain/region-days.ts';
import type { ChangeFacility, Facility, RegionSettings, User } from '../contract/people.ts';

interface At {
  readonly clock: Clock;
  readonly timeZone: string;
}

/** `whole`: for administrators. */
export function facilityAnswer(facility: KeptFacility, { clock, timeZone }: At, whole: boolean): Facility {
  const { code, name, nameKana, nameRomaji, aeTitles, kinds } = facility;
  const today = { code, name, nameKana, nameRomaji, kind: kindAt(kinds, clock.now()) };
  if (!whole) return today;
  const dated = kinds.map(({ kind, since }, at) => ({ kind, from: at === 0 ? null : dayOf(since, timeZone) }));
  return { ...today, kinds: dated, aeTitles: aeTitles.map(aeTitleAnswer) };
}

/** Days are days of the region; the first kind holds from the beginning. */
export function datedKinds(kinds: NonNullable<ChangeFacility['kinds']>, timeZone: string): readonly DatedKind[] {
  return kinds.map(({ kind, from }) => ({ kind, since: from === null ? FROM_THE_BEGINNING : startOfDay(from, timeZone) }));
}

function aeTitleAnswer({ contact, ...entry }: AETitleEntry): NonNullable<Facility['aeTitles']>[number] {
  if (contact === undefined) return entry;
  const { receivedAt, failedAt, error } = contact;
  return {
    ...entry,
    contact: {
      ...(receivedAt === undefined ? {} : { receivedAt: receivedAt.toISOString() }),
      ...(failedAt === undefined ? {} : { failedAt: failedAt.toISOString() }),
      ...(error === undefined ? {} : { error }),
    },
  };
}

export function userAnswer(user: KeptUser): User {
  const { id, email, name, nameKana, job, administrator } = user;
  return {
    id,
    email,
    name,
    nameKana,
    nameRomaji: nameInLatin(user),
    job,
    administrator,
    facility: user.facility === undefined ? null : { code: user.facility.code, name: user.facility.name },
    disabled: user.disabledAt !== undefined,
    secondFactor: user.secondFactor,
  };
}

export function settingsAnswer({ secondFactorJobs, firstUseChange }: KeptSettings): RegionSettings {
  return { secondFactorJobs: [...secondFactorJobs], firstUseChange };
}
