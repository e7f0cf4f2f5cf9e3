import type { FacilityCode, FacilityId } from '../identifiers.ts';
import type { DatedKind } from './facility-kind.ts';

/** A facility code, as the inside of a regular expression: what keys and addresses of studies are made of. */
export const FACILITY_CODE = '[A-Za-z0-9_-]{1,32}';

const FACILITY_CODE_ALONE = new RegExp(`^${FACILITY_CODE}$`);

export function isFacilityCode(text: string): boolean {
  return FACILITY_CODE_ALONE.test(text);
}

/** Asks an application entity whether it is there (C-ECHO, PS3.4 A.5). @returns the status. @throws unavailable, busy, denied */
export type EchoRequestor = (
  peer: { readonly host: string; readonly port: number; readonly aeTitle: string },
  signal: AbortSignal,
) => Promise<number>;

/** When an application entity was last heard of. */
export interface AEContact {
  readonly receivedAt?: Date;
  /** `error`: a status of DIMSE in hexadecimal, a reason for which its association was rejected, or `aborted`. */
  readonly failedAt?: Date;
  readonly error?: string;
}

export interface AETitleEntry {
  readonly aeTitle: string;
  /** CIDR; undefined = from anywhere. */
  readonly addressRange?: string;
  /** Lower-case hexadecimal SHA-256 of the client certificate (DER); undefined = none asked. */
  readonly certificateSha256?: string;
  /** Where it answers when it is asked; both or neither. */
  readonly host?: string;
  readonly port?: number;
  /** Told, never given. */
  readonly contact?: AEContact;
}

export interface Facility {
  readonly id: FacilityId;
  readonly code: FacilityCode;
  readonly name: string;
  readonly nameKana: string;
  readonly nameRomaji: string;
  /** What it is before the law, the earliest first. */
  readonly kinds: readonly DatedKind[];
  readonly aeTitles: readonly AETitleEntry[];
  readonly createdAt: Date;
}
