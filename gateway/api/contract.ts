/**
 * The application API: what the viewer and the gateway agree on. The only file they share.
 * Schemas check what comes in; their types are what goes out. Dates are ISO 8601 text, DICOM dates stay DA (YYYYMMDD).
 */
import { z } from 'zod';
import { OBJECT_NAME } from '../domain/imaging/object-name.ts';
import { ADDRESS_RANGE_CHARS_MAX, addressRange } from '../domain/people/network.ts';

export const jobSchema = z.enum(['physician', 'dentist', 'radiographer', 'nurse', 'pharmacist', 'technologist', 'clerk', 'administrator']);
export const languageSchema = z.enum(['ja', 'en']);

/** UTF-16 units of a password in a request; the rule itself, with its reasons, is the gateway's (`auth/password-rule.ts`). */
export const PASSWORD_UNITS_MAX = 1024;
export const STUDY_LIST_LIMIT_MAX = 200;

/** As it is stored, valid or not. */
const uid = z.string().regex(OBJECT_NAME);
/** Which of the studies that go by the UID: a summary's `of`. */
const studyOf = z.string().regex(/^[A-Za-z0-9_-]{1,32}(~[1-9][0-9]{0,8})?$/);
const facilityCode = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/);
/** PS3.5 table 6.2-1 AE: no control characters or backslash, 16 at most. */
export const aeTitle = z
  .string()
  .trim()
  .min(1)
  .max(16)
  .regex(/^[\x20-\x5b\x5d-\x7e]+$/);
const password = z.string().min(1).max(PASSWORD_UNITS_MAX);

/** Every error of /api: a word of `ErrorKind` and a short reason for engineers; the viewer words it for people. */
export const problemSchema = z.object({
  error: z.string(),
  message: z.string(),
  /** Which of the reasons for that error, by code: `password-common`, `last-administrator`, … */
  reason: z.string().optional(),
  /** What the reason is about: the member that is malformed, the code or AE title that is taken. Never personal. */
  value: z.string().optional(),
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

// ── Session and self ─────────────────────────────────────────────────────────
/** POST /api/session. Sets the cookies `renkei_session` and `renkei_device` (HttpOnly, SameSite=Strict; behind https `__Host-…`, Secure). */
export const signInSchema = z.object({
  email: z.string().trim().toLowerCase().min(3).max(254),
  password,
});
export type SignIn = z.infer<typeof signInSchema>;

/** GET /api/session (401 when signed out) and the answer of POST /api/session. */
export const sessionSchema = z.object({
  user: z.object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    job: jobSchema,
    administrator: z.boolean(),
    language: languageSchema.nullable(),
    facility: z.object({ code: z.string(), name: z.string() }).nullable(),
  }),
  /** Sent back as the header `x-renkei-csrf` with every request that changes something. */
  csrfToken: z.string(),
  /** In how many ms the session ends if nothing is done, and at the latest. Null for a token. A request with `x-renkei-poll: 1` is not something done. */
  ends: z.object({ idleInMs: z.number(), inMs: z.number() }).nullable(),
  /** True for a synthetic region: the viewer shows a banner. */
  synthetic: z.boolean(),
});
export type Session = z.infer<typeof sessionSchema>;

/** PATCH /api/me */
export const changeMeSchema = z.object({
  language: languageSchema.optional(),
  currentPassword: z.string().max(PASSWORD_UNITS_MAX).optional(),
  newPassword: password.optional(),
});
export type ChangeMe = z.infer<typeof changeMeSchema>;

/** GET /api/tokens, POST /api/tokens, DELETE /api/tokens/:id */
export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
});
export type Token = z.infer<typeof tokenSchema>;
/** Without `days` a token lasts 90. */
export const createTokenSchema = z.object({ name: z.string().trim().min(1).max(100), days: z.number().int().min(1).max(3650).optional() });
export const createdTokenSchema = z.object({ id: z.string(), token: z.string(), expiresAt: z.string() });

/** GET /api/sessions; DELETE /api/sessions (all others), DELETE /api/sessions/:id */
export const openSessionSchema = z.object({
  id: z.string(),
  /** This one. */
  current: z.boolean(),
  /** `Chrome · Windows`; empty when the browser did not say. */
  device: z.string(),
  remoteAddress: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
});
export type OpenSession = z.infer<typeof openSessionSchema>;

