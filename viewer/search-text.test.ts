import { expect, it } from 'vitest';
import { parseSearch, stringifySearch } from './search-text.ts';

it('keeps digits in an address as text', () => {
  expect(parseSearch('?q=00012345&expired=true')).toEqual({ q: '00012345', expired: true });
  expect(stringifySearch({ q: '山田', date: undefined, modality: '' })).toBe('?q=%E5%B1%B1%E7%94%B0');
  expect(stringifySearch({})).toBe('');
});
