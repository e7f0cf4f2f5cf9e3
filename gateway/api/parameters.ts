/** Parameters that rows of several subjects take, and what they stand for. */
import { z } from 'zod';
import type { Authenticated } from '../auth/authenticate.ts';
import type { StudyInstanceUID } from '../domain/identifiers.ts';
import { OBJECT_NAME } from '../domain/imaging/object-name.ts';
import { parseStudyOf, type StudyAddress } from '../domain/imaging/study-address.ts';
import { rowNumber, studyOf } from './contract/fields.ts';

export function rowId<Id extends string>() {
  return rowNumber.transform((text) => text as Id);
}

export function idParams<Id extends string>() {
  return z.object({ id: rowId<Id>() });
}

export const PAGE_MAX = 200;
export const pageQuery = z.object({
  before: rowNumber.optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
});

/** The number before which a page of the record ends. */
export function beforeSeq({ before }: z.output<typeof pageQuery>): { beforeSeq?: number } {
  return before === undefined ? {} : { beforeSeq: Number(before) };
}

export const studyParams = z.object({
  studyInstanceUID: z
    .string()
    .regex(OBJECT_NAME)
    .transform((text) => text as StudyInstanceUID),
});

/** Which of the studies that go by the UID: a summary's `of`. */
export const ofQuery = z.object({ of: studyOf.optional() });

export function addressOf({ studyInstanceUID }: z.output<typeof studyParams>, { of }: z.output<typeof ofQuery>): StudyAddress {
  const whose = of === undefined ? undefined : parseStudyOf(of);
  return { studyInstanceUID, ...(whose === undefined ? {} : { of: whose }) };
}

/** Who does it, for the record, and what proves it: that must stand when it is done. */
export function by({ actor, proof }: Pick<Authenticated, 'actor' | 'proof'>) {
  return { actor, remoteAddress: actor.remoteAddress, proof };
}

/** The same of who must administer still. */
export function byAdministrator({ actor, proof }: Pick<Authenticated, 'actor' | 'proof'>) {
  return by({ actor, proof: { ...proof, administrator: true } });
}

/** Zod leaves absent members as `undefined`; the domain's types want them absent. */
export function definite<Given extends object>(given: Given): { [Key in keyof Given]: Exclude<Given[Key], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Given]: Exclude<Given[Key], undefined>;
  };
}

/** What a header says in percent-encoded UTF-8, of at most about so many characters; undefined: it is missing, too long or cannot be read. */
export function headerText(header: string | readonly string[] | undefined, charsMax: number): string | undefined {
  // A character takes three bytes, and each of them three characters.
  if (typeof header !== 'string' || header.length > 9 * charsMax) return undefined;
  try {
    return decodeURIComponent(header);
  } catch {
    return undefined;
  }
}
