// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { MailChoices } from '../../gateway/api/contract/notices.ts';
import { sessionOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { MailPanel } from './mail-panel.tsx';

const NONE: MailChoices = {
  served: true,
  address: null,
  pendingAddress: null,
  mode: 'off',
  kinds: ['studies', 'letters', 'emergencies'],
  failedAt: null,
};
const ADDRESS = 'taro@region.example';

describe.each(LANGUAGES)('%s', (language) => {
  const show = (mail: Partial<MailChoices>, answers: object = {}) =>
    showPart(<MailPanel />, { language, session: sessionOf(), answers: { 'GET /api/mail': { ...NONE, ...mail }, ...answers } });

  it('a region without a mail server says nothing of mail', async () => {
    const { asked } = await show({ served: false });
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(screen.queryByRole('heading')).toBeNull();
  });

  it('an address is asked for first, and how often once it is confirmed', async () => {
    const { user, words, asked } = await show({}, { 'POST /api/mail/address': null });
    const field = await screen.findByLabelText(words.settings.mailAddress);
    expect(screen.queryByRole('radio')).toBeNull();
    await user.type(field, ADDRESS);
    await user.click(screen.getByRole('button', { name: words.settings.mailSendCode }));
    expect(asked).toContainEqual({ what: 'POST /api/mail/address', body: { address: ADDRESS } });
  });

  it('a wrong code stands at its field', async () => {
    const wrong = refused(400, { error: 'invalid', reason: 'mail-code' });
    const { user, words } = await show({ pendingAddress: ADDRESS }, { 'POST /api/mail/confirmation': wrong });
    const field = await screen.findByLabelText(words.settings.mailCode);
    await user.type(field, '1234 5678');
    await user.click(screen.getByRole('button', { name: words.settings.mailConfirm }));
    await screen.findByText(words.refusedFor['mail-code']);
    expect(field.getAttribute('aria-invalid')).toBe('true');
  });

  it('what is chosen is kept at once; of sorts one stays', async () => {
    const { user, words, asked } = await show({ address: ADDRESS, mode: 'daily', kinds: ['letters'] }, { 'PATCH /api/mail': null });
    const letters = await screen.findByLabelText(words.settings.mailKind.letters);
    expect(letters.hasAttribute('disabled')).toBe(true);
    await user.click(screen.getByLabelText(words.settings.mailKind.studies));
    expect(asked).toContainEqual({ what: 'PATCH /api/mail', body: { mode: 'daily', kinds: ['studies', 'letters'] } });
  });

  it('that the last mail did not arrive is said', async () => {
    await show({ address: ADDRESS, mode: 'daily', failedAt: '2026-04-01T00:00:00.000Z' });
    expect((await screen.findByRole('alert')).textContent).toContain('2026');
  });
});
