import { describe, expect, test } from 'vitest';
import type { User } from '../domain/people/user.ts';
import { CREDENTIALS_MAX, CREDENTIALS_MS_MAX, type CredentialLookUp, rememberCredentials } from './remembered-credentials.ts';

const NOW = new Date('2026-11-24T00:00:00Z');
const user = { id: '1' } as User;

/** Answers what it is told, and counts how often it is asked. */
function counting(answer: () => Promise<{ user: User; byCommand: boolean } | undefined>) {
  const asked: string[] = [];
  const people = {
    token: (hash: string) => {
      asked.push(hash);
      return answer();
    },
    session: async () => undefined,
    endedToken: async () => undefined,
  } satisfies CredentialLookUp;
  return { people, asked };
}

describe('what was just looked up', () => {
  test.each([
    ['is believed within the time', CREDENTIALS_MS_MAX - 1, 1],
    ['is asked anew after it: a revoked token ends', CREDENTIALS_MS_MAX, 2],
  ])('%s', async (_, laterMs, times) => {
    let ms = 0;
    const { people, asked } = counting(async () => ({ user, byCommand: false }));
    const credentials = rememberCredentials(people, () => ms);
    await credentials.token('a', NOW);
    ms = laterMs;
    await credentials.token('a', NOW);
    expect(asked).toHaveLength(times);
  });

  test.each([
    ['not found', async () => undefined],
    [
      'not answered',
      async () => {
        throw new Error('the index is away');
      },
    ],
  ])('is not remembered when it was %s', async (_, answer) => {
    const { people, asked } = counting(answer);
    const credentials = rememberCredentials(people, () => 0);
    await credentials.token('a', NOW).catch(() => {});
    await credentials.token('a', NOW).catch(() => {});
    expect(asked).toHaveLength(2);
  });

  test('is bounded: the oldest goes', async () => {
    const { people, asked } = counting(async () => ({ user, byCommand: false }));
    const credentials = rememberCredentials(people, () => 0);
    for (let n = 0; n <= CREDENTIALS_MAX; n++) await credentials.token(`t${n}`, NOW);
    await credentials.token('t0', NOW);
    await credentials.token(`t${CREDENTIALS_MAX}`, NOW);
    expect(asked).toHaveLength(CREDENTIALS_MAX + 2);
  });
});
