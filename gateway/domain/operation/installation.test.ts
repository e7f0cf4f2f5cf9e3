import { describe, expect, test } from 'vitest';
import { type InstallationFacts, type InstallationState, judgeInstallation, refusalOf } from './installation.ts';

interface Found {
  readonly index?: Partial<InstallationFacts['index']>;
  readonly objects?: Partial<InstallationFacts['objects']>;
  readonly folder?: string;
}

function facts({ index, objects, folder }: Found): InstallationFacts {
  return {
    index: { id: undefined, refersToObjects: false, entries: index?.id === undefined ? 0 : 3, ...index },
    objects: { id: undefined, any: false, sampleThere: true, acceptedWithout: false, ...objects },
    folder: { id: folder },
  };
}

const CASES: readonly (readonly [string, Found, InstallationState])[] = [
  ['nothing anywhere', {}, 'new'],
  ['all there', { index: { id: 'a', refersToObjects: true }, objects: { id: 'a', any: true }, folder: 'a' }, 'whole'],
  ['in use, without images yet', { index: { id: 'a' }, objects: { id: 'a' }, folder: 'a' }, 'whole'],
  ['a new node of a region', { index: { id: 'a', refersToObjects: true }, objects: { id: 'a', any: true } }, 'whole'],
  ['a first start that broke off after the database', { index: { id: 'a' } }, 'whole'],
  ['the originals copied without the mark', { index: { id: 'a', refersToObjects: true }, objects: { any: true } }, 'whole'],
  ['a backup from before there were ids', { index: { refersToObjects: true, entries: 9 }, objects: { id: 'a', any: true } }, 'whole'],
  ['index folder gone', { objects: { id: 'a', any: true }, folder: 'a' }, 'index-missing'],
  ['index folder gone, no image yet', { objects: { id: 'a' }, folder: 'a' }, 'index-missing'],
  ['an empty database and a bucket in use', { objects: { id: 'a', any: true } }, 'index-missing'],
  ['an empty database and originals without a mark', { objects: { any: true } }, 'index-missing'],
  ['index and originals gone', { folder: 'a' }, 'index-missing'],
  ['originals gone', { index: { id: 'a', refersToObjects: true }, objects: { sampleThere: false }, folder: 'a' }, 'objects-missing'],
  ['an empty bucket', { index: { id: 'a', refersToObjects: true }, objects: { sampleThere: false } }, 'objects-missing'],
  [
    'other originals without a mark',
    { index: { id: 'a', refersToObjects: true }, objects: { any: true, sampleThere: false } },
    'objects-missing',
  ],
  [
    'originals gone, the mark left',
    { index: { id: 'a', refersToObjects: true }, objects: { id: 'a', sampleThere: false }, folder: 'a' },
    'objects-missing',
  ],
  [
    'originals gone, and the operator went on without',
    { index: { id: 'a', refersToObjects: true }, objects: { id: 'a', sampleThere: false, acceptedWithout: true }, folder: 'a' },
    'whole',
  ],
  [
    'record emptied',
    { index: { id: 'a', refersToObjects: true, entries: 0 }, objects: { id: 'a', any: true }, folder: 'a' },
    'record-missing',
  ],
  ['record emptied, no image yet', { index: { id: 'a', entries: 0 }, objects: { id: 'a' }, folder: 'a' }, 'record-missing'],
  [
    'another cluster',
    { index: { id: 'b', refersToObjects: true }, objects: { id: 'a', any: true, sampleThere: false }, folder: 'a' },
    'objects-differ',
  ],
  ['another cluster without images', { index: { id: 'b' }, objects: { id: 'a', any: true }, folder: 'a' }, 'objects-differ'],
  [
    'another bucket',
    { index: { id: 'a', refersToObjects: true }, objects: { id: 'b', any: true, sampleThere: false }, folder: 'a' },
    'objects-differ',
  ],
  ['another node’s folder', { index: { id: 'a' }, objects: { id: 'a' }, folder: 'b' }, 'folder-differs'],
];

describe('what is found at a start', () => {
  test.each(CASES)('%s', (_, found, state) => {
    expect(judgeInstallation(facts(found)).state).toBe(state);
  });

  test.each(CASES.filter(([, , state]) => state !== 'new' && state !== 'whole'))(
    '%s: one sentence with the command that helps',
    (_, found, state) => {
      const refusal = refusalOf(state, facts(found));
      expect(refusal).toMatchObject({ kind: 'conflict' });
      expect(refusal?.message).toContain('npm start -- start-new');
      expect(refusal?.message).not.toContain('undefined');
    },
  );

  test('what is new or whole is not refused', () => {
    expect(refusalOf('new', facts({}))).toBeUndefined();
    expect(refusalOf('whole', facts({ index: { id: 'a' } }))).toBeUndefined();
  });
});
