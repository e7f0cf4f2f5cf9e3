/** What shows that somebody consented: the form's scan or photograph, or the signature as it was drawn; and what hangs on a facility's wall. */
import type { FacilityCode, ObjectKey, Sha256 } from '../identifiers.ts';
import { objectKey } from '../imaging/object-keys.ts';

export const CONSENT_DOCUMENT_BYTES_MAX = 20 * 1024 * 1024;

export const CONSENT_DOCUMENT_TYPES = ['application/pdf', 'image/jpeg', 'image/png'] as const;
export type ConsentDocumentType = (typeof CONSENT_DOCUMENT_TYPES)[number];

const KINDS = {
  'application/pdf': { ending: 'pdf', begins: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  'image/jpeg': { ending: 'jpg', begins: [0xff, 0xd8, 0xff] },
  'image/png': { ending: 'png', begins: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
} as const satisfies Record<ConsentDocumentType, { readonly ending: string; readonly begins: readonly number[] }>;

/** Bytes that are needed to know what a file is. */
export const CONSENT_DOCUMENT_HEAD_BYTES = Math.max(...Object.values(KINDS).map(({ begins }) => begins.length));

/** What a file is by its first bytes, whatever its sender calls it; undefined: none of those that are kept. */
export function consentDocumentType(head: Uint8Array): ConsentDocumentType | undefined {
  return CONSENT_DOCUMENT_TYPES.find((type) => KINDS[type].begins.every((byte, at) => head[at] === byte));
}

/** The digest in a document's name; undefined: it is none. */
export function readConsentDocumentKey(key: string): { readonly sha256: Sha256 } | undefined {
  const [, sha256] = /^consents\/[^/]+\/([0-9a-f]{64})\.(?:pdf|jpg|png)$/.exec(key) ?? [];
  return sha256 === undefined ? undefined : { sha256: sha256 as Sha256 };
}

/** Of the facility that keeps it, so that nobody names another's. */
export function consentDocumentKey(facilityCode: FacilityCode, sha256: Sha256, type: ConsentDocumentType): ObjectKey {
  return objectKey('consents', facilityCode, `${sha256}.${KINDS[type].ending}`);
}
