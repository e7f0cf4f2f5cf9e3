/** Studies and their series. */
import { z } from 'zod';
import { EXPORT_STUDIES_MAX } from './bounds.ts';
import { personName, studyOf, uid } from './fields.ts';

export const STUDY_LIST_LIMIT_MAX = 200;

/** GET /api/studies. The ETag of an answer differs when another answer is to be expected; `If-None-Match` with it gives 304. */
export const studyListQuerySchema = z.object({
  q: z.string().max(200).optional(),
  /** Comma-separated: CT,MR */
  modality: z.string().max(200).optional(),
  from: z
    .string()
    .regex(/^\d{8}$/)
    .optional(),
  to: z
    .string()
    .regex(/^\d{8}$/)
    .optional(),
  ownership: z.enum(['own', 'shared']).optional(),
  /** `true`: only what nobody of the asker's facility has opened. */
  unopened: z.enum(['true', 'false']).optional(),
  /** Newest first by study date (default), or as they arrived or were shared. */
  order: z.enum(['study-date', 'arrived']).optional(),
  after: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(STUDY_LIST_LIMIT_MAX).default(50),
});
export type StudyListQuery = z.input<typeof studyListQuerySchema>;

export const studySummarySchema = z.object({
  studyInstanceUID: z.string(),
  owner: z.object({ code: z.string(), name: z.string() }),
  /** Set when the UID alone leads the asker to another study: then it goes with each request for this one, as the parameter `of`. */
  of: z.string().nullable(),
  /** The same for this study and no other, whatever its UID alone will lead to: for what is changed, and for what stays open. */
  exact: z.string(),
  /** How much of it is shown: another text when more or less of its series is held back from the asker. Goes with /api/standing. */
  shown: z.string(),
  /** How many other studies go by the same UID that the asker may see. */
  besides: z.number(),
  /** Null for the facility's own studies; otherwise when what was given of it ends; of a consent without a term in the year 9999. */
  sharedUntil: z.string().nullable(),
  /** The asker opened it in an emergency, by that right alone, and until when; null: another right shows as much of it. */
  emergencyUntil: z.string().nullable(),
  /** By what the asker has it that is not their facility's own; a consent before a share. Null: it is, or a letter or an emergency gives it. */
  given: z.enum(['share', 'consent']).nullable(),
  /** Otherwise the asker's job may list it and not look at it. */
  mayView: z.boolean(),
  /** Otherwise it was given for viewing only. */
  mayDownload: z.boolean(),
  /** The number of the patient: whose line of time it is on, /patients/<patient>. */
  patient: z.string(),
  patientID: z.string(),
  patientName: personName,
  patientBirthDate: z.string(),
  patientSex: z.string(),
  studyDate: z.string(),
  studyTime: z.string(),
  studyDescription: z.string(),
  accessionNumber: z.string(),
  referringPhysicianName: personName,
  modalities: z.array(z.string()),
  seriesCount: z.number(),
  instanceCount: z.number(),
  /** Frames of all instances but clips. */
  imageCount: z.number(),
  /** Instances whose frames are played. */
  clipCount: z.number(),
  complete: z.boolean(),
  /** When it first came, or was shared with the asker's facility. */
  arrivedAt: z.string(),
  /** Somebody of the asker's facility has opened it. */
  opened: z.boolean(),
  receivedAt: z.string(),
  /** The asker may share, revoke and read who opened it. */
  mayShare: z.boolean(),
});
export type StudySummary = z.infer<typeof studySummarySchema>;
export const studyListSchema = z.object({ studies: z.array(studySummarySchema), next: z.string().nullable() });
export type StudyList = z.infer<typeof studyListSchema>;

/** GET /api/studies/:studyInstanceUID. Thumbnails: /dicom-web/studies/…/series/…/thumbnail */
export const seriesSummarySchema = z.object({
  seriesInstanceUID: z.string(),
  modality: z.string(),
  seriesNumber: z.number().nullable(),
  seriesDescription: z.string(),
  bodyPartExamined: z.string(),
  /** Rises with every instance, and every new version of one. */
  revision: z.number(),
  instanceCount: z.number(),
  imageCount: z.number(),
  clipCount: z.number(),
  /** Each is a stack of its own; the first CLIPS_LISTED_MAX of a study. */
  clips: z.array(
    z.object({ sopInstanceUID: z.string(), instanceNumber: z.number().nullable(), frames: z.number(), openingFrame: z.number() }),
  ),
  /** The image that stands for the series: its thumbnail shows it, and its stack opens with it. Frames from 1. Null: it has no image. */
  opening: z.object({ sopInstanceUID: z.string(), frame: z.number() }).nullable(),
});
export type SeriesSummary = z.infer<typeof seriesSummarySchema>;
export const studyDetailSchema = studySummarySchema.extend({ series: z.array(seriesSummarySchema) });
export type StudyDetail = z.infer<typeof studyDetailSchema>;

/** Which of the studies that go by the path's UID (`of`), and others of the same person: UID!OF,… */
export const exportPlanQuerySchema = z.object({
  of: studyOf.optional(),
  also: z
    .string()
    .max(9_000)
    .default('')
    .transform((text) => (text === '' ? [] : text.split(',').map((one) => one.split('!'))))
    .pipe(z.array(z.tuple([uid, studyOf])).max(EXPORT_STUDIES_MAX - 1)),
});
/** GET /api/studies/:studyInstanceUID/export: a zip. `plain`: uncompressed where nothing is lost by it; `stored`: every file as it came. */
export const exportQuerySchema = exportPlanQuerySchema.extend({ form: z.enum(['plain', 'stored']).default('plain') });

/** GET /api/studies/:studyInstanceUID/export-plan: how much it would be. `bytes`: as they are kept. */
export const exportPlanSchema = z.object({ studies: z.number(), series: z.number(), instances: z.number(), bytes: z.number() });
export type ExportPlan = z.infer<typeof exportPlanSchema>;
