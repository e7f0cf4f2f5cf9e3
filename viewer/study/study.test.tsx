// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { seriesOf, studyDetailOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { SeriesRail } from './series-rail.tsx';
import { stacksOfStudies } from './stacks.ts';
import { StudyHeader } from './study-header.tsx';

const LUNG = seriesOf();
const REPORT = seriesOf({ seriesInstanceUID: '2.25.1.2', modality: 'SR', seriesNumber: 5, seriesDescription: '', instanceCount: 1 });
const STUDY = studyDetailOf([LUNG, REPORT]);

describe.each(LANGUAGES)('%s', (language) => {
  describe('the rail of series', () => {
    const open = async (shownIn: [string, number[]][] = []) => {
      const onChoose = vi.fn();
      const shown = await showPart(
        <SeriesRail studies={[STUDY]} stacks={stacksOfStudies([STUDY])} shownIn={new Map(shownIn)} onChoose={onChoose} />,
        { language },
      );
      return { ...shown, onChoose, rail: screen.getByRole('navigation', { name: shown.words.study.series }) };
    };

    it('names each series, one without a description by its number', async () => {
      const { rail, words } = await open();
      const names = within(rail)
        .getAllByRole('button')
        .map((button) => button.textContent);
      expect(names[0]).toContain('肺野');
      expect(names[1]).toContain(say(words.study.seriesNumber, { number: 5 }));
    });

    it('a report has no small picture to ask for', async () => {
      const { rail } = await open();
      expect([...rail.querySelectorAll('img')].map((image) => image.getAttribute('src'))).toEqual([expect.stringContaining('2.25.1.1/')]);
    });

    it('says which are on screen and in which cells, and a press chooses', async () => {
      const { user, rail, onChoose } = await open([[LUNG.seriesInstanceUID, [1, 3]]]);
      const [lung, report] = within(rail).getAllByRole('button') as [HTMLElement, HTMLElement];
      expect([lung, report].map((button) => button.getAttribute('aria-pressed'))).toEqual(['true', 'false']);
      expect(within(lung).getByText('3')).toBeTruthy();
      await user.click(report);
      expect(onChoose).toHaveBeenCalledWith(REPORT.seriesInstanceUID);
    });
  });

  describe('the header', () => {
    const open = async (study: ReturnType<typeof studyDetailOf>) => {
      const acts = { onBack: vi.fn(), onShare: vi.fn(), onExport: vi.fn(), onRail: vi.fn() };
      const shown = await showPart(
        <StudyHeader beside={undefined} study={study} railOpen {...acts}>
          {null}
        </StudyHeader>,
        { language },
      );
      return { ...shown, ...acts };
    };

    it('says whose study it is, with all groups of the name', async () => {
      await open(STUDY);
      for (const text of ['山田 太郎', 'やまだ たろう']) expect(screen.getAllByText(new RegExp(text)).length).toBeGreaterThan(0);
      expect(document.body.textContent).toContain('00012345');
    });

    it.each([
      ['who may share', true],
      ['who may not', false],
    ])('%s', async (_name, mayShare) => {
      const { user, words, onShare } = await open(studyDetailOf([LUNG], { mayShare }));
      const button = screen.queryByRole('button', { name: words.studies.share });
      expect(button !== null).toBe(mayShare);
      if (button !== null) await user.click(button);
      expect(onShare).toHaveBeenCalledTimes(mayShare ? 1 : 0);
    });

    it.each([
      ['who may take it away', true],
      ['who may only look', false],
    ])('%s', async (_name, mayDownload) => {
      const { user, words, onExport } = await open(studyDetailOf([LUNG], { mayDownload }));
      const button = screen.queryByRole('button', { name: words.study.export });
      expect(button !== null).toBe(mayDownload);
      if (button !== null) await user.click(button);
      expect(onExport).toHaveBeenCalledTimes(mayDownload ? 1 : 0);
    });
  });
});
