/** Each act of the record as an event of PS3.15 A.5: its identification, type and action code. Codes of PS3.16 CID 400 and 401. */
import type { AuditAction, RecordedAct } from '../../domain/record/audit.ts';

/** CID 400 and 401 by their meanings. */
export const EVENT_CODES = {
  'Application Activity': '110100',
  'Audit Log Used': '110101',
  'DICOM Instances Accessed': '110103',
  'DICOM Instances Transferred': '110104',
  Export: '110106',
  Import: '110107',
  'Patient Record': '110110',
  Query: '110112',
  'Security Alert': '110113',
  'User Authentication': '110114',
  'Application Start': '110120',
  Login: '110122',
  Logout: '110123',
  'Emergency Override Started': '110127',
  'Network Configuration': '110128',
  'Software Configuration': '110131',
  'Use of Restricted Function': '110132',
  'Object Security Attributes Changed': '110135',
  'User Security Attributes Changed': '110137',
} as const;
export type EventName = keyof typeof EVENT_CODES;

export interface AuditEvent {
  readonly id: EventName;
  readonly type?: EventName;
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
}

const alert = (type: EventName): AuditEvent => ({ id: 'Security Alert', type, action: 'E' });

/** One row an act; an act without its row does not compile. */
export const EVENT_OF = {
  'sign-in': { id: 'User Authentication', type: 'Login', action: 'E' },
  'sign-in-failed': { id: 'User Authentication', type: 'Login', action: 'E' },
  'sign-out': { id: 'User Authentication', type: 'Logout', action: 'E' },
  'session-ended': { id: 'User Authentication', type: 'Logout', action: 'E' },
  'account-guessed-at': alert('Use of Restricted Function'),
  'token-created': alert('User Security Attributes Changed'),
  'token-revoked': alert('User Security Attributes Changed'),
  'factor-added': alert('User Security Attributes Changed'),
  'factor-removed': alert('User Security Attributes Changed'),
  'factors-reset': alert('User Security Attributes Changed'),
  'recovery-codes-made': alert('User Security Attributes Changed'),
  'facility-created': alert('Network Configuration'),
  'facility-changed': alert('Network Configuration'),
  'user-created': alert('User Security Attributes Changed'),
  'user-changed': alert('User Security Attributes Changed'),
  'region-changed': alert('User Security Attributes Changed'),
  'rights-changed': alert('User Security Attributes Changed'),
  'study-received': { id: 'DICOM Instances Transferred', action: 'C' },
  'instance-quarantined': { id: 'Import', action: 'C' },
  'quarantined-taken-out': { id: 'Export', action: 'R' },
  'quarantined-retried': { id: 'Import', action: 'C' },
  // A.5.3.7: U where the receiver held another copy.
  'instance-new-version': { id: 'DICOM Instances Transferred', action: 'U' },
  'place-settled': { id: 'DICOM Instances Accessed', action: 'U' },
  'studies-listed': { id: 'Query', action: 'E' },
  'study-viewed': { id: 'DICOM Instances Accessed', action: 'R' },
  'view-ended': { id: 'DICOM Instances Accessed', action: 'R' },
  'thumbnails-viewed': { id: 'DICOM Instances Accessed', action: 'R' },
  'study-downloaded': { id: 'Export', action: 'R' },
  'study-shared': alert('Object Security Attributes Changed'),
  'share-revoked': alert('Object Security Attributes Changed'),
  'consent-given': alert('Object Security Attributes Changed'),
  'consent-withdrawn': alert('Object Security Attributes Changed'),
  'consent-changed': alert('Object Security Attributes Changed'),
  'consent-document-kept': { id: 'Import', action: 'C' },
  'consent-document-read': { id: 'Export', action: 'R' },
  'consent-document-removed': { id: 'Import', action: 'D' },
  'notice-posted': alert('Object Security Attributes Changed'),
  'notice-removed': alert('Object Security Attributes Changed'),
  'study-referred': alert('Object Security Attributes Changed'),
  'study-referral-ended': alert('Object Security Attributes Changed'),
  'letter-drafted': { id: 'Patient Record', action: 'C' },
  'letter-discarded': { id: 'Patient Record', action: 'D' },
  'letter-sent': { id: 'Patient Record', action: 'U' },
  'letter-received': { id: 'Patient Record', action: 'U' },
  'letter-read': { id: 'Patient Record', action: 'R' },
  'letter-opened': { id: 'Patient Record', action: 'R' },
  'letter-answered': { id: 'Patient Record', action: 'U' },
  'letter-closed': { id: 'Patient Record', action: 'U' },
  'letter-declined': { id: 'Patient Record', action: 'U' },
  'letter-recalled': { id: 'Patient Record', action: 'U' },
  'letter-noted': { id: 'Patient Record', action: 'U' },
  'letter-file-taken': { id: 'Export', action: 'R' },
  'letter-template-changed': alert('Software Configuration'),
  'disclosures-listed': { id: 'Audit Log Used', action: 'R' },
  'record-exported': { id: 'Audit Log Used', action: 'R' },
  'unusual-use-decided': { id: 'Audit Log Used', action: 'U' },
  'unusual-rules-changed': alert('Software Configuration'),
  'release-rules-changed': alert('Software Configuration'),
  'patients-listed': { id: 'Query', action: 'E' },
  'link-proposed': { id: 'Patient Record', action: 'C' },
  'link-confirmed': { id: 'Patient Record', action: 'U' },
  'link-rejected': { id: 'Patient Record', action: 'U' },
  'link-undone': { id: 'Patient Record', action: 'U' },
  'emergency-searched': { id: 'Query', action: 'E' },
  // A.5: somebody overrode what holds otherwise.
  'emergency-opened': alert('Emergency Override Started'),
  'emergency-reviewed': alert('Object Security Attributes Changed'),
  'roster-read': { id: 'Import', action: 'C' },
  'roster-applied': { id: 'Patient Record', action: 'U' },
  'roster-undone': { id: 'Patient Record', action: 'U' },
  'roster-discarded': { id: 'Import', action: 'D' },
  'access-refused': alert('Use of Restricted Function'),
  'backup-made': { id: 'Export', action: 'R' },
  'backup-restored': { id: 'Import', action: 'C' },
  'installation-begun': { id: 'Application Activity', type: 'Application Start', action: 'E' },
  'clock-stepped': alert('Software Configuration'),
} as const satisfies Record<AuditAction, AuditEvent>;

