/** What administrators ask of the record as a whole: who looked at a patient's images, and whom an account affected. */
import { z } from 'zod';
import { facilityCode, rowNumber } from './fields.ts';
import { deskPatientSchema } from './links.ts';

const inOrder = ({ from, to }: { from?: string | undefined; to?: string | undefined }) =>
  from === undefined || to === undefined || from <= to;
const ORDER = { message: 'order', path: ['to'] };

/** POST /api/record/patient-answers: days in the region's time zone, both included. In a body, since a patient's ID does not belong in an address. */
export const whoLookedSchema = z
  .object({
    facilityCode,
    patientID: z.string().trim().min(1).max(64),
    /** Which of those that go by it, by the number that `choose` gave. */
    patient: rowNumber.optional(),
    from: z.iso.date().optional(),
    to: z.iso.date().optional(),
    /** Whether people are named; otherwise job and facility alone, as the region's policy may want it. */
    names: z.boolean(),
  })
  .refine(inOrder, ORDER);
export type WhoLooked = z.input<typeof whoLookedSchema>;

export const lookSchema = z.object({
  day: z.string(),
  firstAt: z.string(),
  lastAt: z.string(),
  /** A person's name, where asked for; a system's AE title or door. */
  who: z.string().nullable(),
  job: z.string().nullable(),
  facility: z.string().nullable(),
  /** Of the facility whose images they are. */
  own: z.boolean(),
  right: z.string().nullable(),
  studies: z.number(),
  taken: z.boolean(),
  seconds: z.number().nullable(),
});
export type Look = z.infer<typeof lookSchema>;
export const patientAnswerSchema = z.object({
  facility: z.string(),
  patientID: z.string(),
  madeAt: z.string(),
  looks: z.array(lookSchema),
  /** False: there are more, which are older. */
  complete: z.boolean(),
  /** Not empty: several patients go by that ID, and nothing is answered until it is said which. */
  choose: z.array(deskPatientSchema),
});
export type PatientAnswer = z.infer<typeof patientAnswerSchema>;

/** POST /api/record/breach-reports: days in the region's time zone, both included. */
export const breachQuestionSchema = z.object({ userId: rowNumber, from: z.iso.date(), to: z.iso.date() }).refine(inOrder, ORDER);
export type BreachQuestion = z.input<typeof breachQuestionSchema>;

export const breachReportSchema = z.object({
  account: z.string(),
  from: z.string(),
  to: z.string(),
  entries: z.number(),
  complete: z.boolean(),
  listed: z.number(),
  refused: z.number(),
  given: z.number(),
  changed: z.number(),
  addresses: z.array(z.object({ address: z.string(), entries: z.number() })),
  patientsInAll: z.number(),
  facilities: z.array(
    z.object({
      code: z.string(),
      name: z.string(),
      patients: z.number(),
      studies: z.number(),
      images: z.number(),
      taken: z.boolean(),
      affected: z.array(
        z.object({
          /** Null: the record does not name the patient. */
          patientID: z.string().nullable(),
          studies: z.array(z.string()),
          images: z.number(),
          taken: z.boolean(),
          firstAt: z.string(),
          lastAt: z.string(),
        }),
      ),
      notice: z.object({ ja: z.string(), en: z.string() }),
    }),
  ),
  /** Draft of what the authority is told. */
  authorityNotice: z.object({ ja: z.string(), en: z.string() }),
});
export type BreachReport = z.infer<typeof breachReportSchema>;
