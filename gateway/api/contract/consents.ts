/** What patients agreed to, and notices on a facility's wall. */
import { z } from 'zod';
import { BASIS_KINDS, LAW_GROUNDS, PROXY_RELATIONS } from '../../domain/consent/basis-rules.ts';
import { CONSENT_FACILITIES_MAX, CONSENT_MODALITIES_MAX, CONSENT_STUDIES_MAX } from '../../domain/consent/consent.ts';
import { CONSENT_ENDS } from '../../domain/consent/consent-covers.ts';
import { CONSENT_DOCUMENT_TYPES } from '../../domain/consent/consent-document.ts';
import { AFTER_HOURS_MAX, RELEASE_RULES_MAX, RULE_MODALITIES_MAX } from '../../domain/consent/release-rule.ts';
import { facilityCode, rowNumber, typedText } from './fields.ts';

const facilities = z.array(facilityCode).max(CONSENT_FACILITIES_MAX);
/** PS3.5 table 6.2-1 CS. */
const modality = z.string().regex(/^[A-Z0-9 _]{1,16}$/);
const VERSION_CHARS_MAX = 100;
const version = typedText.min(1).max(VERSION_CHARS_MAX);

/** POST /api/consent-documents: a file; PDF, JPEG or PNG by its first bytes. */
export const consentDocumentSchema = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  mediaType: z.enum(CONSENT_DOCUMENT_TYPES),
});
export type ConsentDocumentAnswer = z.infer<typeof consentDocumentSchema>;

const wishFields = {
  to: z.literal('region').or(facilities.min(1)),
  exceptFacilities: facilities.default([]),
  /** None: whatever it is. */
  modalities: z.array(modality).max(CONSENT_MODALITIES_MAX).default([]),
  studyDateFrom: z.iso.date().optional(),
  studyDateTo: z.iso.date().optional(),
  exceptStudies: z.array(rowNumber).max(CONSENT_STUDIES_MAX).default([]),
  basis: z.enum(BASIS_KINDS),
  relation: z.enum(PROXY_RELATIONS).optional(),
  ground: z.enum(LAW_GROUNDS).optional(),
};
const inOrder = ({ studyDateFrom, studyDateTo }: { studyDateFrom?: string | undefined; studyDateTo?: string | undefined }) =>
  studyDateFrom === undefined || studyDateTo === undefined || studyDateFrom <= studyDateTo;
const ORDER = { message: 'order', path: ['studyDateTo'] };

/** POST /api/patients/:id/consents/preview */
export const consentPreviewSchema = z.object(wishFields).refine(inOrder, ORDER);
export type ConsentPreview = z.input<typeof consentPreviewSchema>;
/** POST /api/patients/:id/consents. `until`: the last day; absent: until it is withdrawn. */
export const giveConsentSchema = z
  .object({ ...wishFields, document: consentDocumentSchema.optional(), until: z.iso.date().optional(), formVersion: version })
  .refine(inOrder, ORDER);
export type GiveConsent = z.input<typeof giveConsentSchema>;

/** Of the facility's own studies; those of others that are the person's are covered too, and not told. */
export const consentReachSchema = z.object({
  studyCount: z.number(),
  facilityCount: z.number(),
  /** The newest. */
  studies: z.array(z.object({ id: z.string(), studyDate: z.string(), modalities: z.array(z.string()) })),
  noticePosted: z.boolean(),
  diedOn: z.string().nullable(),
});
export type ConsentReachAnswer = z.infer<typeof consentReachSchema>;

const namedFacility = z.object({ code: z.string(), name: z.string() });

export const consentSchema = z.object({
  id: z.string(),
  /** Null: it stands. */
  ended: z.enum(CONSENT_ENDS).nullable(),
  to: z.literal('region').or(z.array(namedFacility)),
  exceptFacilities: z.array(namedFacility),
  modalities: z.array(z.string()),
  studyDateFrom: z.string().nullable(),
  studyDateTo: z.string().nullable(),
  exceptStudies: z.array(z.string()),
  basis: z.enum(BASIS_KINDS),
  relation: z.enum(PROXY_RELATIONS).nullable(),
  ground: z.enum(LAW_GROUNDS).nullable(),
  hasDocument: z.boolean(),
  takenAt: z.string(),
  takenBy: z.string().nullable(),
  until: z.string().nullable(),
  formVersion: z.string(),
  withdrawnAt: z.string().nullable(),
  /** At a facility that knows the person too. */
  withdrawnElsewhere: z.boolean(),
  /** Of the facility's own studies. */
  studies: z.number(),
});
export type ConsentAnswer = z.infer<typeof consentSchema>;
export const consentListSchema = z.object({ consents: z.array(consentSchema) });

const leftOut = { exceptFacilities: facilities, exceptStudies: z.array(rowNumber).max(CONSENT_STUDIES_MAX) };
/** PATCH /api/consents/:id: what it leaves out, in place of `saw`, which is what it left out when it was asked for; all of that and more. */
export const leaveOutSchema = z.object({ ...leftOut, saw: z.object(leftOut) });
export type LeaveOut = z.input<typeof leaveOutSchema>;

/** POST /api/patients/:id/death. Null: it was a mistake. */
export const deathSchema = z.object({ diedOn: z.iso.date().nullable() });

/** POST /api/posted-notices. `postedOn`: not later than today. */
export const postNoticeSchema = z.object({ version, postedOn: z.iso.date(), document: consentDocumentSchema.optional() });
export type PostNotice = z.input<typeof postNoticeSchema>;
export const postedNoticeSchema = z.object({
  id: z.string(),
  version: z.string(),
  postedOn: z.string(),
  filedAt: z.string(),
  removedAt: z.string().nullable(),
});
export const postedNoticeListSchema = z.object({ notices: z.array(postedNoticeSchema) });
export type PostedNoticeAnswer = z.infer<typeof postedNoticeSchema>;

/** `modalities`: none: whatever no other names. `afterHours`: since the first image of the study came. `onceReported`: a report in the study ends the wait. */
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

/** GET /api/release-rules: of several that cover a study the strictest of each holds. None: what a consent covers is open at once. */
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
/** `…Now` and `…Then`: what consents open; `closed`: open now and not then, those that wait included; `wider`, `narrower`: open both times, to more or fewer. */
export const releaseCountsSchema = z.object({
  patientsNow: z.number(),
  patientsThen: z.number(),
  studiesNow: z.number(),
  studiesThen: z.number(),
  opened: z.number(),
  closed: z.number(),
  waiting: z.number(),
  wider: z.number(),
  narrower: z.number(),
});
export type ReleaseCountsAnswer = z.infer<typeof releaseCountsSchema>;
