/** One's own session, account and tokens. */
import { z } from 'zod';
import { STANDING_LETTERS_MAX, STANDING_STUDIES_MAX } from './bounds.ts';
import { emailAddress, jobSchema, languageSchema, newPassword, password, rowNumber, studyOf, typedText, uid } from './fields.ts';
import { letterStateSchema } from './letters.ts';
import { passkeyAnswerSchema, passkeySchema } from './passkeys.ts';

const RECOVERY_CODE_CHARS_MAX = 64;
const withoutSpaces = (text: string) => text.replace(/\s/g, '');

/** POST /api/session. Sets the cookies `renkei_session` and `renkei_device` (HttpOnly, SameSite=Strict; behind https `__Host-…`, Secure). */
export const signInSchema = z.object({
  email: emailAddress,
  password,
});
export type SignIn = z.infer<typeof signInSchema>;

/** GET /api/session (401 when signed out) and the answer of POST /api/session. */
export const sessionSchema = z.object({
  user: z.object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    /** By its kana; empty when they do not tell. */
    nameRomaji: z.string(),
    job: jobSchema,
    administrator: z.boolean(),
    language: languageSchema.nullable(),
    facility: z.object({ code: z.string(), name: z.string() }).nullable(),
    secondFactor: z.boolean(),
    /** The region demands a second factor of the job: until it is set up nothing else is answered. */
    mustSetUpFactor: z.boolean(),
    /** Somebody else has set the password: until it is changed nothing else is answered. */
    mustChangePassword: z.boolean(),
    /** Their job may open images in an emergency; review what was opened so of the facility’s. */
    opensEmergencies: z.boolean(),
    reviewsEmergencies: z.boolean(),
    /** Lists of patients may be brought in, of the own facility or of each. */
    importsRosters: z.boolean(),
    /** The month’s fee evidence of the own facility, or of each. */
    readsFees: z.boolean(),
    /** What they may do with letters between facilities; absent: nothing. */
    letters: z.enum(['read', 'write']).optional(),
  }),
  /** Sent back as the header `x-renkei-csrf` with every request that changes something. */
  csrfToken: z.string(),
  /** In how many ms the session ends if nothing is done, and at the latest. Null for a token. A request with `x-renkei-poll: 1` is not something done. */
  ends: z.object({ idleInMs: z.number(), inMs: z.number() }).nullable(),
  /** True for a synthetic region: the viewer shows a banner. */
  synthetic: z.boolean(),
  /** As the region's patients know it; empty: nobody has said (RENKEI_REGION_NAME). */
  regionName: z.string(),
});
export type Session = z.infer<typeof sessionSchema>;

/** The other answer of POST /api/session: a second factor is on, and nobody is signed in yet. A cookie of its own keeps how far it went. */
export const FACTOR_WAYS = ['passkey', 'authenticator', 'recovery-code'] as const;
export const halfSignInSchema = z.object({ secondFactor: z.object({ ways: z.array(z.enum(FACTOR_WAYS)), endsInMs: z.number() }) });
export type HalfSignIn = z.infer<typeof halfSignInSchema>;

/** Of an authenticator app. */
const authenticatorCode = z
  .string()
  .normalize('NFKC')
  .transform(withoutSpaces)
  .pipe(z.string().regex(/^\d{6}$/, 'code'));
const recoveryCode = typedText.min(1).max(RECOVERY_CODE_CHARS_MAX);

const shownFactor = { code: authenticatorCode.optional(), recoveryCode: recoveryCode.optional(), passkey: passkeyAnswerSchema.optional() };
const howMany = (shown: { code?: unknown; recoveryCode?: unknown; passkey?: unknown }) =>
  [shown.code, shown.recoveryCode, shown.passkey].filter((one) => one !== undefined).length;

/** POST /api/session/second-factor, one of them. */
export const secondStepSchema = z.object(shownFactor).refine((shown) => howMany(shown) === 1, { message: 'required', path: ['code'] });
export type SecondStep = z.input<typeof secondStepSchema>;

/** POST /api/session/confirmation: the password, and a code where a second factor is on; or a passkey alone. */
export const confirmationSchema = z
  .object({ password: password.optional(), ...shownFactor })
  .refine(({ password: typed, passkey }) => (typed === undefined) !== (passkey === undefined), { message: 'required', path: ['password'] });
export type Confirmation = z.input<typeof confirmationSchema>;

/** GET /api/factors: one's own second factor. */
export const factorsSchema = z.object({
  authenticator: z.object({ since: z.string() }).nullable(),
  passkeys: z.array(passkeySchema),
  /** One can be added at this address. */
  passkeysPossible: z.boolean(),
  recoveryCodesLeft: z.number(),
});
export type Factors = z.infer<typeof factorsSchema>;
/** POST /api/factors/authenticator: shown once, in force only when a code of it was given. */
export const newAuthenticatorSchema = z.object({ secret: z.string(), uri: z.string() });
export type NewAuthenticator = z.infer<typeof newAuthenticatorSchema>;
export const confirmAuthenticatorSchema = z.object({ code: authenticatorCode });
/** Shown once. Empty: the codes that were made before still stand. */
export const recoveryCodesSchema = z.object({ recoveryCodes: z.array(z.string()) });
export type RecoveryCodes = z.infer<typeof recoveryCodesSchema>;

/** PATCH /api/me: another language, or another password, or both. */
export const changePasswordSchema = z.object({ currentPassword: password, newPassword });
export const changeMeSchema = changePasswordSchema.partial().extend({ language: languageSchema.optional() });
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

/** GET /api/standing?studies=UID!OF!SHOWN,…: whether a page may still show what it holds, each by its exact address and as its summary says. 401 when the session has ended. */
export const standingQuerySchema = z.object({
  studies: z
    .string()
    .max(12_000)
    .default('')
    .transform((text) => (text === '' ? [] : text.split(',').map((one) => one.split('!'))))
    .pipe(z.array(z.tuple([uid, studyOf, z.string().regex(/^[a-z0-9]{1,16}$/)])).max(STANDING_STUDIES_MAX)),
  /** Numbers of letters that it shows. */
  letters: z
    .string()
    .max(200)
    .default('')
    .transform((text) => (text === '' ? [] : text.split(',')))
    .pipe(z.array(rowNumber).max(STANDING_LETTERS_MAX)),
});
/** `changed`: more or less of it is held back than the page was told. `barred`: it is in the reader's lists still, but their job may look at it no more. */
export const STANDINGS = ['stands', 'changed', 'ended', 'barred'] as const;
/** `user`: whose session it is; another tab may have signed somebody else in. `studies`: in the order of the question. */
export const standingSchema = z.object({
  user: z.string(),
  studies: z.array(z.enum(STANDINGS)),
  /** The state of each letter, in the order of the question; null: its reader may read it no more. */
  letters: z.array(letterStateSchema.nullable()),
});
export type Standing = z.infer<typeof standingSchema>;
