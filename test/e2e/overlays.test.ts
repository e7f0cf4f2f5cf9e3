import { readFileSync } from 'node:fs';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { overlayMask, overlayPlanesOf, overlayReferences } from '../../gateway/codec/pixels/overlay/overlay.ts';
import { decode } from '../../gateway/codec/wasm/decode.ts';
import { bufferAccess, locateValue, readObject } from '../../gateway/dicom/parse/part10.ts';
import { pixelDescription } from '../../gateway/domain/imaging/pixel-description.ts';
import { GRAPHICS, openBrowser, PAGE_WAITS_MS, type Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, storeAll } from '../fixtures/desk.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { frameOf } from '../fixtures/dicom/shared-images.ts';
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

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk('overlays');
  for (const file of [...FILES, WITHOUT, FORGED])
    expect([200, 202]).toContain(await storeAll(desk, [readFileSync(`${SHARED_DATA.folder}${file}`)]));
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
  }, PAGE_WAITS_MS);
  afterAll(() => browser?.close());

  test.each(FILES)(
    '%s',
    async (file) => {
      const { page } = visitor;
      const wanted = await placesOf(`${SHARED_DATA.folder}${file}`);
      const { address, cell } = await opened(page, file);
      expect(astray(await coveredPlaces(cell, address), wanted, address)).toEqual({ missing: [], beside: [] });
      // The picture's own canvas holds the picture alone.
      expect((await worstDifference(cell, address)).difference).toBeLessThanOrEqual(1);
      await page.keyboard.press('H');
      await settled(page);
      const mirrored = (at: number) => at - (at % address.columns) + address.columns - 1 - (at % address.columns);
      expect(astray(await coveredPlaces(cell, address), wanted.map(mirrored), address)).toEqual({ missing: [], beside: [] });
      await page.keyboard.press('H');
    },
    PAGE_WAITS_MS,
  );

  test(
    'put away by key and by press, in every picture, and there again',
    async () => {
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
    },
    PAGE_WAITS_MS,
  );

  test.each([WITHOUT, FORGED])(
    'after a picture that has one, nothing is left over %s',
    async (file) => {
      const { page } = visitor;
      await opened(page, FILES[0]);
      const { address, cell } = await opened(page, file);
      expect(await coveredPlaces(cell, address)).toEqual([]);
      expect(await cell.getByTestId('overlay-switch').count()).toBe(0);
    },
    PAGE_WAITS_MS,
  );
});

/** In the page, before its scripts: the layer is in a tree that is closed to others. */
function openEveryTree(): void {
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) {
    return attach.call(this, { ...init, mode: 'open' });
  };
}

async function opened(page: Page, file: string): Promise<{ address: Addressed; cell: Locator }> {
  const address = await addressOf(`${SHARED_DATA.folder}${file}`);
  await openStack(page, address);
  expect((await settledCell(page, stackSelector(address))).state).toBe('ready');
  await settled(page);
  return { address, cell: stackCell(page, address) };
}

const settled = (page: Page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));

/** Indices of the image's pixels whose middle the layer covers, fitted into the cell. */
function coveredPlaces(cell: Locator, { rows, columns }: Addressed): Promise<number[]> {
  return cell.evaluate(
    (element, { height, width }) => {
      const layers = [...element.querySelectorAll('*')].flatMap((one) => [...(one.shadowRoot?.querySelectorAll('canvas') ?? [])]);
      const [layer] = layers;
      if (layer === undefined) return [];
      const [zoomX = Number.NaN, zoomY = Number.NaN] = (element.getAttribute('data-zoom') ?? '').split(',').map(Number);
      const { data } = (layer.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, layer.width, layer.height);
      // Drawn smaller, a dot is thinner than a pixel of the screen.
      const least = zoomX < 1 ? 0 : 127;
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
    { height: rows, width: columns },
  );
}

/** What is not covered, and what is that should not be. Drawn smaller than it is, a dot reaches to its neighbours. */
function astray(covered: readonly number[], wanted: readonly number[], { columns }: Addressed) {
  const seen = new Set(covered);
  const near = new Set(wanted.flatMap((at) => [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => at + down * columns + right))));
  return { missing: wanted.filter((at) => !seen.has(at)), beside: covered.filter((at) => !near.has(at)) };
}

async function placesOf(path: string): Promise<readonly number[]> {
  const source = bufferAccess(readFileSync(path));
  const { header } = await readObject(source);
  for (const element of overlayReferences(header)) {
    const place = await locateValue(source, element.BulkDataURI ?? '');
    if (place !== undefined) element.InlineBinary = Buffer.from(await source.read(place.offset, place.length)).toString('base64');
  }
  const pixel = pixelDescription(header);
  const request = await frameOf(path, 0);
  const mask = pixel && request && overlayMask(overlayPlanesOf(header, 0, pixel), await decode(request));
  if (mask === undefined) throw new Error(`${path} has no overlay`);
  return Array.from({ length: mask.rows * mask.columns }, (_, at) => at).filter(
    (at) => (((mask.bits[at >> 3] as number) >> (at & 7)) & 1) === 1,
  );
}
