/** The clock of this machine beside the database's: what is dated by it, and when it is not believed. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClaimId, FacilityCode, StudyId, UserId } from '../../gateway/domain/identifiers.ts';
import type { InstanceToIndex } from '../../gateway/domain/imaging/study.ts';
import { agreementOf, CLOCK_DRIFT_MS_MAX } from '../../gateway/domain/operation/database-clock.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { instanceOf, SOURCE, sha256Of } from '../fixtures/servers/index-drivers.ts';
import { entry } from '../fixtures/servers/index-suite.ts';
import { type PostgresServer, startPostgresServer } from '../fixtures/servers/postgres-server.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

/** Of this machine, as far as the index hears. ms. */
let aheadMs = 0;
const now = () => new Date(Date.now() + aheadMs);
const names = { nameKana: '', nameRomaji: '' };
let serial = 0;
const facility = (index: OpenedIndex) =>
  index.people.createFacility({ code: `C${++serial}` as FacilityCode, name: 'C', ...names, aeTitles: [] }, UNRECORDED);
const refused = { kind: 'unavailable', ids: { reason: 'clock-drift' } };

describe('a database on another machine', () => {
  let server: PostgresServer;
  let index: OpenedIndex;
  let databaseUrl: string;
  const open = () => openIndex({ databaseUrl, dataFolder: tmpdir(), now });
  beforeAll(async () => {
    server = await startPostgresServer();
    databaseUrl = await server.createDatabase();
    index = await open();
  });
  afterAll(async () => {
    await index?.close();
    await server?.remove();
  });

  test.each([
    ['ahead', 90_000],
    ['behind', -90_000],
  ])('a clock that is %s is found so, and right again once it is set', async (_, ms) => {
    aheadMs = ms;
    const late = await open();
    expect(agreementOf(late.databaseClock.aheadMs)).toBe('refused');
    expect(Math.sign(await late.databaseClock.compare())).toBe(Math.sign(ms));
    aheadMs = 0;
    expect(agreementOf(await late.databaseClock.compare())).toBe('agrees');
    await late.close();
  });

  let some: Facility;
  let item: InstanceToIndex;
  let claimed: ClaimId | undefined;
  const claim = () => {
    const { facilityId, instance, object, source } = item;
    const { key, sha256, bytes } = object;
    return index.ingest.claim({ facilityId, sopInstanceUID: instance.sopInstanceUID, key, sha256, bytes, source });
  };

  const ACTS: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['a facility', () => facility(index)],
    ['an entry', () => index.audit.append([entry('sign-in')])],
    [
      'a session',
      () =>
        index.people.createSession({
          userId: '1' as UserId,
          shown: { passwordHash: 'x' },
          idHash: 'x',
          csrfToken: '',
          endsAt: now(),
          idleMs: 1,
          remoteAddress: '',
          device: '',
        }),
    ],
    ['the end of a session', () => index.people.endSession('x', UNRECORDED)],
    ['a token', () => index.people.createToken({ tokenHash: 'x', userId: '1' as UserId, name: 'n', expiresAt: undefined }, UNRECORDED)],
    [
      'a share',
      () =>
        index.shares.share(
          { studyId: '1' as StudyId, toFacilityId: '1' as never, until: now(), by: undefined },
          () => [entry('study-shared')],
          COMMAND_LINE,
        ),
    ],
    ['a claim', () => claim()],
    ['what was claimed before', () => index.ingest.finish(claimed as ClaimId, item)],
    [
      'what is quarantined',
      () =>
        index.ingest.quarantine({
          facilityId: some.id,
          facilityCode: some.code,
          key: item.object.key,
          sha256: sha256Of(Buffer.from('x')),
          bytes: 1,
          reason: 'not-dicom',
          source: SOURCE,
        }),
    ],
  ];

  test.each(ACTS)('%s is not dated by a clock that is too far off, and the reason is said', async (_, act) => {
    some = await facility(index);
    item = instanceOf({ facility: some });
    ({ claimId: claimed } = await claim());
    aheadMs = CLOCK_DRIFT_MS_MAX + 5_000;
    // Whoever set it: nobody had it compared.
    const before = await index.people.facilities();
    await expect(act()).rejects.toMatchObject({ ...refused, message: expect.stringMatching(/clock is \d+ s ahead of the database's/) });
    // What there is can be read.
    expect(await index.people.facilities()).toEqual(before);
    expect(await index.people.facilityByCode(some.code)).toEqual(some);
    await index.warnings.raise('clock-drift', 'this machine', 1);
    aheadMs = 0;
    await facility(index);
  });

  test('less than that is written', async () => {
    aheadMs = CLOCK_DRIFT_MS_MAX - 1_000;
    expect(agreementOf(await index.databaseClock.compare())).toBe('drifts');
    await facility(index);
    aheadMs = 0;
    await index.databaseClock.compare();
  });

  test('a process that begins under such a clock writes nothing either, before anybody has it compared', async () => {
    aheadMs = -CLOCK_DRIFT_MS_MAX - 5_000;
    const late = await open();
    await expect(facility(late)).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/clock is \d+ s behind the database's/),
    });
    aheadMs = 0;
    await facility(late);
    await late.close();
  });

  test('a database that is away leaves what was found', async () => {
    aheadMs = 90_000;
    await index.databaseClock.compare();
    await server.stop();
    await expect(index.databaseClock.compare()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(index.databaseClock.aheadMs).toBeGreaterThan(0);
    await server.start();
    aheadMs = 0;
    await index.databaseClock.compare();
    expect(agreementOf(index.databaseClock.aheadMs)).toBe('agrees');
  });
});

test('the embedded database has the clock of this machine: there is nothing to compare', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'renkei-clock-'));
  aheadMs = 86_400_000;
  const index = await openIndex({ dataFolder: folder, now });
  try {
    expect(await index.databaseClock.compare()).toBe(0);
    await facility(index);
  } finally {
    aheadMs = 0;
    await index.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
