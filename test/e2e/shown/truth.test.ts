import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { GRAPHICS, openBrowser, openVisitor, pixelsOf, signIn, type Visitor } from '../../fixtures/browser.ts';
import { SOON_DERIVED, storeStudy } from '../../fixtures/desk.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

/** A cell is `ready` only while the picture that its label names stands on its canvas; graphics contexts that go take no picture along. */
const SERIES = 4;
const SLICES = 6;
const LOSSES = 3;
let running: RunningRegion;
let instances: readonly SyntheticInstance[];

beforeAll(async () => {
  running = await startSmallRegion('shown-truth', SOON_DERIVED);
  instances = Array.from({ length: SERIES }, (_, at) => [
    ...ctSeries({ seed: 83, size: 128, instances: SLICES, seriesNumber: at + 1 }),
  ]).flat();
  await storeStudy(running, instances);
});

afterAll(() => running?.close());

/** Every WebGL context that a page makes stays within reach of the test. */
function keepContexts(): void {
  const kept: WebGLRenderingContext[] = [];
  Object.assign(globalThis, { contextsOfThePage: kept });
  for (const { prototype } of [HTMLCanvasElement, OffscreenCanvas]) {
    const make = prototype.getContext as (this: unknown, kind: string, ...rest: unknown[]) => unknown;
    Object.assign(prototype, {
      getContext(this: unknown, kind: string, ...rest: unknown[]) {
        const context = make.call(this, kind, ...rest);
        if (kind.includes('webgl') && context !== null) kept.push(context as WebGLRenderingContext);
        return context;
      },
    });
  }
}

/** Takes every living context away; how many there were. */
function loseContexts(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { contextsOfThePage } = globalThis as unknown as { contextsOfThePage: WebGLRenderingContext[] };
    const living = contextsOfThePage.filter((context) => !context.isContextLost());
    for (const context of living) context.getExtension('WEBGL_lose_context')?.loseContext();
    return living.length;
  });
}

async function openStudy(browser: Browser, search: string): Promise<Visitor> {
  const visitor = await openVisitor(browser, running.url, 'ja', 'desktop');
  await visitor.page.addInitScript(keepContexts);
  await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
  await visitor.page.goto(`${running.url}/studies/${instances[0]?.studyInstanceUID}${search}`);
  return visitor;
}

const ready = (page: Page) => page.locator('[data-testid="viewport"][data-state="ready"]');

describe.each(Object.entries(GRAPHICS))('%s', (_name, graphics) => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser(graphics);
  });
  afterAll(() => browser?.close());

  test.each([
    ['a stack', '', 1],
    ['a grid', '?layout=2x2', SERIES],
  ] as const)('%s outlives its graphics contexts three times', async (_place, search, cells) => {
    const { page, context } = await openStudy(browser, search);
    await ready(page)
      .nth(cells - 1)
      .waitFor();
    const before = await Promise.all(Array.from({ length: cells }, (_, at) => pixelsOf(ready(page).nth(at))));
    for (let loss = 0; loss < LOSSES; loss += 1) {
      expect(await loseContexts(page)).toBe(0);
      expect(await ready(page).count()).toBe(cells);
      expect(await Promise.all(Array.from({ length: cells }, (_, at) => pixelsOf(ready(page).nth(at))))).toEqual(before);
    }
    await context.close();
  });

  test('a canvas that loses its memory is not ready until its picture is back', async () => {
    const { page, context } = await openStudy(browser, '');
    await ready(page).waitFor();
    const cell = page.getByTestId('viewport');
    const before = await pixelsOf(cell);
    for (let loss = 0; loss < LOSSES; loss += 1) {
      const state = await cell.evaluate(async (element) => {
        const canvas = element.querySelector('canvas') as HTMLCanvasElement;
        canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
        canvas.dispatchEvent(new Event('contextlost', { cancelable: true }));
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const lost = element.getAttribute('data-state');
        canvas.dispatchEvent(new Event('contextrestored'));
        return lost;
      });
      expect(state).not.toBe('ready');
      await ready(page).waitFor();
      expect(await pixelsOf(cell)).toBe(before);
    }
    await context.close();
  });
});
