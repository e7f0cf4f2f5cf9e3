/** The same stack in several browsers, led by the same keys and drags; what one has compared with /rendered, the others only have to show alike. */
import type { Browser, Locator } from 'playwright-core';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { GRAPHICS, openBrowser, openVisitor, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Addressed, blockColours, drawUnsmoothed, goWithin, type Look, lookAt, settledCell } from '../../fixtures/shown-pixels.ts';
import type { RunningRegion } from '../../fixtures/small-region.ts';

/** Small, as the machine draws the whole page anew with each picture. */
const SCREEN = { width: 900, height: 640 };

/** A browser for each of GRAPHICS, with the hospital signed in. */
export async function openSideBySide({ url }: Pick<RunningRegion, 'url'>): Promise<{ pages: SideBySide; close(): Promise<void> }> {
  const browsers: Browser[] = [];
  const close = async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
  };
  const visitor = async (graphics: readonly string[]) => {
    const browser = await openBrowser(graphics);
    browsers.push(browser);
    const visitor = await openVisitor(browser, url, 'ja', 'laptop');
    await visitor.page.setViewportSize(SCREEN);
    await visitor.page.addInitScript(drawUnsmoothed);
    await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
    // Away from the list: its thumbnails, which nobody has made yet, keep the browser's connections.
    await visitor.page.goto(`${url}/settings`);
    return visitor;
  };
  try {
    return { pages: new SideBySide(await Promise.all(Object.values(GRAPHICS).map(visitor))), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

export class SideBySide {
  readonly #visitors: readonly Visitor[];
  #cell = '';
  /** `data-image` of the first one. */
  shown = '';

  constructor(visitors: readonly Visitor[]) {
    this.#visitors = visitors;
  }

  /** `key`: as the gateway lists the stack. Resolves to whether its first picture is there everywhere. */
  async open(study: string, key: string): Promise<boolean> {
    const [series = '', clip] = key.split('/');
    this.#cell = `[data-testid="viewport"]${clip === undefined ? `[data-series="${series}"]:not([data-clip])` : `[data-clip="${clip}"]`}`;
    this.shown = '';
    return this.#settle(({ page }) => goWithin(page, `/studies/${study}?layout=1x1&series=${encodeURIComponent(key)}&image=1`));
  }

  /** Leads to another picture of the stack; resolves to whether it is there everywhere. */
  press(key: string): Promise<boolean> {
    return this.#settle(({ page }) => page.keyboard.press(key));
  }

  /** The window tool, over the picture; screen pixels. Resolves once what it left stands on the screen. */
  async drag(right: number, down: number): Promise<void> {
    const before = await this.read('data-window');
    await this.#each(async ({ page }, cell) => {
      const box = await cell.boundingBox();
      if (box === null) throw new Error('no cell');
      const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(from.x + right, from.y + down, { steps: 2 });
      await page.mouse.up();
      await cell.and(page.locator(`:not([data-window="${before}"])`)).waitFor();
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    });
  }

  /** Of the first cell. */
  async read(attribute: string): Promise<string> {
    return (await this.#first().getAttribute(attribute)) ?? '';
  }

  async count(): Promise<number> {
    const numbers = ((await this.#first().getByTestId('image-number').textContent()) ?? '').match(/\d+/g) ?? [];
    return Number(numbers[1] ?? 0);
  }

  async isDrawnByGateway(): Promise<boolean> {
    return (await this.#first().getByTestId('drawn-by-gateway').count()) !== 0;
  }

  /** One after the other, so that the reference is worked out once when they agree. */
  async look(rendered: string): Promise<readonly Look[]> {
    const looks: Look[] = [];
    for (const { page } of this.#visitors) {
      const agreed = looks.find(({ difference }) => difference <= 1);
      looks.push(await lookAt(page.locator(this.#cell), rendered, agreed?.digest));
    }
    return looks;
  }

  /** Of the middles of the picture's 4 × 4 blocks, in each browser. */
  blocks(size: Pick<Addressed, 'rows' | 'columns'>): Promise<number[][][]> {
    return this.#each((_visitor, cell) => blockColours(cell, size));
  }

  /** What leads there, and that it is there, one browser not waiting for the other in between. */
  async #settle(lead: (visitor: Visitor) => Promise<void>): Promise<boolean> {
    const before = this.shown;
    const there = await this.#each(async (visitor) => {
      await lead(visitor);
      return settledCell(visitor.page, this.#cell, before);
    });
    this.shown = there[0]?.image ?? '';
    return there.every(({ state, image }) => state === 'ready' && image === this.shown);
  }

  #first(): Locator {
    const [visitor] = this.#visitors;
    if (visitor === undefined) throw new Error('no browser');
    return visitor.page.locator(this.#cell);
  }

  #each<Value>(act: (visitor: Visitor, cell: Locator) => Promise<Value>): Promise<Value[]> {
    return Promise.all(this.#visitors.map((visitor) => act(visitor, visitor.page.locator(this.#cell))));
  }
}
