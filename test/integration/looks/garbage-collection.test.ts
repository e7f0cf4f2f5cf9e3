import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSmallRegion, type SmallRegion } from '../../fixtures/api-client.ts';
import { smallFile } from '../../fixtures/dicom/small-dicom.ts';
import { type GatewayProcess, startGatewayProcess } from '../../fixtures/gateway-process.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { folderWithDatabase } from '../../fixtures/servers/made-database.ts';

/** 150 MiB in all: with V8's own growing factor there were 13 to 16 full collections meanwhile, of 4 to 13 ms each on both processors. */
const FRAMES = 300;
const COLLECTIONS_MAX = 6;
const SHRINKING_COLLECTIONS = 1;
const QUIET = { interval: 1_000, timeout: 180_000 };
const EDGE = 512;
const STUDY = '2.25.7004';

let gateway: GatewayProcess;
let region: SmallRegion;

beforeAll(async () => {
  gateway = await startGatewayProcess(await folderWithDatabase('garbage'));
  region = await createSmallRegion(gateway.url);
  const file = smallFile({
    studyInstanceUID: STUDY,
    seriesInstanceUID: `${STUDY}.1`,
    sopInstanceUID: `${STUDY}.1.1`,
    rows: EDGE,
    columns: EDGE,
    pixels: Buffer.alloc(EDGE * EDGE * 2),
  });
  const stored = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) });
  expect(stored.status).toBe(200);
});

afterAll(() => gateway?.stop());

async function fullCollections(): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/nodejs_gc_duration_seconds_count\{kind="major"\} (\d+)/.exec(text)?.[1] ?? 0);
}

async function ask(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const answer = await region.hospital.fetch(`/dicom-web/studies/${STUDY}/series/${STUDY}.1/instances/${STUDY}.1.1/frames/1`, {
      headers: { accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*' },
    });
    expect(answer.status).toBe(200);
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(EDGE * EDGE * 2);
  }
}

test('who asks for frames after a quiet time does not make the program mark its whole heap again and again', async () => {
  await ask(FRAMES);
  const busy = await fullCollections();
  // A process with little to do shrinks its heap in one to three collections, and with it what may be allocated before the next.
  await expect.poll(fullCollections, QUIET).toBeGreaterThanOrEqual(busy + SHRINKING_COLLECTIONS);
  const shrunk = await fullCollections();
  await ask(FRAMES);
  expect((await fullCollections()) - shrunk).toBeLessThanOrEqual(COLLECTIONS_MAX);
}, 300_000);
