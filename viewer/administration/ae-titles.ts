import { type CreateFacility, isAddressRange } from '../../gateway/api/contract/people.ts';

type AETitleEntry = NonNullable<CreateFacility['aeTitles']>[number];

/** PS3.5 table 6.2-1 AE: 16 printable characters at most, no backslash. */
const AE_TITLE = /^[\x21-\x5b\x5d-\x7e]{1,16}$/;

export type ParsedAETitles = { readonly entries: AETitleEntry[] } | { readonly invalid: string };

/** One a line: the title (in quotes when it has a space), the address range it may call from, and host:port where it answers. */
export function parseAETitles(text: string): ParsedAETitles {
  const entries: AETitleEntry[] = [];
  for (const line of text.split('\n').map((part) => part.trim())) {
    if (line === '') continue;
    const [, quoted, plain, rest = ''] = /^(?:"([^"\\]{1,16})"|(\S+))(?:\s+(.+))?$/.exec(line) ?? [];
    const aeTitle = quoted?.trim() ?? plain ?? '';
    const more = partsOf(rest.split(/\s+/).filter((part) => part !== ''));
    if (aeTitle === '' || (quoted === undefined && !AE_TITLE.test(aeTitle)) || more === undefined) return { invalid: line };
    entries.push({ aeTitle, ...more });
  }
  return { entries };
}

/** Undefined: one of the parts is neither a range nor a place, or there are two of a kind. */
function partsOf(parts: readonly string[]): Omit<AETitleEntry, 'aeTitle'> | undefined {
  const found: Omit<AETitleEntry, 'aeTitle'> = {};
  for (const part of parts) {
    const [, host, port] = /^([A-Za-z0-9._-]+|\[[\da-f:.]+\]):(\d{1,5})$/i.exec(part) ?? [];
    if (isAddressRange(part) && found.addressRange === undefined) found.addressRange = part;
    else if (host !== undefined && found.host === undefined && Number(port) >= 1 && Number(port) <= 65_535)
      Object.assign(found, { host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
    else return undefined;
  }
  return found;
}

export function writeAETitles(entries: readonly AETitleEntry[]): string {
  return entries
    .map(({ aeTitle, addressRange = '', host, port }) => {
      const place = host === undefined ? '' : `${host.includes(':') ? `[${host}]` : host}:${port}`;
      return [aeTitle.includes(' ') ? `"${aeTitle}"` : aeTitle, addressRange, place].filter((part) => part !== '').join(' ');
    })
    .join('\n');
}

/** What the text does not show of an entry stays as it was: the client certificate. */
export function keepingCertificates(entries: readonly AETitleEntry[], before: readonly AETitleEntry[]): AETitleEntry[] {
  return entries.map((entry) => {
    const certificateSha256 = before.find(({ aeTitle }) => aeTitle === entry.aeTitle)?.certificateSha256;
    return certificateSha256 === undefined ? entry : { ...entry, certificateSha256 };
  });
}
