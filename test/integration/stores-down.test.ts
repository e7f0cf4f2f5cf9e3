import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { FacilityCode, ObjectKey } from '../../gateway/domain/identifiers.ts';
import type { ObjectStore } from '../../gateway/domain/imaging/object-store.ts';
import type { Receiver } from '../../gateway/domain/imaging/reception.ts';
import type { Index } from '../../gateway/domain/opened-index.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { createAdopter } from '../../gateway/ingest/adopt.ts';
import { createReceiver } from '../../gateway/ingest/receive.ts';
import { sweepClaims } from '../../gateway/usecases/operate/sweep-claims.ts';
import { verifyOriginals } from '../../gateway/usecases/operate/verify-originals.ts';
import { openIndex } from '../../storage/index/open.ts';
import { openObjects } from '../../storage/objects/open.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { type PostgresServer, startPostgresServer } from '../fixtures/servers/postgres-server.ts';
import { type S3Server, startS3Server } from '../fixtures/servers/s3-server.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

/**
 * PostgreSQL or S3 dies under senders and comes back. They hear an error they may answer by sending again; the same process serves
 * again without a restart; what was acknowledged is there and whole.
 */
const log = NO_LOG;
const LANES = 4;
const ACKNOWLEDGED_BEFORE = 20;
const ACKNOWLEDGED_AFTER = 20;
/** A store that starts anew beside other tests may take a minute. */
const DOWN_AND_BACK_MS_MAX = 240_000;

let folder: string;
let postgres: PostgresServer;
let s3: S3Server;
let index: Index;
let objects: ObjectStore;
let receiver: Receiver;
let facility: Facility;

beforeAll(async () => {
  folder = temporaryFolder('stores-down');
  postgres = await startPostgresServer();
  s3 = await startS3Server();
  await s3.createBucket('down');
  index = await openIndex({ dataFolder: folder, databaseUrl: await postgres.createDatabase() });
  objects = await openObjects({ dataFolder: folder, url: 's3://down', s3 });
  receiver = createReceiver({ objects, ingest: index.ingest, log });
  facility = await index.people.createFacility(
    { code: 'H1' as FacilityCode, name: 'H1', nameKana: '', nameRomaji: '', aeTitles: [] },
    UNRECORDED,
  );
});

afterAll(async () => {
  await objects?.close();
  await index?.close();
  await s3?.remove();
  await postgres?.remove();
  await rm(folder, { recursive: true, force: true });
});

describe.each(['PostgreSQL', 'S3'] as const)('%s is killed while instances arrive', (victim) => {
  test('senders hear that it is away, and nothing acknowledged is lost', { timeout: DOWN_AND_BACK_MS_MAX }, async () => {
    const server = victim === 'S3' ? s3 : postgres;
    const acknowledged = new Map<string, string>();
    const failures: unknown[] = [];
    const enough = signal();
    const failed = signal();
    const back = signal();
    let sent = 0;
    let wanted = ACKNOWLEDGED_BEFORE;

    const lane = async () => {
      while (acknowledged.size < wanted || !back.done) {
        sent += 1;
        const uid = `2.25.${victim === 'S3' ? 1 : 2}.${sent}`;
        const file = smallFile({ sopInstanceUID: uid, instanceNumber: sent, rows: 64, columns: 64 });
        try {
          await receiver.receive({ facility, source: { door: 'stow' } }, once(file));
          acknowledged.set(uid, createHash('sha256').update(file).digest('hex'));
          if (acknowledged.size >= wanted) enough.resolve();
        } catch (thrown) {
          failures.push(thrown);
          failed.resolve();
          await back.promise;
        }
      }
    };
    const lanes = Promise.all(Array.from({ length: LANES }, lane));
    await enough.promise;
    await server.kill();
    await failed.promise;
    await server.start();
    wanted = acknowledged.size + ACKNOWLEDGED_AFTER;
    back.resolve();
    await lanes;

    for (const failure of failures) {
      expect(failure).toBeInstanceOf(DomainError);
      expect(['unavailable', 'busy']).toContain((failure as DomainError).kind);
    }
    const adopter = createAdopter({ objects, ingest: index.ingest });
    const swept = await sweepClaims({ objects, ingest: index.ingest, adopter, log }, new Date(Date.now() + 60_000), 1_000);
    expect(swept.failed).toBe(0);
    expect(await index.ingest.abandonedClaims(new Date(Date.now() + 60_000), 10)).toEqual([]);
    const kept = new Map<string, ObjectKey>();
    for await (const { sha256, key } of index.studies.allObjects()) kept.set(sha256, key);
    for (const [uid, sha256] of acknowledged) expect(kept.get(sha256), uid).toContain(`/${uid}/`);
    expect((await verifyOriginals({ objects, studies: index.studies })).problems).toMatchObject({ missing: 0, corrupt: 0 });
  });
});

function signal() {
  let resolve = () => {};
  const state = { done: false, promise: new Promise<void>((settle) => (resolve = settle)), resolve: () => {} };
  state.resolve = () => {
    state.done = true;
    resolve();
  };
  return state;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
