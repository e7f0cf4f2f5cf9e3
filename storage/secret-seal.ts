/** Secrets that the program must read again, sealed with a key that is not in the database: AES-256-GCM under a key from the record's. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Log } from '../gateway/domain/operation/log.ts';
import type { SecretSeal } from '../gateway/domain/people/second-factor.ts';
import type { RecordKey } from './record-key.ts';

const VERSION = '1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** One who has the database and not the key has no secret of an authenticator app. */
export function createSecretSeal({ keyFor, id }: Pick<RecordKey, 'keyFor' | 'id'>, log: Log): SecretSeal {
  const key = keyFor('renkei second factor');
  return {
    seal(secret, of) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(of));
      const sealed = Buffer.concat([iv, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
      return [VERSION, id, sealed.toString('base64url')].join('.');
    },
    open(sealed, of) {
      const [version, keyId, text = ''] = sealed.split('.');
      const bytes = Buffer.from(text, 'base64url');
      try {
        if (version !== VERSION) throw new Error('sealed in another way');
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(of)).setAuthTag(bytes.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        // After a restore without the former key, until each has set up an authenticator app anew.
        log.error('second-factor.sealed-with-another-key', { userId: of, sealedWith: keyId, key: id });
        return undefined;
      }
    },
  };
}
