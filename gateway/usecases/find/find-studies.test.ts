import { describe, expect, it } from 'vitest';
import { CLINIC, HOSPITAL, person } from '../../../test/fixtures/people/actors.ts';
import { parseQuery } from '../../dicom/query/query-keys.ts';
import { createFairTurns } from '../../domain/bounds/fair-turns.ts';
import type { FacilityId, UserId } from '../../domain/identifiers.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { rightsOf } from '../../domain/sharing/job-rights.ts';
import type { Listed } from '../record/record-view.ts';
import type { FindPorts } from './find-studies.ts';
import { findInstances, findSeries, findStudies, SEARCH_TURNS } from './find-studies.ts';
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

describe('what lies below studies', () => {
  const share = {
    kind: 'share',
    grantId: '1',
    audience: 'facility',
    notBefore: undefined,
    until: new Date(Date.now() + 60_000),
    mayDownload: true,
  };
  const shared = { owner: { id: '9' as FacilityId }, rights: [{ ...share, heldBack: [], heldBackState: '0' }] };
  const own = { owner: CLINIC, rights: [{ kind: 'owner' }] };
  const row = (study: object, n: string) => ({ series: {}, study, n });
  const listed: Listed[] = [];
  const ports = {
    studies: {
      findStudies: async () => [shared, own],
      findSeries: async () => [row(shared, 'shared'), row(own, 'own')],
      findInstances: async () => [row(shared, 'shared'), row(own, 'own')],
    },
    recorder: { admit: () => {}, listed: async (_actor: Actor, what: Listed) => void listed.push(what) },
    searches: createFairTurns(SEARCH_TURNS),
    clock: { now: () => new Date() },
  } as unknown as FindPorts;
  const { signal } = new AbortController();
  const asks = {
    studies: (who: Actor) => findStudies(ports, who, parseQuery('study', new URLSearchParams()), { facility: CLINIC }, signal),
    series: (who: Actor) => findSeries(ports, who, parseQuery('series', new URLSearchParams()), { facility: CLINIC }, signal),
    instances: (who: Actor) => findInstances(ports, who, parseQuery('instance', new URLSearchParams()), { facility: CLINIC }, signal),
  };

  it.each([
    ['studies', 'all', 2],
    ['series', 'all', 2],
    ['instances', 'all', 2],
    ['studies', 'own', 2],
    ['series', 'own', 1],
    ['instances', 'own', 1],
    ['studies', 'none', 2],
    ['series', 'none', 0],
    ['instances', 'none', 0],
  ] as const)('%s among all, by a job that may look at %s', async (level, view, count) => {
    const rights = { ...rightsOf({}, 'hospital', 'physician'), view };
    const { rows } = await asks[level](person({ facility: CLINIC, rights }));
    expect(rows).toHaveLength(count);
    expect(listed.at(-1)).toEqual({ list: level, count });
  });
});
