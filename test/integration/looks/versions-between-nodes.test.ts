import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiClient, createSmallRegion, SMALL_REGION, SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { part10 } from '../../fixtures/dicom/dicom-writer.ts';
import { type GreySlice, greySlices } from '../../fixtures/dicom/grey-slices.ts';
import { type GatewayProcess, startGatewayProcess, temporaryFolder } from '../../fixtures/gateway-process.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type PostgresServer, startPostgresServer } from '../../fixtures/servers/postgres-server.ts';
import { type S3Server, s3Settings, startS3Server } from '../../fixtures/servers/s3-server.ts';

/**
 * Two programs on one PostgreSQL and one S3 server. One stores new versions of an instance, each coded in another way; what the other gives of it,
 * whatever it remembers, is of one version, or it says that there is another.
 */
const ROUNDS = 6;

let postgres: PostgresServer;
let s3: S3Server;
const nodes: GatewayProcess[] = [];
let storing: ApiClient;
let reading: ApiClient;

beforeAll(async () => {
  [postgres, s3] = await Promise.all([startPostgresServer(), startS3Server()]);
  await s3.createBucket('renkei');
  const together = {
    RENKEI_DATABASE_URL: await postgres.createDatabase(),
    ...s3Settings(s3, 'renkei/region'),
    RENKEI_QUIET_SECONDS: '1',
  };
  const first = await startGatewayProcess(temporaryFolder('node-1'), together);
  nodes.push(first);
  const key = { RENKEI_RECORD_KEY: join(first.dataFolder, 'record-key.pem') };
  nodes.push(await startGatewayProcess(temporaryFolder('node-2'), { ...together, ...key }));
  ({ hospital: storing } = await createSmallRegion(first.url));
  reading = await signIn(nodes[1]?.url ?? '', { email: SMALL_REGION.hospital.email, password: SMALL_REGION_PASSWORD });
});

afterAll(async () => {
  for (const node of nodes) await node.stop();
  await s3?.remove();
  await postgres?.remove();
});

interface Version {
  readonly grey: number;
  readonly intercept: number;
}

const [slice] = greySlices(401, 1, 1, 40) as [GreySlice];
const INSTANCE = `/dicom-web/studies/${slice.studyInstanceUID}/series/${slice.seriesInstanceUID}/instances/${slice.sopInstanceUID}`;
const SERIES_METADATA = `/dicom-web/studies/${slice.studyInstanceUID}/series/${slice.seriesInstanceUID}/metadata`;
const INSTANCES = `/dicom-web/studies/${slice.studyInstanceUID}/series/${slice.seriesInstanceUID}/instances?includefield=RescaleIntercept`;
/** Each is coded so that its stored value is no other's. */
const versionOf = (round: number): Version => ({ grey: 30 + round * 8, intercept: -1000 - round * 100 });
const storedIn = ({ grey, intercept }: Version) => grey - intercept;

async function store(version: Version): Promise<void> {
  const pixels = new Uint16Array(64 * 64).fill(storedIn(version));
  const file = part10({ ...slice.dataSet, RescaleIntercept: version.intercept, PixelData: new Uint8Array(pixels.buffer) });
  const answer = await storing.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) });
  expect(answer.status).toBe(200);
}

async function described(by: ApiClient = reading): Promise<{ readonly intercept: number; readonly uri: string }> {
  const answer = await by.fetch(SERIES_METADATA, { headers: { accept: 'application/dicom+json' } });
  const [header] = (await answer.json()) as [{ '00281052': { Value: [number] }; '7FE00010': { BulkDataURI: string } }];
  return { intercept: header['00281052'].Value[0], uri: header['7FE00010'].BulkDataURI };
}

