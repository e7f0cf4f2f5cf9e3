import { readFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Calibration } from '../../viewer/imaging/port.ts';
import { drag, type Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, storeAll } from '../fixtures/desk.ts';
import { readShared, SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { say } from '../fixtures/say.ts';

/** Lengths on pictures that say in different ways how large a pixel is, or only how high beside its width. PS3.3 10.7.1.3, C.7.6.3.1.7. */
const PROJECTION = 'cases/23-projection-spacing';
const ASPECT = 'cases/24-pixel-aspect-ratio';

interface Line {
  readonly columns: number;
  readonly rows: number;
  readonly measured: number;
  readonly unit: 'mm' | 'px';
  readonly by?: Calibration;
  /** Height of a pixel on screen beside its width. */
  readonly aspect: number;
}

const LINES: readonly (readonly [string, Line])[] = [
  [`${PROJECTION}/1-dx.dcm`, { columns: 100, rows: 0, measured: 20, unit: 'mm', by: 'detector', aspect: 1 }],
  [`${PROJECTION}/3-mg.dcm`, { columns: 100, rows: 0, measured: 8, unit: 'mm', by: 'magnification', aspect: 1 }],
  [`${PROJECTION}/4-dx.dcm`, { columns: 100, rows: 0, measured: 20, unit: 'mm', by: 'detector', aspect: 1 }],
  [`${PROJECTION}/5-dx.dcm`, { columns: 100, rows: 0, measured: 20, unit: 'mm', by: 'detector', aspect: 0.5 }],
  [`${PROJECTION}/6-ot.dcm`, { columns: 100, rows: 0, measured: 30, unit: 'mm', by: 'scanned', aspect: 1 }],
  [`${ASPECT}/1.dcm`, { columns: 0, rows: 30, measured: 30, unit: 'px', aspect: 2 }],
  [`${ASPECT}/1.dcm`, { columns: 40, rows: 0, measured: 40, unit: 'px', aspect: 2 }],
  [`${ASPECT}/2.dcm`, { columns: 0, rows: 30, measured: 60, unit: 'mm', aspect: 2 }],
  [`${ASPECT}/4.dcm`, { columns: 0, rows: 30, measured: 60, unit: 'mm', by: 'scanned', aspect: 2 }],
];

let desk: Desk;
let visitor: Visitor;

beforeAll(async () => {
  desk = await openDesk('spacing');
  for (const name of new Set(LINES.map(([file]) => file))) {
    const bytes = readFileSync(`${SHARED_DATA.folder}${name}`);
    expect(await storeAll(desk, [bytes])).toBe(200);
  }
  visitor = await atTheHospital(desk);
});

afterAll(() => desk?.close());

async function zoomOf(viewport: Locator): Promise<[number, number]> {
  const [x = Number.NaN, y = Number.NaN] = ((await viewport.getAttribute('data-zoom')) ?? '').split(',').map(Number);
  return [x, y];
}

test.each(LINES)('%s: %o', async (name, { columns, rows, measured, unit, by, aspect }) => {
  const { page, words } = visitor;
  const { studyInstanceUID, seriesInstanceUID } = await readShared(name);
  await page.goto(`${desk.url}/studies/${studyInstanceUID}?layout=1x1&series=${seriesInstanceUID}`);
  const viewport = page.getByTestId('viewport');
  await viewport.and(page.locator('[data-state="ready"]')).waitFor();
  await expect.poll(async () => Number.isFinite((await zoomOf(viewport))[0])).toBe(true);
  const [zoomX, zoomY] = await zoomOf(viewport);
  expect(zoomY / zoomX).toBeCloseTo(aspect, 2);
  const box = await viewport.boundingBox();
  if (box === null) throw new Error('no viewport');
  const [middleX, middleY] = [box.x + box.width / 2, box.y + box.height / 2];
  const [right, down] = [(columns * zoomX) / 2, (rows * zoomY) / 2];
  await page.locator('[data-tool="length"]').click();
  await drag(visitor, { x: middleX - right, y: middleY - down }, { x: middleX + right, y: middleY + down });
  const line = () => viewport.locator('svg text tspan').allTextContents();
  const parts = async () => /^(\d+(?:\.\d)?) (mm|px)(.*)$/.exec((await line()).join('')) ?? [];
  await expect.poll(async () => Math.abs(Number((await parts())[1]) - measured)).toBeLessThan(measured / 50);
  const said = by === undefined ? '' : say(words.measure.calibrated, { measured: '', how: words.measure.calibration[by] });
  expect((await parts()).slice(2)).toEqual([unit, said]);
});
