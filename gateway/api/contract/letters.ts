/** Letters between facilities: what is written, what is bound to them, and what becomes of them. */
import { z } from 'zod';
import {
  EMPTY_CONTENT,
  isPlainLine,
  isPlainText,
  KEY_IMAGES_MAX,
  LETTER_KINDS,
  LETTER_LINE_CHARS_MAX,
  LETTER_LINES,
  LETTER_MARKS,
  LETTER_STUDIES_MAX,
  LETTER_TEXT_CHARS_MAX,
  LETTER_TEXTS,
  type LetterLine,
  type LetterMark,
  type LetterText,
} from '../../domain/referral/letter-content.ts';
import { LETTER_FILE_KINDS } from '../../domain/referral/letter-file.ts';
import { LETTER_STATES } from '../../domain/referral/letter-states.ts';
import { facilityCode, namedIssue, rowNumber, studyOf, uid } from './fields.ts';

export { LETTER_FILE_BYTES_MAX, LETTER_FILES_MAX } from '../../domain/referral/letter-file.ts';
export { ageOf, filledText, LETTER_VARIABLES } from '../../domain/referral/letter-variables.ts';
export { EMPTY_CONTENT, KEY_IMAGES_MAX, LETTER_MARKS, LETTER_STUDIES_MAX, LETTER_TEXTS };

export const LETTERS_LIMIT_MAX = 100;
export const LETTER_REASON_CHARS_MAX = 500;

/** What has no place in a letter is refused, not taken out: what is kept is what was written. */
const plain = (max: number, isPlain: (text: string) => boolean) =>
  z
    .string()
    .max(max)
    .refine(isPlain, { error: 'control-characters', params: { reason: 'control-characters' } });
const line = plain(LETTER_LINE_CHARS_MAX, isPlainLine);
const text = plain(LETTER_TEXT_CHARS_MAX, isPlainText);
const day = z.literal('').or(z.iso.date());

const shapeOf = <Name extends string, Schema extends z.ZodType>(names: readonly Name[], schema: Schema) =>
  Object.fromEntries(names.map((name) => [name, schema])) as Record<Name, Schema>;

export const letterContentSchema = z.object({
  ...shapeOf<LetterLine, typeof line>(LETTER_LINES, line),
  ...shapeOf<LetterText, typeof text>(LETTER_TEXTS, text),
  ...shapeOf<LetterMark, z.ZodBoolean>(LETTER_MARKS, z.boolean()),
  patientBirthDate: day,
  patientSex: z.enum(['', 'M', 'F', 'O']),
});
export type LetterContent = z.infer<typeof letterContentSchema>;

export const letterKindSchema = z.enum(LETTER_KINDS);
export const letterStateSchema = z.enum(LETTER_STATES);
export type LetterState = z.infer<typeof letterStateSchema>;

const keyImageSchema = z.object({ seriesInstanceUID: uid, sopInstanceUID: uid });

/** POST /api/letters. */
export const beginLetterSchema = z.object({
  kind: letterKindSchema,
  /** Of whom: the number of a patient of whom the writer sees a study. */
  patient: rowNumber.optional(),
  /** The letter that it replies to. */
  inReplyTo: rowNumber.optional(),
});
export type BeginLetter = z.infer<typeof beginLetterSchema>;

/** PATCH /api/letters/:id: all of a draft, as it is written now. */
export const saveLetterSchema = z.object({
  /** The one that the writer saw last: another one is refused (`draft-changed`). */
  revision: z.number().int().min(1),
  kind: letterKindSchema,
  to: facilityCode.optional(),
  /** A doctor there, by the number under which receivers are found. */
  toPerson: rowNumber.optional(),
  content: letterContentSchema,
  studies: z
    .array(z.object({ studyInstanceUID: uid, of: studyOf.optional(), keyImages: z.array(keyImageSchema).max(KEY_IMAGES_MAX) }))
    .max(LETTER_STUDIES_MAX),
});
export type SaveLetter = z.infer<typeof saveLetterSchema>;

export const sendLetterSchema = z.object({ revision: z.number().int().min(1) });

/** POST /api/letters/:id/acts. */
export const actOnLetterSchema = z
  .object({
    act: z.enum(['receive', 'open', 'close', 'recall', 'decline']),
    /** Told to the other side; due where it is recalled or declined. */
    reason: plain(LETTER_REASON_CHARS_MAX, isPlainLine).optional(),
    /** Another doctor is named, and this one reads it in their place. */
    takeOver: z.boolean().optional(),
  })
  .superRefine(({ act, reason = '' }, { addIssue }) => {
    if ((act === 'recall' || act === 'decline') && reason.trim() === '') addIssue(namedIssue('letter-reason', { path: ['reason'] }));
  });
export type ActOnLetter = z.infer<typeof actOnLetterSchema>;

export const receiptNotesSchema = z.object({ firstVisit: z.boolean(), visitedOn: day, gistWritten: z.boolean() });
export type ReceiptNotes = z.infer<typeof receiptNotesSchema>;