/** The stored value that is given there; undefined: told that another version has come. */
async function storedAt(path: string): Promise<number | undefined> {
  const answer = await reading.fetch(path, { headers: { accept: 'application/octet-stream' } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status === 409) return undefined;
  expect(answer.status).toBe(200);
  return bytes.readUInt16LE(0);
}

/** The digest of what is drawn. */
async function drawnAt(path: string): Promise<string> {
  const answer = await reading.fetch(path, { headers: { accept: 'image/png' } });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return answer.status === 409 ? 'another' : bytes.toString('base64');
}

test('metadata, frames, values and renderings of the second are of one version from the moment that the first has stored it', async () => {
  await store(versionOf(0));
  const drawn = new Set<string>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    // All that the second remembers is of the version before.
    const before = await described();
    const old = /version-([0-9a-f]{16})/.exec(before.uri)?.[1];
    expect(await storedAt(`${INSTANCE}/frames/1`)).toBe(storedIn(versionOf(round - 1)));
    expect(await storedAt(`${INSTANCE}/frames/1?version=${old}`)).toBe(storedIn(versionOf(round - 1)));
    drawn.add(await drawnAt(`${INSTANCE}/frames/1/rendered?version=${old}`));

    const version = versionOf(round);
    await store(version);
    // Before it knows: the older one, and nothing of the newer; it may have heard of it.
    expect([undefined, storedIn(versionOf(round - 1))]).toContain(await storedAt(`${INSTANCE}/frames/1?version=${old}`));
    const { intercept, uri } = await described();
    expect(intercept).toBe(version.intercept);
    const named = /version-([0-9a-f]{16})/.exec(uri)?.[1];
    expect(await storedAt(`${INSTANCE}/frames/1`)).toBe(storedIn(version));
    expect(await storedAt(`${INSTANCE}/frames/1?version=${named}`)).toBe(storedIn(version));
    expect(await storedAt(new URL(uri).pathname)).toBe(storedIn(version));
    const picture = await drawnAt(`${INSTANCE}/frames/1/rendered`);
    expect(picture).toBe(await drawnAt(`${INSTANCE}/frames/1/rendered?version=${named}`));
    expect(drawn.has(picture)).toBe(false);
    expect(await storedAt(`${INSTANCE}/frames/1?version=${old}`)).toBeUndefined();
    expect(await storedAt(new URL(before.uri).pathname)).toBeUndefined();
    expect(await drawnAt(`${INSTANCE}/frames/1/rendered?version=${old}`)).toBe('another');
  }
});

test('a version that comes between metadata and frame is told, whoever stored it', async () => {
  for (let round = ROUNDS + 1; round <= ROUNDS * 2; round += 1) {
    const { uri } = await described();
    const named = /version-([0-9a-f]{16})/.exec(uri)?.[1];
    // The second has not looked the instance up since: it asks the index, which has the newer one.
    const others = store({ grey: 200, intercept: -5000 - round });
    const given = await Promise.all([storedAt(`${INSTANCE}/frames/1?version=${named}`), storedAt(new URL(uri).pathname), others]);
    const after = await described();
    expect(after.intercept).toBe(-5000 - round);
    for (const value of given.slice(0, 2)) expect(value).not.toBe(200 + 5000 + round);
  }
});

async function found(): Promise<{ readonly intercept: number }> {
  const answer = await storing.fetch(`${INSTANCES}&SOPInstanceUID=${slice.sopInstanceUID}`, {
    headers: { accept: 'application/dicom+json' },
  });
  const [row] = (await answer.json()) as [{ '00281052': { Value: [number] } }];
  return { intercept: row['00281052'].Value[0] };
}

test.each([
  ['metadata', 0, () => described(storing)],
  ['rows of a search', 10, found],
])('%s of one and frames without a version of the other: never an older version than was described', async (_, from, told) => {
  await store({ grey: 200, intercept: -20_000 - from });
  for (let round = from + 1; round <= from + 3; round += 1) {
    const intercept = -20_000 - round;
    let isTold = false;
    // Whenever the version comes, what the second believes of the study is not old.
    const looking = (async () => {
      while (!isTold) await storedAt(`${INSTANCE}/frames/1`);
    })();
    const stored = store({ grey: 200, intercept });
    while ((await told()).intercept !== intercept);
    const given = await storedAt(`${INSTANCE}/frames/1`);
    isTold = true;
    await Promise.all([stored, looking]);
    expect(given).toBe(200 - intercept);
  }
});
