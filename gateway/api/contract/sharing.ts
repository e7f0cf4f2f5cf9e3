/** Shares, and who was given or opened a study. */
import { z } from 'zod';
import { HELD_BACK_MAX } from '../../domain/sharing/share.ts';
import { emailAddress, facilityCode, jobSchema, rowNumber, uid } from './fields.ts';

/** GET and POST /api/studies/:studyInstanceUID/shares; DELETE …/shares/:id */
export const shareSchema = z.object({
  id: z.string(),
  facility: z.object({ code: z.string(), name: z.string() }),
  /** Who of the facility it is for: at most one of these; both null: everybody. `romaji`: as createdByRomaji. */
  toJob: jobSchema.nullable(),
  toPerson: z.object({ name: z.string(), romaji: z.string() }).nullable(),
  notBefore: z.string().nullable(),
  until: z.string(),
  /** Otherwise it is for viewing only: no instance is handed out. */
  mayDownload: z.boolean(),
  /** Series Instance UIDs of which it shows nothing. */
  heldBack: z.array(z.string()),
  createdAt: z.string(),
  /** Null: made on the command line. */
  createdBy: z.string().nullable(),
  /** Empty where the kana do not tell it. */
  createdByRomaji: z.string().nullable(),
  revokedAt: z.string().nullable(),
});
export type Share = z.infer<typeof shareSchema>;
const dayOrTime = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
/** `until`: a date (the whole of that day, in the facility's time zone Asia/Tokyo unless RENKEI_TIME_ZONE says otherwise) or a full ISO 8601 time. */
export const createShareSchema = z
  .object({
    facilityCode,
    /** Only for those of a job in the facility, or for one person who works there (their e-mail address). */
    job: jobSchema.optional(),
    person: emailAddress.optional(),
    /** The same, of a doctor whom GET …/receivers found. */
    personId: rowNumber.optional(),
    /** Nothing is seen of it before: a date (from its first instant) or a time; absent: at once. */
    notBefore: dayOrTime.optional(),
    until: dayOrTime,
    /** Absent: as before, at first true. */
    mayDownload: z.boolean().optional(),
    /** Series of the study that are not shown. Absent: as before, at first none. */
    heldBack: z.array(uid).max(HELD_BACK_MAX).optional(),
  })
  .refine(({ job, person, personId }) => [job, person, personId].filter((one) => one !== undefined).length < 2, {
    message: 'job-or-person',
    path: ['person'],
  });
export type CreateShare = z.infer<typeof createShareSchema>;
export const shareListSchema = z.object({ shares: z.array(shareSchema) });

/** GET /api/studies/:studyInstanceUID/receivers/:code: of a facility, the jobs that somebody there has, and the doctors whose name begins with `q`, once enough is typed. */
export const receiverQuerySchema = z.object({ q: z.string().max(200).default('') });
export const receiverSchema = z.object({
  id: z.string(),
  name: z.string(),
  nameKana: z.string(),
  /** As in a user. */
  nameRomaji: z.string(),
  job: jobSchema,
});
export type Receiver = z.infer<typeof receiverSchema>;
export const receiverListSchema = z.object({ jobs: z.array(jobSchema), people: z.array(receiverSchema) });
export type ReceiverList = z.infer<typeof receiverListSchema>;

/** GET /api/studies/:studyInstanceUID/disclosures: who got or opened it, newest first. */
export const givenFields = {
  user: z.string().optional(),
  job: z.string().optional(),
  until: z.string().optional(),
  notBefore: z.string().optional(),
  viewOnly: z.literal(true).optional(),
  heldBack: z.array(z.string()).optional(),
};
export const disclosureSchema = z.object({
  seq: z.number(),
  at: z.string(),
  action: z.string(),
  outcome: z.string(),
  who: z.object({ name: z.string(), job: z.string().nullable(), facility: z.string().nullable() }),
  seriesInstanceUID: z.string().nullable(),
  count: z.number().nullable(),
  toFacility: z.string().nullable(),
  /** By what right: its kind, and the number of the share that gave it. Null where nothing was asked for, or it was refused. */
  right: z.object({ kind: z.string(), grant: z.string().optional() }).nullable(),
  /** What for: follows from the right. Null where the right says nothing, and in entries of earlier versions. */
  purpose: z.string().nullable(),
  /** Of the end of a view: how long it lasted. */
  seconds: z.number().nullable(),
  /** Why it was refused: a code. */
  refusal: z.string().nullable(),
  remoteAddress: z.string().nullable(),
  /** By somebody of the facility that owns the study. */
  ownStaff: z.boolean(),
  /** What a share said: to whom of the facility (a job, or a person's name), from when until when, and what for. */
  about: z.object(givenFields),
});
export type Disclosure = z.infer<typeof disclosureSchema>;
export const disclosureListSchema = z.object({
  disclosures: z.array(disclosureSchema),
  /** With the first page: when each person of another facility first opened the study, the latest to do so first. */
  openings: z.array(disclosureSchema),
  next: z.number().nullable(),
});
export type DisclosureList = z.infer<typeof disclosureListSchema>;
