import { describe, expect, it } from 'vitest';
import { HOSPITAL, person } from '../../../test/fixtures/people/actors.ts';
import { parseQuery } from '../../dicom/query/query-keys.ts';
import { createFairTurns } from '../../domain/bounds/fair-turns.ts';
import type { UserId } from '../../domain/identifiers.ts';
import type { Actor } from '../../domain/people/actor.ts';
import type { Listed } from '../record/record-view.ts';
import type { FindPorts } from './find-studies.ts';
import { findStudies, SEARCH_TURNS } from './find-studies.ts';
import { createStudyLister } from './list-studies.ts';

const nurse = (id: string) => person({ userId: id as UserId, job: 'nurse', facility: HOSPITAL });

/** An index that answers when it is told to, and a record that keeps what it is told. */
function slowIndex() {
  const asked: (() => void)[] = [];
  const recorded: Listed[] = [];
  const searches = createFairTurns(SEARCH_TURNS);
  const answer =
    <Value>(value: Value) =>
    () =>
      new Promise<Value>((resolve) => asked.push(() => resolve(value)));
  const ports = {
    studies: { findStudies: answer([]), listStudies: answer({ studies: [] }) },
    recorder: { admit: () => {}, listed: async (_actor: Actor, what: Listed) => void recorded.push(what) },
    searches,
    clock: { now: () => new Date() },
  } as unknown as FindPorts;
  return { asked, recorded, searches, ports, lister: createStudyLister(ports as unknown as Parameters<typeof createStudyLister>[0]) };
}

const find = (ports: FindPorts, who: Actor, query: string) =>
  findStudies(ports, who, parseQuery('study', new URLSearchParams(query)), { facility: HOSPITAL }, new AbortController().signal);
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('searches at once', () => {
  it('one person has no more than their share, another begins at once, a look-up waits for nobody', async () => {
    const { asked, searches, ports, lister } = slowIndex();
    const mine = Array.from({ length: 10 }, () => find(ports, nurse('1'), 'PatientName=a*'));
    await turn();
    expect([asked.length, searches.running, searches.waiting]).toEqual([2, 2, 8]);
    const theirs = lister(nurse('2'), HOSPITAL, { q: 'taro', limit: 10 });
    const lookups = [find(ports, nurse('1'), 'PatientID=1'), lister(nurse('1'), HOSPITAL, { limit: 10 })];
    await turn();
    expect([asked.length, searches.running]).toEqual([5, 3]);
    for (let n = 0; n < 13; n++) {
      asked[n]?.();
      await turn();
    }
    await Promise.all([...mine, theirs, ...lookups]);
    expect([asked.length, searches.running, searches.waiting]).toEqual([13, 0, 0]);
  });

  it('past the bound it is busy', async () => {
    const { ports } = slowIndex();
    const all = Array.from({ length: 2 + SEARCH_TURNS.waitingOfOneMax + 1 }, () => find(ports, nurse('1'), 'PatientName=a*'));
    await expect(all.at(-1)).rejects.toMatchObject({ kind: 'busy' });
  });

  it('the record says how many, not what was looked for', async () => {
    const { asked, recorded, ports, lister } = slowIndex();
    const both = [find(ports, nurse('1'), 'PatientName=geheim*'), lister(nurse('1'), HOSPITAL, { q: 'geheim', limit: 10 })];
    await turn();
    for (const answer of asked) answer();
    await Promise.all(both);
    expect(new Set(recorded)).toEqual(
      new Set([
        { list: 'studies', count: 0 },
        { list: 'study-list', count: 0 },
      ]),
    );
  });
});
