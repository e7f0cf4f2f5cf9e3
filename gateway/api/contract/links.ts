/** Which patients of the region's facilities are one person: the desk's questions. */
import { z } from 'zod';
import { personName, rowNumber, typedText } from './fields.ts';

export const LINKS_LIMIT_MAX = 100;

/** What a facility says of a patient. */
export const deskPatientSchema = z.object({
  id: z.string(),
  facility: z.object({ code: z.string(), name: z.string() }),
  patientID: z.string(),
  issuerOfPatientID: z.string(),
  patientName: personName,
  /** DA or ''. */
  patientBirthDate: z.string(),
  patientSex: z.string(),
  /** The same of patients that are one person. */
  person: z.string(),
});
export type DeskPatient = z.infer<typeof deskPatientSchema>;

export const linkSchema = z.object({
  id: z.string(),
  state: z.enum(['proposed', 'confirmed', 'rejected', 'undone']),
  patient: deskPatientSchema,
  other: deskPatientSchema,
  /** Bits: each doubles the odds that they are one person. Null: somebody said so. */
  score: z.number().nullable(),
  /** Codes of what speaks for it and against it, the weightiest first. */
  reasons: z.array(z.string()),
  proposedAt: z.string(),
  decidedAt: z.string().nullable(),
  undoneAt: z.string().nullable(),
});
export type Link = z.infer<typeof linkSchema>;

export const linkListQuerySchema = z.object({
  /** Id of the last of the page before. */
  after: rowNumber.optional(),
  limit: z.coerce.number().int().min(1).max(LINKS_LIMIT_MAX).default(20),
});
export const linkListSchema = z.object({ links: z.array(linkSchema), next: z.string().nullable() });
export type LinkList = z.infer<typeof linkListSchema>;

export const proposeLinkSchema = z.object({ patient: rowNumber, other: rowNumber });
export type ProposeLink = z.infer<typeof proposeLinkSchema>;
export const decideLinkSchema = z.object({ state: z.enum(['confirmed', 'rejected']) });
export type DecideLink = z.infer<typeof decideLinkSchema>;

/** Whole identifiers, and some of a name in any script; by nothing nobody is found. In a body: an address would stand in logs. */
export const deskSearchSchema = z.object({
  patientID: typedText.min(1).max(64).optional(),
  birthDate: z.iso.date().optional(),
  name: typedText.min(1).max(200).optional(),
});
export type AskDesk = z.input<typeof deskSearchSchema>;
export const deskPatientListSchema = z.object({ patients: z.array(deskPatientSchema), more: z.boolean() });
export type DeskPatientList = z.infer<typeof deskPatientListSchema>;

export const deskPatientDetailSchema = z.object({
  patient: deskPatientSchema,
  /** Who is the same person. */
  joined: z.array(deskPatientSchema),
  /** What was ever said of it, the newest first. */
  links: z.array(linkSchema),
});
export type DeskPatientDetail = z.infer<typeof deskPatientDetailSchema>;
export const undoneLinksSchema = z.object({ links: z.array(linkSchema) });
