import type { UserId } from '../../domain/identifiers.ts';
import type { AuditEntry, ChainedEntry } from '../../domain/record/audit.ts';
import type { AuditFilter, AuditLog } from '../../domain/record/audit-log.ts';
import { recordPages } from '../record/record-pages.ts';

/** Entries of one account that are gone through. */
export const BREACH_ENTRIES_MAX = 200_000;
/** Patients that are named one by one; all are counted. */
export const BREACH_PATIENTS_MAX = 10_000;
const PAGE = 1_000;

/** What an account laid open, of one patient of a facility. Without an ID: of studies whose patient the record does not name. */
export interface AffectedPatient {
  readonly patientID?: string;
  readonly studies: readonly string[];
  readonly images: number;
  /** Images left as files. */
  readonly taken: boolean;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** A facility whose data it is: it is to be told. */
export interface AffectedFacility {
  readonly code: string;
  readonly patients: number;
  readonly studies: number;
  readonly images: number;
  readonly taken: boolean;
}

export interface BreachReport {
  readonly userId: string;
  readonly from: Date;
  readonly to: Date;
  /** Everything that the account did in that time. */
  readonly entries: number;
  readonly complete: boolean;
  /** Rows of lists it was shown: names and dates of patients that the record does not name one by one. */
  readonly listed: number;
  readonly refused: number;
  /** From where it came: an address, and how often. */
  readonly addresses: readonly { readonly address: string; readonly entries: number }[];
  /** What it gave to others, and what it changed, in that time. */
  readonly given: number;
  readonly changed: number;
  readonly patientsInAll: number;
  readonly facilities: readonly (AffectedFacility & { readonly affected: readonly AffectedPatient[] })[];
}

interface Counted {
  readonly images: Map<string, number>;
  taken: boolean;
  firstAt: Date;
  lastAt: Date;
}

const CHANGING: readonly AuditEntry['action'][] = [
  'token-created',
  'factor-added',
  'factor-removed',
  'factors-reset',
  'facility-created',
  'facility-changed',
  'user-created',
  'user-changed',
  'place-settled',
  'share-revoked',
  'token-revoked',
  'recovery-codes-made',
  'region-changed',
  'rights-changed',
  'unusual-rules-changed',
  'release-rules-changed',
  'link-proposed',
  'link-confirmed',
  'link-rejected',
  'link-undone',
  'roster-applied',
  'roster-undone',
  'roster-discarded',
];

const LISTING: readonly AuditEntry['action'][] = ['studies-listed', 'patients-listed'];
/** What the account sent in itself it knew before. */
const BRINGING: readonly AuditEntry['action'][] = ['study-received', 'instance-new-version', 'instance-quarantined'];

/** Who and what was affected by an account between two times (both included), of what is on record of it. */
export async function affectedBy(
  { audit }: { readonly audit: Pick<AuditLog, 'find'> },
  { userId, from, to }: { readonly userId: UserId; readonly from: Date; readonly to: Date },
): Promise<BreachReport> {
  const tally = new Tally();
  const complete = await everyEntry(audit, { userId, from, to }, (chained) => tally.add(chained));
  return { userId, from, to, complete, ...tally.report() };
}

/** Newest first, page by page. Whether it came to the end. */
async function everyEntry(
  audit: Pick<AuditLog, 'find'>,
  filter: Omit<AuditFilter, 'limit'>,
  heard: (chained: ChainedEntry) => void,
): Promise<boolean> {
  let seen = 0;
  for await (const page of recordPages(audit, filter, PAGE)) {
    for (const chained of page) heard(chained);
    seen += page.length;
    if (page.length === PAGE && seen >= BREACH_ENTRIES_MAX) return false;
  }
  return true;
}

class Tally {
  #entries = 0;
  #listed = 0;
  #refused = 0;
  #given = 0;
  #changed = 0;
  readonly #addresses = new Map<string, number>();
  /** Facility → patient (empty: not named) → what of theirs. */
  readonly #facilities = new Map<string, Map<string, Counted>>();

  add({ at, entry }: ChainedEntry): void {
    const { action, outcome, what = {}, remoteAddress } = entry;
    this.#entries += 1;
    if (remoteAddress !== undefined) this.#addresses.set(remoteAddress, (this.#addresses.get(remoteAddress) ?? 0) + 1);
    if (outcome === 'refused') this.#refused += 1;
    if (outcome === 'refused') return;
    if (LISTING.includes(action) && what.patientID === undefined) this.#listed += what.count ?? 0;
    if (action === 'study-shared') this.#given += 1;
    if (CHANGING.includes(action)) this.#changed += 1;
    if (action === 'quarantined-taken-out') this.#count(what.ownerFacilityCode ?? '', '', at).taken = true;
    if (what.otherFacilityCode !== undefined) this.#count(what.otherFacilityCode, what.otherPatientID ?? '', at);
    if (BRINGING.includes(action)) return;
    // Whoever is named there was shown to the account: by an image, or by what is said of the patient.
    if (what.studyInstanceUID === undefined && what.patientID === undefined) return;
    const counted = this.#count(what.ownerFacilityCode ?? '', what.patientID ?? '', at);
    if (what.studyInstanceUID === undefined) return;
    // The same series again lays the same images open.
    const part = `${what.studyInstanceUID} ${what.seriesInstanceUID ?? ''}`;
    const laidOpen = action === 'study-viewed' || action === 'study-downloaded' ? (what.count ?? 0) : 0;
    counted.images.set(part, Math.max(counted.images.get(part) ?? 0, laidOpen));
    counted.taken ||= action === 'study-downloaded';
  }

  #count(facility: string, patient: string, at: Date): Counted {
    const patients = of(this.#facilities, facility, () => new Map<string, Counted>());
    const counted = of(patients, patient, () => ({
      images: new Map<string, number>(),
      taken: false,
      firstAt: at,
      lastAt: at,
    }));
    if (at < counted.firstAt) counted.firstAt = at;
    if (at > counted.lastAt) counted.lastAt = at;
    return counted;
  }

  report(): Omit<BreachReport, 'userId' | 'from' | 'to' | 'complete'> {
    let left = BREACH_PATIENTS_MAX;
    const facilities = [...this.#facilities]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, patients]) => {
        const all = [...patients].sort(([a], [b]) => (a < b ? -1 : 1)).map(([patientID, counted]) => affectedOf(patientID, counted));
        const affected = all.slice(0, left);
        left -= affected.length;
        return { code, ...sumOf(all), affected };
      });
    return {
      entries: this.#entries,
      listed: this.#listed,
      refused: this.#refused,
      given: this.#given,
      changed: this.#changed,
      addresses: [...this.#addresses].map(([address, entries]) => ({ address, entries })).sort((a, b) => b.entries - a.entries),
      patientsInAll: facilities.reduce((sum, { patients }) => sum + patients, 0),
      facilities,
    };
  }
}

function affectedOf(patientID: string, { images, taken, firstAt, lastAt }: Counted): AffectedPatient {
  return {
    ...(patientID === '' ? {} : { patientID }),
    studies: [...new Set([...images.keys()].map((part) => part.split(' ')[0] ?? ''))].sort(),
    images: [...images.values()].reduce((sum, count) => sum + count, 0),
    taken,
    firstAt,
    lastAt,
  };
}

function sumOf(patients: readonly AffectedPatient[]): Omit<AffectedFacility, 'code'> {
  return {
    patients: patients.length,
    studies: patients.reduce((sum, { studies }) => sum + studies.length, 0),
    images: patients.reduce((sum, { images }) => sum + images, 0),
    taken: patients.some(({ taken }) => taken),
  };
}

function of<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
