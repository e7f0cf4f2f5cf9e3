/** The Ed25519 key that signs for the record. Kept outside the database, readable by this program alone. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';
import { link, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../gateway/domain/errors.ts';

const NAME = 'record-key.pem';

export interface RecordKey {
  /** First 16 hexadecimal digits of the SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
  readonly id: string;
  /** Base64. */
  sign(text: string): string;
  verifies(text: string, signature: string): boolean;
  /** 32 bytes for another use, which do not tell the key. */
  keyFor(use: string): Uint8Array;
}

/**
 * @param file The key of RENKEI_RECORD_KEY, PKCS #8 in PEM; undefined: the data folder's own, made when absent.
 * @throws invalid when the file named holds no such key
 */
export async function openRecordKey(dataFolder: string, file: string | undefined): Promise<RecordKey> {
  if (file !== undefined) return keyOf(await read(file, 'RENKEI_RECORD_KEY'), 'RENKEI_RECORD_KEY');
  const path = join(dataFolder, NAME);
  return keyOf(await read(path, path).catch(() => make(path)), path);
}

/** Written whole under a name of its own, then linked: of two processes that make one at once, both use the first. */
async function make(path: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const beside = `${path}.${process.pid}`;
  try {
    const made = await open(beside, 'w', 0o600);
    try {
      await made.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await made.sync();
    } finally {
      await made.close();
    }
    await link(beside, path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EEXIST') throw thrown;
    });
    await unlink(beside);
  } catch (cause) {
    throw new DomainError('unavailable', `cannot make ${path} (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
  return read(path, path);
}

async function read(file: string, name: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DomainError('invalid', `${name}: ${file} cannot be read; openssl genpkey -algorithm ed25519 makes such a key`, { cause });
  });
}

function keyOf(pem: string, name: string): RecordKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    throw new DomainError('invalid', `${name} holds no private key in PEM`, { cause });
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    throw new DomainError('invalid', `${name} takes an Ed25519 key; openssl genpkey -algorithm ed25519 makes one`);
  }
  const publicKey = createPublicKey(privateKey);
  return {
    id: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex')
      .slice(0, 16),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
    keyFor: (use) => new Uint8Array(hkdfSync('sha256', privateKey.export({ type: 'pkcs8', format: 'der' }), '', use, 32)),
    verifies: (text, signature) => verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64')),
  };
}
