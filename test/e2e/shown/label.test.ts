import type { Locator, Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { openVisitor, PAGE_WAITS_MS, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, openDesk, storeAll } from '../../fixtures/desk.ts';
import { type GreySlice, greySlices } from '../../fixtures/dicom/grey-slices.ts';
import { seenOnScreen, watchScreen } from '../../fixtures/screen-witness.ts';
import { goWithin } from '../../fixtures/shown-pixels.ts';

/** The label of a cell never names a picture that is not drawn there, in no frame of the screen: on slow and broken lines, while series change. */
const SLICES = 24;
const STUDIES = [[greySlices(61, 1, SLICES, 20), greySlices(61, 2, SLICES, 122)], [greySlices(62, 3, 6, 222)]] as const;
const [[FIRST, SECOND], [THIRD]] = STUDIES;
const ALL = STUDIES.flat(2);

let desk: Desk;
let visitor: Visitor;
let page: Page;
let cells: Locator;

beforeAll(async () => {
  desk = await openDesk('shown-label');
  expect(
    await storeAll(
      desk,
      ALL.map(({ bytes }) => bytes),
    ),
  ).toBe(200);
});

afterAll(() => desk?.close());

beforeEach(async () => {
  visitor = await openVisitor(desk.browser, desk.url, 'ja', 'desktop');
  ({ page } = visitor);
  await page.addInitScript(watchScreen);
  await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
  cells = page.getByTestId('viewport');
});

afterEach(() => visitor?.context.close());

const first = (series: readonly GreySlice[]) => series[0] as GreySlice;
const at = (series: readonly GreySlice[], number: number) => series[number - 1] as GreySlice;
const addressOf = (...series: readonly (readonly GreySlice[])[]) =>
  `/studies/${first(series[0] as readonly GreySlice[]).studyInstanceUID}?layout=${series.length === 1 ? '1x1' : '1x2'}&series=${series
    .map((one) => first(one).seriesInstanceUID)
    .join(',')}&image=1`;

const shows = (cell: Locator, { sopInstanceUID }: GreySlice) =>
  cell.and(page.locator(`[data-state="ready"][data-image="${sopInstanceUID}/1"]`)).waitFor();

/** What no frame of the screen may have shown. */
async function lies(): Promise<readonly object[]> {
  const seen = await seenOnScreen(page);
  expect(seen.length).toBeGreaterThan(0);
  return seen.filter(({ state, image, series, number, grey }) => {
    const labelled = ALL.find((one) => series.includes(one.seriesDescription) && one.number === number);
    if (state === 'error') return image !== '';
    if (grey === 0) return state === 'ready' || image !== '';
    return labelled === undefined || labelled.grey !== grey || image !== `${labelled.sopInstanceUID}/1`;
  });
}

/** Frames are held back until the test lets them go. */
async function holdFrames(matching: (url: string) => boolean = () => true): Promise<{
  readonly held: Route[];
  waitFor(slice: GreySlice): Promise<Route>;
  end(): Promise<void>;
}> {
  const held: Route[] = [];
  await page.route(/\/frames\/\d+(\?|$)/, async (route) => {
    if (matching(route.request().url())) held.push(route);
    else await route.continue();
  });
  const of = (slice: GreySlice) => held.find((route) => route.request().url().includes(`/instances/${slice.sopInstanceUID}/`));
  return {
    held,
    waitFor: (slice) =>
      expect
        .poll(() => of(slice), { timeout: PAGE_WAITS_MS })
        .toBeDefined()
        .then(() => of(slice) as Route),
    async end() {
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      for (const route of held.splice(0).reverse()) await route.continue().catch(() => undefined);
    },
  };
}

describe('the label names what is drawn', () => {
  test('while the reader scrolls as fast as keys come', async () => {
    await page.goto(`${desk.url}${addressOf(FIRST)}`);
    await shows(cells, first(FIRST));
    for (let turn = 0; turn < 4; turn += 1) {
      for (let step = 1; step < SLICES; step += 1) await page.keyboard.press(turn % 2 === 0 ? 'ArrowDown' : 'ArrowUp');
      await shows(cells, at(FIRST, turn % 2 === 0 ? SLICES : 1));
    }
    await page.keyboard.press('End');
    await shows(cells, at(FIRST, SLICES));
    expect(await lies()).toEqual([]);
  });

  test('on a slow line that answers the newest last', async () => {
    const line = await holdFrames();
    await page.goto(`${desk.url}${addressOf(FIRST)}`);
    await (await line.waitFor(first(FIRST))).continue();
    await shows(cells, first(FIRST));
    for (let step = 0; step < 5; step += 1) await page.keyboard.press('ArrowDown');
    await line.waitFor(at(FIRST, 6));
    expect(await cells.getAttribute('data-state')).toBe('loading');
    for (const number of [2, 4, 3, 5]) await (await line.waitFor(at(FIRST, number))).continue();
    await (await line.waitFor(at(FIRST, 6))).continue();
    await shows(cells, at(FIRST, 6));
    await line.end();
    expect(await lies()).toEqual([]);
  });

  test('while another series is chosen, and the first one again', async () => {
    await page.goto(`${desk.url}${addressOf(FIRST)}`);
    await shows(cells, first(FIRST));
    await goWithin(page, addressOf(SECOND));
    await shows(cells, first(SECOND));
    // From here on the metadata of both are known, and only pictures are awaited.
    const line = await holdFrames((url) => url.includes(at(SECOND, 20).sopInstanceUID));
    await page.keyboard.press('ArrowDown');
    await shows(cells, at(SECOND, 2));
    await goWithin(page, addressOf(FIRST));
    await shows(cells, first(FIRST));
    await goWithin(page, addressOf(SECOND).replace('image=1', 'image=20'));
    await line.waitFor(at(SECOND, 20));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    expect(await cells.getAttribute('data-state')).not.toBe('ready');
    await goWithin(page, addressOf(FIRST));
    await shows(cells, first(FIRST));
    await line.end();
    await goWithin(page, addressOf(THIRD));
    await shows(cells, first(THIRD));
    expect(await lies()).toEqual([]);
  });

  test('in two cells with the same series', async () => {
    const line = await holdFrames((url) => [5, 6, 7].some((number) => url.includes(at(FIRST, number).sopInstanceUID)));
    await page.goto(`${desk.url}${addressOf(FIRST, FIRST)}`);
    await shows(cells.nth(0), first(FIRST));
    await cells.nth(1).and(page.locator('[data-state="ready"]')).waitFor();
    await cells.nth(1).click();
    await page.keyboard.press('Home');
    await shows(cells.nth(1), first(FIRST));
    await cells.nth(0).click();
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowDown');
    await cells.nth(1).click();
    for (let step = 0; step < 2; step += 1) await page.keyboard.press('ArrowDown');
    await shows(cells.nth(1), at(FIRST, 3));
    await (await line.waitFor(at(FIRST, 5))).continue();
    await shows(cells.nth(0), at(FIRST, 5));
    await shows(cells.nth(1), at(FIRST, 3));
    await line.end();
    expect(await lies()).toEqual([]);
  });

  test('when the line breaks in the middle and comes back', async () => {
    await page.goto(`${desk.url}${addressOf(FIRST)}`);
    await shows(cells, first(FIRST));
    await goWithin(page, addressOf(SECOND));
    await page.route(/\/frames\/\d+(\?|$)/, (route) => route.abort('connectionreset'));
    await page.reload();
    await cells.and(page.locator('[data-state="error"]')).waitFor();
    await page.unrouteAll();
    await cells.getByRole('button', { name: visitor.words.app.retry }).click();
    await shows(cells, first(SECOND));
    await page.keyboard.press('End');
    await shows(cells, at(SECOND, SLICES));
    expect(await lies()).toEqual([]);
  });
});
