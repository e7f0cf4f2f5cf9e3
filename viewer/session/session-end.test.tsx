// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { SessionEnd } from './session-end.tsx';

describe.each(LANGUAGES)('%s', (language) => {
  it('nothing is said while the session lasts', async () => {
    await showPart(<SessionEnd ending={undefined} onStay={() => undefined} />, { language });
    expect(screen.queryByRole('alertdialog')).toBeNull();
  });

  it.each([
    ['use keeps it', true, 'body_other', 'stay'],
    ['nothing keeps it', false, 'limit_other', undefined],
  ] as const)('%s: says how long it lasts, and the button says what it does', async (_name, mayStay, text, button) => {
    const onStay = vi.fn();
    const { user, words } = await showPart(<SessionEnd ending={{ inS: 42, mayStay }} onStay={onStay} />, { language });
    const dialog = screen.getByRole('alertdialog', { name: words.sessionEnd.title });
    expect(dialog.textContent).toContain(say(words.sessionEnd[text], { count: 42 }));
    await user.click(screen.getByRole('button', { name: button === undefined ? words.app.close : words.sessionEnd[button] }));
    expect(onStay).toHaveBeenCalledOnce();
  });
});
