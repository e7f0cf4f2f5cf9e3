import type { CreateFacility } from '../../gateway/api/contract.ts';

type AETitleEntry = NonNullable<CreateFacility['aeTitles']>[number];

/** PS3.5 table 6.2-1 AE: 16 printable characters at most, no backslash. */
const AE_TITLE = /^[\x21-\x5b\x5d-\x7e]{1,16}$/;

export type ParsedAETitles = { readonly entries: AETitleEntry[] } | { readonly invalid: string };

/** One a line: the title, and after a space the address range it may call from. A title with a space inside stands in quotes. */
export function parseAETitles(text: string): ParsedAETitles {
  const entries: AETitleEntry[] = [];
  for (const line of text.split('\n').map((part) => part.trim())) {
    if (line === '') continue;
    const match = /^(?:"([^"\\]{1,16})"|(\S+))(?:\s+(\S+))?$/.exec(line);
    const aeTitle = match?.[1]?.trim() ?? match?.[2] ?? '';
    if (match === null || (match[1] === undefined && !AE_TITLE.test(aeTitle)) || aeTitle === '') return { invalid: line };
    entries.push({ aeTitle, ...(match[3] === undefined ? {} : { addressRange: match[3] }) });
  }
  return { entries };
}

export function writeAETitles(entries: readonly AETitleEntry[]): string {
  return entries
    .map(({ aeTitle, addressRange }) => [aeTitle.includes(' ') ? `"${aeTitle}"` : aeTitle, addressRange ?? ''].join(' ').trim())
    .join('\n');
}
