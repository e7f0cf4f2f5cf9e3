import type { Right } from '../sharing/access.ts';
import type { AuditEntry, RecordedAct } from './audit.ts';

/** What something was done for, as the record tells it. */
export const PURPOSES = ['treatment', 'referral', 'emergency', 'administration'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** One row a kind of right: nobody is asked what for, the right says it. */
const OF_RIGHT = {
  owner: 'treatment',
  share: 'treatment',
  consent: 'treatment',
  emergency: 'emergency',
  referral: 'referral',
  administrator: 'administration',
  member: 'treatment',
  'own-account': 'administration',
  directory: 'administration',
} as const satisfies Record<Right['kind'], Purpose>;

/** An act as it goes on record: whoever gives a right tells what for by it. */
export function withPurpose(act: AuditEntry): RecordedAct {
  const kind = act.right?.kind;
  // What an earlier version wrote as words is no kind, and stays as it is.
  return kind === undefined || !Object.hasOwn(OF_RIGHT, kind) ? act : { ...act, purpose: OF_RIGHT[kind] };
}
