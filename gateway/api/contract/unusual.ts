/** Unusual use of images that waits to be looked at, and the rules that find it: for administrators. */
import { z } from 'zod';
import { UNUSUAL_RULE_NAMES, type UnusualRule } from '../../domain/record/unusual-rules.ts';
import { DECISION_CHARS_MAX, UNUSUAL_DECISIONS } from '../../domain/record/unusual-use.ts';
import { rowNumber } from './fields.ts';
import { recordEntrySchema } from './record.ts';

export { DECISION_CHARS_MAX, UNUSUAL_DECISIONS };

export const UNUSUAL_LIMIT_MAX = 100;
const ruleSchema = z.enum(UNUSUAL_RULE_NAMES as [UnusualRule, ...UnusualRule[]]);
const decisionSchema = z.enum(UNUSUAL_DECISIONS);

export const unusualUseSchema = z.object({
  id: z.string(),
  rule: ruleSchema,
  who: z.object({ name: z.string(), facility: z.string().nullable() }),
  /** What the reader did themselves: somebody else decides. */
  own: z.boolean(),
  /** Of the region; of a night the day on which it began. */
  day: z.string(),
  firstAt: z.string(),
  lastAt: z.string(),
  /** Null: it is about several. */
  patient: z.object({ facility: z.string(), patientID: z.string() }).nullable(),
  /** Numbers of the rule: what was counted, and from how many on it is told. */
  reason: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
  /** How many records it rests on. */
  records: z.number(),
  decided: z.object({ at: z.string(), by: z.string(), decision: decisionSchema, words: z.string() }).nullable(),
});
export type UnusualUse = z.infer<typeof unusualUseSchema>;

/** GET /api/unusual-uses?decided=&after=&limit=: those that wait, the earliest first; those that were decided, the latest first. */
export const unusualListQuerySchema = z.object({
  decided: z.stringbool().default(false),
  /** Id of the last of the page before. */
  after: rowNumber.optional(),
  limit: z.coerce.number().int().min(1).max(UNUSUAL_LIMIT_MAX).default(20),
});
export const unusualListSchema = z.object({ uses: z.array(unusualUseSchema), next: z.string().nullable(), waiting: z.number() });
export type UnusualList = z.infer<typeof unusualListSchema>;

/** GET /api/unusual-uses/{id}/records: those that a line rests on, the newest first. */
export const unusualRecordsSchema = z.object({ entries: z.array(recordEntrySchema) });

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
/** POST /api/unusual-uses/{id}/decision. */
export const decideUnusualSchema = z.object({
  decision: decisionSchema,
  words: z
    .string()
    .trim()
    .min(1)
    .max(DECISION_CHARS_MAX)
    .refine((text) => !CONTROLS.test(text), 'control-characters'),
});
export type DecideUnusual = z.infer<typeof decideUnusualSchema>;

const thresholdValues = z.record(z.string().max(40), z.number().int().min(0).max(100_000));
/** GET /api/unusual-rules: what holds, what holds as long as the region says nothing, and within which bounds it may say otherwise. */
export const unusualRulesSchema = z.object({
  revision: z.number(),
  changedAt: z.string().nullable(),
  changedBy: z.string().nullable(),
  rules: z.array(
    z.object({
      rule: ruleSchema,
      on: z.boolean(),
      thresholds: z.array(z.object({ name: z.string(), value: z.number(), usual: z.number(), min: z.number(), max: z.number() })),
    }),
  ),
});
export type UnusualRules = z.infer<typeof unusualRulesSchema>;
/** PATCH /api/unusual-rules: in place of what stands, if nobody has changed it since `revision`. */
export const changeUnusualRulesSchema = z.object({
  revision: z.number().int().min(0).max(2_000_000_000),
  rules: z.partialRecord(ruleSchema, z.object({ on: z.boolean(), thresholds: thresholdValues })),
});
export type ChangeUnusualRules = z.infer<typeof changeUnusualRulesSchema>;
