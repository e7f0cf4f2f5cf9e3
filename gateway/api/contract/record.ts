/** The region's record. */
import { z } from 'zod';
import { facilityCode } from './fields.ts';
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
    tokenId: z.string().optional(),
    days: z.number().optional(),
    sessionId: z.string().optional(),
    newDevice: z.literal(true).optional(),
    failure: z.string().optional(),
    asked: z.string().optional(),
    list: z.string().optional(),
    of: z.number().optional(),
    oneByOne: z.literal(true).optional(),
    quarantine: z.string().optional(),
    noticeId: z.string().optional(),
    noticeKind: z.string().optional(),
    settlement: z.string().optional(),
    fromStudyInstanceUID: z.string().optional(),
    fromOrdinal: z.number().optional(),
    installation: z.string().optional(),
    found: z.string().optional(),
    objectsOf: z.string().optional(),
    stepMs: z.number().optional(),
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
    who: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional(),
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
export const recordListSchema = z.object({ entries: z.array(recordEntrySchema), next: z.number().nullable() });
