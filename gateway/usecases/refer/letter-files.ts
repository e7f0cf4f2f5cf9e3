/** Files with a letter: kept under their digest as they came, and handed out to be saved. */
import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import type { LetterFileId, LetterId } from '../../domain/identifiers.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import type { Letter, LetterFile, LetterIndex } from '../../domain/referral/letter.ts';
import { isPlainLine } from '../../domain/referral/letter-content.ts';
import {
  LETTER_FILE_BYTES_MAX,
  LETTER_FILE_HEAD_BYTES,
  LETTER_FILE_NAME_CHARS_MAX,
  LETTER_FILES_MAX,
  type LetterFileKind,
  letterFileKey,
  letterFileKind,
} from '../../domain/referral/letter-file.ts';
import { type FileRule, type KeepStores, keepBounded } from '../keep/keep-bounded.ts';
import { asToldTo } from './handle-letter.ts';
import { act, type LetterAsked, proven, toWhom, whatLetter } from './letter-entries.ts';

const unknown = () => new DomainError('not-found', 'there is no such letter', { ids: { reason: 'letter' } });

const RULE: FileRule<LetterFileKind> = {
  kind: 'letter',
  bytesMax: LETTER_FILE_BYTES_MAX,
  headBytes: LETTER_FILE_HEAD_BYTES,
  typeOf: letterFileKind,
  keyOf: letterFileKey,
  reasons: { size: 'letter-file-size', type: 'letter-file-type' },
};

/** @throws not-found; conflict; invalid name; too-large; unsupported: none of the kinds that are kept; busy, full, unavailable */
export async function attachFile(
  { letters, ...stores }: KeepStores & { readonly letters: Pick<LetterIndex, 'letter' | 'addFile'> },
  asked: LetterAsked,
  id: LetterId,
  { name, bytes, signal }: { readonly name: string | undefined; readonly bytes: AsyncIterable<Uint8Array>; readonly signal: AbortSignal },
): Promise<Letter> {
  const { facility, actor } = asked;
  if (name === undefined || name.trim() === '' || name.length > LETTER_FILE_NAME_CHARS_MAX || !isPlainLine(name))
    throw new DomainError('invalid', 'no name for a file', { ids: { reason: 'file-name' } });
  const draft = await letters.letter(facility.id, id);
  if (draft === undefined || draft.from.id !== facility.id) throw unknown();
  // Before its bytes are taken: they would be kept for nobody.
  if (draft.state !== 'draft') throw new DomainError('conflict', 'it was sent', { ids: { reason: 'letter-state' } });
  if (draft.files.length >= LETTER_FILES_MAX)
    throw new DomainError('conflict', `a letter has ${LETTER_FILES_MAX} files at most`, { ids: { reason: 'letter-files' } });
  const { type, ...kept } = await keepBounded(stores, facility, RULE, bytes, signal);
  return letters.addFile(facility.id, id, { name: name.trim(), kind: type, ...kept }, actor.userId, proven(asked));
}

/** @throws not-found; conflict */
export function detachFile(
  { letters }: { readonly letters: Pick<LetterIndex, 'removeFile'> },
  asked: LetterAsked,
  id: LetterId,
  file: LetterFileId,
): Promise<Letter> {
  return letters.removeFile(asked.facility.id, id, file, proven(asked));
}

/** On record before its first byte. @throws not-found */
export async function takeFile(
  stores: {
    readonly letters: Pick<LetterIndex, 'letter'>;
    readonly objects: Pick<ObjectStore, 'get'>;
    readonly audit: Pick<AuditLog, 'append'>;
  },
  actor: PersonActor,
  facility: FacilityRef,
  { id, fileId, signal }: { readonly id: LetterId; readonly fileId: LetterFileId; readonly signal: AbortSignal },
): Promise<{ readonly file: LetterFile; readonly bytes: ByteStream }> {
  const found = await stores.letters.letter(facility.id, id);
  const letter = found && asToldTo(found, facility);
  const file = letter?.files.find((one) => one.id === fileId);
  if (letter === undefined || file === undefined) throw unknown();
  const what = { ...whatLetter(letter, actor), file: file.sha256 };
  await stores.audit.append([{ ...act(actor), action: 'letter-file-taken', what, ...toWhom(letter) }]);
  return { file, bytes: await stores.objects.get(file.key, undefined, signal) };
}
