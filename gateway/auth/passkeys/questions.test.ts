import { expect, test } from 'vitest';
import { PASSKEY_QUESTION_MS_MAX } from '../../domain/people/passkey.ts';
import { newQuestion, type QuestionUse, questionOf } from './questions.ts';

const KEY = new Uint8Array(32).fill(7);
const NOW = new Date('2026-11-28T00:00:00Z');
const USE: QuestionUse = { purpose: 'sign-in', boundTo: 'this browser' };
const later = (ms: number) => new Date(NOW.getTime() + ms);
const flipped = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

test('a question is known by who asked it until it is too old, and no two are alike', () => {
  const question = newQuestion(KEY, USE, NOW);
  expect(questionOf(KEY, USE, question, later(PASSKEY_QUESTION_MS_MAX - 1))).toEqual({
    questionHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    questionEndsAt: later(PASSKEY_QUESTION_MS_MAX),
  });
  expect(newQuestion(KEY, USE, NOW)).not.toBe(question);
});

test.each([
  ['for another purpose', { use: { ...USE, purpose: 'confirmation' } as const }],
  ['of another browser', { use: { ...USE, boundTo: 'that browser' } }],
  ['of another installation', { key: new Uint8Array(32).fill(8) }],
  ['too old', { now: later(PASSKEY_QUESTION_MS_MAX) }],
  ['from the future, by a clock that was wrong', { now: later(-1) }],
  ['with another random part', { write: (text: string) => flipped(text, 0) }],
  ['with another end', { write: (text: string) => flipped(text, 46) }],
  ['with another signature', { write: (text: string) => flipped(text, 60) }],
  ['written in another way', { write: (text: string) => `${text}=` }],
  ['cut', { write: (text: string) => text.slice(0, 20) }],
  ['empty', { write: () => '' }],
])('a question %s is none', (_, { key = KEY, use = USE, now = NOW, write = (text: string) => text }: Otherwise) => {
  expect(questionOf(key, use, write(newQuestion(KEY, USE, NOW)), now)).toBeUndefined();
});

interface Otherwise {
  readonly key?: Uint8Array;
  readonly use?: QuestionUse;
  readonly now?: Date;
  readonly write?: (text: string) => string;
}
