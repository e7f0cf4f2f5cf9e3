// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { noticeOf, sessionOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { ApiError } from '../api/http.ts';
import { AppHeader } from './app-header.tsx';
import { ErrorPage } from './error-page.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { NotFoundPage } from './not-found-page.tsx';

const NOTHING_NEW = { 'GET /api/notices?limit=1': { notices: [] } };
const does = () => ({ onLanguage: vi.fn(), onSignOut: vi.fn() });

describe.each(LANGUAGES)('%s', (language) => {
  const open = async (user: Parameters<typeof sessionOf>[0], answers = {}) => {
    const session = sessionOf(user);
    const acts = does();
    const shown = await showPart(<AppHeader session={session} {...acts} />, { language, session, answers: { ...NOTHING_NEW, ...answers } });
    return { ...shown, ...acts };
  };
  const linksOf = (name: string) =>
    within(screen.getByRole('navigation', { name }))
      .getAllByRole('link')
      .map((link) => link.textContent);

  it.each([
    ['who works in a facility', {}, ['studies', 'patients', 'upload']],
    ['who administers too', { administrator: true }, ['studies', 'patients', 'upload', 'admin']],
    ['who belongs to none has no pictures to take in', { facility: null, administrator: true }, ['studies', 'admin']],
  ] as const)('%s is led where they may go', async (_name, user, expected) => {
    const { words } = await open(user);
    expect(linksOf(words.app.menu)).toEqual(expected.map((key) => words.nav[key]));
    expect(screen.queryByTestId('notices-bell') === null).toBe('facility' in user);
  });

  it('the bell says in words that there is something new', async () => {
    const { words } = await open({}, { 'GET /api/notices?limit=1': { notices: [noticeOf()] } });
    expect(await screen.findByRole('link', { name: words.notices.bellUnread })).toBeTruthy();
  });

  it('the account menu says who one is, changes the language and signs out', async () => {
    const { user, words, onLanguage, onSignOut } = await open({});
    const other = language === 'ja' ? 'en' : 'ja';
    await user.click(screen.getByRole('button', { name: new RegExp(words.nav.account) }));
    const menu = await screen.findByRole('menu');
    expect(menu.textContent).toContain('中央病院');
    expect(menu.textContent).toContain(words.job.radiographer);
    expect(within(menu).queryByRole('menuitem', { name: words.nav.admin })).toBeNull();
    const choices = within(menu).getAllByRole('menuitemradio');
    expect(choices.map((choice) => [choice.getAttribute('lang'), choice.getAttribute('aria-checked')])).toContainEqual([language, 'true']);
    await user.click(choices.find((choice) => choice.getAttribute('lang') === other) as HTMLElement);
    expect(onLanguage).toHaveBeenCalledWith(other);
    await user.click(within(menu).getByRole('menuitem', { name: words.nav.signOut }));
    expect(onSignOut).toHaveBeenCalledOnce();
  });

  it('by the keyboard alone', async () => {
    const { user, words, where } = await open({});
    screen.getByRole('button', { name: new RegExp(words.nav.account) }).focus();
    await user.keyboard('{Enter}');
    (await screen.findByRole('menuitem', { name: words.nav.settings })).focus();
    await user.keyboard('{Enter}');
    expect(where()).toBe('/settings');
  });

  it('the language switch shows which it is and asks for the other', async () => {
    const onChoose = vi.fn();
    const { user } = await showPart(<LanguageSwitch onChoose={onChoose} />, { language });
    const names = { ja: '日本語', en: 'English' };
    expect(screen.getByRole('button', { name: names[language] }).getAttribute('aria-pressed')).toBe('true');
    const other = language === 'ja' ? 'en' : 'ja';
    await user.click(screen.getByRole('button', { name: names[other] }));
    expect(onChoose).toHaveBeenCalledWith(other);
  });

  it('an address that leads nowhere leads home', async () => {
    const { user, words, where } = await showPart(<NotFoundPage />, { language });
    await user.click(screen.getByRole('link', { name: words.notFound.home }));
    expect(where()).toBe('/');
  });

  it.each([
    ['the gateway cannot be reached', new ApiError(0, {}), 'unreachable'],
    ['a fault of the page', new TypeError('x is undefined'), 'page'],
  ] as const)('%s: said without the engineer’s words', async (_name, error, key) => {
    const { words } = await showPart(<ErrorPage error={error} />, { language });
    const alert = screen.getByRole('alert');
    expect(alert.textContent).toContain(words.error[key]);
    expect(alert.textContent).not.toContain('undefined');
  });
});
