/** Parameters of the path and the query, and the URLs they are asked at. */
import { z } from 'zod';
import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID, SOPInstanceUID, StudyInstanceUID } from '../domain/identifiers.ts';
import { isObjectName } from '../domain/imaging/object-name.ts';
import { isInstanceVersion, parseStudyOf, type StudyAddress, type StudyOf } from '../domain/imaging/study-address.ts';
import type { HttpRequest } from '../doorstep/exchange.ts';

export const DICOMWEB_PREFIX = '/dicom-web';
/** Frames that one request may name. */
export const FRAMES_MAX = 2_000;

/** A UID of the path or query; odd ones are stored as they came, so may be asked for. Others no stored thing could have. */
export function uid<UID extends string>() {
  return z.custom<UID>((text) => typeof text === 'string' && isObjectName(text), 'malformed UID');
}

/** Whose studies the base address is confined to; there below `/dicom-web/of/…` only. Not-found when nobody could be meant. */
export const ofParams = z.object({ of: z.string().transform(ofBase).optional() });
export const studyParams = ofParams.extend({ study: uid<StudyInstanceUID>() });
export const seriesParams = studyParams.extend({ series: uid<SeriesInstanceUID>() });
export const instanceParams = seriesParams.extend({ instance: uid<SOPInstanceUID>() });
export const frameParams = instanceParams.extend({ frames: z.string().transform(frameList) });

export type StudyParams = z.output<typeof studyParams>;
export type InstanceParams = z.output<typeof instanceParams>;

export function addressOf({ study, of }: StudyParams): StudyAddress {
  return { studyInstanceUID: study, ...(of === undefined ? {} : { of }) };
}

/** @throws not-found when nobody could be meant */
export function ofBase(text: string | undefined): StudyOf | undefined {
  if (text === undefined) return undefined;
  const of = parseStudyOf(text);
  if (of === undefined) throw new DomainError('not-found', 'there is no such thing here');
  return of;
}

/** A frame list, PS3.18 10.1.2: numbers from 1, comma-separated. @throws invalid */
function frameList(text: string): readonly number[] {
  const items = text.split(',');
  if (items.length > FRAMES_MAX) throw new DomainError('invalid', `more than ${FRAMES_MAX} frames in one request`);
  return items.map((item) => {
    if (!/^\s*[0-9]{1,9}\s*$/.test(item) || Number(item) === 0)
      throw new DomainError('invalid', 'malformed frame list: numbers from 1, comma-separated');
    return Number(item);
  });
}

/** Query parameters that may be given once each. */
export function onceEach<const Name extends string>(...names: readonly Name[]) {
  const once = (name: string) => z.string({ error: `the parameter ${name} is given more than once` }).optional();
  return z.object(Object.fromEntries(names.map((name) => [name, once(name)])) as Record<Name, ReturnType<typeof once>>);
}

/** `version` as a Bulk Data URI names it: an answer of that version, or conflict when another has come. */
export const versionQuery = { version: z.string().refine(isInstanceVersion, 'malformed version').optional() };

/** What the client accepts: the query parameter `accept` overrides the header, PS3.18 8.3.3.1. */
export function acceptOf({ query, request }: { readonly query: { readonly accept?: string | undefined }; readonly request: HttpRequest }) {
  return query.accept ?? request.headers.accept;
}

/** `name=value` pairs of a query string in order, with repeats; names and values decoded. */
export function queryPairs({ url }: HttpRequest): readonly (readonly [string, string])[] {
  const mark = url.indexOf('?');
  return mark < 0 ? [] : [...new URLSearchParams(url.slice(mark + 1))];
}

/** Absolute URL of /dicom-web. @throws invalid */
export function rootOf(request: HttpRequest, publicUrl: string | undefined): string {
  return `${publicUrl ?? `${request.protocol}://${hostOf(request)}`}${DICOMWEB_PREFIX}`;
}

/** What the client calls us goes into URLs, headers and JSON text. @throws invalid when it is no host and port (RFC 3986 3.2.2) */
function hostOf({ host }: HttpRequest): string {
  if (!/^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?$/.test(host)) throw new DomainError('invalid', 'malformed Host');
  return host;
}
