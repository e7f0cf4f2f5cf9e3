import { expect, it } from 'vitest';
import { WaitingLine } from './urgency.ts';

it('the urgent go first, the newest of them before all; the rest in their order', () => {
  const line = new WaitingLine<string>();
  line.add('ahead 1', 'ahead');
  line.add('now 1', 'now');
  line.add('ahead 2', 'ahead');
  line.add('ahead 3', 'ahead');
  line.add('now 2', 'now');
  line.hasten('ahead 2');
  line.remove('ahead 3');
  expect(line.urgent).toBe(3);
  expect([line.take(), line.take(), line.take(), line.take(), line.take()]).toEqual(['ahead 2', 'now 2', 'now 1', 'ahead 1', undefined]);
});
