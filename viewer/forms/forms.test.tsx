// @vitest-environment happy-dom
import { cleanup, createEvent, fireEvent, screen } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { createTokenSchema } from '../../gateway/api/contract/session.ts';
import { say } from '../../test/fixtures/say.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { createToken } from '../api/account.ts';
import { toast } from '../design/raised/toast.tsx';
import { flawOf } from './flaws.ts';
import { Form, FormRefusal, SubmitButton } from './form.tsx';
import { TextField } from './form-fields.tsx';
import { useContractForm } from './use-contract-form.ts';

/** A form of two fields, as small as one can be. */
function Sample({ onSent = () => undefined, search = false }: { onSent?: () => void; search?: boolean }) {
  const form = useContractForm({
    schema: createTokenSchema,
    start: { name: '', days: '' },
    bodyOf: ({ name, days }) => ({ name, days: Number(days) }),
    send: async (body) => {
      await createToken(body);
      onSent();
    },
    fieldOf: ({ reason }) => (reason === 'name-taken' || reason === 'password-common' ? 'name' : undefined),
  });
  return (
    <Form form={form} marksOptional={!search} aria-label="sample">
      <TextField name="name" label="NAME" hint="HINT" whenEmpty="NAME?" />
      <TextField name="days" label="DAYS" optional />
      <FormRefusal />
      <SubmitButton sending="SENDING">SEND</SubmitButton>
    </Form>
  );
}

const note = (field: HTMLElement) => document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent;
const name = () => screen.getByLabelText('NAME');
const days = () => screen.getByLabelText('DAYS');
const DONE = { id: 't1', token: 'x', expiresAt: '2027-01-01T00:00:00Z' };

it.each([
  [{ code: 'too_small', origin: 'string', input: '' }, 'required'],
  [{ code: 'too_small', origin: 'string', input: '　 ' }, 'required'],
  [{ code: 'invalid_type', input: undefined }, 'required'],
  [{ code: 'too_big', origin: 'string', maximum: 200, input: 'x' }, 'too-long 200'],
  [{ code: 'too_big', origin: 'number', maximum: 9, input: 10 }, 'malformed'],
  [{ code: 'invalid_format', input: 'x' }, 'malformed'],
])('%j is %s', (issue, expected) => {
  expect(flawOf(issue)).toBe(expected);
});

