import { describe, expect, test } from 'vitest';
import type { UserId } from '../identifiers.ts';
import { JOBS } from '../people/actor.ts';
import {
  gives,
  LETTER_ACTS,
  LETTER_STATES,
  type LetterAct,
  type LetterSide,
  type LetterState,
  nextState,
  openedBy,
} from './letter-states.ts';

/** Written by hand, not from the table: a row an act, a column a state; '-' is refused. `s`, `r`: by that side alone. */
const EXPECTED: Readonly<Record<LetterAct, string>> = {
  //         draft  sent        received    opened      answered    closed      recalled declined
  send: '    s:sent -           -           -           -           -           -        -',
  receive: ' -      r:received  -           -           -           -           -        -',
  open: '    -      r:opened    r:opened    -           -           -           -        -',
  answer: '  -      -           -           r:answered  r:answered  -           -        -',
  close: '   -      -           -           sr:closed   sr:closed   -           -        -',
  decline: ' -      r:declined  r:declined  r:declined  -           -           -        -',
  recall: '  -      s:recalled  s:recalled  s:recalled  s:recalled  s:recalled  -        -',
};
const SIDES: readonly LetterSide[] = ['sender', 'receiver'];

const CASES = LETTER_ACTS.flatMap((act) =>
  EXPECTED[act]
    .trim()
    .split(/\s+/)
    .flatMap((cell, at) =>
      SIDES.map((side): [LetterAct, LetterState, LetterSide, LetterState | undefined] => {
        const [by = '', to] = cell.split(':');
        return [act, LETTER_STATES[at] as LetterState, side, by.includes(side[0] as string) ? (to as LetterState) : undefined];
      }),
    ),
);

describe('a letter', () => {
  test('every act is said of every state and side', () => {
    expect(CASES).toHaveLength(LETTER_ACTS.length * LETTER_STATES.length * SIDES.length);
  });

  test.each(CASES)('%s, while it is %s, by its %s', (act, state, side, expected) => {
    expect(nextState(state, act, side)).toBe(expected);
  });

  test('gives what is bound to it from when it is sent until it is recalled or declined', () => {
    expect(LETTER_STATES.filter(gives)).toEqual(['sent', 'received', 'opened', 'answered', 'closed']);
  });

  test('is opened by a doctor: by the one who is named, or by another who takes it over', () => {
    const [me, another] = ['1', '2'] as UserId[];
    const by = (job: (typeof JOBS)[number], named: UserId | undefined) => openedBy({ userId: me as UserId, job }, named);
    expect(JOBS.filter((job) => by(job, undefined) === 'itself')).toEqual(['physician', 'dentist']);
    expect(by('physician', me)).toBe('itself');
    expect(by('physician', another)).toBe('takes-over');
    expect(by('nurse', me)).toBe('no');
  });
});
