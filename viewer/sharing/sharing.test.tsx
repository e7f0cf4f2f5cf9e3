// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Disclosure } from '../../gateway/api/contract/sharing.ts';
import { say } from '../../test/fixtures/say.ts';
import { CLINIC, facilityOf, HOSPITAL, seriesOf, sessionOf, shareOf, studyDetailOf, studyOf } from '../../test/fixtures/viewer/samples.ts';
import { type Answers, LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { todayDA } from '../i18n/dates.ts';
import { RecordedAct } from '../record/record-entry.tsx';
import { DisclosureList } from './disclosure-list.tsx';
import { ShareDialog } from './share-dialog.tsx';
import { SharePanel } from './share-panel.tsx';
import { untilAfter } from './share-until.ts';

const EAST = facilityOf({ code: 'east', name: '東クリニック', nameKana: 'ヒガシ', nameRomaji: 'East' });
const STUDY = studyOf();
const SHARES = `/api/studies/2.25.1/shares`;
const OF = '?of=hospital%7E1';

function entryOf(other: Partial<Disclosure> = {}): Disclosure {
  return {
    seq: 1,
    at: '2026-11-20T03:00:00.000Z',
    action: 'study-viewed',
    outcome: 'success',
    who: { name: '青木 健', job: 'physician', facility: 'あおば内科' },
    seriesInstanceUID: null,
    count: null,
    toFacility: null,
    right: { kind: 'share', grant: '12' },
    purpose: null,
    seconds: null,
    refusal: null,
    remoteAddress: '10.0.0.7',
    ownStaff: false,
    about: {},
    ...other,
  };
}

describe.each(LANGUAGES)('%s', (language) => {
  /** In English as the region's directory writes it. */
  const east = language === 'en' ? EAST.nameRomaji : EAST.name;
  const panel = (answers: Answers = {}) =>
    showPart(<SharePanel study={STUDY} />, {
      language,
      session: sessionOf(),
      answers: {
        'GET /api/facilities': { facilities: [facilityOf(), EAST, facilityOf({ ...HOSPITAL, nameRomaji: '' })], next: null },
        [`GET ${SHARES}${OF}`]: { shares: [] },
        ...answers,
      },
    });

  it('the owner’s own facility is none to share with', async () => {
    const { user } = await panel();
    await user.click(screen.getByRole('combobox'));
    await screen.findByRole('option', { name: new RegExp(CLINIC.name) });
    expect(screen.queryByRole('option', { name: new RegExp(HOSPITAL.name) })).toBeNull();
  });

  it('without a facility nothing is sent, and the field says so', async () => {
    const { user, words, asked } = await panel();
    await user.click(screen.getByRole('button', { name: words.share.submit }));
    expect(screen.getByRole('combobox').getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText(words.share.mustChoose)).toBeTruthy();
    expect(asked.filter(({ what }) => what.startsWith('POST'))).toEqual([]);
  });

  it('a facility is found by its reading, chosen by the keyboard, and given the study until the day that was pressed', async () => {
    const { user, words, asked } = await panel({ [`POST ${SHARES}${OF}`]: null });
    const box = screen.getByRole('combobox', { name: words.share.facility });
    await user.click(box);
    await screen.findByRole('option', { name: /東クリニック/ });
    await user.type(box, 'ひがし');
    expect(screen.getAllByRole('option')).toHaveLength(1);
    await user.keyboard('{Enter}');
    expect(box).toHaveProperty('value', east);
    await user.click(screen.getByRole('button', { name: say(words.share.days_other, { count: 30 }) }));
    await user.click(screen.getByRole('button', { name: words.share.submit }));
    await screen.findByText(say(words.share.done, { facility: east }));
    const until = untilAfter(todayDA(new Date()), 30);
    expect(asked.find(({ what }) => what.startsWith('POST'))).toEqual({
      what: `POST ${SHARES}${OF}`,
      body: { facilityCode: 'east', until },
    });
    expect(screen.getByRole('combobox')).toHaveProperty('value', '');
  });

  it('the list of facilities is said to be open while it is, and no longer; who leaves the field has chosen nothing', async () => {
    const { user, words } = await panel();
    const box = screen.getByRole('combobox', { name: words.share.facility });
    const open = () => [box.getAttribute('aria-expanded'), screen.queryAllByRole('option').length > 0];
    expect(open()).toEqual(['false', false]);
    await user.click(box);
    await screen.findByRole('option', { name: /東クリニック/ });
    expect(open()).toEqual(['true', true]);
    await user.keyboard('{Escape}');
    expect(open()).toEqual(['false', false]);
    await user.keyboard('{ArrowDown}');
    expect(open()).toEqual(['true', true]);
    await user.tab();
    expect(open()).toEqual(['false', false]);
    expect(box).toHaveProperty('value', '');
    await user.type(box, 'ひがし{Enter}');
    expect(open()).toEqual(['false', false]);
    expect(box).toHaveProperty('value', east);
    await user.type(box, '{Backspace}');
    expect(box).toHaveProperty('value', east.slice(0, -1));
  });

  it.each([
    ['in force', {}, true, undefined],
    ['ended', { until: '2020-01-01T00:00:00Z' }, false, 'expired'],
    ['taken back', { revokedAt: '2026-11-21T00:00:00Z' }, false, 'revoked'],
  ] as const)('a share that is %s', async (_name, other, mayRevoke, word) => {
    const { words } = await panel({ [`GET ${SHARES}${OF}`]: { shares: [shareOf(other)] } });
    const row = await screen.findByTestId('share-row');
    expect(within(row).queryByRole('button', { name: words.share.revoke }) !== null).toBe(mayRevoke);
    if (word !== undefined) expect(row.textContent).toContain(words.share[word]);
  });

  it('a share that was made on the command line names nobody', async () => {
    const { words } = await panel({ [`GET ${SHARES}${OF}`]: { shares: [shareOf({ createdBy: null, createdByRomaji: null })] } });
    expect((await screen.findByTestId('share-row')).textContent).toContain(words.through.command);
  });

  it('a share is taken back after a question', async () => {
    // In English as the region's directory writes it.
    const called = language === 'en' ? facilityOf().nameRomaji : CLINIC.name;
    const { user, words, asked } = await panel({
      [`GET ${SHARES}${OF}`]: { shares: [shareOf()] },
      [`DELETE ${SHARES}/s1${OF}`]: null,
    });
    await user.click(await screen.findByRole('button', { name: words.share.revoke }));
    await vi.waitFor(() =>
      expect(screen.getByRole('alertdialog').textContent).toContain(say(words.share.revokeTitle, { facility: called })),
    );
    expect(asked.some(({ what }) => what.startsWith('DELETE'))).toBe(false);
    await user.click(screen.getByRole('button', { name: words.share.revokeConfirm }));
    await screen.findByText(say(words.share.revokedDone, { facility: called }));
    expect(asked.some(({ what }) => what === `DELETE ${SHARES}/s1${OF}`)).toBe(true);
  });

  it('one of two shares with a facility: its end is asked with what remains', async () => {
    const { user, words } = await panel({
      [`GET ${SHARES}${OF}`]: { shares: [shareOf({ id: 's2', toJob: 'nurse', mayDownload: false }), shareOf()] },
    });
    const [row] = await screen.findAllByTestId('share-row');
    expect(row?.textContent).toContain(say(words.share.only, { who: words.job.nurse }));
    expect(row?.textContent).toContain(words.share.viewOnly);
    await user.click(within(row as HTMLElement).getByRole('button', { name: words.share.revoke }));
    await vi.waitFor(() => expect(screen.getByRole('alertdialog').textContent).toContain(words.share.everybody));
  });

  it('a share that has not begun says so, and can be ended', async () => {
    const { words } = await panel({ [`GET ${SHARES}${OF}`]: { shares: [shareOf({ notBefore: '2999-01-01T00:00:00Z' })] } });
    const row = await screen.findByTestId('share-row');
    expect(row.textContent).toContain(words.share.notBegun);
    expect(within(row).getByRole('button', { name: words.share.revoke })).toBeTruthy();
  });

  it('refused: said', async () => {
    const { user, words } = await panel({ [`POST ${SHARES}${OF}`]: refused(403, { error: 'denied' }) });
    await user.click(screen.getByRole('combobox'));
    await user.click(await screen.findByRole('option', { name: new RegExp(CLINIC.name) }));
    await user.click(screen.getByRole('button', { name: words.share.submit }));
    expect((await screen.findByRole('alert')).textContent).toBe(words.error.denied);
  });

  it('the dialog says whose study it is, and its second tab who opened it', async () => {
    const { user, words } = await showPart(<ShareDialog study={STUDY} open onOpenChange={() => undefined} />, {
      language,
      session: sessionOf(),
      answers: {
        'GET /api/facilities': { facilities: [], next: null },
        [`GET ${SHARES}${OF}`]: { shares: [] },
        [`GET /api/studies/2.25.1${OF}`]: studyDetailOf([seriesOf()]),
        [`GET /api/studies/2.25.1/disclosures${OF}`]: {
          disclosures: [entryOf({ seriesInstanceUID: '2.25.1.1' })],
          openings: [],
          next: null,
        },
      },
    });
    const dialog = screen.getByRole('dialog', { name: words.share.title });
    expect(dialog.textContent).toContain('山田 太郎');
    await user.click(screen.getByRole('tab', { name: words.share.tabOpened }));
    expect(screen.getByRole('dialog', { name: words.share.titleOpened })).toBe(dialog);
    expect((await screen.findAllByText('青木 健')).length).toBeGreaterThan(0);
    expect(dialog.textContent).toContain(words.action['study-viewed']);
  });

  it('who opened it: first since when each person elsewhere has, the own staff and small pictures folded', async () => {
    const own = { name: '佐藤 花', job: 'radiographer', facility: HOSPITAL.name };
    const { user, words } = await showPart(<DisclosureList address={{ ...STUDY, of: STUDY.exact }} />, {
      language,
      answers: {
        [`GET /api/studies/2.25.1${OF}`]: studyDetailOf([seriesOf()]),
        [`GET /api/studies/2.25.1/disclosures${OF}`]: {
          disclosures: [
            entryOf({ seq: 9, who: own, ownStaff: true }),
            entryOf({ seq: 8, action: 'thumbnails-viewed' }),
            entryOf({ seq: 7 }),
            entryOf({ seq: 6, who: own, ownStaff: true, action: 'study-shared' }),
            entryOf({ seq: 5, who: own, ownStaff: true, outcome: 'refused' }),
          ],
          openings: [entryOf({ seq: 3, at: '2026-11-21T01:00:00.000Z' })],
          next: null,
        },
      },
    });
    const openings = await screen.findByTestId('openings');
    expect(openings.textContent).toContain(`${CLINIC.name} 青木 健`);
    const routine = screen.getByTestId('routine');
    const lines = screen.getAllByTestId('disclosure');
    expect(lines.map((line) => routine.contains(line))).toEqual([false, false, false, true, true]);
    const summary = screen.getByText(say(words.disclosure.routine_other, { count: 2 }));
    expect((routine as HTMLDetailsElement).open).toBe(false);
    await user.click(summary);
    expect(openings.compareDocumentPosition(lines[0] as Node) & Node.DOCUMENT_POSITION_FOLLOWING).not.toBe(0);
  });

  it('what the program does by itself comes from no address', async () => {
    const { words } = await showPart(
      <ol>
        <RecordedAct entry={entryOf({ remoteAddress: 'start' })} />
      </ol>,
      { language },
    );
    const line = screen.getByRole('listitem');
    expect(line.textContent).toContain(words.through.start);
    expect(line.textContent).not.toContain(say(words.entry.from, { address: words.through.start }));
  });

  it.each([
    [
      'by a share: without its number',
      { right: { kind: 'share', grant: '12' } },
      (words: { right: { share: string } }) => words.right.share,
    ],
    [
      'refused, and why',
      { outcome: 'refused', right: null, refusal: 'share-has-ended' },
      (words: { refusal: Record<'share-has-ended', string> }) => words.refusal['share-has-ended'],
    ],
    ['a right of a newer gateway: as it is', { right: { kind: 'birthright' } }, () => 'birthright'],
    ['refused', { outcome: 'refused' }, (words: { entry: { refused: string } }) => words.entry.refused],
    ['how many files', { count: 20 }, (words: { counted: { files_other: string } }) => say(words.counted.files_other, { count: 20 })],
    [
      'how many it found below the study',
      { action: 'studies-listed', count: 20 },
      (words: { counted: { found_other: string } }) => say(words.counted.found_other, { count: 20 }),
    ],
    ['an act of a newer gateway: as it is', { action: 'study-hummed' }, () => 'study-hummed'],
    ['to another facility', { toFacility: '東' }, (words: { entry: { to: string } }) => say(words.entry.to, { facility: '東' })],
  ] as const)('a line of the record: %s', async (_name, other, expected) => {
    const { words } = await showPart(
      <ol>
        <RecordedAct entry={entryOf(other)} />
      </ol>,
      { language },
    );
    const line = screen.getByRole('listitem');
    expect(line.textContent).toContain(expected(words));
    expect(line.textContent).not.toContain('12');
    expect(line.textContent).toContain(`${words.job.physician}${words.app.and}あおば内科`);
  });
});
