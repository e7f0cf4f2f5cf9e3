import { readFile } from 'node:fs/promises';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { createSmallRegion, SMALL_REGION, SMALL_REGION_PASSWORD, type SmallRegion } from '../fixtures/api-client.ts';
import { GRAPHICS, openBrowser, openVisitor, PAGE_WAITS_MS, signIn, type Visitor } from '../fixtures/browser.ts';
import { everySharedFile } from '../fixtures/dicom/shared-data.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { type Addressed, addressOf, keepSources, openStack, settledState, stackCell, worstDifference } from '../fixtures/shown-pixels.ts';
import { testConfig } from '../fixtures/test-config.ts';

/** Pictures of the shared data in the browser are what /rendered gives, pixel by pixel: first and last frame, with three windows. */
const PIXELS_MAX = 1 << 20;
const PICTURES_MAX = 32;
/** Photometric Interpretation, Bits Allocated, Bits Stored, Pixel Representation, Planar Configuration. */
const PIXEL_KIND = ['00280004', '00280100', '00280101', '00280103', '00280006'] as const;

let gateway: Gateway;
let region: SmallRegion;
let url: string;
const pictures: (Addressed & { file: string })[] = [];

/** Files in the order of the manifest whose transfer syntax or kind of pixels none before had; a series has one of them at most. */
beforeAll(async () => {
  gateway = await startGateway(testConfig(temporaryFolder('shown-data'), { RENKEI_QUIET_SECONDS: '600' }));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
  const known = new Set<string>();
  for (const { file, path, frame1 } of everySharedFile()) {
    if (frame1 === undefined || pictures.length === PICTURES_MAX) continue;
    const address = await addressOf(path).catch(() => undefined);
    if (address === undefined || address.rows * address.columns > PIXELS_MAX || known.has(address.series)) continue;
    const pixels = PIXEL_KIND.map((tag) => address.header[tag]?.Value?.[0]).join();
    if (known.has(address.transferSyntaxUID) && known.has(pixels)) continue;
    const stored = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([await readFile(path)]) });
    if (stored.status >= 300) continue;
    for (const one of [address.series, address.transferSyntaxUID, pixels]) known.add(one);
    pictures.push({ ...address, file });
  }
  expect(pictures.length).toBeGreaterThan(20);
});

afterAll(() => gateway?.close());

/** The window tool dragged over the picture, so that another window is in force. */
async function dragWindow({ page }: Visitor, cell: Locator, right: number, down: number): Promise<void> {
  const box = await cell.boundingBox();
  if (box === null) throw new Error('no cell');
  const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + right, from.y + down, { steps: 2 });
  await page.mouse.up();
}

async function offIn(visitor: Visitor, picture: Addressed & { file: string }): Promise<readonly string[]> {
  const { page } = visitor;
  const cell = stackCell(page, picture);
  await openStack(page, picture);
  const off: string[] = [];
  const look = async (what: string, chosen = false) => {
    const { difference, drawnBy } = await worstDifference(cell, picture, chosen);
    if (!(difference <= 1)) off.push(`${picture.file} ${what}: ${difference}`);
    if (drawnBy !== 'viewer') off.push(`${picture.file} ${what}: drawn by the ${drawnBy}`);
  };
  if ((await settledState(cell)) !== 'ready') return [`${picture.file}: not ready`];
  await look('first');
  if (picture.frames > 1) {
    const first = (await cell.getAttribute('data-image')) ?? '';
    await page.keyboard.press('End');
    if ((await settledState(cell, first)) !== 'ready') return [...off, `${picture.file}: last not ready`];
    await look('last');
  }
  for (const [right, down] of [
    [60, 20],
    [-90, -30],
  ] as const) {
    if ((await cell.getAttribute('data-window')) === null) break;
    await dragWindow(visitor, cell, right, down);
    await look(`window ${await cell.getAttribute('data-window')}`, true);
  }
  return off;
}

describe.each(Object.entries(GRAPHICS))('%s', (_name, graphics) => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser(graphics);
  });
  afterAll(() => browser?.close());

  test(
    'each kind of picture is within one grey level of /rendered',
    async () => {
      const visitor = await openVisitor(browser, url, 'ja', 'desktop');
      await visitor.page.addInitScript(keepSources);
      await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
      const off: string[] = [];
      for (const picture of pictures) {
        const t0 = Date.now(); const n0 = off.length;
        off.push(...(await offIn(visitor, picture).catch((thrown: unknown) => [`${picture.file}: ${String(thrown).slice(0, 200)}`])));
        (await import('node:fs')).appendFileSync('/work/scratch-shown/data-trace.txt', `${Date.now() - t0} ${picture.file} ${picture.transferSyntaxUID} ${JSON.stringify(off.slice(n0))}\n`);
      }
      expect(off).toEqual([]);
      await visitor.context.close();
    },
    PAGE_WAITS_MS * 20,
  );
});
