import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type FileRow, keptFilesOf } from '../../../test/fixtures/servers/kept-files.ts';
import { memoryObjects } from '../../../test/fixtures/servers/memory-objects.ts';
import { DomainError } from '../../domain/errors.ts';
import type {
  FacilityCode,
  ObjectKey,
  QuarantineId,
  SeriesInstanceUID,
  Sha256,
  SOPInstanceUID,
  StudyInstanceUID,
  VersionId,
} from '../../domain/identifiers.ts';
import { htj2kFramesKey, seriesMetadataKey, seriesThumbnailKey } from '../../domain/imaging/derived.ts';
import { originalKey, quarantineKey } from '../../domain/imaging/object-keys.ts';
import type { DamageIndex, ScrubState } from '../../domain/operation/damage.ts';
import { NO_LOG } from '../../domain/operation/log.ts';
import { derivedObject } from '../../instances/derived-object.ts';
import { SCRUB_LEASE_MS, SCRUB_REST_MS, SCRUB_TURN_MS, type ScrubParts, scrubTurn } from './scrub.ts';

const shaOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex') as Sha256;
const SERIES = {
  facilityCode: 'H1' as FacilityCode,
  studyInstanceUID: '1.2' as StudyInstanceUID,
  seriesInstanceUID: '1.2.3' as SeriesInstanceUID,
  ordinal: 1,
};
const IMAGES = [1, 2, 3, 4].map((n) => Buffer.alloc(1_000, n));
const KEYS = IMAGES.map((bytes, n) => originalKey({ ...SERIES, sopInstanceUID: `1.2.3.${n}` as SOPInstanceUID }, shaOf(bytes)));
const ASIDE = Buffer.from('no image');
const ASIDE_KEY = quarantineKey(SERIES.facilityCode, shaOf(ASIDE));
const FORM = Buffer.from('%PDF-1.7');
const FORM_KEY = `consents/H1/${shaOf(FORM)}.pdf` as ObjectKey;
const METADATA = Buffer.from('gzip');
const METADATA_KEY = seriesMetadataKey(SERIES, 4, shaOf(METADATA));
const THUMBNAIL_KEY = seriesThumbnailKey(SERIES, shaOf(IMAGES[1] as Buffer));
const FRAME_KEYS = IMAGES.map((bytes) => htj2kFramesKey(SERIES, shaOf(bytes)));

/** Everything that is kept, whole. */
function wholeObjects() {
  const objects = memoryObjects();
  for (const [n, key] of KEYS.entries()) objects.kept.set(key, IMAGES[n] as Buffer);
  objects.kept.set(ASIDE_KEY, ASIDE);
  objects.kept.set(FORM_KEY, FORM);
  objects.kept.set(METADATA_KEY, METADATA);
  objects.kept.set(THUMBNAIL_KEY, derivedObject(THUMBNAIL_KEY, Buffer.from('picture')));
  for (const key of FRAME_KEYS) objects.kept.set(key, derivedObject(key, Buffer.from('frame')));
  return objects;
}

/** What the index knows of them. */
const STUDIES = {
  allObjects: async function* (after = '0') {
    for (const [n, key] of KEYS.entries()) {
      if (n + 1 > Number(after)) yield { key, sha256: shaOf(IMAGES[n] as Buffer), bytes: 1_000, versionId: String(n + 1) as VersionId };
    }
  },
  allSeries: async function* ({ after }: { after?: string }) {
    if (after === undefined) yield '5';
  },
  seriesForDerivation: async () => ({
    ownerFacilityCode: 'H1',
    studyInstanceUID: '1.2',
    studyId: '1',
    ordinal: 1,
    series: { seriesInstanceUID: '1.2.3' },
    metadata: { key: METADATA_KEY, etag: '' },
  }),
  instancesOf: async function* () {
    for (const bytes of IMAGES)
      yield {
        instance: { numberOfFrames: 1, bitsAllocated: 16 },
        object: { transferSyntaxUID: '1.2.840.10008.1.2.1', sha256: shaOf(bytes) },
      };
  },
} as unknown as ScrubParts['studies'];

/** The scrub's own row, as the index keeps it (`storage/index/operation/damage.ts`), and the list of what is damaged. */
function damageInMemory(known: readonly ObjectKey[]) {
  let stored: (ScrubState & { holder: string; until: number }) | undefined;
  const damage = {
    list: async ({ after }: { after?: string }) => (after === undefined ? known.map((key) => ({ key })) : []) as never,
    leaseScrub: async (holder: string, now: Date, until: Date) => {
      if (stored !== undefined && stored.holder !== holder && stored.until > now.getTime()) return undefined;
      const counts = { objects: 0, bytes: 0, damaged: 0 };
      const fresh = { pass: 1, stage: 'originals', position: '', passBeganAt: now, lastPassEndedAt: undefined, ...counts } as const;
      stored = { ...(stored ?? fresh), holder, until: until.getTime() };
      return stored;
    },
    moveScrub: async (holder: string, state: ScrubState, until: Date) => {
      if (stored?.holder !== holder) return false;
      stored = { ...state, holder, until: until.getTime() };
      return true;
    },
  } as unknown as DamageIndex;
  return { damage, state: () => stored };
}

