import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readPassword, type Terminal } from './ask-password.ts';

const folder = mkdtempSync(join(tmpdir(), 'renkei-password-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function terminal(keys: readonly string[], isTTY = true) {
  const written: string[] = [];
  const raw: boolean[] = [];
  const input = Object.assign(
    (async function* () {
      for (const key of keys) yield Buffer.from(key);
    })(),
    { isTTY, setRawMode: (on: boolean) => raw.push(on) },
  );
  return { written, raw, terminal: { input, output: { write: (text: string) => written.push(text) } } satisfies Terminal };
}

describe('a password on the terminal', () => {
  test('is asked for twice, never shown, and may be corrected', async () => {
    const { terminal: one, written, raw } = terminal(['s', 'x', '\u007f', 'ひみつ\r', 'sひみつ\r']);
    expect(await readPassword({ from: 'terminal' }, folder, one)).toBe('sひみつ');
    expect(written.join('')).toBe('Password: \nOnce more: \n');
    expect(raw).toEqual([true, false]);
  });

  test('may be pasted in pieces that end within a character', async () => {
    const bytes = Buffer.from('ひみつ\rひみつ\r');
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    const input = Object.assign(
      (async function* () {
        yield* pieces;
      })(),
      { isTTY: true },
    );
    expect(await readPassword({ from: 'terminal' }, folder, { input, output: { write: () => {} } })).toBe('ひみつ');
  });

  test.each([
    ['two that differ', ['one\rtwo\r'], 'differ'],
    ['Ctrl-C', ['on\u0003'], 'no password'],
    ['a terminal that closes', ['one\r'], 'no password'],
  ])('%s is none', async (_, keys, message) => {
    const { terminal: one, raw } = terminal(keys);
    await expect(readPassword({ from: 'terminal' }, folder, one)).rejects.toThrow(message);
    expect(raw).toEqual([true, false]);
  });

  test('without one is said what to give', async () => {
    await expect(readPassword({ from: 'terminal' }, folder, terminal([], false).terminal)).rejects.toThrow('--password-file');
  });
});

describe('a password elsewhere', () => {
  test('is the first line of a file, meant from where it was typed, or of standard input', async () => {
    writeFileSync(join(folder, 'secret'), 'first line \r\nsecond\n');
    expect(await readPassword({ from: 'file', file: 'secret' }, folder)).toBe('first line ');
    expect(await readPassword({ from: 'file', file: '-' }, folder, terminal(['piped', ' one\nrest'], false).terminal)).toBe('piped one');
    expect(await readPassword({ from: 'option', password: 'typed' }, folder)).toBe('typed');
  });

  writeFileSync(join(folder, 'utf16'), Buffer.from('\ufeffsecret\r\n', 'utf16le'));
  test.each([
    ['a file that is not there', { from: 'file', file: 'absent' }, [], 'cannot be read'],
    ['a file in UTF-16', { from: 'file', file: 'utf16' }, [], 'utf16 is not text in UTF-8'],
    ['endless input', { from: 'file', file: '-' }, ['x'.repeat(70_000)], 'more than a password'],
  ] as const)('%s is refused', async (_, source, input, message) => {
    await expect(readPassword(source, folder, terminal(input, false).terminal)).rejects.toThrow(message);
  });
});