const facility = z.object({ code: z.string(), name: z.string() });
const times = z.object({
  send: z.string().nullable(),
  receive: z.string().nullable(),
  open: z.string().nullable(),
  answer: z.string().nullable(),
  close: z.string().nullable(),
  recall: z.string().nullable(),
  decline: z.string().nullable(),
});

const head = {
  id: z.string(),
  kind: letterKindSchema,
  state: letterStateSchema,
  /** The asker's facility sent it, or is to send it. */
  own: z.boolean(),
  inReplyTo: z.string().nullable(),
  from: facility,
  to: facility.nullable(),
  times,
  createdAt: z.string(),
  /** Why it was recalled or declined. */
  reason: z.string(),
};

export const listedLetterSchema = z.object({
  ...head,
  /** Nothing in it of what was recalled or declined, for who was sent it. */
  content: letterContentSchema.pick({
    patientName: true,
    patientKana: true,
    patientBirthDate: true,
    patientSex: true,
    toDepartment: true,
    toDoctor: true,
    fromDepartment: true,
    fromDoctor: true,
    replyAsked: true,
  }),
  studyCount: z.number(),
  fileCount: z.number(),
});
export type ListedLetter = z.infer<typeof listedLetterSchema>;

export const letterListQuerySchema = z.object({
  box: z.enum(['in', 'out', 'drafts']).default('in'),
  state: letterStateSchema.optional(),
  /** Id of the last of the page before. */
  after: rowNumber.optional(),
  limit: z.coerce.number().int().min(1).max(LETTERS_LIMIT_MAX).default(30),
});
export type LetterListQuery = z.input<typeof letterListQuerySchema>;
export const letterListSchema = z.object({ letters: z.array(listedLetterSchema), next: z.string().nullable() });
export type LetterList = z.infer<typeof letterListSchema>;
/** Of one person, the newest first. */
export const personLettersSchema = z.object({ letters: z.array(listedLetterSchema) });

export const letterSchema = z.object({
  ...head,
  revision: z.number(),
  content: letterContentSchema,
  notes: receiptNotesSchema,
  toPerson: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Whose page is /patients/<patient>, for who sees a study of that patient. */
  patient: z.string().nullable(),
  studies: z.array(
    z.object({
      studyInstanceUID: uid,
      of: studyOf,
      studyDate: z.string(),
      studyDescription: z.string(),
      modalities: z.array(z.string()),
      keyImages: z.array(keyImageSchema),
    }),
  ),
  files: z.array(z.object({ id: z.string(), name: z.string(), kind: z.enum(LETTER_FILE_KINDS), bytes: z.number() })),
  replies: z.array(z.object({ id: z.string(), kind: letterKindSchema, at: z.string() })),
  sentBy: z.string().nullable(),
  openedBy: z.string().nullable(),
  /** Last instant at which what is bound to it is open. */
  until: z.string().nullable(),
  /** What the asker may do with it now. `takeOver`: open it in the place of the doctor who is named. */
  may: z.object({
    write: z.boolean(),
    receive: z.boolean(),
    open: z.enum(['no', 'itself', 'take-over']),
    answer: z.boolean(),
    close: z.boolean(),
    decline: z.boolean(),
    recall: z.boolean(),
    note: z.boolean(),
  }),
});
export type Letter = z.infer<typeof letterSchema>;

/** What a facility's people hear of without a patient's name. */
export const letterNewsSchema = z.object({
  news: z.array(
    z.object({
      letter: z.string(),
      kind: letterKindSchema,
      what: z.enum(['arrived', 'recalled', 'declined']),
      at: z.string(),
      other: facility,
    }),
  ),
});
export type LetterNews = z.infer<typeof letterNewsSchema>['news'][number];

/** Whom of a facility a letter may name. */
export const letterDoctorsQuerySchema = z.object({ name: z.string().max(100).default('') });
export const letterDoctorsSchema = z.object({ people: z.array(z.object({ id: z.string(), name: z.string(), nameKana: z.string() })) });
export type LetterDoctor = z.infer<typeof letterDoctorsSchema>['people'][number];

/** What a template says: nothing of a patient. */
const TEMPLATE_LINES = ['toDepartment', 'toDoctor', 'fromDepartment', 'fromDoctor', 'fromAddress', 'fromPhone'] as const;
export const templateContentSchema = z.object({
  ...shapeOf(TEMPLATE_LINES, line),
  ...shapeOf<LetterText, typeof text>(LETTER_TEXTS, text),
  ...shapeOf<LetterMark, z.ZodBoolean>(LETTER_MARKS, z.boolean()),
});
export const keepTemplateSchema = z.object({
  name: plain(100, isPlainLine).refine((given) => given.trim() !== '', { error: 'empty' }),
  department: plain(100, isPlainLine),
  kind: letterKindSchema,
  content: templateContentSchema.partial(),
});
export type KeepTemplate = z.infer<typeof keepTemplateSchema>;
export const letterTemplateSchema = keepTemplateSchema.extend({ id: z.string() });
export type LetterTemplate = z.infer<typeof letterTemplateSchema>;
export const letterTemplatesSchema = z.object({ templates: z.array(letterTemplateSchema) });
