/** Facilities and people in the contract's shapes. */
import type { AETitleEntry, Facility as KeptFacility } from '../../domain/people/facility.ts';
import { nameInLatin } from '../../domain/people/romaji.ts';
import type { User as KeptUser } from '../../domain/people/user.ts';
import type { Facility, User } from '../contract/people.ts';

export function facilityAnswer(facility: KeptFacility, withAETitles: boolean): Facility {
  const { code, name, nameKana, nameRomaji, aeTitles } = facility;
  return { code, name, nameKana, nameRomaji, ...(withAETitles ? { aeTitles: aeTitles.map(aeTitleAnswer) } : {}) };
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
  };
}
