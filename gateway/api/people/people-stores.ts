import { hashNewPassword } from '../../auth/password-rule.ts';
import type { PasswordRule } from '../../usecases/account/manage-people.ts';

/** The ports of a use case that sets passwords, without and with the rule for new ones. */
export type WithoutRule<Ports> = Omit<Ports, keyof PasswordRule>;

export function withPasswordRule<Ports>(ports: Ports): Ports & PasswordRule {
  return { ...ports, hashPassword: hashNewPassword };
}
