import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { openVisitor, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, openDesk, storeAll } from '../../fixtures/desk.ts';
import { type GreySlice, greySlices, newVersion } from '../../fixtures/dicom/grey-slices.ts';
import { seenOnScreen, watchScreen } from '../../fixtures/screen-witness.ts';
import { SeededRandom } from '../../fixtures/seeded-random.ts';
import { goWithin } from '../../fixtures/shown-pixels.ts';

/**
 * Memory of frames goes to workers, comes back and takes the next frames. Whatever the reader, the line and the workers do meanwhile, no picture is drawn
 * from memory that has become another's: each slice is of one grey, and no frame of the screen shows another one under its name, or two greys at once.
 */
const SLICES = 40;
const PIECES = 3;
const POKES_A_PIECE = 16;
const WHOLE_CELLS = { BitsStored: 16, HighBit: 15 };
/** Of the first the frame's own memory becomes the picture, of the second it comes back from the worker and takes the next frame. */
const FIRST = greySlices(71, 1, SLICES, 20, { side: 512, more: WHOLE_CELLS });
const SECOND = greySlices(71, 2, SLICES, 22, { side: 512 });
const ALL = [...FIRST, ...SECOND];
/** Of which greys a slice has been, its newest last. */
const greysOf = new Map(ALL.map((slice) => [slice.sopInstanceUID, [slice.grey]]));
const NOT_DERIVED = { RENKEI_QUIET_SECONDS: '86400' };

let desk: Desk;
let visitor: Visitor;
let page: Page;
let cells: Locator;

beforeAll(async () => {
  desk = await openDesk('poked', NOT_DERIVED);
  for (const series of [FIRST, SECOND])
    expect(
      await storeAll(
        desk,
        series.map(({ bytes }) => bytes),
      ),
    ).toBe(200);
  visitor = await openVisitor(desk.browser, desk.url, 'ja', 'desktop');
  ({ page } = visitor);
  await page.addInitScript(watchScreen);
  await page.addInitScript(failingWorkers);
  // So little that pictures leave and come again.
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => 0.25 }));
  await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
  cells = page.getByTestId('viewport');
});

afterAll(() => desk?.close());

/** For the page, before it begins: `failNextDecoding()` lets a worker fail in the middle of its next frame. */
function failingWorkers(): void {
  let failing = 0;
  Object.assign(globalThis, { failNextDecoding: () => (failing += 1) });
  globalThis.Worker = class extends Worker {
    override postMessage(message: unknown, transfer?: unknown): void {
      super.postMessage(message, transfer as Transferable[]);
      if (failing === 0 || typeof message !== 'object') return;
      failing -= 1;
      queueMicrotask(() => this.dispatchEvent(new ErrorEvent('error', { cancelable: true, message: 'made to fail' })));
    }
  };
}

const addressOf = (left: readonly GreySlice[], right: readonly GreySlice[], image = 1) =>
  `/studies/${FIRST[0]?.studyInstanceUID}?layout=1x2&series=${[left, right].map((one) => one[0]?.seriesInstanceUID).join()}&image=${image}`;

const allReady = async () => {
  for (const at of [0, 1]) await cells.nth(at).and(page.locator('[data-state="ready"]')).waitFor();
};

/** What no frame of the screen may have shown; `newest`: of a slice of several versions only the last may have stood there. */
async function lies(newest: boolean): Promise<readonly object[]> {
  const seen = await seenOnScreen(page);
  expect(seen.length).toBeGreaterThan(0);
  return seen.filter(({ state, image, series, number, grey, even }) => {
    const labelled = ALL.find((one) => series.includes(one.seriesDescription) && one.number === number);
    if (grey === 0) return state === 'ready' || image !== '' || !even;
    const greys = greysOf.get(labelled?.sopInstanceUID ?? '') ?? [];
    const right = newest ? greys.at(-1) === grey : greys.includes(grey);
    // Right after a context was said to be lost the picture still stands there, without its name.
    const named = image === `${labelled?.sopInstanceUID}/1` || (image === '' && state === 'loading');
    return !even || !right || !named;
  });
}