describe.each(LANGUAGES)('%s', (language) => {
  const open = (answer: unknown, onSent?: () => void) =>
    showPart(<Sample {...(onSent === undefined ? {} : { onSent })} />, { language, answers: { 'POST /api/tokens': answer } });

  it('what is wrong stands at its field in words, the first has the focus, nothing is sent; mended it goes', async () => {
    const { user, words, asked } = await open(DONE);
    expect(note(name())).toBe('HINT');
    await user.type(days(), '0');
    await user.click(screen.getByRole('button', { name: 'SEND' }));
    await vi.waitFor(() => expect(note(name())).toBe('NAME?'));
    expect([name().getAttribute('aria-invalid'), days().getAttribute('aria-invalid')]).toEqual(['true', 'true']);
    expect(note(days())).toBe(words.form.flaw.malformed);
    expect(document.activeElement).toBe(name());
    expect(asked).toEqual([]);
    await user.type(name(), 'PACS');
    await vi.waitFor(() => expect(note(name())).toBe('HINT'));
    await user.type(days(), '{Backspace}9{Enter}');
    await vi.waitFor(() => expect(asked).toEqual([{ what: 'POST /api/tokens', body: { name: 'PACS', days: 9 } }]));
  });

  it('what may be left empty is marked, beside its name; in a search, where all may, nothing is', async () => {
    const { words } = await open(DONE);
    expect(screen.getByText(words.form.optional).previousElementSibling?.textContent).toBe('DAYS');
    expect([name(), days()].map((field) => field.getAttribute('aria-required'))).toEqual(['true', 'false']);
    cleanup();
    await showPart(<Sample search />, { language });
    expect(screen.queryByText(words.form.optional)).toBeNull();
  });

  it('what is too long says how long it may be', async () => {
    const { user, words } = await open(DONE);
    fireEvent.change(name(), { target: { value: 'x'.repeat(101) } });
    await user.click(screen.getByRole('button', { name: 'SEND' }));
    await vi.waitFor(() => expect(note(name())).toBe(say(words.form.flaw['too-long'], { max: '100' })));
    expect(name()).toHaveProperty('value', 'x'.repeat(101));
  });

  it('pressed twice on a slow line it is sent once; it says that it is sending and keeps focus and text', async () => {
    let arrive: (answer: Response) => void = () => undefined;
    const line = new Promise<Response>((resolve) => {
      arrive = resolve;
    });
    const onSent = vi.fn();
    const { user, asked } = await open(() => line, onSent);
    await user.type(name(), 'PACS');
    await user.type(days(), '9');
    const button = screen.getByRole('button', { name: 'SEND' });
    await user.dblClick(button);
    await vi.waitFor(() => expect(button.textContent).toBe('SENDING'));
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(screen.getByRole('form', { name: 'sample' }).getAttribute('aria-busy')).toBe('true');
    await user.click(button);
    await user.type(name(), '{Enter}');
    button.focus();
    expect(name()).toHaveProperty('value', 'PACS');
    arrive(Response.json(DONE));
    await vi.waitFor(() => expect(button.textContent).toBe('SEND'));
    expect(asked).toHaveLength(1);
    expect(onSent).toHaveBeenCalledOnce();
    expect(document.activeElement).toBe(button);
  });

  it.each([
    ['in words of the form', 'password-common', (words: { form: { flaw: Record<string, string> } }) => words.form.flaw['password-common']],
    ['in those of the error', 'name-taken', (words: { error: Record<string, string> }) => words.error['conflict']],
  ] as const)('refused because of a field: said there, %s, until it is changed', async (_how, reason, text) => {
    const { user, words } = await open(refused(409, { error: 'conflict', reason }));
    await user.type(days(), '9');
    await user.type(name(), 'PACS{Enter}');
    await vi.waitFor(() => expect(note(name())).toBe(text(words as never)));
    expect(document.activeElement).toBe(name());
    expect(screen.queryByRole('alert')).toBeNull();
    await user.type(name(), '2');
    await vi.waitFor(() => expect(note(name())).toBe('HINT'));
  });

  it.each([
    ['no network', () => Promise.reject(new TypeError('failed to fetch')), 'unreachable'],
    ['another reason', refused(403, { error: 'denied' }), 'denied'],
  ] as const)('%s: said, nothing typed is lost, and it may be sent again', async (_name, answer, error) => {
    const { user, words, asked } = await open(answer);
    await user.type(days(), '9');
    await user.type(name(), 'PACS{Enter}');
    expect((await screen.findByRole('alert')).textContent).toBe(words.error[error]);
    expect([name(), days()]).toMatchObject([{ value: 'PACS' }, { value: '9' }]);
    await user.click(screen.getByRole('button', { name: 'SEND' }));
    await vi.waitFor(() => expect(asked).toHaveLength(2));
  });

  it('a word at the foot of the page takes nothing away', async () => {
    const { user } = await open(DONE);
    await user.type(name(), 'PACS');
    toast('done');
    await screen.findByText('done');
    expect(name()).toHaveProperty('value', 'PACS');
    expect(document.activeElement).toBe(name());
  });

  it.each([
    ['within', { isComposing: true }, true],
    ['that ends (as Safari tells it)', { keyCode: 229 }, true],
    ['after', {}, false],
  ])('Enter %s a kana-kanji conversion', async (_when, key, kept) => {
    await open(DONE);
    const event = createEvent.keyDown(name(), { key: 'Enter', ...key });
    fireEvent(name(), event);
    expect(event.defaultPrevented).toBe(kept);
  });

  it('the browser’s own bubbles are off', async () => {
    await open(DONE);
    expect(screen.getByRole('form', { name: 'sample' }).hasAttribute('novalidate')).toBe(true);
    expect(document.querySelectorAll('[required], [pattern]')).toHaveLength(0);
  });
});