/** An act that this version does not know, of a newer one on the same database: told as what a program did. */
const UNKNOWN: AuditEvent = { id: 'Application Activity', action: 'E' };

export function eventOf({ action }: RecordedAct): AuditEvent {
  return Object.hasOwn(EVENT_OF, action) ? EVENT_OF[action] : UNKNOWN;
}

/** PS3.15 A.5.1, EventOutcomeIndicator: nominal success, minor failure, serious failure. */
export const OUTCOME_INDICATOR = { success: '0', failed: '4', refused: '8' } as const satisfies Record<RecordedAct['outcome'], string>;

/** Everything an entry says beyond what its event has a place for, as names and texts. */
export function detailsOf({
  action,
  what = {},
  right,
  purpose,
  refusal,
  toFacilityCode,
  who,
}: RecordedAct): readonly (readonly [string, string])[] {
  const { ...subject } = what;
  const all: Readonly<Record<string, unknown>> = {
    act: action,
    through: who.through,
    facility: who.facilityCode,
    toFacility: toFacilityCode,
    right: right?.kind,
    grant: right?.grant,
    purpose,
    refusal,
    ...subject,
  };
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(' ') : String(value)]);
}

/** The name under which an active participant goes: a person by id, a peer by AE title, a door or the program by its code. */
export function actorName({ who }: RecordedAct): string {
  if (who.userId !== undefined) return `user:${who.userId}`;
  return who.aeTitle ?? who.through ?? who.kind;
}

/** 2: an address, 1: a machine's name. PS3.15 A.5.1, NetworkAccessPointTypeCode. */
export function accessPointType(address: string): '1' | '2' {
  return /^[\d.]+$/.test(address) || address.includes(':') ? '2' : '1';
}
