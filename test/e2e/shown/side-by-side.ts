/** The same stack in several browsers, led by the same keys and drags; what one has compared with /rendered, the others only have to show alike. */
import type { Locator } from 'playwright-core';
import type { Visitor } from '../../fixtures/browser.ts';
import { type Addressed, blockColours, goWithin, type Look, lookAt, settledState } from '../../fixtures/shown-pixels.ts';

export class SideBySide {
  readonly #visitors: readonly Visitor[];
  #cells: readonly Locator[] = [];
  /** `data-image` of the first one. */
  shown = '';

  constructor(visitors: readonly Visitor[]) {
    this.#visitors = visitors;
  }

  /** `key`: as the gateway lists the stack. Resolves to whether its first picture is there everywhere. */
  async open(study: string, key: string): Promise<boolean> {
    const [series = '', clip] = key.split('/');
    const cell = `[data-testid="viewport"]${clip === undefined ? `[data-series="${series}"]:not([data-clip])` : `[data-clip="${clip}"]`}`;
    this.#cells = this.#visitors.map(({ page }) => page.locator(cell));
    this.shown = '';
    await this.#each(({ page }) => goWithin(page, `/studies/${study}?layout=1x1&series=${encodeURIComponent(key)}&image=1`));
    return this.#settle();
  }

  /** Leads to another picture of the stack; resolves to whether it is there everywhere. */
  async press(key: string): Promise<boolean> {
    await this.#each(({ page }) => page.keyboard.press(key));
    return this.#settle();
  }

  /** The window tool, over the picture; screen pixels. Resolves once what it left stands on the screen. */
  async drag(right: number, down: number): Promise<void> {
    const before = await this.read('data-window');
    await this.#each(async ({ page }, at) => {
      const cell = this.#cells[at] as Locator;
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
    return (await this.#cells[0]?.getAttribute(attribute)) ?? '';
  }

  async count(): Promise<number> {
    const numbers = ((await this.#cells[0]?.getByTestId('image-number').textContent()) ?? '').match(/\d+/g) ?? [];
    return Number(numbers[1] ?? 0);
  }

  async isDrawnByGateway(): Promise<boolean> {
    return (await this.#cells[0]?.getByTestId('drawn-by-gateway').count()) !== 0;
  }

  /** One after the other, so that the reference is worked out once when they agree. */
  async look(rendered: string): Promise<readonly Look[]> {
    const looks: Look[] = [];
    for (const cell of this.#cells) {
      const agreed = looks.find(({ difference }) => difference <= 1);
      looks.push(await lookAt(cell, rendered, agreed?.digest));
    }
    return looks;
  }

  /** Of the middles of the picture's 4 × 4 blocks, in each browser. */
  blocks(size: Pick<Addressed, 'rows' | 'columns'>): Promise<number[][][]> {
    return Promise.all(this.#cells.map((cell) => blockColours(cell, size)));
  }

  async #settle(): Promise<boolean> {
    const states = await this.#each((_visitor, at) => settledState(this.#cells[at] as Locator, this.shown));
    this.shown = await this.read('data-image');
    return states.every((state) => state === 'ready');
  }

  #each<Value>(act: (visitor: Visitor, at: number) => Promise<Value>): Promise<Value[]> {
    return Promise.all(this.#visitors.map(act));
  }
}
