/** Who is refused something reads why, in words of the reason: a new reason has them, or is named here as one that no page of the viewer meets. */
import { expect, test } from 'vitest';
import { REFUSAL_REASONS } from '../../gateway/domain/sharing/access.ts';
import { START_REASONS } from '../../viewer/i18n/use-error-text.ts';
import { ja } from '../../viewer/refusals/texts.ja.ts';

/** Hidden behind not-found, or asked by machines and programs only. */
const NOT_MET = [
  'emergency-has-ended',
  'not-owned-and-not-shared',
  'not-the-owner',
  'people-only',
  'share-has-ended',
  'share-has-not-begun',
  'system-has-no-account',
  'system-needs-no-directory',
  'token-changes-no-factor',
  'token-changes-no-mail',
  'token-ends-no-session',
  'token-makes-no-token',
  'token-opens-no-emergency',
];

test('every reason of a refusal has words on the page, or is met on none', () => {
  const worded: readonly string[] = [...START_REASONS, ...Object.keys(ja.refusedFor)];
  expect([...REFUSAL_REASONS].filter((reason) => !worded.includes(reason)).sort()).toEqual(NOT_MET);
});
