import { describe, expect, test } from 'vitest';
import {
  hashPassword,
  PASSWORD_CHECKS_MAX,
  PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX,
  PASSWORD_CHECKS_WAITING_MAX,
  passwordMatches,
} from './passwords.ts';

describe('checking a password', () => {
  test('any Unicode, as it is composed; nobody’s is looked at too and never right', async () => {
    const hash = await hashPassword('パスワード が 長い');
    expect(await passwordMatches('ハ\u309aスワート\u3099 か\u3099 長い', hash)).toBe(true);
    expect(await passwordMatches('パスワード が 短い', hash)).toBe(false);
    expect(await passwordMatches('nobody', undefined)).toBe(false);
  });

  test('waits in turn: the known first, and no account twice before another once; past the bounds it is busy', async () => {
    const hash = await hashPassword('the right password');
    const order: string[] = [];
    const check = (account: string, known: boolean) =>
      passwordMatches('wrong', hash, { account, known }).then(
        () => order.push(account),
        (thrown: unknown) => (thrown as { kind: string }).kind,
      );
    const running = Array.from({ length: PASSWORD_CHECKS_MAX }, (_, n) => check(`running ${n}`, false));
    const guessed = Array.from({ length: PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX + 1 }, () => check('guessed', false));
    const others = [check('other', false), check('known', true)];
    expect(await guessed.at(-1)).toBe('busy');
    await Promise.all([...running, ...guessed, ...others]);
    const waited = order.filter((account) => !account.startsWith('running'));
    expect(waited.indexOf('known')).toBeLessThanOrEqual(1);
    expect(waited.indexOf('other')).toBeLessThanOrEqual(3);
    expect(waited.filter((account) => account === 'guessed')).toHaveLength(PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX);
  });

  test('a flood over many accounts leaves the known a lane of their own', async () => {
    const answers = Array.from({ length: PASSWORD_CHECKS_MAX + PASSWORD_CHECKS_WAITING_MAX + 5 }, (_, n) =>
      passwordMatches('x', undefined, { account: `flood ${n}`, known: false }).then(
        () => 'looked at',
        () => 'busy',
      ),
    );
    expect(await passwordMatches('x', undefined, { account: 'known', known: true })).toBe(false);
    expect((await Promise.all(answers)).filter((answer) => answer === 'busy')).toHaveLength(5);
  }, 60_000);
});
