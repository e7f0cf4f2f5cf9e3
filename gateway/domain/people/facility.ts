import type { FacilityCode, FacilityId } from '../identifiers.ts';

export interface AETitleEntry {
  readonly aeTitle: string;
  /** CIDR; undefined = from anywhere. */
  readonly addressRange?: string;
  /** Lower-case hexadecimal SHA-256 of the client certificate (DER); undefined = none asked. */
  readonly certificateSha256?: string;
  /** Where it answers when it is asked; both or neither. */
  readonly host?: string;
  readonly port?: number;
}

export interface Facility {
  readonly id: FacilityId;
  readonly code: FacilityCode;
  readonly name: string;
  readonly nameKana: string;
  readonly nameRomaji: string;
  readonly aeTitles: readonly AETitleEntry[];
  readonly createdAt: Date;
}
