import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';

/** Backups are age files (age-encryption.org/v1): any age program with the identity or passphrase opens them, as a tar. */
export type EncryptFor = { readonly passphrase: string } | { readonly recipients: readonly string[] };

export interface OpenWith {
  readonly passphrase?: string;
  /** AGE-SECRET-KEY-1… */
  readonly identities: readonly string[];
}

const AGE_INTRO = 'age-encryption.org/v1\n';

/** @throws invalid when a recipient is none */
export async function* encrypted(source: ByteStream, who: EncryptFor): AsyncGenerator<Uint8Array> {
  const encrypter = new Encrypter();
  try {
    if ('passphrase' in who) encrypter.setPassphrase(who.passphrase);
    else for (const recipient of who.recipients) encrypter.addRecipient(recipient);
  } catch (cause) {
    throw new DomainError('invalid', 'RENKEI_BACKUP_RECIPIENT takes age1…, one or several with commas between', { cause });
  }
  yield* fromWeb(await encrypter.encrypt(toWeb(source)));
}

/** Whether a file that begins so is encrypted. */
export function isEncrypted(start: Uint8Array): boolean {
  return Buffer.from(start).toString('latin1', 0, AGE_INTRO.length) === AGE_INTRO;
}

/** @throws denied when nothing given opens it; invalid when it was cut, changed or put in another order */
export async function* decrypted(source: ByteStream, { passphrase, identities }: OpenWith): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter();
  try {
    if (passphrase !== undefined) decrypter.addPassphrase(passphrase);
    for (const identity of identities) decrypter.addIdentity(identity);
  } catch (cause) {
    throw new DomainError('invalid', 'an identity begins with AGE-SECRET-KEY-1', { cause });
  }
  let bytes: ByteStream;
  try {
    bytes = fromWeb(await decrypter.decrypt(toWeb(source)));
  } catch (cause) {
    throw new DomainError('denied', 'the passphrase or identity does not open this backup', { cause });
  }
  try {
    yield* bytes;
  } catch (cause) {
    throw cause instanceof DomainError ? cause : new DomainError('invalid', 'the backup was changed or is cut short', { cause });
  }
}

/** A key pair to encrypt backups for: the recipient is public, the identity opens them. */
export async function newRecoveryKey(): Promise<{ readonly identity: string; readonly recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

function toWeb(source: ByteStream): ReadableStream<Uint8Array> {
  return Readable.toWeb(Readable.from(source, { objectMode: false })) as unknown as ReadableStream<Uint8Array>;
}

function fromWeb(stream: ReadableStream<Uint8Array>): ByteStream {
  return Readable.fromWeb(stream as unknown as NodeReadableStream) as AsyncIterable<Uint8Array>;
}
