// @vitest-environment happy-dom
import { cleanup, createEvent, fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { LANGUAGES, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { Button } from './button.tsx';
import { Combobox } from './combobox.tsx';
import { Confirm } from './confirm.tsx';
import { Field, Input } from './field.tsx';
import { useKeptFocus } from './kept-focus.ts';
import { Dialog } from './raised/dialog.tsx';
import { toast } from './raised/toast.tsx';
import { Thumbnail } from './thumbnail.tsx';

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

it.each(['dialog', 'question'] as const)('a %s gives the focus back to what opened it', async (kind) => {
  function Sample() {
    const [open, setOpen] = useState(false);
    return (
      <>
        <button type="button" onClick={() => setOpen(true)}>
          ROW
        </button>
        {kind === 'question' ? (
          <Confirm open={open} onOpenChange={setOpen} title="T" body="B" confirm="OK" onConfirm={() => undefined} />
        ) : open ? (
          <Dialog open onOpenChange={setOpen} title="T">
            <input aria-label="FIELD" />
          </Dialog>
        ) : null}
      </>
    );
  }
  const { user } = await showPart(<Sample />, { language });
  const row = screen.getByRole('button', { name: 'ROW' });
  await user.click(row);
  await screen.findByRole(kind === 'question' ? 'alertdialog' : 'dialog');
  expect(document.activeElement).not.toBe(row);
  await user.keyboard('{Escape}');
  await vi.waitFor(() => expect(document.activeElement).toBe(row));
});

describe('rows that are taken away', () => {
  function Sample() {
    const keptFocus = useKeptFocus<HTMLDivElement>();
    const [rows, setRows] = useState(['A', 'B', 'C']);
    return (
      <div {...keptFocus} data-testid="whole">
        <ul>
          {rows.map((row) => (
            <li key={row}>
              <button type="button" onClick={() => setRows(rows.filter((one) => one !== row))}>
                {row}
              </button>
            </li>
          ))}
        </ul>
        {rows.length > 1 ? (
          <button type="button" onClick={() => setRows(rows.slice(0, 1))}>
            OTHERS
          </button>
        ) : null}
      </div>
    );
  }
  const focused = () => document.activeElement?.textContent;

  it('the keyboard goes on in the row in its place, then in the last one, then at the whole', async () => {
    const { user } = await showPart(<Sample />, { language });
    screen.getByRole('button', { name: 'B' }).focus();
    for (const next of ['C', 'A']) {
      await user.keyboard('{Enter}');
      await vi.waitFor(() => expect(focused()).toBe(next));
    }
    await user.keyboard('{Enter}');
    await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('whole')));
  });

  it('what goes beside the rows leaves it at the whole, not on what could be pressed by mistake', async () => {
    const { user } = await showPart(<Sample />, { language });
    screen.getByRole('button', { name: 'OTHERS' }).focus();
    await user.keyboard('{Enter}');
    await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('whole')));
  });

  it('in a dialog it is at the dialog, from which Tab leads on', async () => {
    const { user } = await showPart(
      <Dialog open onOpenChange={() => undefined} title="T">
        <Sample />
      </Dialog>,
      { language },
    );
    screen.getByRole('button', { name: 'OTHERS' }).focus();
    await user.keyboard('{Enter}');
    await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByRole('dialog')));
    await user.tab();
    expect(screen.getByRole('dialog').contains(document.activeElement)).toBe(true);
    expect(document.activeElement?.tagName).toBe('BUTTON');
  });

  it('who is elsewhere stays there', async () => {
    const { user } = await showPart(
      <>
        <Sample />
        <input aria-label="ELSEWHERE" />
      </>,
      { language },
    );
    await user.click(screen.getByRole('button', { name: 'A' }));
    screen.getByLabelText('ELSEWHERE').focus();
    fireEvent.click(screen.getByRole('button', { name: 'B' }));
    await new Promise((resolve) => setTimeout(resolve));
    expect(document.activeElement).toBe(screen.getByLabelText('ELSEWHERE'));
  });
});