/** A clock that goes on only by pausing, and by what a test adds. */
function rig({ bytesPerSecond = 1e9, form = {} }: { bytesPerSecond?: number; form?: Partial<FileRow> } = {}) {
  const objects = wholeObjects();
  let at = 1_000_000;
  let set = 0;
  const said: string[] = [];
  const paused: number[] = [];
  const known: ObjectKey[] = [];
  const { damage, state } = damageInMemory(known);
  const parts: Omit<ScrubParts, 'holder'> = {
    damage,
    studies: STUDIES,
    ingest: {
      quarantined: async ({ before }: { before?: QuarantineId }) => (before === undefined ? [{ id: '9', key: ASIDE_KEY }] : []) as never,
    },
    keptFiles: keptFilesOf([{ key: FORM_KEY, sha256: shaOf(FORM), bytes: FORM.length, ...form }]),
    objects,
    reports: {
      found: (key, problem, by) => void said.push(`${problem} ${by} ${key}`),
      mended: (key) => void said.push(`mended ${key}`),
      wanted: (series) => void said.push(`wanted ${series.seriesInstanceUID}`),
    },
    clock: { now: () => new Date(at + set) },
    monotonicMs: () => at,
    log: NO_LOG,
    bytesPerSecond,
    pause: async (ms) => {
      paused.push(ms);
      at += ms;
    },
  };
  return {
    objects,
    said,
    paused,
    known,
    turn: (holder = 'one', signal = new AbortController().signal) => scrubTurn({ ...parts, holder }, signal),
    state,
    pass: (ms: number) => {
      at += ms;
    },
    /** Sets the system's clock. */
    setClock: (ms: number) => {
      set += ms;
    },
  };
}

test('what is whole is read once and nothing is said of it; then it rests for a day', async () => {
  const { turn, said, state, pass } = rig();
  expect(await turn()).toBe('resting');
  expect(said).toEqual([]);
  expect(state()).toMatchObject({ pass: 1, stage: 'resting', objects: 4 + 1 + 1 + 6, damaged: 0 });
  pass(SCRUB_REST_MS - 1);
  expect(await turn()).toBe('resting');
  expect(state()).toMatchObject({ pass: 1 });
  pass(1);
  expect(await turn()).toBe('resting');
  expect(state()).toMatchObject({ pass: 2, objects: 12 });
});

const changed = (kept: Map<string, Uint8Array>, key: string, at = 2) => {
  const bytes = Buffer.from(kept.get(key) as Uint8Array);
  bytes[at] = (bytes[at] as number) ^ 1;
  kept.set(key, bytes);
};
test.each<[string, (kept: Map<string, Uint8Array>) => void, string[]]>([
  ['an original that changed', (kept) => changed(kept, KEYS[1] as string), [`corrupt scrub ${KEYS[1]}`]],
  ['an original that is gone', (kept) => kept.delete(KEYS[1] as string), [`missing scrub ${KEYS[1]}`]],
  ['an original that was cut', (kept) => kept.set(KEYS[0] as string, IMAGES[0]?.subarray(1) as Buffer), [`corrupt scrub ${KEYS[0]}`]],
  ['a quarantined object that changed', (kept) => changed(kept, ASIDE_KEY), [`corrupt scrub ${ASIDE_KEY}`]],
  ['a file beside images that changed', (kept) => changed(kept, FORM_KEY), [`corrupt scrub ${FORM_KEY}`]],
  ['a file beside images that is gone', (kept) => kept.delete(FORM_KEY), [`missing scrub ${FORM_KEY}`]],
  ['metadata that changed', (kept) => changed(kept, METADATA_KEY), [`corrupt scrub ${METADATA_KEY}`]],
  ['metadata that is gone', (kept) => kept.delete(METADATA_KEY), [`missing scrub ${METADATA_KEY}`]],
  ['a thumbnail that changed', (kept) => changed(kept, THUMBNAIL_KEY), [`corrupt scrub ${THUMBNAIL_KEY}`]],
  ['frames that changed', (kept) => changed(kept, FRAME_KEYS[3] as string), [`corrupt scrub ${FRAME_KEYS[3]}`]],
  ['frames with a changed seal', (kept) => changed(kept, FRAME_KEYS[3] as string, 60), [`corrupt scrub ${FRAME_KEYS[3]}`]],
  [
    'frames of another',
    (kept) => kept.set(FRAME_KEYS[3] as string, kept.get(FRAME_KEYS[2] as string) as Uint8Array),
    [`corrupt scrub ${FRAME_KEYS[3]}`],
  ],
  ['frames that are gone', (kept) => kept.delete(FRAME_KEYS[2] as string), ['wanted 1.2.3']],
  ['an empty derived object', (kept) => kept.set(THUMBNAIL_KEY, Buffer.alloc(0)), [`corrupt scrub ${THUMBNAIL_KEY}`]],
])('%s is found', async (_, damage, expected) => {
  const { objects, turn, said } = rig();
  damage(objects.kept);
  await turn();
  expect(said).toEqual(expected);
});

