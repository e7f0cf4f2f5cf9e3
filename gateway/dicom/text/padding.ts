/**
 * Text without what pads it, in one pass from each end. A pattern such as /[ \0]+$/ looks at a run of spaces in the middle once for each of
 * its characters: one value of 64 KB made of them takes seconds, and a header has room for a thousand.
 */
export function withoutPadding(text: string, padsStart: (code: number) => boolean, padsEnd: (code: number) => boolean): string {
  let start = 0;
  let end = text.length;
  while (end > start && padsEnd(text.charCodeAt(end - 1))) end--;
  while (start < end && padsStart(text.charCodeAt(start))) start++;
  return text.slice(start, end);
}

export function isSpace(code: number): boolean {
  return code === 0x20;
}

export function isSpaceOrNul(code: number): boolean {
  return code === 0x20 || code === 0;
}

/** As \s of patterns, and NUL. */
export function isWhiteOrNul(code: number): boolean {
  if (code === 0 || code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xa0) return true;
  return code >= 0x1680 && (code === 0xfeff || /\s/.test(String.fromCharCode(code)));
}
