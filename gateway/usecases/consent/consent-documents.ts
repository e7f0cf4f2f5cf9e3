/** Scans, photographs and signatures: kept under their digest, handed out to who takes consents for the facility; both on record. */
import type { ByteStream } from '../../domain/byte-stream.ts';
import type { ConsentDocument } from '../../domain/consent/consent.ts';
import {
  CONSENT_DOCUMENT_BYTES_MAX,
  CONSENT_DOCUMENT_HEAD_BYTES,
  type ConsentDocumentType,
  consentDocumentKey,
  consentDocumentType,
  readConsentDocumentKey,
} from '../../domain/consent/consent-document.ts';
import type { ConsentIndex } from '../../domain/consent/consent-index.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ConsentId, Sha256 } from '../../domain/identifiers.ts';
import type { KeptFileIndex } from '../../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { FacilityRef, PersonActor, SystemActor } from '../../domain/people/actor.ts';
import { COMMAND_LINE, type Proof, provenAtWork } from '../../domain/people/credentials.ts';
import { type AuditSubject, actOfOwner } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import { type FileRule, type KeepStores, keepBounded } from '../keep/keep-bounded.ts';

/** Who takes it. The command line has nothing to prove. */
export type Taker = { readonly facility: FacilityRef } & (
  | { readonly actor: PersonActor; readonly proof: Proof }
  | { readonly actor: SystemActor }
);

export const userOf = ({ actor }: Taker) => (actor.kind === 'person' ? actor.userId : undefined);
export const provenOf = (by: Taker) => ('proof' in by ? provenAtWork(by.actor, by.proof) : COMMAND_LINE);

export interface KeptDocument {
  readonly sha256: Sha256;
  readonly mediaType: ConsentDocumentType;
}

const RULE: FileRule<ConsentDocumentType> = {
  kind: 'consent',
  bytesMax: CONSENT_DOCUMENT_BYTES_MAX,
  headBytes: CONSENT_DOCUMENT_HEAD_BYTES,
  typeOf: consentDocumentType,
  keyOf: consentDocumentKey,
  reasons: { size: 'consent-document-size', type: 'consent-document-type' },
};

/** @throws too-large; unsupported: no PDF, JPEG or PNG; conflict: too many that nothing names; busy, full, unavailable; unauthenticated, denied */
export async function keepConsentDocument(
  stores: KeepStores & { readonly keptFiles: Pick<KeptFileIndex, 'finish'> },
  by: Taker,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<KeptDocument> {
  const { key, sha256, type } = await keepBounded(stores, by.facility, RULE, bytes, signal);
  const what = { ownerFacilityCode: by.facility.code, file: sha256 };
  await stores.keptFiles.finish(key, userOf(by), () => [{ ...actOfOwner(by.actor), action: 'consent-document-kept', what }], provenOf(by));
  return { sha256, mediaType: type };
}

/** What a consent or a notice names: of the facility's own, and there. @throws invalid */
export async function documentOf(
  { keptFiles, objects }: { readonly keptFiles: Pick<KeptFileIndex, 'file'>; readonly objects: Pick<ObjectStore, 'head'> },
  { id, code }: FacilityRef,
  document: KeptDocument | undefined,
): Promise<ConsentDocument | undefined> {
  if (document === undefined) return undefined;
  const { sha256, mediaType } = document;
  const key = consentDocumentKey(code, sha256, mediaType);
  if ((await keptFiles.file(id, key)) === undefined || (await objects.head(key)) === undefined)
    throw new DomainError('invalid', 'no such document was sent', { ids: { reason: 'consent-document-missing' } });
  return { key, mediaType };
}

/** On record before its first byte. @throws not-found */
export async function openConsentDocument(
  {
    objects,
    consents,
    audit,
  }: {
    readonly objects: Pick<ObjectStore, 'get' | 'head'>;
    readonly consents: Pick<ConsentIndex, 'consent'>;
    readonly audit: Pick<AuditLog, 'append'>;
  },
  by: { readonly facility: FacilityRef; readonly actor: PersonActor },
  id: ConsentId,
  signal: AbortSignal,
): Promise<{ readonly mediaType: ConsentDocumentType; readonly length: number; readonly bytes: ByteStream }> {
  const kept = await consents.consent(by.facility.id, id);
  const document = kept?.consent.basis.document;
  const found = document && (await objects.head(document.key, signal));
  if (kept === undefined || document === undefined || found === undefined)
    throw new DomainError('not-found', 'there is no such document here');
  const what = { ownerFacilityCode: by.facility.code, patientID: kept.patientID, consentId: id, ...namedFile(document) };
  await audit.append([{ ...actOfOwner(by.actor), action: 'consent-document-read', what }]);
  return { mediaType: document.mediaType, length: found.bytes, bytes: await objects.get(document.key, undefined, signal) };
}

/** As entries name it. */
export function namedFile(document: ConsentDocument | undefined): Pick<AuditSubject, 'file'> {
  const sha256 = document && readConsentDocumentKey(document.key)?.sha256;
  return sha256 === undefined ? {} : { file: sha256 };
}
