/** Scans, photographs and signatures: kept under their digest, handed out to who takes consents for the facility. */
import type { ByteStream } from '../../domain/byte-stream.ts';
import {
  CONSENT_DOCUMENT_BYTES_MAX,
  CONSENT_DOCUMENT_HEAD_BYTES,
  type ConsentDocumentType,
  consentDocumentKey,
  consentDocumentType,
} from '../../domain/consent/consent-document.ts';
import type { ConsentIndex } from '../../domain/consent/consent-index.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ConsentId, Sha256 } from '../../domain/identifiers.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { FacilityRef } from '../../domain/people/actor.ts';

interface Stores<Calls extends keyof ObjectStore> {
  readonly objects: Pick<ObjectStore, Calls>;
}

export interface KeptDocument {
  readonly sha256: Sha256;
  readonly mediaType: ConsentDocumentType;
}

/** @throws too-large; unsupported: no PDF, JPEG or PNG; busy, full, unavailable */
export async function keepConsentDocument(
  { objects }: Stores<'stage'>,
  { code }: FacilityRef,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<KeptDocument> {
  const staged = await objects.stage(signal);
  try {
    for await (const chunk of bytes) {
      if (staged.bytesWritten + chunk.length > CONSENT_DOCUMENT_BYTES_MAX)
        throw new DomainError('too-large', `a document may have ${CONSENT_DOCUMENT_BYTES_MAX} bytes`);
      await staged.write(chunk);
    }
    const head = await staged.read(0, Math.min(staged.bytesWritten, CONSENT_DOCUMENT_HEAD_BYTES));
    const mediaType = consentDocumentType(head);
    if (mediaType === undefined)
      throw new DomainError('unsupported', 'it is no PDF, JPEG or PNG', { ids: { reason: 'consent-document-type' } });
    const sha256 = await staged.sha256();
    await staged.commit(consentDocumentKey(code, sha256, mediaType));
    return { sha256, mediaType };
  } finally {
    await staged.discard();
  }
}

/** @throws not-found */
export async function openConsentDocument(
  { objects, consents }: Stores<'get' | 'head'> & { readonly consents: Pick<ConsentIndex, 'consent'> },
  facility: FacilityRef,
  id: ConsentId,
  signal: AbortSignal,
): Promise<{ readonly mediaType: ConsentDocumentType; readonly length: number; readonly bytes: ByteStream }> {
  const document = (await consents.consent(facility.id, id))?.consent.basis.document;
  const found = document && (await objects.head(document.key, signal));
  if (document === undefined || found === undefined) throw new DomainError('not-found', 'there is no such document here');
  return { mediaType: document.mediaType, length: found.bytes, bytes: await objects.get(document.key, undefined, signal) };
}
