import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isClip } from '../../../gateway/domain/imaging/clip.ts';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { GRAPHICS, openBrowser, openVisitor, PAGE_WAITS_MS, signIn } from '../../fixtures/browser.ts';
import { SOON_DERIVED, storeAll } from '../../fixtures/desk.ts';
import {
  type Addressed,
  addressOf,
  blockColours,
  type CasePicture,
  casePictures,
  drawUnsmoothed,
  offBy,
  openStack,
  settledState,
  stackCell,
} from '../../fixtures/shown-pixels.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

/** The shared cases in the browser: what the canvas shows is what PS3.3 says, with WebGL and without. */
const PICTURES = casePictures();

let running: RunningRegion;
/** By path. */
const addresses = new Map<string, Addressed>();

beforeAll(async () => {
  running = await startSmallRegion('shown-cases', SOON_DERIVED);
  for (const path of new Set(PICTURES.map((picture) => picture.path))) {
    addresses.set(path, await addressOf(path));
    expect([200, 202], path).toContain(await storeAll(running, [await readFile(path)]));
  }
});

afterAll(() => running?.close());

/** Series, or instance where it is a clip → its pictures. */
function byStack(): ReadonlyMap<string, readonly CasePicture[]> {
  const found = new Map<string, CasePicture[]>();
  for (const picture of PICTURES) {
    const { series, instance, frames, header } = addresses.get(picture.path) as Addressed;
    const stack = isClip(header, frames) ? instance : series;
    found.set(stack, [...(found.get(stack) ?? []), picture]);
  }
  return found;
}

/** Goes through a stack from its first image to its last; what is off, by picture. */
async function offInStack(page: Page, pictures: readonly CasePicture[]): Promise<readonly string[]> {
  const address = (picture: CasePicture) => addresses.get(picture.path) as Addressed;
  const first = address(pictures[0] as CasePicture);
  const cell = stackCell(page, first);
  await openStack(page, first);
  const seen = new Set<string>();
  const off: string[] = [];
  for (let shown = ''; ; ) {
    const state = await settledState(cell, shown);
    shown = (await cell.getAttribute('data-image')) ?? '';
    const picture = pictures.find((one) => `${address(one).instance}/${one.frame}` === shown);
    if (state !== 'ready') break;
    if (picture !== undefined) {
      seen.add(shown);
      const wrong = offBy(await blockColours(cell, address(picture)), picture.grid);
      if (wrong.length > 0) off.push(`${picture.name}: ${wrong.length} blocks, ${wrong[0]}`);
    }
    const [number, count] = ((await cell.getByTestId('image-number').textContent()) ?? '').match(/\d+/g) ?? [];
    if (number === count || seen.size === pictures.length) break;
    await page.keyboard.press('ArrowDown');
  }
  return [...off, ...pictures.filter((one) => !seen.has(`${address(one).instance}/${one.frame}`)).map(({ name }) => `${name}: not shown`)];
}

describe.each(Object.entries(GRAPHICS))('%s', (_name, graphics) => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await openBrowser(graphics);
  });
  afterAll(() => browser?.close());

  test(
    'every picture of the cases is within one grey level',
    async () => {
      const visitor = await openVisitor(browser, running.url, 'ja', 'desktop');
      await visitor.page.addInitScript(drawUnsmoothed);
      await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
      const off: string[] = [];
      for (const pictures of byStack().values()) {
        off.push(
          ...(await offInStack(visitor.page, pictures).catch((thrown: unknown) => [
            `${pictures[0]?.name}: ${String(thrown).slice(0, 200)}`,
          ])),
        );
      }
      expect(off).toEqual([]);
      await visitor.context.close();
    },
    PAGE_WAITS_MS * 20,
  );
});
