import type { CreateFacility } from '../../gateway/api/contract/people.ts';

type AETitleEntry = NonNullable<CreateFacility['aeTitles']>[number];

/** An AE title as it stands in its fields. */
export interface TypedAETitle {
  readonly aeTitle: string;
  readonly addressRange: string;
  readonly host: string;
  readonly port: string;
  /** Not shown; it stays with its entry. */
  readonly certificateSha256: string;
}

export const NO_AE_TITLE: TypedAETitle = { aeTitle: '', addressRange: '', host: '', port: '', certificateSha256: '' };

export function typedAETitle({ aeTitle, addressRange = '', host = '', port, certificateSha256 = '' }: AETitleEntry): TypedAETitle {
  return { aeTitle, addressRange, host, port: port === undefined ? '' : String(port), certificateSha256 };
}

/** What is asked of the gateway: what was left empty is not sent, and a port is a number (NaN: what was typed is none). */
export function aeTitleOf({ aeTitle, port, ...rest }: TypedAETitle): AETitleEntry {
  const plainPort = port.normalize('NFKC').trim();
  const given = Object.entries(rest).filter(([, text]) => text.trim() !== '');
  return {
    aeTitle,
    ...Object.fromEntries(given),
    ...(plainPort === '' ? {} : { port: /^\d+$/.test(plainPort) ? Number(plainPort) : Number.NaN }),
  };
}
