/** What of a facility's month may be a fee, from the record alone. */
import { z } from 'zod';
import { isMonth, MONTH_STATES } from '../../domain/fees/fee-month.ts';
import { FEE_CODES, FEE_NEEDS } from '../../domain/fees/fee-rules.ts';
import { facilityCode } from './fields.ts';
import { letterKindSchema } from './letters.ts';
import { exportWordsSchema } from './record.ts';

const month = z.string().refine(isMonth, { message: 'month' });

/** GET /api/fee-pack?month=2026-10&facility=: of the own facility unless one is said. */
export const feePackQuerySchema = z.object({ month, facility: facilityCode.optional() });
/** POST /api/fee-pack/exports: the same as a table. */
export const feePackExportSchema = feePackQuerySchema.extend({ words: exportWordsSchema.optional() });
export type FeePackExport = z.input<typeof feePackExportSchema>;

/** `counts`: all is shown. `open`: what is not shown is what nothing on record could say. `not`: something that would be on record is missing, or speaks against it. */
export const FEE_VERDICTS = ['counts', 'open', 'not'] as const;
export type FeeVerdict = (typeof FEE_VERDICTS)[number];

export const feeLineSchema = z.object({
  code: z.enum(FEE_CODES),
  letterId: z.string(),
  kind: letterKindSchema,
  /** As the letter names the patient on record; null: it does not. */
  patientID: z.string().nullable(),
  patientFacility: z.string().nullable(),
  /** At the letter's other end. */
  other: z.object({ code: z.string(), name: z.string() }),
  /** YYYY-MM-DD, in the region's time zone. */
  on: z.string(),
  points: z.number(),
  verdict: z.enum(FEE_VERDICTS),
  reasons: z.array(
    z.object({
      need: z.enum(FEE_NEEDS),
      /** `unsaid`: nothing on record could say it. */
      state: z.enum(['met', 'unmet', 'unsaid']),
      /** Numbers of the records that show it. */
      records: z.array(z.number()),
    }),
  ),
  /** Which of `rules`. */
  rule: z.number(),
});
export type FeeLine = z.infer<typeof feeLineSchema>;

export const feePackSchema = z.object({
  facility: z.object({ code: z.string(), name: z.string() }),
  month: z.string(),
  state: z.enum(MONTH_STATES),
  madeAt: z.string(),
  /** False: more is on record than a pack is made of. */
  complete: z.boolean(),
  /** Letters of the month. */
  sent: z.number(),
  came: z.number(),
  totals: z.array(z.object({ code: z.enum(FEE_CODES), counts: z.number(), open: z.number(), not: z.number(), points: z.number() })),
  rules: z.array(
    z.object({
      code: z.enum(FEE_CODES),
      from: z.string(),
      points: z.number(),
      source: z.string(),
      /** Null: nobody has confirmed it. */
      confirmed: z.object({ by: z.string(), on: z.string() }).nullable(),
    }),
  ),
  lines: z.array(feeLineSchema),
  /** Each that a line names. */
  records: z.array(z.object({ seq: z.number(), at: z.string(), action: z.string() })),
});
export type FeePack = z.infer<typeof feePackSchema>;
