/** The region's record. */
import { z } from 'zod';
import { EXPORT_FORMATS } from '../../domain/record/audit.ts';
import { facilityCode, rowNumber } from './fields.ts';
import { disclosureSchema, givenFields } from './sharing.ts';

/** The whole chain, for administrators. Same shape as disclosures, plus the study. */
export const recordEntrySchema = disclosureSchema.extend({
  studyInstanceUID: z.string().nullable(),
  ownerFacility: z.string().nullable(),
  /** Whom or what it was done to, and how: codes and ids; a person's name instead of the number where it is known. */
  about: z.object({
    ...givenFields,
    facilityCode: z.string().optional(),
    changes: z.array(z.string()).optional(),
    jobs: z.array(z.string()).optional(),
    tokenId: z.string().optional(),
    days: z.number().optional(),
    sessionId: z.string().optional(),
    newDevice: z.literal(true).optional(),
    failure: z.string().optional(),
    factor: z.string().optional(),
    asked: z.string().optional(),
    list: z.string().optional(),
    of: z.number().optional(),
    oneByOne: z.literal(true).optional(),
    media: z.literal(true).optional(),
    quarantine: z.string().optional(),
    noticeId: z.string().optional(),
    noticeKind: z.string().optional(),
    settlement: z.string().optional(),
    fromStudyInstanceUID: z.string().optional(),
    fromOrdinal: z.number().optional(),
    format: z.string().optional(),
    month: z.string().optional(),
    installation: z.string().optional(),
    found: z.string().optional(),
    objectsOf: z.string().optional(),
    stepMs: z.number().optional(),
    emergencyId: z.string().optional(),
    category: z.string().optional(),
    identifiedBy: z.string().optional(),
    finding: z.string().optional(),
    despiteObjection: z.literal(true).optional(),
    verdict: z.string().optional(),
    ended: z.literal(true).optional(),
    /** Of two patients that are one person, or not. */
    patientID: z.string().optional(),
    linkId: z.string().optional(),
    letterId: z.string().optional(),
    letterKind: z.string().optional(),
    inReplyTo: z.string().optional(),
    files: z.number().optional(),
    file: z.string().optional(),
    otherFacilityCode: z.string().optional(),
    otherPatientID: z.string().optional(),
    reasons: z.array(z.string()).optional(),
    /** Of a patient's consent, and of a notice on a wall. */
    consentId: z.string().optional(),
    basis: z.string().optional(),
    relation: z.string().optional(),
    ground: z.string().optional(),
    /** Codes; absent: the whole region. */
    facilities: z.array(z.string()).optional(),
    exceptFacilities: z.array(z.string()).optional(),
    exceptStudies: z.number().optional(),
    modalities: z.array(z.string()).optional(),
    studyDateFrom: z.string().optional(),
    studyDateTo: z.string().optional(),
    version: z.string().optional(),
    postedOn: z.string().optional(),
    /** Of a line of unusual use. */
    useId: z.string().optional(),
    rule: z.string().optional(),
    decision: z.string().optional(),
    /** Of a list of patients that was brought in: its number, and what of it came to how many, `new=12`. */
    rosterId: z.string().optional(),
    counts: z.array(z.string()).optional(),
    /** Of an entry that an earlier version of the program wrote and this one cannot read: as it stands there. */
    words: z.string().optional(),
  }),
});
export type RecordEntry = z.infer<typeof recordEntrySchema>;
/** GET /api/record?before=&limit=&who=&action=&about=&facility=&outcome=&from=&to=: days in the region's time zone, both included. */
export const recordQuerySchema = z
  .object({
    /** Code of the facility of who did it. */
    facility: facilityCode.optional(),
    outcome: z.enum(['success', 'refused', 'failed']).optional(),
    who: rowNumber.optional(),
    action: z
      .string()
      .regex(/^[a-z-]{1,40}$/)
      .optional(),
    /** A Patient ID or a Study Instance UID, whole. */
    about: z.string().trim().min(1).max(200).optional(),
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, { message: 'order', path: ['to'] });
export type RecordQuery = z.output<typeof recordQuerySchema>;

/** POST /api/record/exports: what a question finds, whole, as a file. */
export { EXPORT_FORMATS };
export const EXPORT_WORDS_MAX = 1_000;
const word = z.string().max(400);
/** Headings under `columns`, words of codes under their group. Words are the viewer's, so they come with the question; absent: codes alone. */
export const exportWordsSchema = z
  .record(z.string().max(40), z.record(z.string().max(60), word))
  .refine((groups) => Object.values(groups).reduce((all, group) => all + Object.keys(group).length, 0) <= EXPORT_WORDS_MAX, {
    message: 'too-many',
  });
export const recordExportSchema = z.object({
  format: z.enum(EXPORT_FORMATS),
  filter: recordQuerySchema,
  /** For a table. */
  words: exportWordsSchema.optional(),
});
export type RecordExport = z.input<typeof recordExportSchema>;
export const recordListSchema = z.object({ entries: z.array(recordEntrySchema), next: z.number().nullable() });
