/** Parts that several subjects' schemas share. */
import { z } from 'zod';
import { OBJECT_NAME } from '../../domain/imaging/object-name.ts';
import { plainEmailAddress } from '../../domain/people/email-address.ts';
import { passwordLengthFlaw } from '../../domain/people/password-length.ts';
import { FACILITY_CODE_PATTERN, PASSWORD_UNITS_MAX, STUDY_OF_PATTERN } from './bounds.ts';

/**
 * What people type for machines: where an input method gave full-width letters, digits or spaces (NFKC), the plain ones are meant. The message of
 * a schema here is the name of what is wrong; the viewer has its words under `form.flaw`.
 */
export const typedText = z.string().normalize('NFKC').trim();

export const jobSchema = z.enum(['physician', 'dentist', 'radiographer', 'nurse', 'pharmacist', 'technologist', 'clerk', 'administrator']);
export const languageSchema = z.enum(['ja', 'en']);

/** A number of a row: counted from 1; no table comes near, and every number of so many digits is exact. */
export const rowNumber = z.string().regex(/^\d{1,15}$/);
/** As it is stored, valid or not. */
export const uid = z.string().regex(OBJECT_NAME);
/** Which of the studies that go by the UID: a summary's `of`. */
export const studyOf = z.string().regex(STUDY_OF_PATTERN);
export const facilityCode = typedText.min(1).regex(FACILITY_CODE_PATTERN, 'facility-code');
/** PS3.5 table 6.2-1 AE: no control characters or backslash, 16 at most. */
export const aeTitle = typedText.min(1).regex(/^[\x20-\x5b\x5d-\x7e]{1,16}$/, 'ae-title');
export const emailAddress = z.string().overwrite(plainEmailAddress).min(1).max(254);
export const password = z.string().min(1).max(PASSWORD_UNITS_MAX);
/** Whether it is a common one is the gateway's to say. */
export const newPassword = password.superRefine((text, { addIssue }) => {
  const flaw = passwordLengthFlaw(text);
  if (flaw !== undefined) addIssue(namedIssue(flaw));
});

interface Named {
  readonly value?: string;
  readonly path?: PropertyKey[];
  /** Where the words differ by the field. */
  readonly message?: string;
}

/** What is wrong by a rule of our own. `reason` and `value` stand so in the answer (`problem.ts`). */
export function namedIssue(reason: string, { value, path, message = reason }: Named = {}) {
  return { code: 'custom' as const, message, params: { reason, value }, ...(path === undefined ? {} : { path }) };
}

export const personName = z.object({
  Alphabetic: z.string().optional(),
  Ideographic: z.string().optional(),
  Phonetic: z.string().optional(),
});
export type PersonName = z.infer<typeof personName>;
