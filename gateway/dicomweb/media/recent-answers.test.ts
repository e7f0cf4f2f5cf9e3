import { expect, it } from 'vitest';
import { createRecentAnswers } from './recent-answers.ts';

async function* stream(...pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield Buffer.from(piece);
}
const drain = async (bytes: AsyncIterable<Uint8Array>) => {
  for await (const _piece of bytes);
};

it('keeps what came to its end, forgets the least recently used, and never what is too large', async () => {
  const answers = createRecentAnswers(10, 6);
  await drain(answers.keeping('a', stream('12', '34')));
  await drain(answers.keeping('b', stream('5678')));
  expect(Buffer.from(answers.get('a') ?? []).toString()).toBe('1234');
  await drain(answers.keeping('c', stream('90')));
  await drain(answers.keeping('d', stream('90')));
  expect(['a', 'b', 'c', 'd'].map((key) => answers.get(key) !== undefined)).toEqual([true, false, true, true]);
  await drain(answers.keeping('large', stream('1234', '567')));
  expect(answers.get('large')).toBeUndefined();
  for await (const _piece of answers.keeping('left', stream('1', '2'))) break;
  expect(answers.get('left')).toBeUndefined();
});
