import { expect, test } from 'vitest';
import { relyingPartyOf } from './relying-party.ts';

test.each([
  ['a name by https', 'https://renkei.example', { id: 'renkei.example', origin: 'https://renkei.example' }],
  ['a port is part of the origin alone', 'https://renkei.example:8443', { id: 'renkei.example', origin: 'https://renkei.example:8443' }],
  ['a path is part of neither', 'https://renkei.example/region', { id: 'renkei.example', origin: 'https://renkei.example' }],
  ['this machine by http', 'http://localhost:8080', { id: 'localhost', origin: 'http://localhost:8080' }],
  ['no address', undefined, undefined],
  ['a name by http, which browsers refuse', 'http://renkei.example', undefined],
  ['an address in place of a name, which browsers refuse', 'https://192.0.2.1', undefined],
  ['the same, of version 6', 'https://[2001:db8::1]', undefined],
  ['this machine by its address', 'http://127.0.0.1:8080', undefined],
])('%s', (_, publicUrl, expected) => {
  expect(relyingPartyOf(publicUrl)).toEqual(expected);
});
