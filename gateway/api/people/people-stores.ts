import { hashNewPassword } from '../../auth/password-rule.ts';
import type { PeopleStores } from '../../usecases/account/manage-people.ts';
import type { ApiPorts } from '../route.ts';

/** What managing people takes, with the rule for new passwords. */
export function peopleStores({ people, audit }: Pick<ApiPorts, 'people' | 'audit'>): PeopleStores {
  return { people, audit, hashPassword: hashNewPassword };
}
