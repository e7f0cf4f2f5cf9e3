/** A facility's list of patients, or its receipts, on their way in. */
import { z } from 'zod';
import { ROSTER_FINDINGS } from '../../domain/patients/demographics.ts';
import { ROSTER_KINDS, ROSTER_STATES, STAYS_BECAUSE } from '../../domain/patients/roster-import.ts';
import { facilityCode, personName, rowNumber } from './fields.ts';
import { deskPatientSchema } from './links.ts';

/** Rows of a page. */
export const ROSTER_ROWS_MAX = 200;
const ROSTERS_LIST_MAX = 100;

/** POST /api/rosters?facility=&kind= with the file as the body (application/octet-stream). */
export const rosterFileSchema = z.object({ facility: facilityCode, kind: z.enum(ROSTER_KINDS) });
export type RosterFile = z.infer<typeof rosterFileSchema>;

const count = z.number();
const act = z.object({ at: z.string(), by: z.string() });
export const rosterSchema = z.object({
  id: z.string(),
  facility: z.object({ code: z.string(), name: z.string() }),
  kind: z.enum(ROSTER_KINDS),
  /** The character set it was found to be in. */
  charset: z.string(),
  /** `checking`: it is being compared with who is known; ask again. */
  state: z.enum(ROSTER_STATES),
  counts: z.object({
    lines: count,
    patients: count,
    faults: count,
    /** Lines whose number stood before, and agrees. */
    repeated: count,
    new: count,
    changed: count,
    same: count,
    /** Under the number is somebody else: the line is left out. */
    other: count,
    /** The person is known to the facility under another number too. */
    doubled: count,
    /** Beyond the bound patients were left out. */
    truncated: z.boolean(),
    /** Pairs that the desk is asked about, and those of them whose person another line may be too; null for who is not the desk. */
    candidates: count.nullable(),
    shared: count.nullable(),
  }),
  /** What undoing would do, or what it did; null of one that cannot be undone. */
  undoing: z
    .object({
      removed: count,
      restored: count,
      /** Null for who is not the desk. */
      withdrawn: count.nullable(),
      stays: z.object(Object.fromEntries(STAYS_BECAUSE.map((why) => [why, count])) as Record<(typeof STAYS_BECAUSE)[number], typeof count>),
    })
    .nullable(),
  read: act,
  applied: act.nullable(),
  undone: act.nullable(),
  /** Its lines are kept still. */
  kept: z.boolean(),
});
export type Roster = z.infer<typeof rosterSchema>;

export const rosterListQuerySchema = z.object({
  /** Id of the last of the page before. */
  after: rowNumber.optional(),
  limit: z.coerce.number().int().min(1).max(ROSTERS_LIST_MAX).default(20),
});
export const rosterListSchema = z.object({ rosters: z.array(rosterSchema), next: z.string().nullable() });
export type RosterList = z.infer<typeof rosterListSchema>;

export const ROSTER_FILTERS = [...ROSTER_FINDINGS, 'doubled', 'stays'] as const;
export type RosterFilterName = (typeof ROSTER_FILTERS)[number];
const rowsPage = {
  /** The `next` of the page before. */
  after: z.coerce.number().int().min(0).max(2_147_483_647).default(0),
  limit: z.coerce.number().int().min(1).max(ROSTER_ROWS_MAX).default(50),
};
export const rosterRowsQuerySchema = z.object({ show: z.enum(ROSTER_FILTERS), ...rowsPage });
export const rosterCandidatesQuerySchema = z.object(rowsPage);

const demographics = z.object({
  patientName: personName,
  /** DA or ''. */
  patientBirthDate: z.string(),
  patientSex: z.string(),
  postalCode: z.string(),
  phone: z.string(),
  /** Insurer, symbol, number and branch with blanks between, or ''. */
  insurance: z.string(),
});
export type RosterDemographics = z.infer<typeof demographics>;
export const rosterRowsSchema = z.object({
  rows: z.array(
    z.object({
      line: z.number(),
      patientID: z.string(),
      said: demographics,
      /** Of who has the number. */
      before: demographics.nullable(),
      /** Of who is changed. */
      after: demographics.nullable(),
      doubled: z.boolean(),
      stays: z.enum(STAYS_BECAUSE).nullable(),
    }),
  ),
  next: z.number().nullable(),
});
export type RosterRows = z.infer<typeof rosterRowsSchema>;
export type RosterLine = RosterRows['rows'][number];

export const rosterFaultsSchema = z.object({
  faults: z.array(z.object({ line: z.number(), code: z.string(), otherLine: z.number().nullable() })),
});
export type RosterFaults = z.infer<typeof rosterFaultsSchema>;

export const rosterCandidatesSchema = z.object({
  candidates: z.array(
    z.object({
      line: z.number(),
      patientID: z.string(),
      said: demographics,
      other: deskPatientSchema,
      score: z.number(),
      reasons: z.array(z.string()),
      /** Other lines that may be the same person. */
      alsoLines: z.array(z.number()),
    }),
  ),
  next: z.number().nullable(),
});
export type RosterCandidates = z.infer<typeof rosterCandidatesSchema>;
