import { readConsentDocumentKey } from '../consent/consent-document.ts';
import type { Sha256 } from '../identifiers.ts';
import { readLetterFileKey } from '../referral/letter-file.ts';
import { readOriginalKey, readQuarantineKey } from './derived.ts';

/** The digest that the name of what was handed in says: originals, what is in quarantine, and files beside images. Undefined: it is no such name. */
export function digestInName(key: string): Sha256 | undefined {
  const named = readOriginalKey(key) ?? readQuarantineKey(key) ?? readConsentDocumentKey(key) ?? readLetterFileKey(key);
  return named?.sha256;
}
