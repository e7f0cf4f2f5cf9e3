/** What is written in a letter: the fields of 診療情報提供書 (別紙様式11), and what the fees ask of it. */

/** Longest texts, in UTF-16 units. */
export const LETTER_LINE_CHARS_MAX = 200;
export const LETTER_TEXT_CHARS_MAX = 6_000;
export const LETTER_STUDIES_MAX = 50;
export const KEY_IMAGES_MAX = 40;
/** How long what is bound to a letter is open to its receiver. */
export const LETTER_GRANT_DAYS = 365;
export const TEMPLATES_MAX = 100;

export const LETTER_KINDS = ['referral', 'reply', 'counter-referral'] as const;
export type LetterKind = (typeof LETTER_KINDS)[number];

/** In one line each. */
export const LETTER_LINES = [
  'patientName',
  'patientKana',
  'patientID',
  'patientAddress',
  'patientPhone',
  'occupation',
  'toDepartment',
  'toDoctor',
  'fromDepartment',
  'fromDoctor',
  'fromAddress',
  'fromPhone',
] as const;
export type LetterLine = (typeof LETTER_LINES)[number];

/** In as many lines as it takes, in the order of the form. */
export const LETTER_TEXTS = ['diagnosis', 'purpose', 'history', 'course', 'treatment', 'prescription', 'remarks'] as const;
export type LetterText = (typeof LETTER_TEXTS)[number];

/** What the writer states: the fees ask for it, and nobody else can know. */
export const LETTER_MARKS = ['replyAsked', 'transfer', 'discharge', 'specialRelation', 'labResults'] as const;
export type LetterMark = (typeof LETTER_MARKS)[number];

export interface LetterContent extends Readonly<Record<LetterLine | LetterText, string>>, Readonly<Record<LetterMark, boolean>> {
  /** YYYY-MM-DD or ''. */
  readonly patientBirthDate: string;
  readonly patientSex: '' | 'M' | 'F' | 'O';
}

/** What the receiver states of a letter that came. */
export interface ReceiptNotes {
  /** The patient came with it for a first visit. */
  readonly firstVisit: boolean;
  /** YYYY-MM-DD or ''. */
  readonly visitedOn: string;
  /** Its gist was written in the chart. */
  readonly gistWritten: boolean;
}

export const EMPTY_CONTENT: LetterContent = {
  ...(Object.fromEntries([...LETTER_LINES, ...LETTER_TEXTS].map((name) => [name, ''])) as Record<LetterLine | LetterText, string>),
  ...(Object.fromEntries(LETTER_MARKS.map((name) => [name, false])) as Record<LetterMark, boolean>),
  patientBirthDate: '',
  patientSex: '',
};

/** Control characters, but tabs and line ends where there are lines; and marks that turn the direction of writing, by which a name reads as another. */
const IN_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const IN_A_TEXT = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

export function isPlainLine(text: string): boolean {
  return !IN_A_LINE.test(text);
}

export function isPlainText(text: string): boolean {
  return !IN_A_TEXT.test(text);
}

/** What must be there before it is sent; a message of the page names each. */
export function missingIn(
  { patientName, diagnosis, purpose, course, remarks }: LetterContent,
  kind: LetterKind,
  files: number,
): readonly string[] {
  const body = kind === 'reply' ? [course, remarks, diagnosis] : [purpose, course];
  return [
    ...(patientName.trim() === '' ? ['patientName'] : []),
    // A letter may be in what is attached.
    ...(files === 0 && body.every((text) => text.trim() === '') ? [kind === 'reply' ? 'course' : 'purpose'] : []),
  ];
}
