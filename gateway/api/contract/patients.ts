/** Patients, the persons they are, and the line of time of one. */
import { z } from 'zod';
import { personName } from './fields.ts';
import { studySummarySchema } from './studies.ts';

export const PATIENT_LIST_LIMIT_MAX = 100;

/** GET /api/patients. Without `q` all persons, whose newest study is the newest first, page by page; with it one page. */
export const patientListQuerySchema = z.object({
  q: z.string().max(200).optional(),
  after: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(PATIENT_LIST_LIMIT_MAX).default(50),
});
export type PatientListQuery = z.input<typeof patientListQuerySchema>;

/** Whom a facility knows under one Patient ID, as the newest study that the asker may see says. */
export const patientSummarySchema = z.object({
  /** The number of the patient: its page is /patients/<id>. */
  id: z.string(),
  owner: z.object({ code: z.string(), name: z.string() }),
  patientID: z.string(),
  patientName: personName,
  patientBirthDate: z.string(),
  patientSex: z.string(),
});
export type PatientSummary = z.infer<typeof patientSummarySchema>;

export const personSummarySchema = z.object({
  /** One or more, of one facility or of several; the first is whose study is the newest. */
  patients: z.array(patientSummarySchema).min(1),
  /** Of all of them, as far as the asker may see. */
  studyCount: z.number(),
  /** Of these, what nobody of the asker's facility has opened. */
  unopenedCount: z.number(),
  newestStudyDate: z.string(),
});
export type PersonSummary = z.infer<typeof personSummarySchema>;

export const listedPersonSchema = personSummarySchema.extend({
  /** The study by which the person is in the list, as a study's summary says it: when it may be seen no more, the list is to be asked for anew. */
  study: studySummarySchema.pick({ studyInstanceUID: true, exact: true, shown: true, sharedUntil: true, given: true }),
});
export type ListedPerson = z.infer<typeof listedPersonSchema>;

export const patientListSchema = z.object({
  /** May be fewer than asked for, or none, though there is a next page. */
  persons: z.array(listedPersonSchema),
  next: z.string().nullable(),
  /** A search found more than it looks at: others may be among them. */
  more: z.boolean(),
});
export type PatientList = z.infer<typeof patientListSchema>;

/** GET /api/patients/:id, the newest study first. The ETag of an answer differs when another answer is to be expected. */
export const personDetailSchema = personSummarySchema.extend({
  studies: z.array(
    studySummarySchema.extend({
      /** As its series that are shown say it, Body Part Examined (0018,0015). */
      bodyParts: z.array(z.string()),
    }),
  ),
});
export type PersonDetail = z.infer<typeof personDetailSchema>;
export type StudyOnLine = PersonDetail['studies'][number];
