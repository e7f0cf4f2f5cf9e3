/** What the list of letters shows, as it stands in its address. */
export const BOXES = ['in', 'out', 'drafts'] as const;
export const STATES = ['sent', 'received', 'opened', 'answered', 'closed', 'recalled', 'declined'] as const;

export interface LetterSearch {
  readonly box?: (typeof BOXES)[number];
  readonly state?: (typeof STATES)[number];
}

export function parseLetterSearch(search: Record<string, unknown>): LetterSearch {
  const box = BOXES.find((known) => known === search['box']);
  const state = STATES.find((known) => known === search['state']);
  return { ...(box === undefined || box === 'in' ? {} : { box }), ...(state === undefined || box === 'drafts' ? {} : { state }) };
}
