import type { Locator, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Visitor } from '../../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, storeAll } from '../../fixtures/desk.ts';
import { OPENING_SERIES, OPENING_SIZE, OPENING_STUDY, type OpeningSeries } from '../../fixtures/dicom/opening-series.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { blockColours, drawUnsmoothed, goWithin, lookAt, settledCell } from '../../fixtures/shown-pixels.ts';

/** Thumbnail, preview and first picture of a stack are the same picture at the same window, of every kind of series. gateway/decisions/opening-image.md */

/** What JPEG may change in the middle of a block of one colour. */
const JPEG_OFF_MAX = 4;
const FRAME = /\/frames\/\d+(\?|$)/;

/** Colours in the middles of its 4 × 4 blocks, once it is there; without black bars at its sides. */
function blocksOfImage(image: Locator): Promise<number[][]> {
  return image.evaluate(async (element: HTMLImageElement) => {
    await element.decode();
    const { naturalWidth: width, naturalHeight: height } = element;
    const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.drawImage(element, 0, 0);
    return Array.from({ length: 16 }, (_, at) => {
      const [x, y] = [(((at % 4) + 0.5) * width) / 4, ((Math.floor(at / 4) + 0.5) * height) / 4];
      return [...context.getImageData(Math.floor(x), Math.floor(y), 1, 1).data.subarray(0, 3)];
    });
  });
}

function farthest(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  return Math.max(...a.flatMap((colour, at) => colour.map((level, channel) => Math.abs(level - (b[at]?.[channel] ?? Number.NaN)))));
}

const addressOf = ({ series, instance, frame }: OpeningSeries) =>
  `/dicom-web/studies/${OPENING_STUDY}/series/${series}/instances/${instance}/frames/${frame}`;

/** In HTJ2K, which the gateway makes after the thumbnail. */
async function isMade({ region }: Desk, one: OpeningSeries): Promise<boolean> {
  const accept = 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.202';
  return (await region.hospital.fetch(addressOf(one), { headers: { accept } })).status === 200;
}

/** Frames that do not come until the test says so; undefined: they come. */
let held: Route[] | undefined;

function holdFrames(page: Page): Promise<unknown> {
  return page.route(FRAME, async (route) => {
    if (held === undefined) await route.continue();
    else held.push(route);
  });
}

async function letThemCome(): Promise<void> {
  const waiting = held ?? [];
  held = undefined;
  // What the page no longer waits for cannot go on.
  for (const route of waiting) await route.continue().catch(() => undefined);
}

describe.each([
  ['as they were sent', '600'],
  ['derived', '1'],
] as const)('%s', (_name, quietSeconds) => {
  const isDerived = quietSeconds === '1';
  let desk: Desk;
  let visitor: Visitor;

  beforeAll(async () => {
    desk = await openDesk('opening', { RENKEI_QUIET_SECONDS: quietSeconds });
    for (const { name, files } of OPENING_SERIES) expect(await storeAll(desk, files), name).toBe(200);
    visitor = await atTheHospital(desk);
    await visitor.page.addInitScript(drawUnsmoothed);
    await holdFrames(visitor.page);
    if (isDerived) for (const one of OPENING_SERIES) if (one.hasHtj2k) await eventually(() => isMade(desk, one));
    await visitor.page.goto(`${desk.url}/studies/${OPENING_STUDY}`);
  });

  afterAll(() => desk?.close());

  test.each(OPENING_SERIES)('$name', async (one) => {
    const { key, series, instance, frame, hasHtj2k } = one;
    const { page } = visitor;
    const [, clip] = key.split('/');
    const ofStack = clip === undefined ? `[data-series="${series}"]:not([data-clip])` : `[data-clip="${clip}"]`;
    const selector = `[data-testid="viewport"]${ofStack}`;
    const cell = page.locator(selector);
    held = [];
    await goWithin(page, `/studies/${OPENING_STUDY}?layout=1x1&series=${encodeURIComponent(key)}`);
    await cell.and(page.locator('[data-state="preview"]')).waitFor();
    const preview = await blocksOfImage(cell.locator('img'));
    const thumbnail = await blocksOfImage(page.locator(`[data-testid="series"]${ofStack} img`));
    await letThemCome();
    expect(await settledCell(page, selector)).toEqual({ state: 'ready', image: `${instance}/${frame}` });
    if (isDerived) expect(await isMade(desk, one)).toBe(hasHtj2k);
    const picture = await blockColours(cell, OPENING_SIZE);
    expect(farthest(picture, preview)).toBeLessThanOrEqual(JPEG_OFF_MAX);
    expect(farthest(picture, thumbnail)).toBeLessThanOrEqual(JPEG_OFF_MAX);
    expect((await lookAt(cell, `${addressOf(one)}/rendered`)).difference).toBeLessThanOrEqual(1);
    // No picture of one grey, in which any other could be hidden.
    expect(new Set(picture.map(String)).size).toBeGreaterThan(6);
  });
});
