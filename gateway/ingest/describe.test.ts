import { expect, test } from 'vitest';
import { smallFile } from '../../test/fixtures/dicom/small-dicom.ts';
import { bufferAccess } from '../dicom/parse/part10.ts';
import { DomainError } from '../domain/errors.ts';
import { describeObject } from './describe.ts';

test.each([
  { name: 'a store that does not answer', thrown: new DomainError('unavailable', 'no store') },
  { name: 'an object that is gone', thrown: new DomainError('not-found', 'no such object') },
  { name: 'a failure nobody foresaw', thrown: new TypeError('broken driver') },
  { name: 'a refused range', thrown: new DomainError('invalid', 'range leaves the object') },
])('$name says nothing about the bytes', async ({ thrown }) => {
  const source = { bytes: 1000, read: () => Promise.reject(thrown) };
  await expect(describeObject(source)).rejects.toBe(thrown);
});

test('bytes of every kind end as a value, never as an exception', async () => {
  const whole = smallFile();
  for (let length = 0; length < whole.length; length += 7) {
    const { kind } = await describeObject(bufferAccess(whole.subarray(0, length)));
    expect(['instance', 'unreadable']).toContain(kind);
  }
  for (let at = 128; at < 700; at += 1) {
    const damaged = Buffer.from(whole);
    damaged[at] = 0xff;
    const { kind } = await describeObject(bufferAccess(damaged));
    expect(['instance', 'unreadable']).toContain(kind);
  }
});
