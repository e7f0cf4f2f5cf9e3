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
const PIXELS_MAX = 1 << 21;

let gateway: Gateway;
let region: SmallRegion;
let url: string;
const pictures: (Addressed & { file: string })[] = [];

/** One file of each kind of pixels: transfer syntax, photometric interpretation, bits and sign, one frame or several. */
beforeAll(async () => {
  gateway = await startGateway(testConfig(temporaryFolder('shown-data'), { RENKEI_QUIET_SECONDS: '600' }));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
  const kinds = new Set<string>();
  const instances = new Set<string>();
  for (const { file, path, frame1 } of everySharedFile()) {
    if (frame1 === undefined) continue;
    const address = await addressOf(path).catch(() => undefined);
    if (address === undefined || address.rows * address.columns > PIXELS_MAX || instances.has(address.instance)) continue;
    const of = (tag: string) => address.header[tag]?.Value?.[0];
    const kind = [
      address.transferSyntaxUID,
      of('00280004'),
      of('00280100'),
      of('00280101'),
      of('00280103'),
      of('00280006'),
      address.frames > 1,
    ];
    if (kinds.has(kind.join())) continue;
    const stored = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([await readFile(path)]) });
    if (stored.status >= 300) continue;
    kinds.add(kind.join());
    instances.add(address.instance);
    pictures.push({ ...address, file });
  }
  expect(pictures.length).toBeGreaterThan(30);
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
  for (const end of picture.frames > 1 ? ['Home', 'End'] : ['Home']) {
    await page.keyboard.press(end);
    if ((await settledState(cell)) !== 'ready') return [...off, `${picture.file}: not ready`];
    await look(end);
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
        off.push(...(await offIn(visitor, picture).catch((thrown: unknown) => [`${picture.file}: ${String(thrown).slice(0, 200)}`])));
      }
      expect(off).toEqual([]);
      await visitor.context.close();
    },
    PAGE_WAITS_MS * 20,
  );
});
