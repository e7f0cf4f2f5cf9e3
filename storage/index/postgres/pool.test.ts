import { describe, expect, test } from 'vitest';
import { DomainError } from '../../../gateway/domain/errors.ts';
import { isRepeatable, storable, translate } from './pool.ts';

const failure = (code: string, message = '') => Object.assign(new Error(message), { code });

describe('database errors in the domain’s words', () => {
  test.each<[string, Error, DomainError['kind']]>([
    ['disk full', failure('53100'), 'full'],
    ['unique violation', failure('23505'), 'conflict'],
    ['refers to nothing', failure('23503'), 'not-found'],
    ['statement timeout', failure('57014'), 'unavailable'],
    ['server shutting down', failure('57P01'), 'unavailable'],
    ['server starting', failure('57P03'), 'unavailable'],
    ['too many connections', failure('53300'), 'unavailable'],
    ['connection failure', failure('08006'), 'unavailable'],
    ['wrong password', failure('28P01'), 'unavailable'],
    ['read-only after a fail-over', failure('25006'), 'unavailable'],
    ['refused', failure('ECONNREFUSED'), 'unavailable'],
    ['ended by the server', new Error('Connection terminated unexpectedly'), 'unavailable'],
    ['no connection in time', new Error('timeout exceeded when trying to connect'), 'unavailable'],
    ['anything else', failure('42601', 'syntax error'), 'internal'],
  ])('%s', (_name, thrown, kind) => {
    const error = translate(thrown);
    expect(error.kind).toBe(kind);
    expect(error.cause).toBe(thrown);
  });

  test('messages hold nothing of what the server said: it may quote a value', () => {
    expect(translate(failure('23505', 'Key (patient_name)=(Yamada) already exists')).message).not.toContain('Yamada');
  });

  test('a domain error passes unchanged; deadlocks are worth repeating', () => {
    const error = new DomainError('gone', 'gone');
    expect(translate(error)).toBe(error);
    expect(isRepeatable(translate(failure('40P01')))).toBe(true);
    expect(isRepeatable(failure('23505'))).toBe(false);
  });

  test('text that PostgreSQL takes', () => {
    expect(storable('plain 山田 𠮷')).toBe('plain 山田 𠮷');
    expect(storable('a\u0000b\ud800c')).toBe('a\uFFFDb\uFFFDc');
  });
});
