/** Parts that several subjects' schemas share. */
import { z } from 'zod';
import { OBJECT_NAME } from '../../domain/imaging/object-name.ts';
import { FACILITY_CODE_PATTERN, PASSWORD_UNITS_MAX, STUDY_OF_PATTERN } from './bounds.ts';

export const jobSchema = z.enum(['physician', 'dentist', 'radiographer', 'nurse', 'pharmacist', 'technologist', 'clerk', 'administrator']);
export const languageSchema = z.enum(['ja', 'en']);

/** As it is stored, valid or not. */
export const uid = z.string().regex(OBJECT_NAME);
/** Which of the studies that go by the UID: a summary's `of`. */
export const studyOf = z.string().regex(STUDY_OF_PATTERN);
export const facilityCode = z.string().regex(FACILITY_CODE_PATTERN);
/** PS3.5 table 6.2-1 AE: no control characters or backslash, 16 at most. */
export const aeTitle = z
  .string()
  .trim()
  .min(1)
  .max(16)
  .regex(/^[\x20-\x5b\x5d-\x7e]+$/);
export const password = z.string().min(1).max(PASSWORD_UNITS_MAX);

export const personName = z.object({
  Alphabetic: z.string().optional(),
  Ideographic: z.string().optional(),
  Phonetic: z.string().optional(),
});
export type PersonName = z.infer<typeof personName>;