/** Studies that a page holds: on its screen, in its list, in its memory. */
export const STANDING_STUDIES_MAX = 60;
/** GET /api/standing?studies=UID!OF,…: whether a page may still show what it holds, each by its exact address. 401 when the session has ended. */
export const standingQuerySchema = z.object({
  studies: z
    .string()
    .max(12_000)
    .default('')
    .transform((text) => (text === '' ? [] : text.split(',').map((one) => one.split('!'))))
    .pipe(z.array(z.tuple([uid, studyOf])).max(STANDING_STUDIES_MAX)),
});
/** `user`: whose session it is; another tab may have signed somebody else in. `studies`: in the order of the question. */
export const standingSchema = z.object({ user: z.string(), studies: z.array(z.boolean()) });
export type Standing = z.infer<typeof standingSchema>;

// ── Studies ──────────────────────────────────────────────────────────────────
const personName = z.object({ Alphabetic: z.string().optional(), Ideographic: z.string().optional(), Phonetic: z.string().optional() });
export type PersonName = z.infer<typeof personName>;

/** GET /api/studies. The ETag of an answer differs when another answer is to be expected; `If-None-Match` with it gives 304. */
export const studyListQuerySchema = z.object({
  q: z.string().max(200).optional(),
  /** Comma-separated: CT,MR */
  modality: z.string().max(200).optional(),
  from: z
    .string()
    .regex(/^\d{8}$/)
    .optional(),
  to: z
    .string()
    .regex(/^\d{8}$/)
    .optional(),
  ownership: z.enum(['own', 'shared']).optional(),
  /** `true`: only what nobody of the asker's facility has opened. */
  unopened: z.enum(['true', 'false']).optional(),
  /** Newest first by study date (default), or as they arrived or were shared. */
  order: z.enum(['study-date', 'arrived']).optional(),
  after: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(STUDY_LIST_LIMIT_MAX).default(50),
});
export type StudyListQuery = z.input<typeof studyListQuerySchema>;

export const studySummarySchema = z.object({
  studyInstanceUID: z.string(),
  owner: z.object({ code: z.string(), name: z.string() }),
  /** Set when the UID alone leads the asker to another study: then it goes with each request for this one, as the parameter `of`. */
  of: z.string().nullable(),
  /** The same for this study and no other, whatever its UID alone will lead to: for what is changed, and for what stays open. */
  exact: z.string(),
  /** How many other studies go by the same UID that the asker may see. */
  besides: z.number(),
  /** Null for the facility's own studies; otherwise when the share ends. */
  sharedUntil: z.string().nullable(),
  patientID: z.string(),
  patientName: personName,
  patientBirthDate: z.string(),
  patientSex: z.string(),
  studyDate: z.string(),
  studyTime: z.string(),
  studyDescription: z.string(),
  accessionNumber: z.string(),
  referringPhysicianName: personName,
  modalities: z.array(z.string()),
  seriesCount: z.number(),
  instanceCount: z.number(),
  /** Frames of all instances but clips. */
  imageCount: z.number(),
  /** Instances whose frames are played. */
  clipCount: z.number(),
  complete: z.boolean(),
  /** When it first came, or was shared with the asker's facility. */
  arrivedAt: z.string(),
  /** Somebody of the asker's facility has opened it. */
  opened: z.boolean(),
  receivedAt: z.string(),
  /** The asker may share, revoke and read who opened it. */
  mayShare: z.boolean(),
});
export type StudySummary = z.infer<typeof studySummarySchema>;
export const studyListSchema = z.object({ studies: z.array(studySummarySchema), next: z.string().nullable() });
export type StudyList = z.infer<typeof studyListSchema>;

/** GET /api/studies/:studyInstanceUID. Thumbnails: /dicom-web/studies/…/series/…/thumbnail */
export const seriesSummarySchema = z.object({
  seriesInstanceUID: z.string(),
  modality: z.string(),
  seriesNumber: z.number().nullable(),
  seriesDescription: z.string(),
  bodyPartExamined: z.string(),
  instanceCount: z.number(),
  imageCount: z.number(),
  clipCount: z.number(),
  /** Each is a stack of its own; the first CLIPS_LISTED_MAX of a study. */
  clips: z.array(z.object({ sopInstanceUID: z.string(), instanceNumber: z.number().nullable(), frames: z.number() })),
});
export type SeriesSummary = z.infer<typeof seriesSummarySchema>;
export const studyDetailSchema = studySummarySchema.extend({ series: z.array(seriesSummarySchema) });
export type StudyDetail = z.infer<typeof studyDetailSchema>;

