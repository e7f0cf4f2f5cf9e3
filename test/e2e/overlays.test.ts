import { readFileSync } from 'node:fs';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GRAPHICS, openBrowser, type Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, storeAll } from '../fixtures/desk.ts';
import { overlaysOf, placesUnder } from '../fixtures/dicom/overlay-masks.ts';
import { type Seen, seenImage } from '../fixtures/dicom/seen-image.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import {
  type Addressed,
  addressOf,
  keepSources,
  openStack,
  settledCell,
  stackCell,
  stackSelector,
  worstDifference,
} from '../fixtures/shown-pixels.ts';

/** What files draw over their pictures (overlay planes, PS3.3 C.9.2) is on the screen where it belongs, and can be put away. */
const FILES = [
  'syntaxes/weasis-dicom-tools__overlay.dcm',
  'syntaxes/pydicom__examples_overlay.dcm',
  'broken/fo-dicom__OutOfBoundsOverlay.dcm',
  'cases/4-overlay-in-high-bits/overlay-bits-unsigned.dcm',
] as const;
const WITHOUT = 'cases/4-overlay-in-high-bits/overlay-bits-signed.dcm';
const FORGED = 'cases/50-forged-lengths/14-overlay-65535.dcm';

/** Larger than any cell, with lines of one pixel as text and arrows have. */
const LARGE_SIDE = 2100;
const LINES = [3, 700, 1391, 2098];
const isOnLine = (row: number, column: number) => LINES.includes(row) || LINES.includes(column) || row === column;
const LOSSES = 3;
/** Where the gateway has the bits of a plane. */
const OVERLAY_DATA = /\/bulkdata\/.*\/60\d\d3000$/;
/** Of 255; fainter is not seen over a picture. */
const VISIBLE_ALPHA = 100;
const THIN = overlaid('thin lines', LARGE_SIDE, isOnLine);

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk('overlays');
  for (const file of [...FILES, WITHOUT, FORGED])
    expect([200, 202]).toContain(await storeAll(desk, [readFileSync(`${SHARED_DATA.folder}${file}`)]));
  for (const { bytes } of [THIN]) expect(await storeAll(desk, [bytes])).toBe(200);
});
afterAll(() => desk?.close());

