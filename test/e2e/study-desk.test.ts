import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { beyondTheEdge, doublePress, drag, type Size, seriousViolations, takePicture, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, personAt, SOON_DERIVED, storeStudy } from '../fixtures/desk.ts';
import { ctSeries } from '../fixtures/dicom/synthetic-series.ts';
import { goWithin } from '../fixtures/shown-pixels.ts';

/** The desk of a study under a reader's hands: keys, cells, measurements, the toolbar of a phone. */
const SERIES = 4;
const SLICES = 6;
let desk: Desk;
let studyInstanceUID: string;

beforeAll(async () => {
  desk = await openDesk('desk', SOON_DERIVED);
  const instances = Array.from({ length: SERIES }, (_, at) => [
    ...ctSeries({ seed: 81, size: 128, instances: SLICES, seriesNumber: at + 1, seriesDescription: `SERIES ${at + 1}` }),
  ]).flat();
  studyInstanceUID = await storeStudy(desk, instances);
});

afterAll(() => desk?.close());

const cell = (page: Page, number: number) => page.getByTestId('viewport').nth(number - 1);
const imageNumber = (page: Page, number = 1) => cell(page, number).getByTestId('image-number');

async function openStudy(size: Size, search = ''): Promise<Visitor> {
  const visitor = await personAt(desk, 'hospital', 'ja', size);
  await visitor.page.goto(`${desk.url}/studies/${studyInstanceUID}${search}`);
  await visitor.page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();
  return visitor;
}