// ── Shares ───────────────────────────────────────────────────────────────────
/** GET and POST /api/studies/:studyInstanceUID/shares; DELETE …/shares/:id */
export const shareSchema = z.object({
  id: z.string(),
  facility: z.object({ code: z.string(), name: z.string() }),
  until: z.string(),
  createdAt: z.string(),
  createdBy: z.string(),
  revokedAt: z.string().nullable(),
});
export type Share = z.infer<typeof shareSchema>;
/** `until`: a date (the whole of that day, in the facility's time zone Asia/Tokyo unless RENKEI_TIME_ZONE says otherwise) or a full ISO 8601 time. */
export const createShareSchema = z.object({ facilityCode, until: z.union([z.iso.date(), z.iso.datetime({ offset: true })]) });
export type CreateShare = z.infer<typeof createShareSchema>;
export const shareListSchema = z.object({ shares: z.array(shareSchema) });

/** GET /api/studies/:studyInstanceUID/disclosures: who got or opened it, newest first. */
export const disclosureSchema = z.object({
  seq: z.number(),
  at: z.string(),
  action: z.string(),
  outcome: z.string(),
  who: z.object({ name: z.string(), job: z.string().nullable(), facility: z.string().nullable() }),
  seriesInstanceUID: z.string().nullable(),
  count: z.number().nullable(),
  toFacility: z.string().nullable(),
  right: z.string().nullable(),
  remoteAddress: z.string().nullable(),
  /** By somebody of the facility that owns the study. */
  ownStaff: z.boolean(),
});
export type Disclosure = z.infer<typeof disclosureSchema>;
export const disclosureListSchema = z.object({
  disclosures: z.array(disclosureSchema),
  /** With the first page: when each person of another facility first opened the study, the latest to do so first. */
  openings: z.array(disclosureSchema),
  next: z.number().nullable(),
});
export type DisclosureList = z.infer<typeof disclosureListSchema>;

// ── Facilities and people ────────────────────────────────────────────────────
/** GET /api/facilities: the region's directory. `aeTitles` only for administrators. */
/** One rule for the page, the API, the command line and the DIMSE door. */
export const isAddressRange = (text: string) => addressRange(text) !== undefined;
const aeTitleEntry = z.object({
  aeTitle,
  /** CIDR or one address; `domain/people/network.ts` says what is one. */
  addressRange: z.string().max(ADDRESS_RANGE_CHARS_MAX).optional(),
  /** Where it answers a C-ECHO of ours: both or neither. */
  host: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9_.:-]+$/)
    .optional(),
  port: z.number().int().min(1).max(65535).optional(),
  certificateSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
const at = z.string().optional();
/** `contact`: when it was last heard of, and what last went wrong. */
const aeTitleSchema = aeTitleEntry.extend({ contact: z.object({ receivedAt: at, failedAt: at, error: z.string().optional() }).optional() });
/** POST /api/facilities/:code/ae-titles/:aeTitle/echo. `failed`: answered with the status in `detail`. */
export const echoSchema = z.object({ outcome: z.enum(['answered', 'failed', 'rejected', 'unreachable']), detail: z.string().nullable() });
export type Echo = z.infer<typeof echoSchema>;
export const facilitySchema = z.object({
  code: z.string(),
  name: z.string(),
  nameKana: z.string(),
  nameRomaji: z.string(),
  aeTitles: z.array(aeTitleSchema).optional(),
});
export type Facility = z.infer<typeof facilitySchema>;
export const facilityListSchema = z.object({ facilities: z.array(facilitySchema) });
/** POST /api/facilities; PATCH /api/facilities/:code */
export const createFacilitySchema = z.object({
  code: facilityCode,
  name: z.string().trim().min(1).max(200),
  nameKana: z.string().trim().max(200).default(''),
  nameRomaji: z.string().trim().max(200).default(''),
  aeTitles: z.array(aeTitleEntry).max(50).default([]),
});
export type CreateFacility = z.input<typeof createFacilitySchema>;
export const changeFacilitySchema = z.object({
  name: z.string().trim().min(1).max(200).optional(),
  nameKana: z.string().trim().max(200).optional(),
  nameRomaji: z.string().trim().max(200).optional(),
  aeTitles: z.array(aeTitleEntry).max(50).optional(),
});

