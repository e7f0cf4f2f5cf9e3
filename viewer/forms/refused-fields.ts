/** Which of the gateway's reasons (`gateway/api/contract/problem.ts`) are about what field. */
const PASSWORD_REASONS: readonly (string | undefined)[] = [
  'password-short',
  'password-long',
  'password-common',
  'password-personal',
  'password-same',
];

export function passwordRefused(reason: string | undefined): boolean {
  return PASSWORD_REASONS.includes(reason);
}
