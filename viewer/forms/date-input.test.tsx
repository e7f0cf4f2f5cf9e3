// @vitest-environment happy-dom
import { act, fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { expect, it, vi } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { changeLanguage } from '../i18n/i18n.ts';
import { DateInput } from './date-input.tsx';

const onChange = vi.fn();
function Sample() {
  const [value, setValue] = useState('2026-12-03');
  return (
    <>
      <DateInput
        label="DAY"
        value={value}
        onChange={(next) => {
          onChange(next);
          setValue(next);
        }}
      />
      <button type="button" onClick={() => setValue('2027-01-02')}>
        PRESET
      </button>
    </>
  );
}
const day = () => screen.getByLabelText('DAY') as HTMLInputElement;

it.each([
  ['ja', '2026/12/03', '2027/01/02', '令和9年2月1日', '2027/02/01'],
  ['en', '3 Dec 2026', '2 Jan 2027', 'Feb 1, 2027', '1 Feb 2027'],
] as const)('in %s a day is written, read and shown as the page writes days', async (language, first, preset, typed, shown) => {
  const { user } = await showPart(<Sample />, { language });
  expect(day().value).toBe(first);
  await user.click(screen.getByRole('button', { name: 'PRESET' }));
  expect(day().value).toBe(preset);
  await user.clear(day());
  await user.type(day(), typed);
  expect(day().value).toBe(typed);
  expect(onChange).toHaveBeenLastCalledWith('2027-02-01');
  await user.tab();
  expect(day().value).toBe(shown);
});

it('what is no date stays as it was typed, also when the field is left', async () => {
  const { user } = await showPart(<Sample />, { language: 'ja' });
  await user.clear(day());
  await user.type(day(), 'あした');
  await user.tab();
  expect(day().value).toBe('あした');
  expect(onChange).toHaveBeenLastCalledWith('あした');
});

it('follows the language of the page', async () => {
  await showPart(<Sample />, { language: 'ja' });
  await act(() => changeLanguage('en'));
  expect(day().value).toBe('3 Dec 2026');
});

it.each(LANGUAGES)('its calendar is the browser’s, opened by a button of its own name (%s)', async (language) => {
  const { user, words } = await showPart(<Sample />, { language });
  const calendar = document.querySelector('input[type="date"]') as HTMLInputElement;
  expect([calendar.tabIndex, calendar.getAttribute('aria-hidden')]).toEqual([-1, 'true']);
  calendar.showPicker = vi.fn();
  await user.click(screen.getByRole('button', { name: say(words.app.calendar, { label: 'DAY' }) }));
  expect(calendar.showPicker).toHaveBeenCalledOnce();
  fireEvent.change(calendar, { target: { value: '2026-12-24' } });
  expect(onChange).toHaveBeenLastCalledWith('2026-12-24');
});

it.each([
  ['that can be asked for its calendar', true, ['showPicker']],
  ['of an older iPad opens it when it has the focus', false, ['focus', 'click']],
])('a date field %s', async (_name, known, expected) => {
  const { user, words } = await showPart(<Sample />, { language: 'ja' });
  const field = document.querySelector('input[type="date"]') as HTMLInputElement;
  const done: string[] = [];
  for (const name of ['showPicker', 'focus', 'click'] as const)
    Object.defineProperty(field, name, { value: name === 'showPicker' && !known ? undefined : () => done.push(name) });
  await user.click(screen.getByRole('button', { name: say(words.app.calendar, { label: 'DAY' }) }));
  expect(done).toEqual(expected);
});
