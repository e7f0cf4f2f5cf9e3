import type { FacilityCode, FacilityId, UserId } from '../identifiers.ts';
import type { Job } from './actor.ts';

export interface User {
  readonly id: UserId;
  readonly email: string;
  readonly name: string;
  readonly nameKana: string;
  readonly facility: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string } | undefined;
  readonly job: Job;
  readonly administrator: boolean;
  readonly language: 'ja' | 'en' | undefined;
  readonly disabledAt: Date | undefined;
  readonly createdAt: Date;
}

export interface Credentials {
  readonly user: User;
  readonly passwordHash: string;
  /** The user has signed in on the asking device before. */
  readonly knownDevice: boolean;
}
