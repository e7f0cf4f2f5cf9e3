/** Code points of a new password: so many, or fewer with letters, digits and signs. */
export const PASSWORD_CHARS_MIN = 13;
export const PASSWORD_CHARS_OF_THREE_KINDS_MIN = 8;
/** Longer than a sentence that anybody types. */
export const PASSWORD_CHARS_MAX = 256;
