/** Facilities and people. */
import { z } from 'zod';
import { KINDS_A_FACILITY_MAX } from '../../domain/people/facility-kind.ts';
import { addressRange, isHost } from '../../domain/people/network.ts';
import { aeTitle, emailAddress, facilityCode, jobSchema, namedIssue, newPassword, typedText } from './fields.ts';
import { facilityKindSchema } from './rights.ts';

export const AE_TITLES_MAX = 50;
const aeTitleFields = z.object({
  aeTitle,
  /** CIDR or one address; `gateway/domain/people/network.ts` says what is one. */
  addressRange: typedText
    .superRefine((text, { addIssue }) =>
      addressRange(text) === undefined ? addIssue(namedIssue('address-range', { value: text })) : undefined,
    )
    .optional(),
  /** Where it answers a C-ECHO of ours: both or neither. */
  host: typedText
    .overwrite((text) => text.replace(/^\[(.*)\]$/, '$1'))
    .refine(isHost, 'host')
    .optional(),
  port: z.number('port').int('port').min(1, 'port').max(65535, 'port').optional(),
  certificateSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
const aeTitleEntry = aeTitleFields.superRefine(({ aeTitle: value, host, port }, { addIssue }) => {
  if (host !== undefined && port === undefined) addIssue(namedIssue('host-and-port', { value, path: ['port'], message: 'port-missing' }));
  if (host === undefined && port !== undefined) addIssue(namedIssue('host-and-port', { value, path: ['host'], message: 'host-missing' }));
});
const at = z.string().optional();
/** `contact`: when it was last heard of, and what last went wrong. */
const aeTitleSchema = aeTitleFields.extend({
  contact: z.object({ receivedAt: at, failedAt: at, error: z.string().optional() }).optional(),
});
/** POST /api/facilities/:code/ae-titles/:aeTitle/echo. `failed`: answered with the status in `detail`. */
export const echoSchema = z.object({ outcome: z.enum(['answered', 'failed', 'rejected', 'unreachable']), detail: z.string().nullable() });
export type Echo = z.infer<typeof echoSchema>;
/** `from`: a day of the region, null for the first of a facility. */
const datedKindSchema = z.object({ kind: facilityKindSchema, from: z.iso.date().nullable() });
/** One from the beginning, and no two from one day. */
const datedKinds = z
  .array(datedKindSchema)
  .min(1)
  .max(KINDS_A_FACILITY_MAX)
  .superRefine((kinds, { addIssue }) => {
    const at = kinds.findIndex(({ from }, n) => kinds.findIndex((other) => other.from === from) < n);
    if (at >= 0) addIssue(namedIssue('kinds', { path: [at, 'from'], message: 'day-twice' }));
    if (!kinds.some(({ from }) => from === null)) addIssue(namedIssue('kinds', { path: [0, 'from'], message: 'required' }));
  });
export const facilitySchema = z.object({
  code: z.string(),
  name: z.string(),
  nameKana: z.string(),
  nameRomaji: z.string(),
  /** What it is today. */
  kind: facilityKindSchema,
  /** For administrators, the earliest first. */
  kinds: z.array(datedKindSchema).optional(),
  aeTitles: z.array(aeTitleSchema).optional(),
});
export type Facility = z.infer<typeof facilitySchema>;

/** Facilities in one answer: more than most regions have. */
export const FACILITY_LIST_LIMIT_MAX = 1000;
export const USER_LIST_LIMIT_MAX = 200;
/** `q`: words that all occur in some spelling of the names, in the code or the address. `after`: the `next` of the answer before. */
const listQuery = { q: z.string().max(200).default(''), after: z.string().min(1).max(254).optional() };
const listLimit = (max: number, usual: number) => z.coerce.number().int().min(1).max(max).default(usual);
/** GET /api/facilities: the region's directory. `aeTitles` only for administrators. */
export const facilityListQuerySchema = z.object({ ...listQuery, limit: listLimit(FACILITY_LIST_LIMIT_MAX, FACILITY_LIST_LIMIT_MAX) });
export const facilityListSchema = z.object({ facilities: z.array(facilitySchema), next: z.string().nullable() });
export type FacilityList = z.infer<typeof facilityListSchema>;
/** POST /api/facilities; PATCH /api/facilities/:code */
export const createFacilitySchema = z.object({
  code: facilityCode,
  name: z.string().trim().min(1).max(200),
  nameKana: z.string().trim().max(200).default(''),
  nameRomaji: z.string().trim().max(200).default(''),
  kinds: datedKinds.default([{ kind: 'hospital', from: null }]),
  aeTitles: z.array(aeTitleEntry).max(AE_TITLES_MAX).default([]),
});
export type CreateFacility = z.input<typeof createFacilitySchema>;
export const changeFacilitySchema = z.object({
  name: z.string().trim().min(1).max(200).optional(),
  nameKana: z.string().trim().max(200).optional(),
  nameRomaji: z.string().trim().max(200).optional(),
  kinds: datedKinds.optional(),
  aeTitles: z.array(aeTitleEntry).max(AE_TITLES_MAX).optional(),
});
export type ChangeFacility = z.output<typeof changeFacilitySchema>;

/** GET and POST /api/users; PATCH /api/users/:id */
export const userSchema = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  nameKana: z.string(),
  /** By its kana; empty when they do not tell. */
  nameRomaji: z.string(),
  job: jobSchema,
  administrator: z.boolean(),
  facility: z.object({ code: z.string(), name: z.string() }).nullable(),
  disabled: z.boolean(),
  secondFactor: z.boolean(),
});
export type User = z.infer<typeof userSchema>;
export const userListQuerySchema = z.object({ ...listQuery, limit: listLimit(USER_LIST_LIMIT_MAX, 50) });
export const userListSchema = z.object({ users: z.array(userSchema), next: z.string().nullable() });
export type UserList = z.infer<typeof userListSchema>;
export type PeopleListQuery = z.input<typeof userListQuerySchema>;
export const createUserSchema = z
  .object({
    email: emailAddress.regex(/^[^@\s]+@[^@\s]+$/, 'email'),
    name: z.string().trim().min(1).max(200),
    nameKana: z.string().trim().max(200).default(''),
    /** Null only for an administrator of the secretariat. */
    facilityCode: facilityCode.nullable(),
    job: jobSchema,
    administrator: z.boolean().default(false),
    password: newPassword,
  })
  .superRefine(({ facilityCode: code, administrator }, { addIssue }) => {
    if (code === null && !administrator) addIssue(namedIssue('no-facility', { path: ['facilityCode'] }));
  });
export type CreateUser = z.input<typeof createUserSchema>;
export const changeUserSchema = z.object({
  name: z.string().trim().min(1).max(200).optional(),
  nameKana: z.string().trim().max(200).optional(),
  job: jobSchema.optional(),
  administrator: z.boolean().optional(),
  newPassword: newPassword.optional(),
  disabled: z.boolean().optional(),
  unlock: z.literal(true).optional(),
});
export type ChangeUser = z.output<typeof changeUserSchema>;
/** GET and PATCH /api/region: what the region decides of itself. */
export const regionSettingsSchema = z.object({
  /** Who has one of these jobs must have a second factor. */
  secondFactorJobs: z.array(jobSchema).max(jobSchema.options.length),
  /** Whose password somebody else has set changes it before anything else. */
  firstUseChange: z.boolean(),
});
export type RegionSettings = z.infer<typeof regionSettingsSchema>;
export const changeRegionSettingsSchema = regionSettingsSchema.partial();
/** GET /api/users/:id/sign-in-wait: somebody who guessed wrong must wait before another password is looked at; `unlock` ends that. */
export const signInWaitSchema = z.object({ waits: z.boolean() });
export type SignInWait = z.infer<typeof signInWaitSchema>;
