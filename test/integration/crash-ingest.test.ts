import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FacilityCode, ObjectKey } from '../../gateway/domain/identifiers.ts';
import type { ObjectStore } from '../../gateway/domain/imaging/object-store.ts';
import type { Index } from '../../gateway/domain/opened-index.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import { createAdopter } from '../../gateway/ingest/adopt.ts';
import { type ClaimSweep, sweepClaims } from '../../gateway/usecases/operate/sweep-claims.ts';
import { verifyOriginals } from '../../gateway/usecases/operate/verify-originals.ts';
import { openIndex } from '../../storage/index/open.ts';
import { type ObjectsOptions, openObjects } from '../../storage/objects/open.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { SeededRandom } from '../fixtures/seeded-random.ts';
import type { IngestChildTask } from '../fixtures/servers/ingest-child.ts';
import { type PostgresServer, startPostgresServer } from '../fixtures/servers/postgres-server.ts';
import { type S3Server, startS3Server } from '../fixtures/servers/s3-server.ts';
import { WITH_TYPESCRIPT } from '../fixtures/servers/typescript-child.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

/**
 * A process that takes in instances is killed at random points. After each restart every instance it acknowledged is there and whole,
 * no claim is left, and what is in the index is on record, neither more nor less. RENKEI_TEST_CRASH_ROUNDS and RENKEI_TEST_CRASH_SEED say how often and from which seed.
 */
const ROUNDS = Number(process.env['RENKEI_TEST_CRASH_ROUNDS'] ?? 3);
const SEED = Number(process.env['RENKEI_TEST_CRASH_SEED'] ?? Date.now() % 1_000_000);
const ACKNOWLEDGED_MAX = 60;
const RECORD_PAGE = 1_000;

const log = NO_LOG;
const CHILD = fileURLToPath(new URL('../fixtures/servers/ingest-child.ts', import.meta.url));

interface Acknowledged {
  readonly uid: string;
  readonly sha256: string;
}

