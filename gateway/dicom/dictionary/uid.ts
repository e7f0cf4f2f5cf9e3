import { isWhiteOrNul, withoutPadding } from '../text/padding.ts';

/** PS3.5 section 9.1 allows 64 characters; odd files carry longer ones, kept up to this. */
export const UID_CHARS_MAX = 64;

/** How this program names itself to peers and in File Meta Information, PS3.7 D.3.3.2 and PS3.10 7.1. The UID is of the UUID form (PS3.5 B.2). */
export const IMPLEMENTATION_CLASS_UID = '2.25.207354629155834016905177425131640936';
export const IMPLEMENTATION_VERSION_NAME = 'RENKEI_1';

/** A UID without its padding: trailing NULs and any surrounding white space, PS3.5 6.2. */
export function normaliseUID(text: string): string {
  return withoutPadding(text, isWhiteOrNul, isWhiteOrNul);
}

/** PS3.5 section 9.1: digits and dots, no component with a leading zero, at most 64 characters. */
export function isValidUID(text: string): boolean {
  return text.length <= UID_CHARS_MAX && /^(0|[1-9]\d*)(\.(0|[1-9]\d*))*$/.test(text);
}
