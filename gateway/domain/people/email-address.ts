/**
 * An address as accounts are kept and found by: in small letters, without spaces around it, and with the plain letters that are meant where an
 * input method gave full-width ones (NFKC).
 */
export function plainEmailAddress(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}