/** GET and POST /api/users; PATCH /api/users/:id */
export const userSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  nameKana: z.string(),
  job: jobSchema,
  administrator: z.boolean(),
  facility: z.object({ code: z.string(), name: z.string() }).nullable(),
  disabled: z.boolean(),
});
export type User = z.infer<typeof userSchema>;
export const userListSchema = z.object({ users: z.array(userSchema) });
export const createUserSchema = z.object({
  email: z
    .string()
    .trim()
    .toLowerCase()
    .min(3)
    .max(254)
    .regex(/^[^@\s]+@[^@\s]+$/),
  name: z.string().trim().min(1).max(200),
  nameKana: z.string().trim().max(200).default(''),
  /** Null only for an administrator of the secretariat. */
  facilityCode: facilityCode.nullable(),
  job: jobSchema,
  administrator: z.boolean().default(false),
  password,
});
export type CreateUser = z.input<typeof createUserSchema>;
export const changeUserSchema = z.object({
  name: z.string().trim().min(1).max(200).optional(),
  nameKana: z.string().trim().max(200).optional(),
  job: jobSchema.optional(),
  administrator: z.boolean().optional(),
  newPassword: password.optional(),
  disabled: z.boolean().optional(),
  unlock: z.literal(true).optional(),
});

// ── Uploads ──────────────────────────────────────────────────────────────────
/** POST /api/uploads/known: which of these files (SHA-256 of the whole file) the facility already keeps, so that a broken-off upload resumes. */
export const UPLOAD_KNOWN_MAX = 1000;
export const knownFilesSchema = z.object({ sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(UPLOAD_KNOWN_MAX) });
/**
 * POST /api/uploads/held: how much of these exams the facility keeps already, asked before anything is sent; the answer has their order.
 * At most UPLOAD_KNOWN_MAX instances in all.
 */
export const UPLOAD_STUDIES_MAX = 200;
const headerText = z.string().max(1024);
export const heldQuestionSchema = z.object({
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
export type HeldQuestion = z.infer<typeof heldQuestionSchema>;
export const heldAnswerSchema = z.object({
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
export type HeldAnswer = z.infer<typeof heldAnswerSchema>;
/** Beside an uploaded file: its path, percent-encoded (RFC 3986 2.1), for who looks for it when it could not be read. */
export const FILE_NAME_HEADER = 'x-renkei-file-name';
export const FILE_NAME_CHARS_MAX = 500;
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

// ── Administration ───────────────────────────────────────────────────────────
/** GET /api/quarantine?before=&limit= */
export const quarantineSchema = z.object({
  id: z.string(),
  at: z.string(),
  facilityCode: z.string(),
  reason: z.string(),
  bytes: z.number(),
  door: z.string(),
  sender: z.string().nullable(),
  /** As the sender calls it; null: it came without a name. */
  fileName: z.string().nullable(),
  /** The asker may take the file out. */
  mayTakeOut: z.boolean(),
});
/** POST /api/quarantine/:id/retry. `quarantined`: still unreadable, and why. */
export const retriedQuarantineSchema = z.object({
  outcome: z.enum(['stored', 'duplicate', 'new-version', 'quarantined', 'refused', 'skipped']),
  reason: z.string().nullable(),
});
export type RetriedQuarantine = z.infer<typeof retriedQuarantineSchema>;
export type Quarantine = z.infer<typeof quarantineSchema>;
export const quarantineListSchema = z.object({ entries: z.array(quarantineSchema) });
/** GET /api/warnings: what the operator should change, newest first. */
export const warningSchema = z.object({
  code: z.enum(['proxy-not-trusted', 'proxy-not-named']),
  /** Where from, or which setting: no patient, no person. */
  detail: z.string(),
  firstAt: z.string(),
  lastAt: z.string(),
  count: z.number(),
});
export type Warning = z.infer<typeof warningSchema>;
/** The whole chain, for administrators. Same shape as disclosures, plus the study. */
export const recordEntrySchema = disclosureSchema.extend({
  studyInstanceUID: z.string().nullable(),
  ownerFacility: z.string().nullable(),
  /** Whom or what it was done to, for engineers: a code, a name, the changed fields. */
  detail: z.string().nullable(),
});
export type RecordEntry = z.infer<typeof recordEntrySchema>;
/** GET /api/record?before=&limit=&who=&action=&about=&from=&to=: days in the region's time zone, both included. */
export const recordQuerySchema = z.object({
  who: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional(),
  action: z
    .string()
    .regex(/^[a-z-]{1,40}$/)
    .optional(),
  /** A Patient ID or a Study Instance UID, whole. */
  about: z.string().trim().min(1).max(200).optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});
export type RecordQuery = z.output<typeof recordQuerySchema>;
export const recordListSchema = z.object({ entries: z.array(recordEntrySchema), next: z.number().nullable() });
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
