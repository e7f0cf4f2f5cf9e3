import { expect, it } from 'vitest';
import type { ChainedEntry } from '../../domain/record/audit.ts';
import { recordAnswer } from './answers.ts';

const names = { person: (id: string) => (id === '12' ? '川田 花' : undefined), facility: () => undefined };

it.each([
  ['user 12 dentist', '川田 花 dentist'],
  ['user 12: disabled', '川田 花: disabled'],
  ['user 13: disabled', 'user 13: disabled'],
  ['KAWA', 'KAWA'],
  [undefined, null],
])('whom an entry is about is named for the reader: %s', (detail, shown) => {
  const what = detail === undefined ? {} : { detail };
  const entry = { action: 'user-created', outcome: 'success', who: { kind: 'person' }, what };
  const chained = { seq: 1, at: new Date(0), entry, previousHash: '', hash: '' } as unknown as ChainedEntry;
  expect(recordAnswer(chained, names).detail).toBe(shown);
});
