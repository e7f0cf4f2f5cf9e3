/** The region's record. */
import { z } from 'zod';
import { disclosureSchema } from './sharing.ts';

/** The whole chain, for administrators. Same shape as disclosures, plus the study. */
export const recordEntrySchema = disclosureSchema.extend({
  studyInstanceUID: z.string().nullable(),
  ownerFacility: z.string().nullable(),
  /** Whom or what it was done to, for engineers: a code, a name, the changed fields. */
  detail: z.string().nullable(),
});
export type RecordEntry = z.infer<typeof recordEntrySchema>;
/** GET /api/record?before=&limit=&who=&action=&about=&from=&to=: days in the region's time zone, both included. */
export const recordQuerySchema = z
  .object({
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
