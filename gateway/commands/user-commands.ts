import { hashNewPassword } from '../auth/password-rule.ts';
import { DomainError } from '../domain/errors.ts';
import { plainEmailAddress } from '../domain/people/email-address.ts';
import type { User } from '../domain/people/user.ts';
import { resetFactors } from '../usecases/account/manage-factors.ts';
import { changeUser, createUser, type PeopleStores } from '../usecases/account/manage-people.ts';
import { readPassword } from './ask-password.ts';
import type { UserCommand } from './command-line.ts';
import { jobNamed } from './jobs.ts';

/** Who acts on the command line: nobody's account. */
export const COMMAND_LINE = { actor: undefined, remoteAddress: 'command line' } as const;

type UserStores = PeopleStores<
  'users' | 'credentials' | 'facilityByCode' | 'createUser' | 'userById' | 'updateUser' | 'resetSecondFactors'
>;

/** Accounts from the shell: whoever owns the machine can always let an administrator in again. @throws not-found, conflict, invalid */
export async function runUserCommand(
  { people }: UserStores,
  command: UserCommand,
  typedIn: string,
): Promise<Readonly<Record<string, unknown>>> {
  const stores = { people, hashPassword: hashNewPassword };
  if (command.name === 'user list') return { users: (await people.users()).map(answer) };
  if (command.name === 'user create') {
    const { email, facility, kana, title } = command;
    const job = jobNamed(command.job);
    if ((await people.credentials(plainEmailAddress(email))) !== undefined)
      throw new DomainError('conflict', `${email} has an account already; a new password: npm start -- user password --email ${email}`);
    if (facility !== undefined && (await people.facilityByCode(facility)) === undefined)
      throw new DomainError('not-found', `no facility has the code ${facility}`);
    const user = await createUser(stores, COMMAND_LINE, {
      email,
      name: title ?? email.split('@')[0] ?? email,
      nameKana: kana,
      facilityCode: facility,
      job,
      administrator: command.administrator || job === 'administrator',
      password: await readPassword(command.password, typedIn),
    });
    return { id: user.id, email: user.email, job: user.job, facility: user.facility?.code ?? null };
  }
  const found = await people.credentials(plainEmailAddress(command.email));
  if (found === undefined) throw new DomainError('not-found', `no user has the address ${command.email}`);
  if (command.name === 'user reset-factors') {
    await resetFactors(stores, COMMAND_LINE, found.user.id);
    return answer({ ...found.user, secondFactor: false });
  }
  return answer(await changeUser(stores, COMMAND_LINE, found.user.id, await changeOf(command, typedIn)));
}

async function changeOf(command: Exclude<UserCommand, { name: 'user create' | 'user list' | 'user reset-factors' }>, typedIn: string) {
  switch (command.name) {
    case 'user enable':
      return { disabled: false, unlock: true } as const;
    case 'user disable':
      return { disabled: true };
    case 'user administrator':
      return { administrator: !command.off };
    case 'user password':
      return { newPassword: await readPassword(command.password, typedIn), unlock: true } as const;
  }
}

function answer({ id, email, job, administrator, facility, disabledAt, secondFactor }: User) {
  return { id, email, job, administrator, facility: facility?.code ?? null, disabled: disabledAt !== undefined, secondFactor };
}