describe.each(Object.keys(GRAPHICS) as (keyof typeof GRAPHICS)[])('%s', (graphics) => {
  let browser: Browser;
  let visitor: Visitor;
  beforeAll(async () => {
    browser = await openBrowser(GRAPHICS[graphics]);
    visitor = await atTheHospital({ ...desk, browser });
    await visitor.page.addInitScript(openEveryTree);
    await visitor.page.addInitScript(keepSources);
    await visitor.page.reload();
  });
  afterAll(() => browser?.close());

  test.each(FILES)('%s', async (file) => {
    const { page } = visitor;
    const wanted = placesUnder((await overlaysOf(`${SHARED_DATA.folder}${file}`)).all);
    expect(wanted.length).toBeGreaterThan(0);
    const { address, cell } = await opened(page, file);
    expect(astray(await coveredPlaces(cell, address), wanted, address)).toEqual({ missing: [], beside: [] });
    // The picture's own canvas holds the picture alone.
    expect((await worstDifference(cell, address)).difference).toBeLessThanOrEqual(1);
    await page.keyboard.press('H');
    await settled(page);
    const mirrored = (at: number) => at - (at % address.columns) + address.columns - 1 - (at % address.columns);
    expect(astray(await coveredPlaces(cell, address), wanted.map(mirrored), address)).toEqual({ missing: [], beside: [] });
    await page.keyboard.press('H');
  });

  test('put away by key and by press, in every picture, and there again', async () => {
    const { page, words } = visitor;
    const { address, cell } = await opened(page, FILES[0]);
    const before = await coveredPlaces(cell, address);
    await page.keyboard.press('g');
    await cell.getByText(words.study.overlayHidden).waitFor();
    expect(await coveredPlaces(cell, address)).toEqual([]);
    const other = await opened(page, FILES[1]);
    expect(await coveredPlaces(other.cell, other.address)).toEqual([]);
    const back = await opened(page, FILES[0]);
    await back.cell.getByTestId('overlay-switch').click();
    await back.cell.getByText(words.study.overlay, { exact: true }).or(back.cell.locator('[aria-pressed="true"]')).first().waitFor();
    await settled(page);
    expect(await coveredPlaces(back.cell, back.address)).toEqual(before);
  });

  test('lines of one pixel are there when the picture is drawn smaller', async () => {
    const { page } = visitor;
    const { address, cell } = await opened(page, THIN.bytes);
    expect(Number((await cell.getAttribute('data-zoom'))?.split(',')[0])).toBeLessThan(0.5);
    const seen = new Set(await coveredPlaces(cell, address, VISIBLE_ALPHA));
    const near = (at: number) => [-1, 0, 1].some((down) => [-1, 0, 1].some((right) => seen.has(at + down * LARGE_SIDE + right)));
    const wanted = places(LARGE_SIDE, isOnLine);
    expect(wanted.filter((at) => !near(at)).length).toBe(0);
  });

  test.each(['all canvases', 'the layer'])('there again after the browser took the memory of %s', async (which) => {
    const { page } = visitor;
    const { address, cell } = await opened(page, FILES[0]);
    const before = await coveredPlaces(cell, address);
    expect(before.length).toBeGreaterThan(0);
    for (let loss = 0; loss < LOSSES; loss += 1) {
      await cell.evaluate(loseMemory, which === 'the layer');
      expect((await settledCell(page, stackSelector(address))).state).toBe('ready');
      await settled(page);
      expect(await coveredPlaces(cell, address)).toEqual(before);
    }
  });

  test('the key puts away and brings back from a picture without overlay too', async () => {
    const { page } = visitor;
    const { cell, address } = await opened(page, FILES[0]);
    const before = await coveredPlaces(cell, address);
    await opened(page, WITHOUT);
    await page.keyboard.press('g');
    await page.keyboard.press('g');
    const back = await opened(page, FILES[0]);
    expect(await coveredPlaces(back.cell, back.address)).toEqual(before);
  });

  // Of the first file the header holds some of the planes themselves.
  test.each([FILES[0], FILES[1]])(
    'a picture whose overlay cannot be fetched is shown, says so, and has it when it is asked for again: %s',
    async (file) => {
      const { page, words } = visitor;
      const before = await opened(page, file);
      const wanted = await coveredPlaces(before.cell, before.address);
      await page.route(OVERLAY_DATA, (route) => route.fulfill({ status: 503, body: '' }));
      try {
        await page.reload();
        const { address, cell } = await opened(page, file);
        expect(await cell.getByTestId('overlay-fault').textContent()).toContain(words.study.overlayFault['not-read']);
        const without = await coveredPlaces(cell, address);
        if (file === FILES[1]) expect(without).toEqual([]);
        expect(without.length).toBeLessThan(wanted.length);
        expect((await worstDifference(cell, address)).difference).toBeLessThanOrEqual(1);
        await page.unroute(OVERLAY_DATA);
        await cell.getByTestId('overlay-fault').getByRole('button').click();
        await cell.getByTestId('overlay-fault').waitFor({ state: 'detached' });
        await settled(page);
        expect(await coveredPlaces(cell, address)).toEqual(wanted);
      } finally {
        await page.unroute(OVERLAY_DATA);
      }
    },
  );

  test('a picture does not wait for its overlay, which is there when it comes', async () => {
    const { page, words } = visitor;
    const before = await opened(page, FILES[1]);
    const wanted = await coveredPlaces(before.cell, before.address);
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(OVERLAY_DATA, async (route) => {
      await released;
      await route.continue();
    });
    try {
      await page.reload();
      await openStack(page, before.address);
      expect((await settledCell(page, stackSelector(before.address))).state).toBe('ready');
      const cell = stackCell(page, before.address);
      expect(await cell.getByTestId('overlay-fault').textContent()).toBe(words.study.overlayFault.coming);
      expect((await worstDifference(cell, before.address)).difference).toBeLessThanOrEqual(1);
      release();
      await cell.getByTestId('overlay-switch').waitFor();
      await settled(page);
      expect(await coveredPlaces(cell, before.address)).toEqual(wanted);
      expect(await cell.getByTestId('overlay-fault').count()).toBe(0);
    } finally {
      release();
      await page.unroute(OVERLAY_DATA);
    }
  });

  test('a plane that cannot be drawn is said to be missing, and why', async () => {
    const { page, words } = visitor;
    const forged = await opened(page, FORGED);
    expect(await forged.cell.getByTestId('overlay-fault').textContent()).toBe(words.study.overlayFault['too-large']);
    expect((await worstDifference(forged.cell, forged.address)).difference).toBeLessThanOrEqual(1);
    const without = await opened(page, WITHOUT);
    expect(await without.cell.getByTestId('overlay-fault').count()).toBe(0);
  });

  test.each([WITHOUT, FORGED])('after a picture that has one, nothing is left over %s', async (file) => {
    const { page } = visitor;
    await opened(page, FILES[0]);
    const { address, cell } = await opened(page, file);
    expect(await coveredPlaces(cell, address)).toEqual([]);
    expect(await cell.getByTestId('overlay-switch').count()).toBe(0);
  });
});

