import { PASSWORD_CHARS_MIN, PASSWORD_CHARS_OF_THREE_KINDS_MIN } from '../../gateway/api/contract/bounds.ts';

/** As the gateway has it (`gateway/auth/password-rule.ts`). Whether it is a common one, or made of the account's own words, only the gateway knows. */
export type PasswordFlaw = 'short' | 'mismatch';

export function passwordFlaw(next: string, repeat: string): PasswordFlaw | undefined {
  const text = next.normalize('NFKC');
  const count = [...text].length;
  const threeKinds = [/\p{L}/u, /\p{N}/u, /[^\p{L}\p{M}\p{N}\s]/u].every((kind) => kind.test(text));
  if (count < (threeKinds ? PASSWORD_CHARS_OF_THREE_KINDS_MIN : PASSWORD_CHARS_MIN)) return 'short';
  return next === repeat ? undefined : 'mismatch';
}
