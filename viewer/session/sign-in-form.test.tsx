// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { sessionOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { ApiError } from '../api/http.ts';
import { SESSION_END_REASONS } from './session-watch.ts';
import { signInProblem } from './sign-in-failure.tsx';
import { SignInForm } from './sign-in-form.tsx';

it.each([
  [new ApiError(401, { error: 'unauthenticated' }), 'wrong'],
  [new ApiError(503, { error: 'busy' }), 'locked'],
  [new ApiError(429, {}), 'locked'],
  [new ApiError(0, {}), 'other'],
  [new ApiError(500, {}), 'other'],
])('%s', (error, expected) => {
  expect(signInProblem(error)).toBe(expected);
});

describe.each(LANGUAGES)('%s', (language) => {
  const open = async (answer: unknown) => {
    const onSignedIn = vi.fn(async () => undefined);
    const shown = await showPart(<SignInForm ended={undefined} onSignedIn={onSignedIn} />, {
      language,
      answers: { 'POST /api/session': answer },
    });
    await shown.user.type(screen.getByLabelText(shown.words.signIn.email), 'Sato@Example.JP');
    await shown.user.type(screen.getByLabelText(shown.words.signIn.password), 'secret{Enter}');
    return { ...shown, onSignedIn };
  };

  it('sends the address in small letters and the password as typed; then its person is in', async () => {
    const session = sessionOf();
    const { asked, onSignedIn } = await open(session);
    expect(asked).toEqual([{ what: 'POST /api/session', body: { email: 'sato@example.jp', password: 'secret' } }]);
    await vi.waitFor(() => expect(onSignedIn.mock.calls[0]).toContainEqual(session));
  });

  it.each([
    ['wrong', refused(401, { error: 'unauthenticated' }), 'wrong'],
    ['too often', refused(429, { error: 'busy' }), 'locked'],
  ] as const)('%s: said, and what was typed stays', async (_name, answer, key) => {
    const { words, onSignedIn } = await open(answer);
    expect((await screen.findByRole('alert')).textContent).toContain(words.signIn[key]);
    expect(onSignedIn).not.toHaveBeenCalled();
    expect(screen.getByLabelText(words.signIn.password)).toHaveProperty('value', 'secret');
    expect(screen.getByLabelText(words.signIn.email)).toHaveProperty('value', 'Sato@Example.JP');
    const password = screen.getByLabelText(words.signIn.password) as HTMLInputElement;
    expect(document.activeElement).toBe(password);
    // The next letter is the first of another try.
    expect([password.selectionStart, password.selectionEnd]).toEqual([0, 'secret'.length]);
  });

  it('an address typed with the input method on is the plain one', async () => {
    const { user, words, asked } = await showPart(<SignInForm ended={undefined} onSignedIn={async () => undefined} />, {
      language,
      answers: { 'POST /api/session': sessionOf() },
    });
    // As the browser hands it over: user-event types no full-width letters into a field of type email.
    fireEvent.change(screen.getByLabelText(words.signIn.email), { target: { value: 'ｓａｔｏ＠ｅｘａｍｐｌｅ．ｊｐ' } });
    await user.type(screen.getByLabelText(words.signIn.password), 'secret{Enter}');
    await vi.waitFor(() => expect(asked[0]?.body).toEqual({ email: 'sato@example.jp', password: 'secret' }));
  });

  it('nothing typed: the fields say so, the first has the focus, nothing is sent', async () => {
    const { user, words, asked } = await showPart(<SignInForm ended={undefined} onSignedIn={async () => undefined} />, { language });
    await user.click(screen.getByRole('button', { name: words.signIn.submit }));
    expect(await screen.findAllByText(words.form.flaw.required)).toHaveLength(2);
    expect(document.activeElement).toBe(screen.getByLabelText(words.signIn.email));
    expect(asked).toEqual([]);
  });

  it('password managers know it', async () => {
    const { words } = await showPart(<SignInForm ended={undefined} onSignedIn={async () => undefined} />, { language });
    expect(screen.getByLabelText(words.signIn.email).getAttribute('autocomplete')).toBe('username');
    expect(screen.getByLabelText(words.signIn.password).getAttribute('autocomplete')).toBe('current-password');
  });

  it.each([
    ['60', 'waitSeconds_other', 60],
    ['600', 'waitMinutes_other', 10],
  ] as const)('too often, to be tried again after %s s: says when', async (retryAfter, key, count) => {
    const { words } = await open(() => Response.json({ error: 'busy' }, { status: 429, headers: { 'retry-after': retryAfter } }));
    expect((await screen.findByRole('alert')).textContent).toContain(say(words.signIn[key], { count }));
  });

  it('a password is looked at on wish', async () => {
    const { user, words } = await showPart(<SignInForm ended={undefined} onSignedIn={async () => undefined} />, { language });
    const field = screen.getByLabelText(words.signIn.password);
    expect(field.getAttribute('type')).toBe('password');
    await user.click(screen.getByRole('button', { name: words.signIn.show }));
    expect(field.getAttribute('type')).toBe('text');
    await user.click(screen.getByRole('button', { name: words.signIn.hide }));
    expect(field.getAttribute('type')).toBe('password');
  });

  it.each(SESSION_END_REASONS)('why one is here again: %s', async (ended) => {
    const { words } = await showPart(<SignInForm ended={ended} onSignedIn={async () => undefined} />, { language });
    expect(screen.getByText(words.signIn[ended])).toBeTruthy();
  });
});
