import { expect, test } from 'vitest';
import { DomainError } from './domain/errors.ts';
import { createLog } from './log.ts';

function lineOf(cause: unknown): string {
  const lines: string[] = [];
  createLog('info', (line) => lines.push(line)).error('tried', { id: 7 }, cause);
  return lines.join('');
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (thrown) {
    return thrown;
  }
}

test.each<[string, unknown]>([
  ['JSON that cannot be read', thrownBy(() => JSON.parse('{"name": Yamada^Taro}'))],
  ['a value the database cannot take', Object.assign(new Error('invalid input syntax: "Yamada^Taro"'), { code: '22P02' })],
  ['either of them below another', new DomainError('internal', 'failed', { cause: thrownBy(() => JSON.parse('Yamada^Taro')) })],
])('%s is logged without what it quotes', (_name, cause) => {
  const line = lineOf(cause);
  expect(line).not.toContain('Yamada');
  expect(JSON.parse(line)).toMatchObject({ level: 'error', event: 'tried', id: 7 });
});

test('any other cause is written in full, with what caused it', () => {
  const line = lineOf(new DomainError('internal', 'outer words', { cause: Object.assign(new Error('inner words'), { code: '08006' }) }));
  expect(line).toMatch(/outer words.*caused by.*inner words/s);
});

test('a level hides what is below it', () => {
  const lines: string[] = [];
  const log = createLog('warn', (line) => lines.push(line));
  log.info('quiet');
  log.warn('loud');
  expect(lines).toHaveLength(1);
});
