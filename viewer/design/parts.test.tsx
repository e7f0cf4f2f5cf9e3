// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { Button } from './button.tsx';
import { Confirm } from './confirm.tsx';
import { Dialog } from './dialog.tsx';
import { Field, Input } from './field.tsx';
import { Thumbnail } from './thumbnail.tsx';
import { toast } from './toast.tsx';

const language = 'ja';

describe('a field', () => {
  it.each([
    ['what to know', { hint: '半角' }, '半角', 'false'],
    ['what to put right stands in its place', { hint: '半角', error: '長すぎます' }, '長すぎます', 'true'],
  ])('its control is described by %s', async (_name, notes, expected, invalid) => {
    await showPart(
      <Field label="コード" {...notes}>
        {(ids) => <Input id={ids.id} aria-describedby={ids.describedBy} aria-invalid={ids.invalid} />}
      </Field>,
      { language },
    );
    const input = screen.getByLabelText('コード');
    expect(document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent).toBe(expected);
    expect(input.getAttribute('aria-invalid')).toBe(invalid);
    expect(screen.queryAllByText('半角').length).toBe(expected === '半角' ? 1 : 0);
  });
  it('is described by nothing when there is nothing to say', async () => {
    await showPart(<Field label="コード">{(ids) => <Input id={ids.id} aria-describedby={ids.describedBy} />}</Field>, { language });
    expect(screen.getByLabelText('コード').hasAttribute('aria-describedby')).toBe(false);
  });
});

it('a button in a form sends it only when it says so', async () => {
  const sent = vi.fn((event: { preventDefault(): void }) => event.preventDefault());
  const { user } = await showPart(
    <form onSubmit={sent}>
      <Button>a</Button>
      <Button type="submit">b</Button>
    </form>,
    { language },
  );
  await user.click(screen.getByRole('button', { name: 'a' }));
  expect(sent).not.toHaveBeenCalled();
  await user.click(screen.getByRole('button', { name: 'b' }));
  expect(sent).toHaveBeenCalledOnce();
});

describe.each(LANGUAGES)('%s', (spoken) => {
  it.each([
    ['confirm', 1],
    ['cancel', 0],
    ['Escape', 0],
  ] as const)('what cannot be taken back: %s', async (by, times) => {
    const onConfirm = vi.fn();
    const onOpenChange = vi.fn();
    const part = <Confirm open onOpenChange={onOpenChange} title="T" body="B" confirm="OK" onConfirm={onConfirm} />;
    const { user, words } = await showPart(part, { language: spoken });
    expect(screen.getByRole('alertdialog', { name: 'T' }).textContent).toContain('B');
    // Nothing happens by a stray Enter.
    expect(document.activeElement).toBe(screen.getByRole('button', { name: words.app.cancel }));
    if (by === 'Escape') await user.keyboard('{Escape}');
    else await user.click(screen.getByRole('button', { name: by === 'confirm' ? 'OK' : words.app.cancel }));
    expect(onConfirm).toHaveBeenCalledTimes(times);
    expect(onOpenChange).toHaveBeenCalledWith(false);
  });

  it('a dialog has its title for a name and is closed by its button', async () => {
    const onOpenChange = vi.fn();
    const { user, words } = await showPart(
      <Dialog open onOpenChange={onOpenChange} title="検査を共有" description="山田 太郎">
        x
      </Dialog>,
      { language: spoken },
    );
    const dialog = screen.getByRole('dialog', { name: '検査を共有' });
    expect(document.getElementById(dialog.getAttribute('aria-describedby') ?? '')?.textContent).toBe('山田 太郎');
    await user.click(screen.getByRole('button', { name: words.app.close }));
    expect(onOpenChange).toHaveBeenCalledWith(false);
  });
});

it('a picture that does not come is replaced by a sign, a document never asks for one', async () => {
  await showPart(
    <>
      <Thumbnail src="/a" />
      <Thumbnail src="/b" document />
    </>,
    { language },
  );
  const pictures = [...document.querySelectorAll('img')];
  expect(pictures.map((picture) => picture.getAttribute('src'))).toEqual(['/a']);
  fireEvent.error(pictures[0] as HTMLImageElement);
  expect(document.querySelector('img')).toBeNull();
});

it('words at the foot of the page are read out, the newest three at most', async () => {
  await showPart(null, { language });
  for (const text of ['一', '二', '三', '四']) toast(text);
  expect((await screen.findByText('四')).closest('[aria-live="polite"]')).not.toBeNull();
  expect(screen.queryByText('一')).toBeNull();
  expect(screen.getByText('二')).toBeTruthy();
});
