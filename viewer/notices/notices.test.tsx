// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { noticeOf, sessionOf, studyOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { NoticeEntry } from './notice-entry.tsx';
import { NoticeSettlement } from './notice-settlement.tsx';
import { NoticesPage } from './notices-page.tsx';

const LIST = 'GET /api/notices?limit=100&studies=true';
const NEWEST = 'GET /api/notices?limit=1';

beforeEach(() => localStorage.clear());

describe.each(LANGUAGES)('%s', (language) => {
  const page = (answers: Record<string, unknown>, user = {}) => showPart(<NoticesPage />, { language, session: sessionOf(user), answers });

  it('none: said, with what would be here', async () => {
    const { words } = await page({ [NEWEST]: { notices: [] }, [LIST]: { notices: [] } });
    expect(await screen.findByText(words.notices.emptyTitle)).toBeTruthy();
  });

  it('who belongs to no facility is told so', async () => {
    const { words, asked } = await page({}, { facility: null });
    expect(screen.getByText(words.studies.noFacility)).toBeTruthy();
    expect(asked).toEqual([]);
  });

  it('not to be read: said, and asked again on wish', async () => {
    const { user, words, asked } = await page({ [NEWEST]: refused(503, { error: 'busy' }) });
    expect((await screen.findByRole('alert')).textContent).toContain(words.error.busy);
    const before = asked.length;
    await user.click(screen.getByRole('button', { name: words.app.retry }));
    expect(asked.length).toBeGreaterThan(before);
  });

  it('one: says what happened, and leads to its study', async () => {
    const notices = [noticeOf({ kind: 'image-damaged', count: 3, study: studyOf({ of: 'hospital~2' }) })];
    const { user, words, where } = await page({ [NEWEST]: { notices }, [LIST]: { notices } });
    const entry = await screen.findByTestId('notice');
    expect(entry.textContent).toContain(say(words.notices.imageDamaged_other, { count: 3 }));
    expect(entry.textContent).toContain(words.notices.imageDamagedBody);
    expect(within(entry).getByText(words.notices.isNew)).toBeTruthy();
    await user.click(within(entry).getByRole('link'));
    expect(where()).toContain('/studies/2.25.1');
    expect(where()).toContain('hospital');
  });

  it('a study that was emptied leads nowhere', async () => {
    const { words } = await showPart(
      <ul>
        <NoticeEntry notice={noticeOf({ study: null })} unread={false} />
      </ul>,
      { language },
    );
    expect(screen.queryByRole('link')).toBeNull();
    expect(screen.queryByText(words.notices.isNew)).toBeNull();
  });

  describe('two claim one UID', () => {
    const two = noticeOf({ kind: 'other-patient', maySettle: true, other: { studyInstanceUID: '2.25.1', study: studyOf() } });
    const POST = 'POST /api/notices/n1/settlement';

    it('both stay: one press', async () => {
      const { user, words, asked } = await showPart(<NoticeSettlement notice={two} />, {
        language,
        answers: { [POST]: { settlement: 'two-objects', moved: 0 } },
      });
      await user.click(screen.getByRole('button', { name: words.notices.twoObjects }));
      expect(asked).toEqual([{ what: POST, body: { settlement: 'two-objects' } }]);
    });

    it('the later is right: only after a question that says what will happen', async () => {
      const { user, words, asked } = await showPart(<NoticeSettlement notice={two} />, {
        language,
        answers: { [POST]: { settlement: 'correction', moved: 2 } },
      });
      await user.click(screen.getByRole('button', { name: words.notices.correction }));
      const dialog = screen.getByRole('alertdialog', { name: words.notices.correctionTitle });
      expect(dialog.textContent).toContain(words.notices.correctionPatientBody);
      expect(asked).toEqual([]);
      await user.click(within(dialog).getByRole('button', { name: words.notices.correction }));
      expect(asked).toEqual([{ what: POST, body: { settlement: 'correction' } }]);
    });

    it('refused: said', async () => {
      const { user, words } = await showPart(<NoticeSettlement notice={two} />, {
        language,
        answers: { [POST]: refused(409, { error: 'conflict' }) },
      });
      await user.click(screen.getByRole('button', { name: words.notices.twoObjects }));
      expect((await screen.findByRole('alert')).textContent).toContain(words.error.conflict);
    });

    it.each([
      ['who may not decide sees no button', { ...two, maySettle: false }, undefined],
      ['what was decided stays to be read', { ...two, settlement: 'correction' as const }, 'settledCorrection'],
    ] as const)('%s', async (_name, notice, key) => {
      const { words } = await showPart(<NoticeSettlement notice={notice} />, { language });
      expect(screen.queryByRole('button')).toBeNull();
      if (key !== undefined) expect(screen.getByText(words.notices[key])).toBeTruthy();
    });
  });
});
