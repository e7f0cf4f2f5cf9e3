import type { FacilityCode, FacilityId, UserId } from '../identifiers.ts';
import type { RegionRights } from '../sharing/job-rights.ts';
import type { Job } from './actor.ts';
import type { DatedKind } from './facility-kind.ts';

export interface User {
  readonly id: UserId;
  readonly email: string;
  readonly name: string;
  readonly nameKana: string;
  readonly facility:
    | { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string; readonly kinds: readonly DatedKind[] }
    | undefined;
  readonly job: Job;
  /** What the region says otherwise of that job. */
  readonly regionRights: RegionRights;
  readonly administrator: boolean;
  readonly language: 'ja' | 'en' | undefined;
  readonly disabledAt: Date | undefined;
  readonly createdAt: Date;
  /** A second factor is on: the password alone lets nobody in. */
  readonly secondFactor: boolean;
  /** The region demands one of the user's job. */
  readonly mustHaveFactor: boolean;
  /** Somebody else has set the password, and the region demands that its person changes it. */
  readonly mustChangePassword: boolean;
}

export interface Credentials {
  readonly user: User;
  readonly passwordHash: string;
  /** Of the authenticator app that is on. */
  readonly sealedSecret?: string;
  /** The user has a passkey. */
  readonly passkey: boolean;
  /** The user has signed in on the asking device before. */
  readonly knownDevice: boolean;
}
