import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { secretLine } from '../auth/secret-line.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';

/** Where a command takes a password from: typed as an option, the first line of a file (`-`: standard input), or asked on the terminal. */
export type PasswordSource =
  | { readonly from: 'option'; readonly password: string }
  | { readonly from: 'file'; readonly file: string }
  | { readonly from: 'terminal' };

const INPUT_BYTES_MAX = 64 * 1024;

/** What a password is read from and asked on; given by tests. */
export interface Terminal {
  readonly input: AsyncIterable<Uint8Array | string> & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: { write(text: string): unknown };
}

/** @throws invalid when there is none, or what was typed twice differs */
export async function readPassword(
  source: PasswordSource,
  typedIn: string,
  terminal: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  switch (source.from) {
    case 'option':
      return source.password;
    case 'file':
      return source.file === '-' ? secretOf('standard input', await allOf(terminal.input)) : secretIn(resolve(typedIn, source.file));
    case 'terminal': {
      if (terminal.input.isTTY !== true)
        throw new DomainError(
          'invalid',
          '--password is missing; give --password-file FILE (- for standard input), or run it on a terminal',
        );
      return askTwice(terminal, 'Password: ');
    }
  }
}

/** @throws invalid when what was typed the second time differs */
export async function askTwice(terminal: Terminal, prompt: string): Promise<string> {
  const [first = '', second = ''] = await ask(terminal, [prompt, 'Once more: ']);
  if (first !== second) throw new DomainError('invalid', 'what was typed the second time differs');
  return first;
}

/** One answer a prompt, without echo: the terminal is raw while it is typed, so that the line's editing is done here. */
export async function ask({ input, output }: Terminal, prompts: readonly string[]): Promise<readonly string[]> {
  const typed: string[] = [];
  let line: string[] = [];
  // What is pasted may come in pieces that end in the middle of a character.
  const utf8 = new TextDecoder();
  input.setRawMode?.(true);
  output.write(prompts[0] ?? '');
  try {
    for await (const chunk of input) {
      for (const char of utf8.decode(Buffer.from(chunk as Uint8Array), { stream: true })) {
        if (char === '\r' || char === '\n') {
          output.write('\n');
          typed.push(line.join(''));
          line = [];
          if (typed.length === prompts.length) return typed;
          output.write(prompts[typed.length] ?? '');
        } else if (char === '\u0003' || char === '\u0004') throw new DomainError('invalid', 'no password was given');
        else if (char === '\u007f' || char === '\b') line.pop();
        else if (char >= ' ') line.push(char);
      }
    }
  } finally {
    input.setRawMode?.(false);
  }
  throw new DomainError('invalid', 'no password was given');
}

async function allOf(input: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > INPUT_BYTES_MAX) throw new DomainError('too-large', 'standard input holds more than a password');
    chunks.push(Buffer.from(chunk as Uint8Array));
  }
  return Buffer.concat(chunks);
}

async function secretIn(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new DomainError('invalid', `${file} cannot be read`, { cause });
  });
  return secretOf(file, bytes);
}

function secretOf(where: string, bytes: Uint8Array): string {
  try {
    return secretLine(bytes);
  } catch (cause) {
    throw new DomainError('invalid', `${where} ${asDomainError(cause).message}`, { cause });
  }
}
