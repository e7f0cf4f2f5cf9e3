// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { openSessionOf, sessionOf, tokenOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { PasswordForm } from './password-form.tsx';
import { SessionPanel } from './session-panel.tsx';
import { SettingsPage } from './settings-page.tsx';
import { TokenPanel } from './token-panel.tsx';

const GOOD = 'a-long-enough-one';

/** What stands below a field. */
function noteOf(field: HTMLElement): string | undefined {
  return document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent ?? undefined;
}

describe.each(LANGUAGES)('%s', (language) => {
  it('the page says who is signed in, at what job and where', async () => {
    const { words } = await showPart(<SettingsPage />, { language, session: sessionOf() });
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(words.settings.title);
    expect(screen.getByText(new RegExp(words.job.radiographer)).textContent).toContain('中央病院');
  });

  it('the page says what a new password ends', async () => {
    const { words } = await showPart(<SettingsPage />, { language, session: sessionOf() });
    expect(screen.getByText(words.settings.passwordIntro)).toBeTruthy();
  });

  describe('a new password', () => {
    const fill = async (current: string, next: string, repeat: string, answers = {}) => {
      const shown = await showPart(<PasswordForm email="sato@example.jp" />, { language, answers });
      const { user, words } = shown;
      if (current !== '') await user.type(screen.getByLabelText(words.settings.current), current);
      if (next !== '') await user.type(screen.getByLabelText(words.settings.next), next);
      if (repeat !== '') await user.type(screen.getByLabelText(words.settings.repeat), repeat);
      await user.click(screen.getByRole('button', { name: words.settings.change }));
      return shown;
    };

    it.each([
      ['nothing at all', '', '', '', ['current', 'next', 'repeat'], ['required', 'password-short', 'required']],
      ['too short', 'old', 'short', 'short', ['next'], ['password-short']],
      ['repeated differently', 'old', GOOD, `${GOOD}x`, ['repeat'], ['mismatch']],
    ] as const)('%s: nothing is sent, the fields say so, the first has the focus', async (_name, current, next, repeat, fields, flaws) => {
      const { asked, words } = await fill(current, next, repeat);
      expect(asked).toEqual([]);
      for (const [at, field] of fields.entries()) {
        const input = screen.getByLabelText(words.settings[field]);
        expect(input.getAttribute('aria-invalid')).toBe('true');
        expect(noteOf(input)).toBe(words.form.flaw[flaws[at] as (typeof flaws)[number]]);
      }
      expect(document.activeElement).toBe(screen.getByLabelText(words.settings[fields[0]]));
    });

    it('repeated differently: mended in either field', async () => {
      const { user, words } = await fill('old', GOOD, `${GOOD}x`);
      await user.type(screen.getByLabelText(words.settings.next), 'x');
      await vi.waitFor(() => expect(screen.getByLabelText(words.settings.repeat).getAttribute('aria-invalid')).toBe('false'));
    });

    it.each([
      ['the old one is wrong', 'wrong-password', 'current'],
      ['a common one', 'password-common', 'next'],
    ] as const)('refused, %s: said at its field, which has the focus', async (_name, reason, field) => {
      const { words } = await fill('old', GOOD, GOOD, { 'PATCH /api/me': refused(400, { error: 'invalid', reason }) });
      const note = await screen.findByText(words.form.flaw[reason]);
      const input = screen.getByLabelText(words.settings[field]);
      expect(input.getAttribute('aria-describedby')).toBe(note.id);
      expect(document.activeElement).toBe(input);
      expect(screen.getByLabelText(words.settings.next)).toHaveProperty('value', GOOD);
      expect(screen.queryByRole('alert')).toBeNull();
    });

    it('password managers know which is which', async () => {
      const { words } = await showPart(<PasswordForm email="sato@example.jp" />, { language });
      const kinds = (['current', 'next', 'repeat'] as const).map((field) =>
        screen.getByLabelText(words.settings[field]).getAttribute('autocomplete'),
      );
      expect(kinds).toEqual(['current-password', 'new-password', 'new-password']);
      expect(document.querySelector('input[autocomplete="username"]')).toHaveProperty('value', 'sato@example.jp');
    });

    it('taken: sent once, said, and the fields are empty', async () => {
      const { asked, words } = await fill('old', GOOD, GOOD, { 'PATCH /api/me': null });
      await screen.findByText(words.settings.changed);
      expect(asked[0]).toEqual({ what: 'PATCH /api/me', body: { currentPassword: 'old', newPassword: GOOD } });
      expect(screen.getByLabelText(words.settings.next)).toHaveProperty('value', '');
    });
  });

  describe('sessions', () => {
    const SESSIONS = [openSessionOf({ id: 'here', current: true }), openSessionOf({ id: 'there', device: '' })];

    it('this one cannot be ended here, another can', async () => {
      const { user, words, asked } = await showPart(<SessionPanel />, {
        language,
        answers: { 'GET /api/sessions': { sessions: SESSIONS }, 'DELETE /api/sessions/there': null },
      });
      const rows = await screen.findAllByRole('listitem');
      expect(within(rows[0] as HTMLElement).queryByRole('button')).toBeNull();
      expect(within(rows[0] as HTMLElement).getByText(words.settings.thisSession)).toBeTruthy();
      await user.click(screen.getByRole('button', { name: `${words.settings.endSession}: ${words.settings.unknownDevice}` }));
      await screen.findByText(words.settings.sessionEnded);
      expect(asked.map(({ what }) => what)).toContain('DELETE /api/sessions/there');
    });

    it('alone, there is nothing to end', async () => {
      const { words } = await showPart(<SessionPanel />, {
        language,
        answers: { 'GET /api/sessions': { sessions: SESSIONS.slice(0, 1) } },
      });
      await screen.findByText(words.settings.thisSession);
      expect(screen.queryByRole('button')).toBeNull();
    });
  });

  describe('tokens', () => {
    it('one that was not used yet says so, and not when', async () => {
      const tokens = [tokenOf(), tokenOf({ id: 't2', lastUsedAt: '2026-11-20T03:00:00Z' })];
      const { words } = await showPart(<TokenPanel />, { language, answers: { 'GET /api/tokens': { tokens } } });
      const [unused, used] = (await screen.findAllByRole('listitem')).map((row) => row.textContent);
      expect(unused).toContain(words.settings.never);
      expect(unused).not.toContain(words.settings.lastUsed);
      expect(used).toContain(words.settings.lastUsed);
    });

    it('none: said', async () => {
      const { words } = await showPart(<TokenPanel />, { language, answers: { 'GET /api/tokens': { tokens: [] } } });
      expect(await screen.findByText(words.settings.noTokens)).toBeTruthy();
    });

    it('a new one is shown once, under the name and for the days that were chosen', async () => {
      const { user, words, asked } = await showPart(<TokenPanel />, {
        language,
        answers: {
          'GET /api/tokens': { tokens: [] },
          'POST /api/tokens': { id: 't1', token: 'secret-1', expiresAt: '2027-01-01T00:00:00Z' },
        },
      });
      await user.type(screen.getByLabelText(words.settings.tokenName), ' PACS ');
      await user.selectOptions(screen.getByLabelText(words.settings.tokenDays), say(words.about.days_other, { count: 365 }));
      await user.click(screen.getByRole('button', { name: words.settings.createToken }));
      expect((await screen.findByRole('status')).textContent).toContain('secret-1');
      expect(asked.find(({ what }) => what === 'POST /api/tokens')?.body).toEqual({ name: 'PACS', days: 365 });
      expect(screen.getByLabelText(words.settings.tokenName)).toHaveProperty('value', '');
    });

    it('without a name: said at the field, nothing is sent', async () => {
      const { user, words, asked } = await showPart(<TokenPanel />, { language, answers: { 'GET /api/tokens': { tokens: [] } } });
      await user.type(screen.getByLabelText(words.settings.tokenName), '　{Enter}');
      expect(await screen.findByText(words.form.flaw.required)).toBeTruthy();
      expect(asked.filter(({ what }) => what.startsWith('POST'))).toEqual([]);
      await user.type(screen.getByLabelText(words.settings.tokenName), 'x'.repeat(101));
      expect(await screen.findByText(say(words.form.flaw['too-long'], { max: '100' }))).toBeTruthy();
    });

    it('one that is not wanted any more is revoked by its own button, once it is said what that does', async () => {
      const { user, words, asked } = await showPart(<TokenPanel />, {
        language,
        answers: { 'GET /api/tokens': { tokens: [tokenOf(), tokenOf({ id: 't2', name: 'RIS' })] }, 'DELETE /api/tokens/t2': null },
      });
      const revoked = () => asked.filter(({ what }) => what.startsWith('DELETE')).map(({ what }) => what);
      const ask = async () => {
        await user.click(await screen.findByRole('button', { name: `${words.settings.revokeToken}: RIS` }));
        return screen.findByRole('alertdialog', { name: say(words.settings.revokeTokenTitle, { name: 'RIS' }) });
      };
      expect((await ask()).textContent).toContain(words.settings.revokeTokenBody);
      await user.click(screen.getByRole('button', { name: words.app.cancel }));
      expect(revoked()).toEqual([]);
      await ask();
      await user.click(screen.getByRole('button', { name: words.settings.revokeTokenConfirm }));
      await screen.findByText(say(words.settings.tokenRevoked, { name: 'RIS' }));
      expect(revoked()).toEqual(['DELETE /api/tokens/t2']);
    });

    it('when its row goes, the keyboard is at the one in its place', async () => {
      const [first, last] = [tokenOf({ id: 't2', name: 'RIS' }), tokenOf({ id: 't3', name: 'PACS' })];
      const list = vi
        .fn()
        .mockReturnValueOnce({ tokens: [first, last] })
        .mockReturnValue({ tokens: [last] });
      const { user, words } = await showPart(<TokenPanel />, {
        language,
        answers: { 'GET /api/tokens': list, 'DELETE /api/tokens/t2': null },
      });
      (await screen.findByRole('button', { name: `${words.settings.revokeToken}: RIS` })).focus();
      await user.keyboard('{Enter}');
      await screen.findByRole('alertdialog');
      await user.tab();
      await user.keyboard('{Enter}');
      const next = screen.getByRole('button', { name: `${words.settings.revokeToken}: PACS` });
      await vi.waitFor(() => expect(screen.queryByText('RIS')).toBeNull());
      await vi.waitFor(() => expect(document.activeElement).toBe(next));
    });

    it('one just made goes from the page when it is revoked', async () => {
      const made = tokenOf({ id: 't9', name: 'RIS' });
      const list = vi
        .fn()
        .mockReturnValueOnce({ tokens: [] })
        .mockReturnValue({ tokens: [made] });
      const { user, words } = await showPart(<TokenPanel />, {
        language,
        answers: {
          'GET /api/tokens': list,
          'POST /api/tokens': { id: 't9', token: 'secret-9', expiresAt: '2027-01-01T00:00:00Z' },
          'DELETE /api/tokens/t9': null,
        },
      });
      await user.type(screen.getByLabelText(words.settings.tokenName), 'RIS{Enter}');
      expect((await screen.findByTestId('new-token')).textContent).toBe('secret-9');
      await user.click(await screen.findByRole('button', { name: `${words.settings.revokeToken}: RIS` }));
      await user.click(screen.getByRole('button', { name: words.settings.revokeTokenConfirm }));
      await vi.waitFor(() => expect(screen.queryByTestId('new-token')).toBeNull());
    });

    it('too many: said in words', async () => {
      const { user, words } = await showPart(<TokenPanel />, {
        language,
        answers: { 'GET /api/tokens': { tokens: [] }, 'POST /api/tokens': refused(409, { error: 'conflict', reason: 'too-many-tokens' }) },
      });
      await user.type(screen.getByLabelText(words.settings.tokenName), 'x');
      await user.click(screen.getByRole('button', { name: words.settings.createToken }));
      expect((await screen.findByRole('alert')).textContent).toBe(words.refusedFor['too-many-tokens']);
    });
  });
});