/** In the page, before its scripts: the layer is in a tree that is closed to others. */
function openEveryTree(): void {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) {
    return attach.call(this, { ...init, mode: 'open' });
  };
}

async function opened(page: Page, file: string | Buffer): Promise<{ address: Addressed; cell: Locator }> {
  const address = await addressOf(typeof file === 'string' ? `${SHARED_DATA.folder}${file}` : file);
  await openStack(page, address);
  expect((await settledCell(page, stackSelector(address))).state).toBe('ready');
  const cell = stackCell(page, address);
  // The picture does not wait for it.
  await cell.locator('[data-fault="coming"]').waitFor({ state: 'detached' });
  await settled(page);
  return { address, cell };
}

/** Places of a square, row by row, from 0. */
function places(side: number, isSet: (row: number, column: number) => boolean): readonly number[] {
  return Array.from({ length: side * side }, (_, at) => at).filter((at) => isSet(Math.floor(at / side), at % side));
}

/** A square picture with a plane over the whole of it. */
function overlaid(name: string, side: number, isSet: (row: number, column: number) => boolean): Seen {
  const bits = new Uint8Array(Math.ceil((side * side) / 16) * 2);
  for (const at of places(side, isSet)) bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
  const plane = { '60000010 US': side, '60000011 US': side, '60000040 CS': 'G', '60000050 SS': [1, 1], '60000100 US': 1, '60000102 US': 0 };
  const more = { Rows: side, Columns: side, ...plane, '60003000 OW': bits };
  return seenImage(`overlay ${name}`, more, new Uint16Array(side * side).fill(800));
}

/** As a browser does that needs the memory of canvases for others: it empties them and tells them. */
async function loseMemory(cell: Element, layerOnly: boolean): Promise<void> {
  const { sourcesOfCanvases } = globalThis as unknown as { sourcesOfCanvases: WeakMap<HTMLCanvasElement, CanvasImageSource> };
  const layers = [...cell.querySelectorAll('*')].flatMap((one) => [...(one.shadowRoot?.querySelectorAll('canvas') ?? [])]);
  const shown = layerOnly ? layers : [cell.querySelector('canvas') as HTMLCanvasElement, ...layers];
  const lost = shown.flatMap((canvas) => [canvas, sourcesOfCanvases.get(canvas)]).filter((one) => one instanceof HTMLCanvasElement);
  for (const canvas of lost) {
    const context = canvas.getContext('2d') as CanvasRenderingContext2D;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    canvas.dispatchEvent(new Event('contextlost', { cancelable: true }));
  }
  await new Promise((resolve) => requestAnimationFrame(resolve));
  for (const canvas of lost) canvas.dispatchEvent(new Event('contextrestored'));
}

const settled = (page: Page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

/** Indices of the image's pixels whose middle the layer covers, fitted into the cell. `least`: alpha; drawn smaller, any. */
function coveredPlaces(cell: Locator, { rows, columns }: Addressed, leastSmaller = 0): Promise<number[]> {
  return cell.evaluate(
    (element, { height, width, smaller }) => {
      const layers = [...element.querySelectorAll('*')].flatMap((one) => [...(one.shadowRoot?.querySelectorAll('canvas') ?? [])]);
      const [layer] = layers;
      if (layer === undefined) return [];
      const [zoomX = Number.NaN, zoomY = Number.NaN] = (element.getAttribute('data-zoom') ?? '').split(',').map(Number);
      const { data } = (layer.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, layer.width, layer.height);
      // Drawn smaller, a dot is thinner than a pixel of the screen.
      const least = zoomX < 1 ? smaller : 127;
      const found: number[] = [];
      for (let row = 0; row < height; row += 1) {
        for (let column = 0; column < width; column += 1) {
          const x = Math.floor(layer.width / 2 + (column + 0.5 - width / 2) * zoomX);
          const y = Math.floor(layer.height / 2 + (row + 0.5 - height / 2) * zoomY);
          const at = (y * layer.width + x) * 4;
          if ((data[at + 3] as number) > least) found.push(row * width + column);
        }
      }
      return found;
    },
    { height: rows, width: columns, smaller: leastSmaller },
  );
}

/** What is not covered, and what is that should not be. Drawn smaller than it is, a dot reaches to its neighbours. */
function astray(covered: readonly number[], wanted: readonly number[], { columns }: Addressed) {
  const seen = new Set(covered);
  const near = new Set(wanted.flatMap((at) => [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => at + down * columns + right))));
  return { missing: wanted.filter((at) => !seen.has(at)), beside: covered.filter((at) => !near.has(at)) };
}
