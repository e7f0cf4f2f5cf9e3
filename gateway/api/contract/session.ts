/** One's own session, account and tokens. */
import { z } from 'zod';
import { STANDING_STUDIES_MAX } from './bounds.ts';
import { emailAddress, jobSchema, languageSchema, newPassword, password, studyOf, uid } from './fields.ts';

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
  }),
  /** Sent back as the header `x-renkei-csrf` with every request that changes something. */
  csrfToken: z.string(),
  /** In how many ms the session ends if nothing is done, and at the latest. Null for a token. A request with `x-renkei-poll: 1` is not something done. */
  ends: z.object({ idleInMs: z.number(), inMs: z.number() }).nullable(),
  /** True for a synthetic region: the viewer shows a banner. */
  synthetic: z.boolean(),
});
export type Session = z.infer<typeof sessionSchema>;

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
});
/** `changed`: more or less of it is held back than the page was told. */
export const STANDINGS = ['stands', 'changed', 'ended'] as const;
/** `user`: whose session it is; another tab may have signed somebody else in. `studies`: in the order of the question. */
export const standingSchema = z.object({ user: z.string(), studies: z.array(z.enum(STANDINGS)) });
export type Standing = z.infer<typeof standingSchema>;