describe.each([
  ['files', 'embedded'],
  ['s3', 'embedded'],
  ['files', 'system'],
  ['s3', 'system'],
] as const)('kill -9 while instances arrive, objects in %s, %s PostgreSQL', (driver, database) => {
  const random = new SeededRandom(SEED);
  let folder: string;
  let options: ObjectsOptions;
  let server: S3Server | undefined;
  let postgres: PostgresServer | undefined;
  let databaseUrl: string | undefined;
  const open = () => openIndex({ dataFolder: folder, ...(databaseUrl === undefined ? {} : { databaseUrl }) });

  beforeAll(async () => {
    folder = temporaryFolder(`crash-${driver}-${database}`);
    options = { dataFolder: folder };
    if (driver === 's3') {
      server = await startS3Server();
      await server.createBucket('crash');
      const { endpoint, accessKey, secretKey, region } = server;
      options = { dataFolder: folder, url: 's3://crash/region', s3: { endpoint, accessKey, secretKey, region } };
    }
    if (database === 'system') {
      postgres = await startPostgresServer();
      databaseUrl = await postgres.createDatabase();
    }
    const index = await open();
    await index.people.createFacility({ code: 'H1' as FacilityCode, name: 'H1', nameKana: '', nameRomaji: '', aeTitles: [] }, UNRECORDED);
    await index.close();
  });

  afterAll(async () => {
    await server?.remove();
    await postgres?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  test(
    `${ROUNDS} rounds from seed ${SEED}`,
    async () => {
      const all = new Map<string, Acknowledged>();
      const swept = { finished: 0, released: 0, failed: 0 };
      for (let round = 1; round <= ROUNDS; round += 1) {
        const context = `round ${round} of seed ${SEED}`;
        const where = databaseUrl === undefined ? {} : { databaseUrl };
        const task = { objects: options, facilityCode: 'H1', seed: random.below(1_000_000), ...where };
        const acknowledged = await killedAfter(task, random.below(ACKNOWLEDGED_MAX), random.below(200));

        const index = await open();
        const objects = await openObjects(options);
        try {
          await objects.sweepStaged();
          const sweep = await sweepEverything(index, objects);
          for (const outcome of ['finished', 'released', 'failed'] as const) swept[outcome] += sweep[outcome];
          expect(sweep.failed, context).toBe(0);
          expect(await index.ingest.abandonedClaims(new Date(Date.now() + 60_000), 10), context).toEqual([]);
          await expectKept(index, objects, acknowledged, context);
          await expectOnRecord(index, context);
          for (const each of acknowledged) all.set(each.sha256, each);
          if (round === ROUNDS) {
            await expectKept(index, objects, [...all.values()], 'after the last round');
            expect(await verifyOriginals({ objects, studies: index.studies })).toMatchObject({ sound: true, listed: [] });
            expect(await index.audit.verify()).toMatchObject({ intact: true });
          }
        } finally {
          await objects.close();
          await index.close();
        }
      }
      expect(all.size, `seed ${SEED}`).toBeGreaterThan(0);
      process.stderr.write(
        `${driver}, ${database}: ${ROUNDS} kills, ${all.size} acknowledged, claims ${JSON.stringify(swept)}, seed ${SEED}\n`,
      );
    },
    60_000 + ROUNDS * 20_000,
  );
});

/** Runs the child, kills it so many acknowledgements and turns of the event loop after its start; what it had acknowledged. */
async function killedAfter(task: IngestChildTask, acknowledgements: number, turns: number): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, [...WITH_TYPESCRIPT, CHILD, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const exited = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  const acknowledged: Acknowledged[] = [];
  let killing = false;
  const kill = async () => {
    killing = true;
    for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
  };
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may be cut off by the kill: what was not said in full was not acknowledged.
    if (!line.endsWith('}')) continue;
    const event = JSON.parse(line) as { event: string } & Acknowledged;
    if (event.event === 'acknowledged') acknowledged.push(event);
    if (!killing && acknowledged.length >= acknowledgements) void kill();
  }
  if ((await exited) !== 'SIGKILL') throw new Error(`the child ended by itself: ${errors}`);
  return acknowledged;
}

/** What a start does: every claim of the dead process is settled. */
async function sweepEverything(index: Index, objects: ObjectStore): Promise<ClaimSweep> {
  const adopter = createAdopter({ objects, ingest: index.ingest });
  return sweepClaims({ objects, ingest: index.ingest, adopter, log }, new Date(Date.now() + 60_000), 1_000);
}

/** Each version in the index was received once and is on record once; what was acknowledged is in the index (`expectKept`). */
async function expectOnRecord(index: Index, context: string): Promise<void> {
  let received = 0;
  for (let beforeSeq: number | undefined; ; ) {
    const page = await index.audit.find({
      actions: ['study-received', 'instance-new-version'],
      limit: RECORD_PAGE,
      ...(beforeSeq === undefined ? {} : { beforeSeq }),
    });
    for (const { entry } of page) received += entry.what?.count ?? 0;
    beforeSeq = page.at(-1)?.seq;
    if (page.length < RECORD_PAGE) break;
  }
  let versions = 0;
  for await (const _ of index.studies.allObjects()) versions += 1;
  expect({ received, context }).toEqual({ received: versions, context });
}

async function expectKept(index: Index, objects: ObjectStore, acknowledged: readonly Acknowledged[], context: string): Promise<void> {
  const kept = new Map<string, ObjectKey>();
  for await (const { sha256, key } of index.studies.allObjects()) kept.set(sha256, key);
  for (const { uid, sha256 } of acknowledged) {
    const key = kept.get(sha256);
    expect(key, `${uid}, ${context}`).toContain(`/${uid}/`);
    expect(
      createHash('sha256')
        .update(await objects.read(key as ObjectKey))
        .digest('hex'),
      `${uid}, ${context}`,
    ).toBe(sha256);
  }
}
