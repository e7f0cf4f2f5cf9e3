// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { sessionOf } from '../../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../../test/fixtures/viewer/show-part.tsx';
import { SignInForm } from '../sign-in-form.tsx';

const half = (...ways: string[]) => ({ secondFactor: { ways, endsInMs: 300_000 } });

describe.each(LANGUAGES)('the second step (%s)', (language) => {
  const open = async (answer: unknown, ways = ['authenticator', 'recovery-code']) => {
    const onSignedIn = vi.fn(async () => undefined);
    const shown = await showPart(<SignInForm ended={undefined} onSignedIn={onSignedIn} />, {
      language,
      answers: { 'POST /api/session': half(...ways), 'POST /api/session/second-factor': answer },
    });
    await shown.user.type(screen.getByLabelText(shown.words.signIn.email), 'sato@example.jp');
    await shown.user.type(screen.getByLabelText(shown.words.signIn.password), 'secret{Enter}');
    await screen.findByRole('heading', { name: shown.words.secondStep.title });
    return { ...shown, onSignedIn };
  };

  it('asks for a code, which has the focus, and lets in with it', async () => {
    const session = sessionOf({ secondFactor: true });
    const { user, words, asked, onSignedIn } = await open(session);
    const code = screen.getByLabelText(words.secondStep.code);
    expect(document.activeElement).toBe(code);
    expect(code.getAttribute('autocomplete')).toBe('one-time-code');
    expect(onSignedIn).not.toHaveBeenCalled();
    await user.type(code, '123 456{Enter}');
    await vi.waitFor(() => expect(onSignedIn.mock.calls[0]).toContainEqual(session));
    expect(asked.at(-1)).toEqual({ what: 'POST /api/session/second-factor', body: { code: '123456' } });
  });

  it('sends nothing that is no code, and says so', async () => {
    const { user, words, asked } = await open(sessionOf());
    const before = asked.length;
    await user.type(screen.getByLabelText(words.secondStep.code), '12345{Enter}');
    await screen.findByText(words.form.flaw.code);
    expect(asked).toHaveLength(before);
  });

  it('takes a recovery code instead, the only way where no app can be asked', async () => {
    const { user, words, asked } = await open(sessionOf(), ['recovery-code']);
    expect(screen.queryByLabelText(words.secondStep.code)).toBeNull();
    await user.type(screen.getByLabelText(words.secondStep.recoveryCode), 'ABCD-EFGH-IJKL-MNOP{Enter}');
    await vi.waitFor(() =>
      expect(asked.at(-1)).toEqual({ what: 'POST /api/session/second-factor', body: { recoveryCode: 'ABCD-EFGH-IJKL-MNOP' } }),
    );
  });

  it('asks a browser that knows no passkeys for none', async () => {
    const { words } = await open(sessionOf(), ['passkey', 'authenticator', 'recovery-code']);
    expect(screen.getByLabelText(words.secondStep.code)).toBeTruthy();
    expect(screen.queryByRole('button', { name: words.passkey.signIn })).toBeNull();
  });

  it('says at the field that a code is wrong, and above it how long to wait', async () => {
    const wrong = await open(refused(401, { error: 'unauthenticated', reason: 'wrong-code' }));
    await wrong.user.type(screen.getByLabelText(wrong.words.secondStep.code), '123456{Enter}');
    await screen.findByText(wrong.words.form.flaw['wrong-code']);
    expect(screen.getByLabelText(wrong.words.secondStep.code).getAttribute('aria-invalid')).toBe('true');
  });

  it('that took too long leads back to the first, which says so', async () => {
    const { user, words } = await open(refused(401, { error: 'unauthenticated', reason: 'sign-in-again' }));
    await user.type(screen.getByLabelText(words.secondStep.code), '123456{Enter}');
    await screen.findByText(words.signIn.again);
    expect(screen.getByLabelText(words.signIn.password)).toBeTruthy();
  });
});