const keys = async (key: string, times: number) => {
  for (let time = 0; time < times; time += 1) await page.keyboard.press(key);
};
const choose = (at: number) => cells.nth(at).click();

async function storeNewVersion(slice: GreySlice): Promise<void> {
  const greys = greysOf.get(slice.sopInstanceUID) ?? [];
  // Odd greys are nobody's else.
  const grey = slice.grey + 2 * greys.length - 1;
  greys.push(grey);
  expect(await storeAll(desk, [newVersion(slice, grey).bytes])).toBe(200);
}

async function poke(random: SeededRandom): Promise<void> {
  const other = () => (random.below(2) === 0 ? FIRST : SECOND);
  const pokes: readonly (() => Promise<unknown>)[] = [
    () => choose(random.below(2)),
    () => keys('ArrowDown', 2 + random.below(14)),
    () => keys('ArrowUp', 2 + random.below(14)),
    () => keys(random.below(2) === 0 ? 'End' : 'Home', 1),
    // Another series in the middle of fetching and decoding; often the same in both cells.
    () => goWithin(page, addressOf(other(), other(), 1 + random.below(SLICES))),
    () => page.evaluate('failNextDecoding()'),
    () =>
      cells.nth(random.below(2)).evaluate((cell) => {
        const canvas = cell.querySelector('canvas');
        canvas?.dispatchEvent(new Event('contextlost', { cancelable: true }));
        requestAnimationFrame(() => canvas?.dispatchEvent(new Event('contextrestored')));
      }),
    () => keys('r', 1),
  ];
  await pokes[random.below(pokes.length)]?.();
}

test('two cells of two long series are scrolled, changed and turned while workers fail and contexts are lost', async () => {
  await page.goto(`${desk.url}${addressOf(FIRST, SECOND)}`);
  await allReady();
  for (let piece = 0; piece < PIECES; piece += 1) {
    const random = new SeededRandom(900 + piece);
    for (let n = 0; n < POKES_A_PIECE; n += 1) await poke(random);
    await allReady();
    expect(await lies(true), `seed ${900 + piece}`).toEqual([]);
  }
});

test('while new versions of slices come', async () => {
  await goWithin(page, addressOf(FIRST, SECOND));
  await allReady();
  for (let piece = 0; piece < PIECES; piece += 1) {
    const random = new SeededRandom(950 + piece);
    for (let n = 0; n < POKES_A_PIECE; n += 1) {
      if (n % 4 === 0) await storeNewVersion(ALL[random.below(ALL.length)] as GreySlice);
      await poke(random);
    }
    await allReady();
    expect(await lies(false), `seed ${950 + piece}`).toEqual([]);
  }
});

test('and at the end each slice of both, opened anew and passed, is its newest version', async () => {
  await page.goto(`${desk.url}${addressOf(FIRST, SECOND)}`);
  await allReady();
  await seenOnScreen(page);
  const passed = new Set<string>();
  for (const cell of [0, 1]) {
    await choose(cell);
    await page.keyboard.press('Home');
    await cells
      .nth(cell)
      .and(page.locator(`[data-state="ready"][data-image="${[FIRST, SECOND][cell]?.[0]?.sopInstanceUID}/1"]`))
      .waitFor();
    for (let step = 1; step <= SLICES; step += 1) {
      const before = await cells.nth(cell).getAttribute('data-image');
      passed.add(before ?? '');
      if (step === SLICES) break;
      await page.keyboard.press('ArrowDown');
      await cells
        .nth(cell)
        .and(page.locator(`[data-state="ready"]:not([data-image="${before}"])`))
        .waitFor();
    }
  }
  expect(passed.size).toBe(ALL.length);
  expect(await lies(true)).toEqual([]);
});
