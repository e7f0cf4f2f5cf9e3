/** The states of a letter between two facilities, as a table: what each side may do, from which state, and what it becomes. */

import type { UserId } from '../identifiers.ts';
import type { Job, PersonActor } from '../people/actor.ts';

export const LETTER_STATES = ['draft', 'sent', 'received', 'opened', 'answered', 'closed', 'recalled', 'declined'] as const;
export type LetterState = (typeof LETTER_STATES)[number];

export type LetterSide = 'sender' | 'receiver';

interface Row {
  readonly by: readonly LetterSide[];
  readonly from: readonly LetterState[];
  readonly to: LetterState;
}

/** `answer` is done by sending a letter in reply: an interim and a final one may follow each other. */
const TRANSITIONS = {
  send: { by: ['sender'], from: ['draft'], to: 'sent' },
  receive: { by: ['receiver'], from: ['sent'], to: 'received' },
  open: { by: ['receiver'], from: ['sent', 'received'], to: 'opened' },
  answer: { by: ['receiver'], from: ['opened', 'answered'], to: 'answered' },
  close: { by: ['sender', 'receiver'], from: ['opened', 'answered'], to: 'closed' },
  decline: { by: ['receiver'], from: ['sent', 'received', 'opened'], to: 'declined' },
  recall: { by: ['sender'], from: ['sent', 'received', 'opened', 'answered', 'closed'], to: 'recalled' },
} as const satisfies Record<string, Row>;

export type LetterAct = keyof typeof TRANSITIONS;
export const LETTER_ACTS = Object.keys(TRANSITIONS) as readonly LetterAct[];

/** In these the receiver reads it, and sees what was bound to it. */
const GIVING: readonly LetterState[] = ['sent', 'received', 'opened', 'answered', 'closed'];

export function gives(state: LetterState): boolean {
  return GIVING.includes(state);
}

/** What it becomes; undefined: not by that side, or not any more. */
export function nextState(state: LetterState, act: LetterAct, side: LetterSide): LetterState | undefined {
  const { by, from, to }: Row = TRANSITIONS[act];
  return by.includes(side) && from.includes(state) ? to : undefined;
}

/** From which states an act is done. */
export function statesBefore(act: LetterAct): readonly LetterState[] {
  return TRANSITIONS[act].from;
}

/** Who reads a letter as the doctor to whom it is; reports were overlooked that counted as read because another had opened them. */
const OPENING: readonly Job[] = ['physician', 'dentist'];

/**
 * How a reader of the receiving facility stands to its being opened. `itself`: reading it is enough. `takes-over`: another doctor is named in it, so they
 * must say that they take it over. `no`: it stays unopened, whoever else reads it.
 */
export function openedBy({ userId, job }: Pick<PersonActor, 'userId' | 'job'>, named: UserId | undefined): 'itself' | 'takes-over' | 'no' {
  if (!OPENING.includes(job)) return 'no';
  return named === undefined || named === userId ? 'itself' : 'takes-over';
}
