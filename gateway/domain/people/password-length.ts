/** Code points of a new password: so many, or fewer with letters, digits and signs. */
export const PASSWORD_CHARS_MIN = 13;
export const PASSWORD_CHARS_OF_THREE_KINDS_MIN = 8;
/** Longer than a sentence that anybody types. */
export const PASSWORD_CHARS_MAX = 256;

/** Whether a new password is too short or too long; whether it is a common one, only `gateway/auth/password-rule.ts` knows. */
export function passwordLengthFlaw(password: string): 'password-short' | 'password-long' | undefined {
  const text = password.normalize('NFKC');
  const count = [...text].length;
  if (count > PASSWORD_CHARS_MAX) return 'password-long';
  return count < (hasThreeKinds(text) ? PASSWORD_CHARS_OF_THREE_KINDS_MIN : PASSWORD_CHARS_MIN) ? 'password-short' : undefined;
}

/** Letters, digits and signs. */
function hasThreeKinds(text: string): boolean {
  return [/\p{L}/u, /\p{N}/u, /[^\p{L}\p{M}\p{N}\s]/u].every((kind) => kind.test(text));
}
