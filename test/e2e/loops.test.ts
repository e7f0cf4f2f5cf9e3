import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PAGE_WAITS_MS, type Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, storeAll } from '../fixtures/desk.ts';
import { SIDE, seenImage } from '../fixtures/dicom/seen-image.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import {
  addressOf,
  blockColours,
  drawUnsmoothed,
  keepSources,
  offBy,
  openStack,
  settledCell,
  stackCell,
  stackSelector,
  worstDifference,
} from '../fixtures/shown-pixels.ts';

/** A loop of twelve bits that names no window: one stretch for all its frames, in the viewer and in /rendered. gateway/decisions/pixels.md. */
const LEVELS = [
  [100, 300],
  [0, 2000],
  [200, 400],
  [100, 900],
  [300, 1100],
] as const;
/** Of the first, middle and last frame: 100 to 1100. */
const grey = (value: number) => Math.round((Math.max(0, Math.min(1000, value - 100)) / 1000) * 255);

const pixels = Uint16Array.from({ length: LEVELS.length * SIDE * SIDE }, (_, at) => {
  const [low, high] = LEVELS[Math.floor(at / (SIDE * SIDE))] ?? [0, 0];
  return at % SIDE < SIDE / 2 ? low : high;
});
const TIMES = [0, 40, 120, 40, 80];
const loop = seenImage(
  'loop',
  {
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.12.1',
    Modality: 'XA',
    NumberOfFrames: LEVELS.length,
    FrameIncrementPointer: 0x00181065,
    '00181065 DS': TIMES,
  },
  pixels,
);

let desk: Desk;
let visitor: Visitor;
const path = join(temporaryFolder('loop-file'), 'loop.dcm');

beforeAll(async () => {
  desk = await openDesk('loops');
  writeFileSync(path, loop.bytes);
  expect(await storeAll(desk, [loop.bytes])).toBe(200);
  visitor = await atTheHospital(desk);
  await visitor.page.addInitScript(drawUnsmoothed);
  await visitor.page.addInitScript(keepSources);
  await visitor.page.addInitScript(keepWaits);
  await visitor.page.reload();
});

afterAll(() => desk?.close());

/** For the page, before it begins: what it waits for, ms. */
function keepWaits(): void {
  const waitsMs: number[] = [];
  const wait = globalThis.setTimeout;
  Object.assign(globalThis, {
    waitsMs,
    setTimeout: (act: () => void, ms = 0, ...rest: never[]) => {
      waitsMs.push(ms);
      return wait(act, ms, ...rest);
    },
  });
}

test('a value has the same grey in every frame, and /rendered shows the same', async () => {
  const { page } = visitor;
  const address = await addressOf(path);
  await openStack(page, address);
  const cell = stackCell(page, address);
  let shown = '';
  for (const [at, [low, high]] of LEVELS.entries()) {
    const there = await settledCell(page, stackSelector(address), shown);
    expect(there).toEqual({ state: 'ready', image: `${address.instance}/${at + 1}` });
    shown = there.image;
    const row = [grey(low), grey(low), grey(high), grey(high)];
    expect(offBy(await blockColours(cell, address), [row, row, row, row]), `frame ${at + 1}`).toEqual([]);
    expect((await worstDifference(cell, address)).difference, `frame ${at + 1}`).toBeLessThanOrEqual(1);
    expect(await cell.getAttribute('data-window')).toBe('1001,600.5');
    await page.keyboard.press('ArrowDown');
  }
});

test('each frame of the clip stands for its own time when it is played', async () => {
  const { page } = visitor;
  const address = await addressOf(path);
  const cell = stackCell(page, address);
  await page.keyboard.press('Home');
  await cell.and(page.locator(`[data-image="${address.instance}/1"][data-state="ready"]`)).waitFor();
  const waits = () => page.evaluate(() => (globalThis as unknown as { waitsMs: number[] }).waitsMs);
  await page.locator('[data-action="play"]').click();
  // The last one stands for the mean.
  for (const ms of [...TIMES.slice(1), TIMES.reduce((sum, time) => sum + time, 0) / (TIMES.length - 1)])
    await expect.poll(async () => (await waits()).includes(ms), { timeout: PAGE_WAITS_MS }).toBe(true);
  await page.locator('[data-action="play"]').click();
});
