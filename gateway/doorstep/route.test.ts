import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { HttpRequest } from './exchange.ts';
import { bodyOf, wholeBody } from './route.ts';

const request = (headers: HttpRequest['headers'], pieces: readonly string[] = []) =>
  ({
    headers,
    body: Readable.from(
      pieces.map((piece) => Buffer.from(piece)),
      { objectMode: false },
    ),
  }) as unknown as HttpRequest;

describe('the media type of a body', () => {
  test.each<[string, HttpRequest['headers'], 'none' | 'taken' | 'unsupported']>([
    ['no body', {}, 'none'],
    ['a body of no bytes', { 'content-length': '0' }, 'none'],
    ['the type', { 'content-type': 'application/json', 'content-length': '2' }, 'taken'],
    ['the type with a parameter, in capitals', { 'content-type': 'Application/JSON; charset=utf-8', 'content-length': '2' }, 'taken'],
    ['another type', { 'content-type': 'text/plain', 'content-length': '2' }, 'unsupported'],
    ['a type that begins alike', { 'content-type': 'application/jsonx', 'content-length': '2' }, 'unsupported'],
    ['no type with a length', { 'content-length': '2' }, 'unsupported'],
    ['no type with chunks', { 'transfer-encoding': 'chunked' }, 'unsupported'],
  ])('%s: %s', (_name, headers, expected) => {
    const asked = () => bodyOf(request(headers), ['application/json'], 'not taken');
    if (expected === 'unsupported') expect(asked).toThrow('not taken');
    else expect(asked() === undefined).toBe(expected === 'none');
  });
});

describe('a small body', () => {
  test.each<[string, HttpRequest['headers'], readonly string[], string]>([
    ['of a length', { 'content-length': '4' }, ['ab', 'cd'], 'abcd'],
    ['in chunks', {}, ['ab', 'c'], 'abc'],
    ['longer than its bound by its length', { 'content-length': '5' }, [], 'too-large'],
    ['longer than its bound as it comes', {}, ['abc', 'de'], 'too-large'],
    ['shorter than its length', { 'content-length': '4' }, ['ab'], 'invalid'],
  ])('%s: %s', async (_name, headers, pieces, expected) => {
    const got = await wholeBody(request(headers, pieces), 4).then(String, (thrown: { kind: string }) => thrown.kind);
    expect(got).toBe(expected);
  });

  test('whose sender has left already is not waited for', async () => {
    const left = request({ 'content-length': '4' });
    left.body.destroy();
    await expect(wholeBody(left, 4)).rejects.toMatchObject({ kind: 'invalid' });
  });
});
