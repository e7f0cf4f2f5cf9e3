/** What is attached to a letter: kept as it came, handed out as a file to save, and never shown as a page of ours. */
import type { FacilityCode, ObjectKey, Sha256 } from '../identifiers.ts';
import { objectKey } from '../imaging/object-keys.ts';

export const LETTER_FILE_BYTES_MAX = 20 * 1024 * 1024;
export const LETTER_FILES_MAX = 20;
export const LETTER_FILE_NAME_CHARS_MAX = 200;
/** Bytes of its beginning by which it is told what a file is. */
export const LETTER_FILE_HEAD_BYTES = 4096;

export const LETTER_FILE_KINDS = ['pdf', 'cda', 'fhir'] as const;
export type LetterFileKind = (typeof LETTER_FILE_KINDS)[number];

const ENDING = { pdf: 'pdf', cda: 'xml', fhir: 'json' } as const satisfies Record<LetterFileKind, string>;

/**
 * As it is sent out: XML goes as mere bytes, since a browser that opened it would follow its style sheet and run its scripts on our origin.
 */
export const LETTER_FILE_MEDIA_TYPE = {
  pdf: 'application/pdf',
  cda: 'application/octet-stream',
  fhir: 'application/octet-stream',
} as const satisfies Record<LetterFileKind, string>;

const PDF = [0x25, 0x50, 0x44, 0x46, 0x2d];

/** What a file is by its beginning, whatever its sender calls it; undefined: none of those that are kept. */
export function letterFileKind(head: Uint8Array): LetterFileKind | undefined {
  if (PDF.every((byte, at) => head[at] === byte)) return 'pdf';
  const text = new TextDecoder().decode(head).replace(/^\ufeff?\s*/, '');
  if (/^<(?:\?xml|ClinicalDocument|[\w-]+:ClinicalDocument)/.test(text) && /<(?:[\w-]+:)?ClinicalDocument[\s>]/.test(text)) return 'cda';
  if (/^\{/.test(text) && /"resourceType"\s*:\s*"[A-Z][A-Za-z]+"/.test(text)) return 'fhir';
  return undefined;
}

/** What no system takes in a file's name, or takes for a way to another folder. */
const NOT_IN_A_FILE_NAME = /[<>:"/\\|?*\p{Cc}\p{Cf}]/gu;

/**
 * The sender's name for it as a name to save it under. It ends as what the file is: by its ending a system knows what to start with it, and a PDF may be a
 * program as well (`%PDF-` and then a script).
 */
export function savedName({ name, kind }: { readonly name: string; readonly kind: LetterFileKind }): string {
  const ending = `.${ENDING[kind]}`;
  const plain = name.replace(NOT_IN_A_FILE_NAME, '_').replace(/^[\s.]+|[\s.]+$/g, '');
  const stem = plain.toLowerCase().endsWith(ending) ? plain.slice(0, -ending.length) : plain;
  const own = plain.slice(stem.length) || ending;
  return stem === '' || `.${stem.toLowerCase()}` === ending ? `letter${ending}` : `${stem}${own}`;
}

/** Of the facility that attached it, under its digest. */
export function letterFileKey(code: FacilityCode, sha256: Sha256, kind: LetterFileKind): ObjectKey {
  return objectKey('letters', code, `${sha256}.${ENDING[kind]}`);
}

/** The digest in a file's name; undefined: it is none. */
export function readLetterFileKey(key: string): { readonly sha256: Sha256 } | undefined {
  const [, sha256] = /^letters\/[^/]+\/([0-9a-f]{64})\.(?:pdf|xml|json)$/.exec(key) ?? [];
  return sha256 === undefined ? undefined : { sha256: sha256 as Sha256 };
}