test.each<[string, Partial<FileRow>, string[]]>([
  ['removed while it was read is passed over', { gone: true }, []],
  ['of another length than its row says is found', { bytes: 9 }, [`length scrub ${FORM_KEY}`]],
  ['whose length is not known is whole', { bytes: undefined }, []],
])('a file beside images %s', async (_, form, expected) => {
  const { objects, turn, said } = rig({ form });
  if (form.gone) objects.kept.delete(FORM_KEY);
  await turn();
  expect(said).toEqual(expected);
});

test('what was on the list and is whole comes off it', async () => {
  const { known, turn, said } = rig();
  known.push(KEYS[2] as ObjectKey);
  await turn();
  expect(said).toEqual([`mended ${KEYS[2]}`]);
});

test('it keeps to its bytes a second, ends a turn in the middle, and goes on from there', async () => {
  const { turn, paused, state } = rig({ bytesPerSecond: 1_000 / (SCRUB_TURN_MS / 1_000 / 2) });
  expect(await turn()).toBe('again');
  expect(state()).toMatchObject({ stage: 'originals', position: '2', objects: 2, bytes: 2_000 });
  expect(paused.reduce((sum, ms) => sum + ms, 0)).toBe(SCRUB_TURN_MS);
  expect(await turn()).toBe('again');
  expect(state()).toMatchObject({ position: '4', objects: 4, bytes: 4_000 });
  while ((await turn()) === 'again');
  expect(state()).toMatchObject({ stage: 'resting', objects: 12 });
});

test('two processes do not double up; one that died gives way when its time is over, and its place stands', async () => {
  const { turn, state, pass } = rig({ bytesPerSecond: 1_000 / (SCRUB_TURN_MS / 1_000 / 2) });
  expect(await turn('one')).toBe('again');
  expect(await turn('two')).toBe('elsewhere');
  pass(SCRUB_LEASE_MS + 1);
  expect(await turn('two')).toBe('again');
  expect(state()).toMatchObject({ position: '4', holder: 'two' });
});

test('a store that is away ends the turn, and nothing is called damaged', async () => {
  const { objects, turn, said, state } = rig();
  const away = async () => {
    throw new DomainError('unavailable', 'the disk is gone');
  };
  Object.assign(objects, { get: away, probe: away });
  await expect(turn()).rejects.toMatchObject({ kind: 'unavailable' });
  expect([said, state()?.position]).toEqual([[], '']);
});

test('an object that cannot be read while the store is there is named, and the rest is looked at', async () => {
  const { objects, turn, said } = rig();
  const { get } = objects;
  Object.assign(objects, {
    get: async (key: ObjectKey, ...rest: never[]) => {
      if (key === KEYS[0]) throw new DomainError('unavailable', 'input/output error');
      return get(key, ...rest);
    },
  });
  expect(await turn()).toBe('resting');
  expect(said).toEqual([`unreadable scrub ${KEYS[0]}`]);
});

test.each([
  ['back', -3_600_000],
  ['on', 3_600_000],
])('a system clock that is set %s meanwhile changes neither its pace nor its turn', async (_name, ms) => {
  const { objects, turn, paused, setClock } = rig({ bytesPerSecond: 1_000 / (SCRUB_TURN_MS / 1_000 / 2) });
  const { get } = objects;
  Object.assign(objects, {
    get: async (...asked: Parameters<typeof get>) => {
      if (asked[0] === KEYS[0]) setClock(ms);
      return get(...asked);
    },
  });
  expect(await turn()).toBe('again');
  expect(paused.reduce((sum, pause) => sum + pause, 0)).toBe(SCRUB_TURN_MS);
});

test('told to stop, it stops', async () => {
  const { turn } = rig();
  const stopping = new AbortController();
  stopping.abort(new Error('stopping'));
  await expect(turn('one', stopping.signal)).rejects.toThrow('stopping');
});
