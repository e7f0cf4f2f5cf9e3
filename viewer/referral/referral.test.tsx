// @vitest-environment happy-dom
import { screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { EMPTY_CONTENT, type Letter } from '../../gateway/api/contract/letters.ts';
import { say } from '../../test/fixtures/say.ts';
import { sessionOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { LetterReader } from './letter-reader.tsx';
import { LetterWriter } from './letter-writer.tsx';

const NOTHING = {
  write: false,
  receive: false,
  open: 'no',
  answer: false,
  close: false,
  decline: false,
  recall: false,
  note: false,
} as const;
const AT = '2026-11-27T00:00:00Z';
const LETTER: Letter = {
  id: '5',
  kind: 'referral',
  state: 'draft',
  own: true,
  inReplyTo: null,
  from: { code: 'H1', name: '中央病院' },
  to: { code: 'C1', name: '鈴木医院' },
  times: { send: null, receive: null, open: null, answer: null, close: null, recall: null, decline: null },
  createdAt: AT,
  reason: '',
  revision: 1,
  content: { ...EMPTY_CONTENT, patientName: '山田 花子' },
  notes: { firstVisit: false, visitedOn: '', gistWritten: false },
  toPerson: null,
  patient: null,
  studies: [],
  files: [],
  replies: [],
  sentBy: null,
  openedBy: null,
  until: null,
  may: { ...NOTHING, write: true },
};
const SENT: Letter = { ...LETTER, state: 'sent', own: false, times: { ...LETTER.times, send: AT }, may: NOTHING };
const STUDY = { studyInstanceUID: '1.2', of: 'H1~1', studyDate: '20260101', studyDescription: 'CHEST', modalities: ['CT'], keyImages: [] };

describe.each(LANGUAGES)('%s', (language) => {
  const write = (letter: Letter, answers: object) =>
    showPart(<LetterWriter first={letter} />, {
      language,
      session: sessionOf({ facility: { code: 'H1', name: '中央病院' } }),
      answers: { 'GET /api/facilities': { facilities: [] }, 'GET /api/letter-templates': { templates: [] }, ...answers } as never,
    });
  const send = async ({ user, words }: Awaited<ReturnType<typeof write>>) => {
    await user.click(screen.getByRole('button', { name: words.writer.send }));
    const asked = await screen.findByRole('alertdialog');
    await user.click([...asked.querySelectorAll('button')].find(({ textContent }) => textContent === words.writer.send) as HTMLElement);
  };

  it('a letter that could not be kept is not sent, and its writer is told where they stand', async () => {
    const shown = await write(LETTER, { 'PATCH /api/letters/5': refused(500, { error: 'internal' }) });
    await shown.user.type(screen.getByLabelText(shown.words.writer.text.purpose), 'x');
    await send(shown);
    const failed = say(shown.words.writer.saveFailed, { reason: '' }).trim();
    await waitFor(() => expect(screen.getAllByText((text) => text.startsWith(failed)).length).toBeGreaterThan(1));
  });

  it('one that another window has saved is not sent before its writer has chosen', async () => {
    const shown = await write(LETTER, { 'PATCH /api/letters/5': refused(409, { error: 'conflict', reason: 'draft-changed' }) });
    await shown.user.type(screen.getByLabelText(shown.words.writer.text.purpose), 'x');
    await send(shown);
    await waitFor(() => expect(document.activeElement?.textContent).toBe(shown.words.writer.takeTheirs));
  });

  it.each(['purpose', 'patientName'] as const)('what is missing (%s) is where its writer stands', async (value) => {
    const shown = await write(LETTER, {
      'POST /api/letters/5/sending': refused(400, { error: 'invalid', reason: 'letter-missing', value }),
    });
    await send(shown);
    const label = value === 'purpose' ? shown.words.writer.text.purpose : shown.words.writer.patientName;
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText(label)));
  });

  it('to nobody: the facility is asked for', async () => {
    const { user, words } = await write({ ...LETTER, to: null }, {});
    await user.click(screen.getByRole('button', { name: words.writer.send }));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('combobox', { name: words.writer.facility })));
  });

  it('a study that can be sent no more is shown, and taken out', async () => {
    const { user, words, asked } = await write({ ...LETTER, studies: [STUDY] }, { 'PATCH /api/letters/5': LETTER });
    await user.click(await screen.findByRole('button', { name: words.writer.unbind }));
    await waitFor(() => expect(asked.find(({ what }) => what === 'PATCH /api/letters/5')?.body).toMatchObject({ studies: [] }));
  });

  it.each([
    ['a doctor', null, 'waitsForDoctor'],
    ['the doctor who is named', { id: '9', name: '鈴木 一郎' }, 'waitsFor'],
  ] as const)('a letter that waits for %s says so', async (_name, toPerson, key) => {
    const { words } = await showPart(<LetterReader letter={{ ...SENT, toPerson }} />, { language, session: sessionOf() });
    await screen.findByText(say(words.letter[key], { name: toPerson?.name ?? '' }));
  });
});
