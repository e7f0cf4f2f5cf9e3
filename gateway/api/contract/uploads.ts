/** Files sent by the page. */
import { z } from 'zod';

/** POST /api/uploads/known: which of these files (SHA-256 of the whole file) the facility already keeps, so that a broken-off upload resumes. */
export const UPLOAD_KNOWN_MAX = 1000;
export const knownFilesSchema = z.object({ sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(UPLOAD_KNOWN_MAX) });
/**
 * POST /api/uploads/held: how much of these exams the facility keeps already, asked before anything is sent; the answer has their order.
 * At most UPLOAD_KNOWN_MAX instances in all.
 */
export const UPLOAD_STUDIES_MAX = 200;
const headerText = z.string().max(1024);
export const keptQuestionSchema = z.object({
  studies: z
    .array(
      z.object({
        studyInstanceUID: headerText,
        patientID: headerText,
        patientBirthDate: headerText,
        sopInstanceUIDs: z.array(headerText).max(UPLOAD_KNOWN_MAX),
      }),
    )
    .max(UPLOAD_STUDIES_MAX)
    .refine((studies) => studies.reduce((sum, { sopInstanceUIDs }) => sum + sopInstanceUIDs.length, 0) <= UPLOAD_KNOWN_MAX),
});
export type KeptQuestion = z.infer<typeof keptQuestionSchema>;
export const keptAnswerSchema = z.object({
  studies: z.array(
    z.object({
      held: z.number(),
      /** As in a study's summary: where they are, when the UID alone means another study. */
      of: z.string().nullable(),
      /** Under the patient ID the facility keeps images of somebody with another birth date. */
      otherBirthDate: z.boolean(),
    }),
  ),
});
export type KeptAnswer = z.infer<typeof keptAnswerSchema>;
/** POST /api/uploads/file with the file as the body (application/octet-stream). One instance a request; several may run at once. */
export const uploadOutcomeSchema = z.object({
  outcome: z.enum(['stored', 'duplicate', 'new-version', 'quarantined', 'not-dicom', 'dicomdir']),
  studyInstanceUID: z.string().nullable(),
  /** As in a study's summary: where the instance is. */
  of: z.string().nullable(),
  sopInstanceUID: z.string().nullable(),
  warnings: z.array(z.string()),
});
export type UploadOutcome = z.infer<typeof uploadOutcomeSchema>;
