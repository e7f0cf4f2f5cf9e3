/** What the owner must be told of its own studies; and one's own news by mail. */
import { z } from 'zod';
import { MAIL_KINDS, MAIL_MODES } from '../../domain/people/mail.ts';
import { emailAddress, typedText, uid } from './fields.ts';
import { studySummarySchema } from './studies.ts';

/** GET /api/notices?limit=&studies=: what the owner must be told of its own studies, newest first. */
export const NOTICES_LIMIT_MAX = 200;
export const settlementSchema = z.enum(['correction', 'two-objects']);
export type Settlement = z.infer<typeof settlementSchema>;
/** POST /api/notices/:id/settlement. `correction`: the new place is right and the former one is emptied into it. `two-objects`: both stay. */
export const settleNoticeSchema = z.object({ settlement: settlementSchema });
export const settledNoticeSchema = z.object({ settlement: settlementSchema, moved: z.number() });
export type SettledNotice = z.infer<typeof settledNoticeSchema>;
export const noticeListQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(NOTICES_LIMIT_MAX).default(50),
  /** `true`: with each study as it stands now, which shows a patient and goes on record. */
  studies: z.enum(['true', 'false']).default('false'),
});
export type NoticeListQuery = z.input<typeof noticeListQuerySchema>;
export const noticeSchema = z.object({
  id: z.string(),
  /** When it last happened; one notice counts what happened to the study within a day. */
  at: z.string(),
  /**
   * `new-version`: other bytes under a known UID. `patient-changed`: a header that says something else of the same patient.
   * `image-damaged`: what is kept is not what was received; sending it again mends it.
   * `other-patient`: a header that names another patient under a known Study Instance UID: it is a study beside the first.
   * `same-instance`: a SOP Instance UID that is held in another study or series too.
   */
  kind: z.enum(['new-version', 'patient-changed', 'image-damaged', 'other-patient', 'same-instance']),
  /** The asker may say which of the two places is right: POST /api/notices/:id/settlement. */
  maySettle: z.boolean(),
  settlement: settlementSchema.nullable(),
  /** The study that held the UID before; null for the kinds that ask for no decision. */
  other: z.object({ studyInstanceUID: uid, study: studySummarySchema.nullable() }).nullable(),
  count: z.number(),
  studyInstanceUID: uid,
  /** The newest instance; null when no one instance stands for it. */
  sopInstanceUID: uid.nullable(),
  /** Null when not asked for, and when all images have moved to another study. */
  study: studySummarySchema.nullable(),
});
export type Notice = z.infer<typeof noticeSchema>;
export const noticeListSchema = z.object({ notices: z.array(noticeSchema) });
export type NoticeList = z.infer<typeof noticeListSchema>;

export { MAIL_KINDS, MAIL_MODES };
export const mailKindSchema = z.enum(MAIL_KINDS);
export const mailModeSchema = z.enum(MAIL_MODES);

/** GET /api/mail */
export const mailChoicesSchema = z.object({
  /** The region has a mail server. */
  served: z.boolean(),
  /** Confirmed; null: none. */
  address: z.string().nullable(),
  /** The code that was sent to it has not been typed yet. */
  pendingAddress: z.string().nullable(),
  mode: mailModeSchema,
  kinds: z.array(mailKindSchema),
  /** When a mail last did not arrive, since the last one that did. */
  failedAt: z.string().nullable(),
});
export type MailChoices = z.infer<typeof mailChoicesSchema>;

/** PATCH /api/mail */
export const chooseMailSchema = z.object({
  mode: mailModeSchema,
  kinds: z.array(mailKindSchema).min(1, 'unchosen').max(MAIL_KINDS.length),
});
export type ChooseMail = z.infer<typeof chooseMailSchema>;
/** POST /api/mail/address: a code is sent there. */
export const mailAddressSchema = z.object({ address: emailAddress });
export type MailAddress = z.infer<typeof mailAddressSchema>;
/** POST /api/mail/confirmation */
export const mailCodeSchema = z.object({
  code: typedText.transform((text) => text.replace(/[\s-]/g, '')).pipe(z.string().regex(/^\d{8}$/)),
});
export type MailCode = z.input<typeof mailCodeSchema>;
