/** Passkeys (W3C WebAuthn level 3): keys of a person's devices, of which only the public half is kept, and the port that keeps them. */
import type { UserId } from '../identifiers.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { Proof } from './credentials.ts';

/** Past this many a person adds no more. */
export const PASSKEYS_A_USER_MAX = 10;
export const PASSKEY_NAME_CHARS_MAX = 60;
/** A question that was not answered for so long is answered no more. */
export const PASSKEY_QUESTION_MS_MAX = 5 * 60_000;

/** What a device says of a key that it has made. */
export interface PasskeyKey {
  /** base64url, as the device chose it. */
  readonly credentialId: string;
  /** COSE, base64url. */
  readonly publicKey: string;
  /** How often it has signed; 0 for ever where a device does not count, as those do that share a key among several. */
  readonly signCount: number;
  /** How a browser reaches the device. */
  readonly transports: readonly string[];
}

export interface Passkey extends PasskeyKey {
  readonly id: string;
  readonly userId: UserId;
  /** Its owner's word for it. */
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
}

/** A question that was answered: it is answered once. */
export interface AnsweredQuestion {
  readonly questionHash: string;
  /** After it the question is refused for its age, and need not be remembered. */
  readonly questionEndsAt: Date;
}

/** WebAuthn level 3, 7.2, step 22. A count that does not rise is of a copy of the key. */
export function countRises(kept: number, shown: number): boolean {
  return shown > kept || (shown === 0 && kept === 0);
}

/** Each change is made under the lock on its user, and only while the proof stands. Implemented by `storage/index/people/passkeys.ts`. */
export interface PasskeyIndex {
  /** In the order in which they were added. */
  passkeysOf(userId: UserId): Promise<readonly Passkey[]>;
  /** Whosever it is, with the address under which its owner signs in. */
  passkey(credentialId: string): Promise<(Passkey & { readonly email: string }) | undefined>;
  /**
   * All other sessions of the user end. With the first second factor its recovery codes take the place of all former ones; true: they did.
   * @throws unauthenticated; conflict when the question was answered before, when the key is known, and past PASSKEYS_A_USER_MAX
   */
  addPasskey(
    userId: UserId,
    added: { readonly key: PasskeyKey; readonly name: string; readonly recoveryHashes: readonly string[] } & AnsweredQuestion,
    entries: EntriesOf<void>,
    proof: Proof,
  ): Promise<boolean>;
  /** False: it is none of the user's. @throws unauthenticated */
  renamePasskey(userId: UserId, id: string, name: string, proof: Proof): Promise<boolean>;
  /** All other sessions end. With the last second factor its recovery codes go. False: it is none of the user's. @throws unauthenticated; conflict when one is demanded */
  removePasskey(userId: UserId, id: string, entries: EntriesOf<void>, proof: Proof): Promise<boolean>;
}
