import { expect, test } from 'vitest';
import { ROSTER_LINES_MAX, ROSTER_PATIENTS_MAX } from './roster.ts';
import { TextLines } from './text-lines.ts';

async function* endless() {
  for (;;) yield Buffer.from('\n\n');
}

test('lines without end are too many, however short each is', async () => {
  const lines = new TextLines(endless(), 9);
  const read = (async () => {
    for await (const _ of lines.lines());
  })();
  await expect(read).rejects.toMatchObject({ kind: 'too-large', ids: { reason: 'roster-lines' } });
  expect(lines.count).toBe(10);
  expect(ROSTER_LINES_MAX).toBeGreaterThan(10 * ROSTER_PATIENTS_MAX);
});
