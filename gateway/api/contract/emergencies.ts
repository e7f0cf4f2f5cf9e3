/** Emergency access: opened by a doctor, told to those concerned, reviewed. */
import { z } from 'zod';
import {
  EMERGENCY_CATEGORIES,
  EMERGENCY_REASON_CHARS_MAX,
  EMERGENCY_REASON_CHARS_MIN,
  EMERGENCY_VERDICTS,
} from '../../domain/emergency/emergency.ts';
import { namedIssue, personName, typedText } from './fields.ts';

/** Codes that the pages have words for, as plain values. */
export { EMERGENCY_CATEGORIES, EMERGENCY_REASON_CHARS_MAX, EMERGENCY_VERDICTS };
export const emergencyCategorySchema = z.enum(EMERGENCY_CATEGORIES);
export type EmergencyCategory = z.infer<typeof emergencyCategorySchema>;

/** What somebody types for others to read: lines may break, and nothing else that no key writes. */
const told = z
  .string()
  .trim()
  .superRefine((text, { addIssue }) => {
    if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(text.replaceAll('\n', ' '))) addIssue(namedIssue('control-characters'));
  });
/** A field that was left empty says nothing. */
const unsaid = (text: string | undefined) => (text === '' ? undefined : text);

const whomSchema = z.object({
  patientID: typedText.max(64).optional().transform(unsaid),
  birthDate: z
    .union([z.literal(''), z.iso.date()])
    .optional()
    .transform(unsaid),
  /** Whole, in any script. */
  name: typedText.max(200).optional().transform(unsaid),
});

/** POST /api/emergencies/search: two at least of identifier, birth date and whole name. In a body: an address would stand in logs. */
export const searchEmergencySchema = whomSchema;
export type SearchEmergency = z.input<typeof searchEmergencySchema>;
export const emergencyFindingSchema = z.object({
  /** `several`: more has to be said. */
  finding: z.enum(['somebody', 'nobody', 'several']),
  /** Others that hold images; of nobody none. */
  facilities: z.array(z.object({ code: z.string(), name: z.string() })),
  /** The patient said no: took consent back, or left the asker’s facility or some study out of it. */
  objected: z.boolean(),
});
export type EmergencyFinding = z.infer<typeof emergencyFindingSchema>;

/** POST /api/emergencies: whom it is about is said again. */
export const openEmergencySchema = whomSchema.extend({
  category: emergencyCategorySchema,
  reason: told.pipe(z.string().min(EMERGENCY_REASON_CHARS_MIN, 'reason-short').max(EMERGENCY_REASON_CHARS_MAX, 'reason-long')),
  /** Said by who was told that the patient objected. */
  despiteObjection: z.boolean().default(false),
});
export type OpenEmergency = z.input<typeof openEmergencySchema>;

export const emergencySchema = z.object({
  id: z.string(),
  reader: z.object({
    id: z.string(),
    name: z.string(),
    nameRomaji: z.string(),
    job: z.string(),
    facility: z.object({ code: z.string(), name: z.string() }),
  }),
  category: emergencyCategorySchema,
  /** Null for who is told of it and reviews nothing. */
  reason: z.string().nullable(),
  despiteObjection: z.boolean(),
  openedAt: z.string(),
  until: z.string(),
  /** By a review; null: not before `until`. */
  endedAt: z.string().nullable(),
  running: z.boolean(),
  /** As the reader, or the facility that asks, knows the person; null where nobody may be named. */
  patient: z.object({ id: z.string(), patientID: z.string(), patientName: personName, patientBirthDate: z.string() }).nullable(),
  studies: z.number(),
  reviews: z.array(
    z.object({
      facility: z.object({ code: z.string(), name: z.string() }),
      /** Null: it waits. */
      verdict: z.enum(EMERGENCY_VERDICTS).nullable(),
      words: z.string().nullable(),
      at: z.string().nullable(),
      byRegion: z.boolean(),
    }),
  ),
  /** The asker may decide of it now. */
  mayReview: z.boolean(),
});
export type Emergency = z.infer<typeof emergencySchema>;
export const emergencyListSchema = z.object({ emergencies: z.array(emergencySchema) });
export type EmergencyList = z.infer<typeof emergencyListSchema>;

/** POST /api/emergencies/reviews/:id and POST /api/emergencies/oversight/:id */
export const reviewEmergencySchema = z.object({
  verdict: z.enum(EMERGENCY_VERDICTS),
  words: told.pipe(z.string().min(1).max(EMERGENCY_REASON_CHARS_MAX, 'reason-long')),
});
export type ReviewEmergency = z.input<typeof reviewEmergencySchema>;

/** GET /api/emergencies/told?details=: for the bell and its page. `true`: with each, which names patients and goes on record. */
export const toldEmergenciesQuerySchema = z.object({ details: z.enum(['true', 'false']).default('false') });
export const toldEmergenciesSchema = z.object({
  /** The asker’s facility has to decide of so many. */
  waiting: z.number(),
  /** When the newest of which the facility is told was opened; null: there is none. */
  newestAt: z.string().nullable(),
  emergencies: z.array(emergencySchema),
});
export type ToldEmergencies = z.infer<typeof toldEmergenciesSchema>;