async function middleOf(page: Page, number: number): Promise<{ x: number; y: number }> {
  const box = await cell(page, number).boundingBox();
  if (box === null) throw new Error('no cell');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

describe('keys', () => {
  test('go on working after a press in the picture, with every tool', async () => {
    const visitor = await openStudy('desktop');
    const { page } = visitor;
    await page.keyboard.press('Home');
    await expect.poll(() => imageNumber(page).textContent()).toContain('1 / 6');
    for (const [press, expected] of [
      ['ArrowDown', '2 / 6'],
      ['ArrowDown', '3 / 6'],
      ['End', '6 / 6'],
      ['ArrowUp', '5 / 6'],
    ] as const) {
      const { x, y } = await middleOf(page, 1);
      await page.mouse.click(x, y);
      await page.keyboard.press(press);
      await expect.poll(() => imageNumber(page).textContent()).toContain(expected);
    }
    await page.context().close();
  });
});

describe('cells', () => {
  test('the keyboard reaches them, goes from one to the next, and shows where it is', async () => {
    const { page } = await openStudy('desktop', '?layout=2x2');
    await expect.poll(() => page.locator('[data-testid="viewport"][data-state="ready"]').count()).toBe(SERIES);
    const focused = () =>
      page.evaluate(() => document.activeElement?.closest('[data-testid="viewport"]')?.getAttribute('data-series') ?? '');
    for (let presses = 0; presses < 40 && (await focused()) === ''; presses += 1) await page.keyboard.press('Tab');
    const first = await focused();
    expect(first).toBe(await cell(page, 1).getAttribute('data-series'));
    const ring = await cell(page, 1).evaluate((element) => getComputedStyle(element).outlineStyle + getComputedStyle(element).outlineWidth);
    expect(ring).toBe('solid2px');
    for (const number of [2, 3, 4, 1]) {
      const series = await cell(page, number).getAttribute('data-series');
      await page.keyboard.press('n');
      await expect.poll(focused).toBe(series);
    }
    await page.keyboard.press('End');
    await expect.poll(() => imageNumber(page, 1).textContent()).toContain('6 / 6');
    await page.context().close();
  });

  test('one cell instead of four shows the active one, at its image', async () => {
    const { page } = await openStudy('desktop', '?layout=2x2');
    await expect.poll(() => page.locator('[data-testid="viewport"][data-state="ready"]').count()).toBe(SERIES);
    const { x, y } = await middleOf(page, 3);
    await page.mouse.click(x, y);
    await page.keyboard.press('End');
    await expect.poll(() => imageNumber(page, 3).textContent()).toContain('6 / 6');
    const series = await cell(page, 3).getAttribute('data-series');
    await page.locator('[data-layout="1x1"]').click();
    await expect.poll(() => cell(page, 1).getAttribute('data-series')).toBe(series);
    await expect.poll(() => imageNumber(page, 1).textContent()).toContain('6 / 6');
    await page.context().close();
  });

  test.each(['desktop', 'tablet'] as const)('a double press makes a cell large and small again, on a %s', async (size) => {
    const visitor = await openStudy(size, '?layout=2x2');
    const { page } = visitor;
    await expect.poll(() => page.locator('[data-testid="viewport"][data-state="ready"]').count()).toBe(SERIES);
    const small = await cell(page, 4).boundingBox();
    const twice = async (number: number) => doublePress(visitor, await middleOf(page, number));
    await twice(4);
    await expect.poll(async () => ((await cell(page, 4).boundingBox())?.width ?? 0) > 1.8 * (small?.width ?? 0)).toBe(true);
    await page.keyboard.press('Home');
    await expect.poll(() => imageNumber(page, 4).textContent()).toContain('1 / 6');
    await twice(4);
    await expect.poll(async () => (await cell(page, 4).boundingBox())?.width).toBe(small?.width);
    await expect.poll(() => page.locator('[data-testid="viewport"][data-state="ready"]').count()).toBe(SERIES);
    await page.context().close();
  });
});

describe('the address', () => {
  test('follows the reader, and does not call him back from the page he is going to', async () => {
    const { page } = await openStudy('desktop');
    // Told once what waits for the pause after a step was done.
    await page.evaluate(() => {
      const wait = globalThis.setTimeout;
      const pauses: number[] = [];
      const told = (act: () => void, ms = 0) =>
        wait(() => {
          act();
          pauses.push(ms);
        }, ms);
      Object.assign(globalThis, { pauses, setTimeout: told });
    });
    const pauses = () => page.evaluate(() => (globalThis as unknown as { pauses: number[] }).pauses.filter((ms) => ms === 400).length);
    await page.keyboard.press('End');
    await expect.poll(() => new URL(page.url()).searchParams.get('image')).toBe('6');
    const before = await pauses();
    const held: Route[] = [];
    await page.route(/settings-page/, (route) => void held.push(route));
    await page.keyboard.press('Home');
    await expect.poll(() => imageNumber(page).textContent()).toContain('1 / 6');
    await goWithin(page, '/settings');
    await expect.poll(pauses).toBeGreaterThan(before);
    for (const route of held) await route.continue();
    await page.getByTestId('viewport').waitFor({ state: 'detached' });
    expect(new URL(page.url()).pathname).toBe('/settings');
    await page.context().close();
  });
});

describe('a press without a drag', () => {
  test.each(['desktop', 'tablet'] as const)('leaves no measurement, whatever the tool, on a %s', async (size) => {
    const visitor = await openStudy(size);
    const { page, words } = visitor;
    const { x, y } = await middleOf(page, 1);
    const drawn = () => page.locator('[data-testid="viewport"] svg').first().locator('line, ellipse, rect, text').count();
    for (const tool of ['length', 'angle', 'ellipse', 'rectangle']) {
      await page.locator(`[data-tool="${tool}"]`).click();
      if (size === 'desktop') await page.mouse.click(x, y);
      else await page.touchscreen.tap(x, y);
      // Elsewhere again, so that what would wait for a second press has its chance.
      if (size === 'desktop') await page.mouse.move(x + 60, y + 40);
      else await page.touchscreen.tap(x + 60, y + 40);
      await expect.poll(drawn, { message: tool }).toBe(0);
    }
    await page.locator('[data-tool="length"]').click();
    await drag(visitor, { x, y }, { x: x + 80, y });
    await expect.poll(() => page.locator('[data-testid="viewport"] svg text').allTextContents()).toEqual([expect.stringMatching(/mm$/)]);
    expect(words.measure.area).not.toBe('');
    await page.context().close();
  });
});

describe('the toolbar of a phone', () => {
  test('is one row, and everything else is in its sheet', async () => {
    const visitor = await openStudy('phone');
    const { page, words } = visitor;
    const toolbar = page.getByTestId('toolbar');
    const box = await toolbar.boundingBox();
    expect(box?.height).toBeLessThan(64);
    expect(await beyondTheEdge(page)).toEqual([]);
    await takePicture(visitor, 'phone-toolbar');
    await toolbar.getByRole('button', { name: words.tool.more }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByRole('button', { name: words.tool.ellipse }).waitFor();
    await takePicture(visitor, 'phone-sheet');
    expect(await seriousViolations(page)).toEqual([]);
    await sheet.getByRole('button', { name: words.tool.invert }).click();
    await sheet.waitFor({ state: 'hidden' });
    await toolbar.getByRole('button', { name: words.tool.more }).click();
    expect(await sheet.getByRole('button', { name: words.tool.invert }).getAttribute('aria-pressed')).toBe('true');
    await sheet.getByRole('button', { name: words.tool.angle }).click();
    expect(await toolbar.getByRole('button', { name: words.tool.more }).getAttribute('aria-pressed')).toBe('true');
    await page.context().close();
  });
});
