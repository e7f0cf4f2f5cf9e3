/** As the gateway has it (PASSWORD_CHARS_MIN in the contract; taken over so that its schema library stays out of the first load). */
export const PASSWORD_CHARS_MIN = 8;

export type PasswordFlaw = 'short' | 'mismatch';

export function passwordFlaw(next: string, repeat: string): PasswordFlaw | undefined {
  if (next.length < PASSWORD_CHARS_MIN) return 'short';
  return next === repeat ? undefined : 'mismatch';
}
