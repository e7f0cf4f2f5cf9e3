import { DomainError } from '../domain/errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The secret that a file or a pipe holds: its first line, without its end and without a byte order mark, which editors of Windows write and nobody
 * types. @throws invalid when it is no UTF-8, as what PowerShell redirects: nobody could type what is read then
 */
export function secretLine(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new DomainError('invalid', 'is not text in UTF-8', { cause });
  }
  if (text.includes('\0')) throw new DomainError('invalid', 'is not text in UTF-8');
  return text.split(/\r\n?|\n/)[0] ?? '';
}
