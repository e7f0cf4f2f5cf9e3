import { describe, expect, test } from 'vitest';
import {
  hashPassword,
  PASSWORD_CHECKS_MAX,
  PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX,
  PASSWORD_CHECKS_WAITING_MAX,
  passwordMatches,
  turn,
} from './passwords.ts';

describe('checking a password', () => {
  test('any Unicode, as it is composed; nobody’s is looked at too and never right', async () => {
    const hash = await hashPassword('パスワード が 長い');
    expect(await passwordMatches('ハ\u309aスワート\u3099 か\u3099 長い', hash)).toBe(true);
    expect(await passwordMatches('パスワード が 短い', hash)).toBe(false);
    expect(await passwordMatches('nobody', undefined)).toBe(false);
  });

  test('waits in turn: the known first, and no account twice before another once; past the bounds it is busy', async () => {
    const order: string[] = [];
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const running = Array.from({ length: PASSWORD_CHECKS_MAX }, (_, n) => turn({ account: `running ${n}`, known: false }, () => gate));
    const check = (account: string, known: boolean) =>
      turn({ account, known }, async () => void order.push(account)).catch((thrown: unknown) => (thrown as { kind: string }).kind);
    const guessed = Array.from({ length: PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX + 1 }, () => check('guessed', false));
    const others = [check('other', false), check('known', true)];
    expect(await guessed.at(-1)).toBe('busy');
    expect(order).toEqual([]);
    open();
    await Promise.all([...running, ...guessed, ...others]);
    expect(order.slice(0, 3)).toEqual(['known', 'guessed', 'other']);
    expect(order.slice(3)).toEqual(Array.from({ length: PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX - 1 }, () => 'guessed'));
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
