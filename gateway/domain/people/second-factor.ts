/** A second factor beside the password, who is between the two, and the ports that keep both. Secrets are kept sealed or as hashes only. */
import type { UserId } from '../identifiers.ts';
import type { EntriesOf } from '../record/audit.ts';
import type { Proof } from './credentials.ts';
import type { AnsweredQuestion } from './passkey.ts';
import type { Credentials } from './user.ts';

/** Codes that stand in, once each, for a second factor that was lost. */
export const RECOVERY_CODES = 10;
/** A secret that was shown and not confirmed for so long is shown anew. */
export const SETTING_UP_MS_MAX = 30 * 60_000;
/** Between the password and the second factor. */
export const HALF_SIGN_IN_MS_MAX = 5 * 60_000;
/** Past this many of a user the oldest ends. */
export const HALF_SIGN_INS_A_USER_MAX = 5;

/** What was shown beside the password. It is used up by what it is shown for. `step`: of the code's time, RFC 6238 section 4.2. */
export type FactorProof =
  | { readonly kind: 'authenticator'; readonly sealedSecret: string; readonly step: number }
  | { readonly kind: 'recovery-code'; readonly codeHash: string }
  | ({ readonly kind: 'passkey'; readonly passkeyId: string; readonly signCount: number } & AnsweredQuestion);

/** What of a user's was shown: the password by its hash, and the second factor where there is one. */
export interface Shown {
  readonly passwordHash: string;
  readonly factor?: FactorProof;
}

/** `password`: it was changed, or the account closed, since it was given. `factor`: one is missing, does not hold or was used already. */
export type Showing = 'stands' | 'password' | 'factor';

/** A secret by another name: only who has the key outside of the database can open it. Implemented by `storage/secret-seal.ts`. */
export interface SecretSeal {
  /** `of`: whose it is; it opens for nobody else. */
  seal(secret: Uint8Array, of: UserId): string;
  /** Undefined: sealed with another key, for somebody else, or changed since. */
  open(sealed: string, of: UserId): Uint8Array | undefined;
}

export interface SecondFactors {
  /** Undefined: no authenticator app is on. */
  readonly authenticatorSince: Date | undefined;
  /** Unused ones. */
  readonly recoveryCodesLeft: number;
}

/** Each change is made under the lock on its user, and only while the proof stands. Implemented by `storage/index/people/second-factors.ts`. */
export interface SecondFactorIndex {
  secondFactors(userId: UserId): Promise<SecondFactors>;
  /** Keeps a secret that is to be confirmed by a code; what is in force stays so. @throws unauthenticated */
  beginAuthenticator(userId: UserId, sealedSecret: string, proof: Proof): Promise<void>;
  /** The secret that waits to be confirmed. */
  awaitedSecret(userId: UserId): Promise<string | undefined>;
  /**
   * The secret that waits comes into force, and all other sessions of the user end. With the first second factor its recovery codes take the place
   * of all former ones; true: they did. @throws unauthenticated; conflict when another secret waits by now
   */
  confirmAuthenticator(
    userId: UserId,
    confirmed: { readonly sealedSecret: string; readonly step: number; readonly recoveryHashes: readonly string[] },
    entries: EntriesOf<void>,
    proof: Proof,
  ): Promise<boolean>;
  /** All other sessions end. With the last second factor its recovery codes go. @throws unauthenticated; conflict when none is on, or one is demanded */
  removeAuthenticator(userId: UserId, entries: EntriesOf<void>, proof: Proof): Promise<void>;
  /** New codes in place of all former ones. @throws unauthenticated; conflict when no second factor is on */
  renewRecoveryCodes(userId: UserId, recoveryHashes: readonly string[], entries: EntriesOf<void>, proof: Proof): Promise<void>;
  /** By somebody else: everything of it goes, and the user's sessions end. False: none was on. */
  resetSecondFactors(userId: UserId, entries: EntriesOf<void>, proof?: Proof): Promise<boolean>;
  /** What was shown within a session proves again who is there. */
  confirmSession(userId: UserId, idHash: string, shown: Shown): Promise<Showing>;
}

/** Implemented by `storage/index/people/half-sign-ins.ts`. */
export interface HalfSignInIndex {
  /** False: the password was changed, or the account closed, since it was given. */
  beginHalfSignIn(half: {
    readonly halfHash: string;
    readonly userId: UserId;
    readonly passwordHash: string;
    readonly endsAt: Date;
  }): Promise<boolean>;
  /** Whose it is, with the password's hash as it was then. */
  halfSignIn(halfHash: string, now: Date, deviceHash?: string): Promise<Credentials | undefined>;
}
