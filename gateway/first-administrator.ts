import { readFile } from 'node:fs/promises';
import { hashNewPassword } from './auth/password-rule.ts';
import { secretLine } from './auth/secret-line.ts';
import type { Config } from './config.ts';
import { asDomainError, DomainError } from './domain/errors.ts';
import type { Index } from './domain/opened-index.ts';
import type { Log } from './domain/operation/log.ts';
import { createUser } from './usecases/account/manage-people.ts';

/**
 * Makes the account that the settings name, while nobody can administer. When the address is taken, by a disabled or an ordinary
 * account, or by another process that starts too, the log says so and the program serves: images do not wait for an administrator.
 * @throws invalid when the password cannot be read or is none
 */
export async function makeFirstAdministrator(
  setting: Config['firstAdministrator'],
  { people }: Pick<Index, 'people'>,
  log: Log,
): Promise<void> {
  if (setting === undefined || (await people.anyAdministrator())) return;
  const { email } = setting;
  const password = 'password' in setting ? setting.password : await secretIn(setting.passwordFile);
  try {
    await createUser(
      { people, hashPassword: hashNewPassword },
      { actor: undefined, remoteAddress: 'start' },
      {
        ...{ email, password, passwordIsOwn: true, name: 'Administrator', nameKana: '', facilityCode: undefined },
        ...{ job: 'administrator', administrator: true },
      },
    );
  } catch (thrown) {
    const error = asDomainError(thrown);
    if (error.kind === 'invalid')
      throw new DomainError(
        'invalid',
        `${'password' in setting ? 'RENKEI_ADMIN_PASSWORD' : 'RENKEI_ADMIN_PASSWORD_FILE'}: ${error.message}`,
        { cause: thrown },
      );
    if (error.kind !== 'conflict') throw thrown;
    if (await people.anyAdministrator()) return;
    log.warn('start.no-administrator', {
      reason: 'the account of RENKEI_ADMIN_EMAIL exists and does not administer',
      remedy: 'npm start -- user administrator --email EMAIL, and user enable --email EMAIL if it is disabled',
    });
  }
}

async function secretIn(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new DomainError('invalid', `RENKEI_ADMIN_PASSWORD_FILE: ${file} cannot be read`, { cause });
  });
  try {
    return secretLine(bytes);
  } catch (cause) {
    throw new DomainError('invalid', `RENKEI_ADMIN_PASSWORD_FILE: ${file} ${asDomainError(cause).message}`, { cause });
  }
}
