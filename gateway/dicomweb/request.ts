import type { FastifyRequest } from 'fastify';
import { DomainError } from '../domain/errors.ts';
import type { StudyInstanceUID } from '../domain/identifiers.ts';
import { isObjectName } from '../domain/imaging/object-name.ts';
import { parseStudyOf, type StudyAddress, type StudyOf } from '../domain/imaging/study-address.ts';

/** Frames that one request may name. */
export const FRAMES_MAX = 2_000;

/** A UID of the path or query; odd ones are stored as they came, so may be asked for. @throws invalid when no stored thing could have it */
export function uidParameter<UID extends string>(text: string): UID {
  if (!isObjectName(text)) throw new DomainError('invalid', 'malformed UID');
  return text as UID;
}

/** The study of a route. `of` is there below `/dicom-web/of/…` only. */
export interface StudyParams {
  readonly study: string;
  readonly of?: string;
}

/** @throws invalid when no stored thing could have that UID; not-found when nobody could own it */
export function studyAddress({ study, of }: StudyParams): StudyAddress {
  const whose = studyOf(of);
  return { studyInstanceUID: uidParameter<StudyInstanceUID>(study), ...(whose === undefined ? {} : { of: whose }) };
}

/** Whose studies the base address is confined to. @throws not-found when nobody could be meant */
export function studyOf(text: string | undefined): StudyOf | undefined {
  if (text === undefined) return undefined;
  const of = parseStudyOf(text);
  if (of === undefined) throw new DomainError('not-found', 'there is no such thing here');
  return of;
}

/** What the client accepts: the query parameter `accept` overrides the header, PS3.18 8.3.3.1. */
export function acceptOf(request: FastifyRequest): string | undefined {
  return queryOf(request, 'accept') ?? request.headers.accept;
}

/** A query parameter given once. @throws invalid when it is repeated */
export function queryOf(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Readonly<Record<string, string | string[] | undefined>>)[name];
  if (Array.isArray(value)) throw new DomainError('invalid', `the parameter ${name} is given more than once`);
  return value;
}

/** A frame list, PS3.18 10.1.2: numbers from 1, comma-separated. @throws invalid */
export function frameList(text: string): readonly number[] {
  const items = text.split(',');
  if (items.length > FRAMES_MAX) throw new DomainError('invalid', `more than ${FRAMES_MAX} frames in one request`);
  return items.map((item) => {
    if (!/^\s*[0-9]{1,9}\s*$/.test(item) || Number(item) === 0)
      throw new DomainError('invalid', 'malformed frame list: numbers from 1, comma-separated');
    return Number(item);
  });
}

/** `name=value` pairs of a query string in order, with repeats; names and values decoded. */
export function queryPairs(request: FastifyRequest): readonly (readonly [string, string])[] {
  const url = request.raw.url ?? '';
  const mark = url.indexOf('?');
  return mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1))];
}
