import { expect, test } from 'vitest';
import { BACKED_UP_TABLES } from './backup.ts';

test('notices are put back before the consents that stand on them: with none there is nothing to settle', () => {
  expect(BACKED_UP_TABLES.indexOf('consents')).toBeGreaterThan(BACKED_UP_TABLES.indexOf('posted_notices'));
});
