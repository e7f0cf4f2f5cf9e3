import { DomainError } from '../../domain/errors.ts';
import type { FacilityCode, PatientNo } from '../../domain/identifiers.ts';
import type { Patient } from '../../domain/patients/patient.ts';
import type { LinkIndex, PatientOfID } from '../../domain/patients/patient-index.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { actOfAdministrator, type ChainedEntry, LOOKING } from '../../domain/record/audit.ts';
import type { AuditFilter, AuditLog } from '../../domain/record/audit-log.ts';
import { dayOf } from '../../domain/region-days.ts';
import type { Right } from '../../domain/sharing/access.ts';
import { recordPages } from '../record/record-pages.ts';
import { withDurations } from '../record/view-durations.ts';

/** Entries that one answer is made of; who has more is told so. */
export const LOOKS_MAX = 5_000;
const PAGE = 500;

/** One person, or system, on one day, by one right. */
export interface Look {
  readonly day: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly userId?: string;
  /** Of a system: the AE title, or by which door. */
  readonly system?: string;
  readonly job?: string;
  readonly facilityCode?: string;
  /** Of the facility whose images they are. */
  readonly own: boolean;
  readonly right?: Right['kind'];
  readonly studies: number;
  /** Images were handed out as files. */
  readonly taken: boolean;
  /** All views together; absent where no end is on record. */
  readonly seconds?: number;
}

/** Of a patient of a facility, by the ID that they have there. `from`, `to`: both included; absent: all that the record holds. */
export interface WhoLookedRequest {
  readonly ownerFacilityCode: FacilityCode;
  readonly patientID: string;
  /** Which of those that go by it. */
  readonly patient?: PatientNo;
  readonly from?: Date;
  readonly to?: Date;
  readonly timeZone: string;
}

/**
 * The patient's answer to "who looked at my images?", newest day first. Where several go by the ID and it is not said which, it is asked: `choose`. That it was asked is on record before it is given. `complete` false: there are
 * more looks than LOOKS_MAX, and the older ones are left out.
 */
export async function whoLooked(
  { audit, links }: { readonly audit: Pick<AuditLog, 'find' | 'append'>; readonly links: Pick<LinkIndex, 'goingBy'> },
  actor: Actor,
  { ownerFacilityCode, patientID, patient, from, to, timeZone }: WhoLookedRequest,
): Promise<{ readonly looks: readonly Look[]; readonly complete: boolean; readonly choose: readonly Patient[] }> {
  const known = await links.goingBy(ownerFacilityCode, patientID);
  if (known.length > 1 && patient === undefined) return { looks: [], complete: true, choose: await toldApart({ audit }, actor, known) };
  const isTheirs = theirs(known, patient);
  const of = { about: patientID, ownerFacilityCode };
  const days = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const { entries, complete } = await looksOnRecord(audit, { ...of, ...days, actions: LOOKING });
  const looks = looksOf(await withDurations(audit, of, entries.filter(isTheirs)), timeZone);
  await audit.append([
    {
      ...actOfAdministrator(actor),
      action: 'record-exported',
      what: { format: 'patient-answer', count: looks.length, ownerFacilityCode, patientID },
    },
  ]);
  return { looks, complete, choose: [] };
}

/** On record, since it names them. */
async function toldApart(
  { audit }: { readonly audit: Pick<AuditLog, 'append'> },
  actor: Actor,
  known: readonly PatientOfID[],
): Promise<readonly Patient[]> {
  await audit.append([{ ...actOfAdministrator(actor), action: 'patients-listed', what: { list: 'desk-patients', count: known.length } }]);
  return known.map(({ patient }) => patient);
}

/**
 * Which entries are about the patient: all that name the ID, where it is one patient's. Of several by the study, as it is now; what names a study that
 * is there no more is nobody's. @throws not-found: none of them is that one
 */
function theirs(known: readonly PatientOfID[], patient: PatientNo | undefined): (chained: ChainedEntry) => boolean {
  if (patient !== undefined && !known.some((one) => one.patient.no === patient))
    throw new DomainError('not-found', 'no patient of that number goes by the ID');
  if (known.length < 2) return () => true;
  const key = (uid: string | undefined, ordinal = 1) => `${uid} ${ordinal}`;
  const { studies = [] } = known.find((one) => one.patient.no === patient) ?? {};
  const own = new Set(studies.map(({ studyInstanceUID, ordinal }) => key(studyInstanceUID, ordinal)));
  return ({ entry: { what } }) => own.has(key(what?.studyInstanceUID, what?.ordinal));
}

async function looksOnRecord(
  audit: Pick<AuditLog, 'find'>,
  filter: Omit<AuditFilter, 'limit'>,
): Promise<{ readonly entries: readonly ChainedEntry[]; readonly complete: boolean }> {
  const entries: ChainedEntry[] = [];
  for await (const page of recordPages(audit, filter, PAGE)) {
    entries.push(...page);
    if (page.length === PAGE && entries.length >= LOOKS_MAX) return { entries, complete: false };
  }
  return { entries, complete: true };
}

/** Given newest first; nothing was seen where it was refused. */
function looksOf(entries: readonly ChainedEntry[], timeZone: string): readonly Look[] {
  const together = new Map<string, ChainedEntry[]>();
  for (const chained of entries) {
    const { who, right, outcome } = chained.entry;
    if (outcome === 'refused') continue;
    const key = JSON.stringify([
      dayOf(chained.at, timeZone),
      who.userId ?? who.aeTitle ?? who.through,
      who.facilityCode,
      who.job,
      right?.kind,
    ]);
    const same = together.get(key);
    if (same === undefined) together.set(key, [chained]);
    else same.push(chained);
  }
  return [...together.values()].map((same) => lookOf(same, timeZone));
}

function lookOf(same: readonly ChainedEntry[], timeZone: string): Look {
  const [newest] = same as readonly [ChainedEntry, ...ChainedEntry[]];
  const oldest = same.at(-1) ?? newest;
  const { who, right, what } = newest.entry;
  const lasted = same.flatMap(({ entry }) => entry.what?.seconds ?? []);
  const system = who.userId === undefined ? (who.aeTitle ?? who.through ?? who.kind) : undefined;
  return {
    day: dayOf(newest.at, timeZone),
    firstAt: oldest.at,
    lastAt: newest.at,
    ...(who.userId === undefined ? {} : { userId: who.userId }),
    ...(system === undefined ? {} : { system }),
    ...(who.job === undefined ? {} : { job: who.job }),
    ...(who.facilityCode === undefined ? {} : { facilityCode: who.facilityCode }),
    own: who.facilityCode !== undefined && who.facilityCode === what?.ownerFacilityCode,
    ...(right === undefined ? {} : { right: right.kind }),
    studies: new Set(same.map(({ entry }) => entry.what?.studyInstanceUID)).size,
    taken: same.some(({ entry }) => entry.action === 'study-downloaded'),
    ...(lasted.length === 0 ? {} : { seconds: lasted.reduce((all, one) => all + one, 0) }),
  };
}
