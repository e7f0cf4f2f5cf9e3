// @vitest-environment happy-dom
import { act, createEvent, fireEvent, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { sessionOf, studyOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { formatInstantDay } from '../i18n/dates.ts';
import type { StudyFilter } from './study-filter.ts';
import { StudyFilters } from './study-filters.tsx';
import { nextRow } from './study-list.tsx';
import { StudyListNotice } from './study-list-notice.tsx';
import { StudyRow } from './study-row.tsx';

it.each([
  ['ArrowDown', 3, 4],
  ['ArrowUp', 3, 2],
  ['PageDown', 3, 11],
  ['Home', 3, 0],
  ['End', 3, 99],
  ['a', 3, undefined],
  ['ArrowDown', Number.NaN, undefined],
])('%s from row %s', (key, from, expected) => {
  expect(nextRow(key, from, 8, 100)).toBe(expected);
});

describe.each(LANGUAGES)('%s', (language) => {
  describe('a row', () => {
    const open = async (other = {}) => {
      const onShare = vi.fn();
      const study = studyOf(other);
      const shown = await showPart(<StudyRow study={study} index={0} tabStop arrived={false} onShare={onShare} />, {
        language,
        session: sessionOf(),
      });
      return { ...shown, study, onShare };
    };

    it('is a link, named by patient, date and study', async () => {
      const { user, where } = await open();
      const link = screen.getByTestId('study-row');
      for (const text of ['山田 太郎', 'CT SR', '胸部CT']) expect(link.getAttribute('aria-label')).toContain(text);
      // Said with the commas of the page's language.
      expect(link.getAttribute('aria-label')).toContain(language === 'ja' ? '山田 太郎、' : '山田 太郎, ');
      await user.click(link);
      expect(where()).toBe('/studies/2.25.1');
    });

    it('leads to the patient’s line of time too', async () => {
      const { user, words, where } = await open();
      await user.click(screen.getByRole('link', { name: new RegExp(`^${words.studies.history}: 山田 太郎`) }));
      expect(where()).toBe('/patients/7');
    });

    it('of several studies of one UID it leads to its own, and says that there are others', async () => {
      const { user, words, where } = await open({ of: 'hospital~2', besides: 2 });
      expect(screen.getAllByText(say(words.studies.sameUID_other, { count: 2 })).length).toBeGreaterThan(0);
      await user.click(screen.getByTestId('study-row'));
      expect(where()).toContain('of=');
    });

    it('of another facility: whose, and until when', async () => {
      const sharedUntil = '2027-03-31T14:59:59.000Z';
      const { words } = await open({ sharedUntil, mayShare: false });
      expect(screen.getAllByText(say(words.studies.sharedFrom, { facility: '中央病院' })).length).toBeGreaterThan(0);
      expect(screen.getAllByText(say(words.studies.until, { date: formatInstantDay(sharedUntil, language) })).length).toBeGreaterThan(0);
      expect(screen.queryByRole('button')).toBeNull();
    });

    it('is shared by its button, which says whose it is', async () => {
      const { user, words, study, onShare } = await open();
      await user.click(screen.getByRole('button', { name: new RegExp(`^${words.studies.share}: 山田 太郎`) }));
      expect(onShare).toHaveBeenCalledWith(study);
    });

    it('nameless and without description it says so', async () => {
      const { words } = await open({ patientName: {}, studyDescription: '' });
      expect(screen.getByText(words.studies.noName)).toBeTruthy();
      expect(screen.getByText(words.studies.noDescription)).toBeTruthy();
    });
  });

  describe('the filters', () => {
    const open = async (filter: StudyFilter) => {
      const onChange = vi.fn();
      const shown = await showPart(<StudyFilters filter={filter} onChange={onChange} busy={false} />, { language });
      return { ...shown, onChange };
    };

    it('a word is sent once it is written', async () => {
      const { user, words, onChange } = await open({ modality: 'CT' });
      await user.type(screen.getByRole('searchbox', { name: words.studies.search }), '山田');
      await waitFor(() => expect(onChange).toHaveBeenLastCalledWith({ modality: 'CT', q: '山田' }));
    });

    it('an unfinished conversion is no word yet', async () => {
      const { words, onChange } = await open({});
      const box = screen.getByRole('searchbox', { name: words.studies.search });
      fireEvent.compositionStart(box);
      fireEvent.change(box, { target: { value: 'やまd' } });
      fireEvent.change(box, { target: { value: '山田' } });
      fireEvent.compositionEnd(box);
      await waitFor(() => expect(onChange).toHaveBeenCalled());
      expect(onChange.mock.calls.map(([filter]) => filter)).toEqual([{ q: '山田' }]);
    });

    it.each(['Escape', 'ArrowDown'])('%s within a conversion is the conversion’s', async (key) => {
      const { words } = await open({ q: 'やま' });
      const box = screen.getByRole('searchbox', { name: words.studies.search });
      box.focus();
      const event = createEvent.keyDown(box, { key, isComposing: true });
      fireEvent(box, event);
      expect([event.defaultPrevented, (box as HTMLInputElement).value, document.activeElement]).toEqual([false, 'やま', box]);
    });

    it('“/” leads into the search field', async () => {
      const { user, words } = await open({});
      await user.keyboard('/');
      expect(document.activeElement).toBe(screen.getByRole('searchbox', { name: words.studies.search }));
    });

    it('a modality is pressed in and out', async () => {
      const { user, words, onChange } = await open({ modality: 'CT' });
      const ct = screen.getByRole('button', { name: words.modality.CT });
      expect(ct.getAttribute('aria-pressed')).toBe('true');
      await user.click(screen.getByRole('button', { name: words.modality.MR }));
      expect(onChange).toHaveBeenLastCalledWith({ modality: 'CT,MR' });
      await user.click(ct);
      expect(onChange).toHaveBeenLastCalledWith({});
    });

    it('a plain X-ray is asked for by one word, whether CR or DX', async () => {
      const { user, words, onChange } = await open({ modality: 'CT' });
      await user.click(screen.getByRole('button', { name: words.modality.DX }));
      expect(onChange).toHaveBeenLastCalledWith({ modality: 'CR,CT,DX' });
      expect(screen.queryByRole('button', { name: 'CR' })).toBeNull();
    });

    it('a day of one’s own choice is asked for by two dates', async () => {
      const { user, words, onChange } = await open({});
      await user.selectOptions(screen.getByRole('combobox', { name: words.studies.date }), words.studies.custom);
      fireEvent.change(screen.getByLabelText(words.studies.from), { target: { value: '2026-11-20' } });
      expect(onChange).toHaveBeenLastCalledWith({ from: '20261120' });
    });

    it('a day stands as it is typed, though the address follows later, and its field stays', async () => {
      const late: StudyFilter[] = [];
      let follow = (_: StudyFilter) => {};
      function Late() {
        const [filter, setFilter] = useState<StudyFilter>({ from: '20261101' });
        follow = setFilter;
        return <StudyFilters filter={filter} onChange={(next) => late.push(next)} busy={false} />;
      }
      const { words } = await showPart(<Late />, { language });
      const day = () => screen.getByLabelText(words.studies.from) as HTMLInputElement;
      const type = (value: string) => fireEvent.change(day(), { target: { value } });
      const stands: string[] = [];
      for (const text of ['2026/11/', '2026/11/2', '２０２６／１１／２５']) {
        type(text);
        stands.push(day().value);
      }
      for (const filter of late) {
        act(() => follow(filter));
        stands.push(day().value);
      }
      expect(stands).toEqual(['2026/11/', '2026/11/2', ...Array(4).fill('２０２６／１１／２５')]);
      expect(late).toEqual([{}, { from: '20261102' }, { from: '20261125' }]);
      fireEvent.blur(day());
      act(() => follow({}));
      expect(day().value).toBe('');
    });

    it('what is no date says so once the field is left', async () => {
      const { words } = await showPart(<StudyFilters filter={{ from: '20261101' }} onChange={() => {}} busy={false} />, { language });
      const day = screen.getByLabelText(words.studies.from);
      fireEvent.change(day, { target: { value: '11/25' } });
      expect(day.getAttribute('aria-invalid')).toBeNull();
      fireEvent.blur(day);
      expect([day.getAttribute('aria-invalid'), day.title, (day as HTMLInputElement).value]).toEqual([
        'true',
        words.app.dateExample,
        '11/25',
      ]);
    });

    it('all conditions are taken away at once', async () => {
      const { user, words, onChange } = await open({ q: 'x', modality: 'CT' });
      await user.click(screen.getByRole('button', { name: words.studies.clear }));
      expect(onChange).toHaveBeenLastCalledWith({});
    });
  });

  it.each([
    ['none', 'noneTitle'],
    ['empty', 'emptyTitle'],
    ['no-facility', 'noFacility'],
    ['failed', 'failed'],
  ] as const)('in place of the list: %s', async (state, key) => {
    const { words } = await showPart(<StudyListNotice state={state} error={new TypeError('x')} />, { language });
    expect(screen.getByText(words.studies[key])).toBeTruthy();
  });
});
