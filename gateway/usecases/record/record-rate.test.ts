import { describe, expect, test } from 'vitest';
import { person } from '../../../test/fixtures/people/actors.ts';
import type { DomainError } from '../../domain/errors.ts';
import type { FacilityCode, FacilityId, UserId } from '../../domain/identifiers.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { createRecordRate } from './record-rate.ts';

const nurse = (userId: string, code = '1'): Actor =>
  person({ userId: userId as UserId, job: 'nurse', facility: { id: code as FacilityId, code: code as FacilityCode } });

function rate(actsASecond: number) {
  let ms = 0;
  const { admit, spend } = createRecordRate({ actsASecond, monotonicMs: () => ms });
  return {
    later: (more: number) => {
      ms += more;
    },
    spend: (actor: Actor) => {
      try {
        spend(actor);
        return 'ok';
      } catch (thrown) {
        const { kind, ids } = thrown as DomainError;
        return `${kind} ${ids['retryAfterSeconds']}`;
      }
    },
    admit,
  };
}

/** How many of `count` acts went through. */
const through = (count: number, act: () => string) => Array.from({ length: count }, act).filter((answer) => answer === 'ok').length;

describe('acts on record', () => {
  test('come at once for a while, then at the rate; who waits as told goes on', () => {
    const { spend, later } = rate(2);
    expect(through(500, () => spend(nurse('a')))).toBe(80);
    expect(spend(nurse('a'))).toBe('too-many 1');
    later(10_000);
    expect(through(500, () => spend(nurse('a')))).toBe(20);
  });

  test('of one do not use up what others have, within what a facility has', () => {
    const { spend } = rate(2);
    through(500, () => spend(nurse('a')));
    expect(spend(nurse('b'))).toBe('ok');
    for (const one of ['c', 'd', 'e', 'f', 'g']) through(500, () => spend(nurse(one)));
    expect(spend(nurse('h'))).toMatch(/^too-many/);
    expect(spend(nurse('h', '2'))).toBe('ok');
  });

  test('a refused one costs nothing, and asking beforehand neither', () => {
    const { spend, admit, later } = rate(1);
    through(1_000, () => spend(nurse('a')));
    expect(() => admit(nurse('a'))).toThrow('put on record');
    later(1_000);
    for (let n = 0; n < 10; n++) admit(nurse('a'));
    expect(through(10, () => spend(nurse('a')))).toBe(1);
  });

  test('over a day are bounded too', () => {
    const { spend, later } = rate(1);
    let acts = 0;
    for (let minute = 0; minute < 24 * 60; minute++, later(60_000)) while (spend(nurse('a')) === 'ok') acts++;
    expect(acts).toBeLessThan(16_100);
  });
});
