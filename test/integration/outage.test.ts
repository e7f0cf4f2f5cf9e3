import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSmallRegion, SMALL_REGION, SMALL_REGION_PASSWORD, type SmallRegion, signIn } from '../fixtures/api-client.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { eventually } from '../fixtures/eventually.ts';
import { type GatewayProcess, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { type PostgresServer, startPostgresServer } from '../fixtures/servers/postgres-server.ts';
import { type S3Server, s3Settings, startS3Server } from '../fixtures/servers/s3-server.ts';

/**
 * The real program on a real PostgreSQL and a real S3 server that stop and come back while instances arrive: senders get an error or wait,
 * /readyz says what is down, service returns by itself, and nothing that was acknowledged is lost.
 */
interface Site {
  readonly gateway: GatewayProcess;
  readonly region: SmallRegion;
}

const STUDY = '1.2.826.0.1.3680043.10.1541.1';
let counter = 0;

describe('PostgreSQL and S3 stop and come back', () => {
  let postgres: PostgresServer;
  let s3: S3Server;
  let site: Site;
  const acknowledged: string[] = [];

  beforeAll(async () => {
    [postgres, s3] = await Promise.all([startPostgresServer(), startS3Server()]);
    await s3.createBucket('renkei');
    const gateway = await startGatewayProcess(temporaryFolder('outage'), {
      RENKEI_DATABASE_URL: await postgres.createDatabase(),
      ...s3Settings(s3, 'renkei/region'),
    });
    site = { gateway, region: await createSmallRegion(gateway.url) };
  });

  afterAll(async () => {
    await site?.gateway.stop();
    await s3?.remove();
    await postgres?.remove();
  });

  test('with both there, it stores and is ready', async () => {
    expect(await readiness(site)).toEqual({ status: 200, down: [] });
    expect(await store(site, acknowledged)).toBe(200);
  });

  test('without S3 it says so, refuses to store, and is whole again by itself', async () => {
    await s3.stop();
    await eventually(async () => (await readiness(site)).down.join() === 'objects');
    expect((await readiness(site)).status).toBe(503);
    expect(await store(site, acknowledged)).not.toBe(200);
    await s3.start();
    await eventually(async () => (await readiness(site)).status === 200);
    expect(await store(site, acknowledged)).toBe(200);
    await expectAllThere(site, acknowledged);
  });

  test('without PostgreSQL it says so, refuses to store, and is whole again by itself', async () => {
    await postgres.stop();
    await eventually(async () => (await readiness(site)).down.join() === 'index');
    expect((await readiness(site)).status).toBe(503);
    expect(await store(site, acknowledged)).not.toBe(200);
    await postgres.start();
    await eventually(async () => (await readiness(site)).status === 200);
    expect(await store(site, acknowledged)).toBe(200);
    await expectAllThere(site, acknowledged);
  });

  test('both are killed in the middle of a stream of instances: what was acknowledged is there', async () => {
    const senders = Array.from({ length: 4 }, async () => {
      for (let n = 0; n < 15; n++) await store(site, acknowledged);
    });
    await eventually(async () => acknowledged.length > 12);
    await Promise.all([postgres.kill(), s3.kill()]);
    await Promise.all(senders);
    await Promise.all([postgres.start(), s3.start()]);
    await eventually(async () => (await readiness(site)).status === 200);
    expect(await store(site, acknowledged)).toBe(200);
    await expectAllThere(site, acknowledged);
  });
});

describe('the disk fills up', () => {
  const folder = temporaryFolder('full');
  const objects = join(folder, 'objects');
  const ballast = join(objects, 'ballast');
  let site: Site;
  const acknowledged: string[] = [];

  beforeAll(async () => {
    mkdirSync(objects);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=755', 'renkei-test', objects]);
    const gateway = await startGatewayProcess(folder);
    site = { gateway, region: await createSmallRegion(gateway.url) };
  });

  afterAll(async () => {
    await site?.gateway.stop();
    execFileSync('umount', ['-l', objects]);
    rmSync(folder, { recursive: true, force: true });
  });

  test('senders are refused, /readyz says what is full, and with room again it goes on', async () => {
    expect(await store(site, acknowledged)).toBe(200);
    const { bavail, bsize } = statfsSync(objects);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize));
    expect(await store(site, acknowledged)).not.toBe(200);
    await eventually(async () => (await readiness(site)).down.join() === 'objects');
    await expectAllThere(site, acknowledged);
    rmSync(ballast);
    await eventually(async () => (await readiness(site)).status === 200);
    expect(await store(site, acknowledged)).toBe(200);
    await expectAllThere(site, acknowledged);
  });
});

describe('the program itself is killed', () => {
  test('in the middle of a stream of instances, and starts again with all it had acknowledged', async () => {
    const folder = temporaryFolder('killed');
    const acknowledged: string[] = [];
    let gateway = await startGatewayProcess(folder);
    let site: Site = { gateway, region: await createSmallRegion(gateway.url) };
    for (let round = 0; round < 2; round++) {
      const before = acknowledged.length;
      const senders = Array.from({ length: 4 }, async () => {
        for (let n = 0; n < 40; n++) if ((await store(site, acknowledged)) === 0) return;
      });
      await eventually(async () => acknowledged.length > before + 20);
      await gateway.stop('SIGKILL');
      await Promise.all(senders);
      gateway = await startGatewayProcess(folder);
      const hospital = await signIn(gateway.url, { email: SMALL_REGION.hospital.email, password: SMALL_REGION_PASSWORD });
      site = { gateway, region: { ...site.region, hospital } };
      await expectAllThere(site, acknowledged);
    }
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

/** Stores one new instance; its UID joins `acknowledged` when the gateway said 200. 0: the gateway does not answer. */
async function store({ region }: Site, acknowledged: string[]): Promise<number> {
  counter += 1;
  const sopInstanceUID = `${STUDY}.2.${counter}`;
  const file = smallFile({ studyInstanceUID: STUDY, seriesInstanceUID: `${STUDY}.2`, sopInstanceUID, instanceNumber: counter });
  try {
    const response = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) });
    await response.text();
    if (response.status === 200) acknowledged.push(sopInstanceUID);
    return response.status;
  } catch {
    return 0;
  }
}

/** Every acknowledged instance is listed, and its bytes can be fetched whole. */
async function expectAllThere({ region }: Site, acknowledged: readonly string[]): Promise<void> {
  const rows = (await (await region.hospital.fetch(`/dicom-web/studies/${STUDY}/instances?limit=1000`)).json()) as {
    '00080018': { Value: string[] };
  }[];
  const listed = new Set(rows.map((row) => row['00080018'].Value[0]));
  expect(acknowledged.filter((uid) => !listed.has(uid))).toEqual([]);
  for (const uid of acknowledged) {
    const response = await region.hospital.fetch(`/dicom-web/studies/${STUDY}/series/${STUDY}.2/instances/${uid}`, {
      headers: { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
    });
    expect({ uid, status: response.status, whole: (await response.arrayBuffer()).byteLength > 500 }).toEqual({
      uid,
      status: 200,
      whole: true,
    });
  }
}

async function readiness({ gateway }: Site): Promise<{ status: number; down: readonly string[] }> {
  const response = await fetch(`${gateway.url}/readyz`);
  const { down } = (await response.json()) as { down: { what: string }[] };
  return { status: response.status, down: down.map(({ what }) => what) };
}