it('a busy button keeps the focus and does nothing', async () => {
  const pressed = vi.fn();
  function Sample() {
    const [busy, setBusy] = useState(false);
    return (
      <Button
        busy={busy}
        onClick={() => {
          pressed();
          setBusy(true);
        }}
      >
        a
      </Button>
    );
  }
  const { user } = await showPart(<Sample />, { language });
  const button = screen.getByRole('button', { name: 'a' });
  button.focus();
  await user.keyboard('{Enter}{Enter} ');
  expect(pressed).toHaveBeenCalledOnce();
  expect(document.activeElement).toBe(button);
  expect(button.getAttribute('aria-disabled')).toBe('true');
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

it.each([
  ['within a kana-kanji conversion', { isComposing: true }, false],
  ['that ends one (as Safari tells it)', { keyCode: 229 }, false],
  ['after', {}, true],
] as const)('Escape %s: whether a dialog and what is typed in it go', async (_when, key, goes) => {
  const onOpenChange = vi.fn();
  await showPart(
    <Dialog open onOpenChange={onOpenChange} title="T">
      <Input aria-label="F" />
    </Dialog>,
    { language },
  );
  fireEvent.keyDown(screen.getByLabelText('F'), { key: 'Escape', ...key });
  expect(onOpenChange).toHaveBeenCalledTimes(goes ? 1 : 0);
});

it.each(['Escape', 'ArrowDown', 'Enter'])('%s within a conversion is not the list’s', async (key) => {
  const onChoose = vi.fn();
  const onType = vi.fn();
  await showPart(
    <Combobox
      id="c"
      describedBy={undefined}
      invalid={false}
      label="C"
      placeholder=""
      items={['青葉', '青山']}
      none=""
      chosen={undefined}
      typed="あお"
      keyOf={(item) => item}
      textOf={(item) => item}
      draw={(item) => item}
      onType={onType}
      onChoose={onChoose}
    />,
    { language },
  );
  const box = screen.getByRole('combobox');
  fireEvent.click(box);
  const event = createEvent.keyDown(box, { key, isComposing: true });
  fireEvent(box, event);
  expect([event.defaultPrevented, onChoose.mock.calls, onType.mock.calls]).toEqual([false, [], []]);
  expect(box.getAttribute('aria-expanded')).toBe('true');
});

it.each([
  ['as it was opened', '', 1],
  ['with something typed in it', 'x', 0],
])('a press beside a dialog %s', async (_name, typed, closed) => {
  const onOpenChange = vi.fn();
  await showPart(
    <Dialog open onOpenChange={onOpenChange} title="T">
      <form data-changed={typed === '' ? undefined : true} />
    </Dialog>,
    { language },
  );
  // It listens from the next turn of the page on.
  await new Promise((resolve) => setTimeout(resolve));
  const cover = document.querySelector('[role="dialog"]')?.previousElementSibling as HTMLElement;
  fireEvent.pointerDown(cover);
  fireEvent.click(cover);
  expect(onOpenChange).toHaveBeenCalledTimes(closed);
});

it('a picture that does not come is replaced by a sign, a document never asks for one', async () => {
  await showPart(
    <>
      <Thumbnail src="/a" eager />
      <Thumbnail src="/b" document />
    </>,
    { language },
  );
  const pictures = [...document.querySelectorAll('img')];
  expect(pictures.map((picture) => picture.getAttribute('src'))).toEqual(['/a']);
  fireEvent.error(pictures[0] as HTMLImageElement);
  expect(document.querySelector('img')).toBeNull();
});

it('a small picture is asked for in sight only, and no longer when it leaves the page before it has come', async () => {
  const sights: (() => void)[] = [];
  class Sight {
    constructor(told: (entries: readonly { isIntersecting: boolean }[]) => void) {
      sights.push(() => told([{ isIntersecting: true }]));
    }
    observe() {}
    disconnect() {}
  }
  vi.stubGlobal('IntersectionObserver', Sight);
  await showPart(<Thumbnail src="/a" />, { language });
  const picture = document.querySelector('img') as HTMLImageElement;
  expect(picture.getAttribute('src')).toBeNull();
  sights.at(-1)?.();
  expect(picture.getAttribute('src')).toBe('/a');
  Object.defineProperty(picture, 'complete', { get: () => false });
  cleanup();
  expect(picture.getAttribute('src')).toBeNull();
  vi.unstubAllGlobals();
});

it('words at the foot of the page are read out, the newest three at most', async () => {
  await showPart(null, { language });
  for (const text of ['一', '二', '三', '四']) toast(text);
  expect((await screen.findByText('四')).closest('[aria-live="polite"]')).not.toBeNull();
  expect(screen.queryByText('一')).toBeNull();
  expect(screen.getByText('二')).toBeTruthy();
});
