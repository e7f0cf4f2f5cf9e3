import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EMPTY_CONTENT, type Letter, type SaveLetter } from '../../gateway/api/contract/letters.ts';
import { DraftKeeper, REST_MS } from './draft-keeper.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const letter = (revision: number, purpose = '') =>
  ({
    revision,
    kind: 'referral',
    to: null,
    toPerson: null,
    content: { ...EMPTY_CONTENT, purpose },
    studies: [],
    files: [],
  }) as unknown as Letter;

/** A gateway whose answers the test gives, one after the other. */
function rig() {
  const sent: SaveLetter[] = [];
  const answers: ((of: Letter | Error) => void)[] = [];
  const keeper = new DraftKeeper(letter(1), {
    save: (body) => {
      sent.push(body);
      return new Promise((resolve, reject) => answers.push((of) => (of instanceof Error ? reject(of) : resolve(of))));
    },
    read: async () => letter(7, 'theirs'),
    isChanged: (error) => (error as Error).message === 'changed',
    saved: () => {},
    now: () => new Date(0),
  });
  const answer = async (of: Letter | Error) => {
    answers.shift()?.(of);
    await vi.advanceTimersByTimeAsync(0);
  };
  const rest = () => vi.advanceTimersByTimeAsync(REST_MS);
  const states = () => [keeper.page().save.kind, keeper.page().draft.content.purpose];
  return { keeper, sent, answer, rest, states };
}

describe('a draft', () => {
  test('is kept once its writer rests, one save at a time, each by the last revision', async () => {
    const { keeper, sent, answer, rest, states } = rig();
    keeper.write({ purpose: 'a' });
    keeper.write({ purpose: 'ab' });
    await rest();
    expect(sent.map(({ revision, content }) => [revision, content.purpose])).toEqual([[1, 'ab']]);
    keeper.write({ purpose: 'abc' });
    await rest();
    expect(sent).toHaveLength(1);
    await answer(letter(2));
    expect(sent.map(({ revision, content }) => [revision, content.purpose])).toEqual([
      [1, 'ab'],
      [2, 'abc'],
    ]);
    await answer(letter(3));
    expect(states()).toEqual(['saved', 'abc']);
  });

  test.each([
    ['theirs', ['saved', 'theirs'], 0],
    ['mine', ['saving', 'mine'], 1],
  ] as const)('that another window saved waits for a choice: %s', async (which, expected, more) => {
    const { keeper, sent, answer, rest, states } = rig();
    keeper.write({ purpose: 'mine' });
    await rest();
    await answer(new Error('changed'));
    keeper.write({ occupation: 'x' });
    await rest();
    expect([states()[0], sent.length]).toEqual(['changed', 1]);
    void keeper.settle(which);
    await vi.advanceTimersByTimeAsync(0);
    expect(states()).toEqual(expected);
    expect(sent.slice(1).map(({ revision }) => revision)).toEqual(more === 0 ? [] : [7]);
  });

  test('that was not kept is tried again with the next word', async () => {
    const { keeper, answer, rest, states } = rig();
    keeper.write({ purpose: 'a' });
    await rest();
    await answer(new Error('full'));
    expect(states()[0]).toBe('failed');
    keeper.write({ purpose: 'ab' });
    await rest();
    await answer(letter(2));
    expect(states()).toEqual(['saved', 'ab']);
  });
});
