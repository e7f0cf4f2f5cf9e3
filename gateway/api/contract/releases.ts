/** How patients' consents open a facility's studies. */
import { z } from 'zod';
import { AFTER_HOURS_MAX, RELEASE_RULES_MAX, RULE_MODALITIES_MAX } from '../../domain/consent/release-rule.ts';

export { AFTER_HOURS_MAX, RELEASE_RULES_MAX } from '../../domain/consent/release-rule.ts';

/** PS3.5 table 6.2-1 CS. */
const modality = z.string().regex(/^[A-Z0-9 _]{1,16}$/);

/** `modalities`: none: whatever it is. `afterHours`: since the first image of the study came. `onceReported`: a report in the study ends the wait. */
export const releaseRuleSchema = z.object({
  modalities: z
    .array(modality)
    .max(RULE_MODALITIES_MAX)
    .refine((named) => new Set(named).size === named.length, { message: 'twice' }),
  registeredOnly: z.boolean(),
  afterHours: z.number().int().min(0).max(AFTER_HOURS_MAX),
  onceReported: z.boolean(),
  mayDownload: z.boolean(),
});
export type ReleaseRuleAnswer = z.infer<typeof releaseRuleSchema>;
const rules = z.array(releaseRuleSchema).max(RELEASE_RULES_MAX);

/** GET /api/release-rules: the first that covers a study decides. None: what a consent covers is open at once. */
export const releaseRulesSchema = z.object({
  revision: z.number(),
  rules,
  setAt: z.string().nullable(),
  setBy: z.string().nullable(),
});
export type ReleaseRulesAnswer = z.infer<typeof releaseRulesSchema>;

/** PATCH /api/release-rules: in place of those of `revision`. */
export const setReleaseRulesSchema = z.object({ revision: z.number().int().min(0).max(2_000_000_000), rules });
export type SetReleaseRules = z.infer<typeof setReleaseRulesSchema>;

/** POST /api/release-rules/preview */
export const tryReleaseRulesSchema = z.object({ rules });
/** `…Now` and `…Then`: what consents open; `closed`: open now and not then, those that wait included. */
export const releaseCountsSchema = z.object({
  patientsNow: z.number(),
  patientsThen: z.number(),
  studiesNow: z.number(),
  studiesThen: z.number(),
  opened: z.number(),
  closed: z.number(),
  waiting: z.number(),
});
export type ReleaseCountsAnswer = z.infer<typeof releaseCountsSchema>;
