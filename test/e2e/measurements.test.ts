import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drag, type Point, takePicture, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, personAt, storeAll } from '../fixtures/desk.ts';
import { usSeries } from '../fixtures/dicom/synthetic-series.ts';
import { sectorOf, ULTRASOUND_DEPTH_CM } from '../fixtures/dicom/ultrasound-phantom.ts';
import { say } from '../fixtures/say.ts';

/** What is measured on a picture that is not the first of its stack and whose calibration is no pixel spacing: colour ultrasound. */
const SIZE = { rows: 240, columns: 320, frames: 4 };
const SHOWN_FRAME = 3;
const [clip] = [...usSeries({ seed: 91, ...SIZE, colour: true })];

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk('measurements');
  if (clip === undefined) throw new Error('no clip');
  expect(await storeAll(desk, [clip.bytes])).toBe(200);
});

afterAll(() => desk?.close());

const lines = (viewport: Locator) => viewport.locator('svg text tspan').allTextContents();
const tool = (page: Page, name: string) => page.locator(`[data-tool="${name}"]`).click();

/** The samples of the pixel (column, row) of the shown frame and of its neighbours, as the probe writes them. */
function coloursAround(column: number, row: number): string[] {
  const pixels = clip?.dataSet['PixelData'] as Uint8Array;
  return [-1, 0, 1].flatMap((down) =>
    [-1, 0, 1].map((right) => {
      const from = (((SHOWN_FRAME - 1) * SIZE.rows + row + down) * SIZE.columns + column + right) * 3;
      return [...pixels.subarray(from, from + 3)].join(' / ');
    }),
  );
}

describe.each(['ja', 'en'] as const)('%s', (language) => {
  let visitor: Visitor;
  let viewport: Locator;
  /** Of the screen, for a point of the picture from its middle, in image pixels. */
  let at: (right: number, down: number) => Point;
  let scale: number;

  beforeAll(async () => {
    visitor = await personAt(desk, 'hospital', language);
    await visitor.page.goto(`${desk.url}/studies/${clip?.studyInstanceUID}?image=${SHOWN_FRAME}`);
    viewport = visitor.page.getByTestId('viewport');
    await viewport.and(visitor.page.locator('[data-state="ready"]')).waitFor();
    const box = await viewport.boundingBox();
    if (box === null) throw new Error('no viewport');
    scale = Math.min(box.width / SIZE.columns, box.height / SIZE.rows);
    at = (right, down) => ({ x: box.x + box.width / 2 + right * scale, y: box.y + box.height / 2 + down * scale });
  });
  afterAll(() => visitor?.context.close());

  test('a point has the colour of the picture that is shown', async () => {
    const { page } = visitor;
    await tool(page, 'probe');
    const { x, y } = at(10.5, 20.5);
    await page.mouse.click(x, y);
    const colours = coloursAround(SIZE.columns / 2 + 10, SIZE.rows / 2 + 20);
    expect(new Set(colours).size).toBeGreaterThan(1);
    await expect.poll(async () => colours.includes((await lines(viewport)).join())).toBe(true);
  });

  test('a length has the region’s own unit, and says in words whose calibration that is', async () => {
    const { page, words } = visitor;
    await tool(page, 'length');
    await drag(visitor, at(-30, 0), at(30, 0));
    const pattern = say(words.measure.calibrated, { measured: 'N cm', how: words.measure.calibration['ultrasound-region'] })
      .replace(/[()]/g, '\\$&')
      .replace('N', '(\\d+(?:\\.\\d)?)');
    const measured = async () => {
      for (const line of await lines(viewport))
        if (new RegExp(`^${pattern}$`).test(line)) return Number(new RegExp(pattern).exec(line)?.[1]);
      return undefined;
    };
    const expectedCm = (60 * ULTRASOUND_DEPTH_CM) / sectorOf(SIZE).depthPixels;
    await expect.poll(async () => Math.abs(((await measured()) ?? 0) - expectedCm)).toBeLessThan(0.1);
    await page.getByTestId('measurements').click();
    const entry = page.getByRole('button', { name: new RegExp(`^${words.tool.length} ${pattern}`) });
    await entry.waitFor();
    await takePicture(visitor, 'measured-ultrasound');
    expect(visitor.problems()).toEqual([]);
  });
});
