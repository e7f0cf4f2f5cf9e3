import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isClip } from '../../../gateway/domain/imaging/clip.ts';
import { GRAPHICS, PAGE_WAITS_MS } from '../../fixtures/browser.ts';
import { storeAll } from '../../fixtures/desk.ts';
import { type Addressed, addressOf, type CasePicture, casePictures, offBy } from '../../fixtures/shown-pixels.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';
import { openSideBySide } from './side-by-side.ts';

/** The shared cases in the browser: what the canvas shows is what PS3.3 says, with WebGL and without, side by side. */
interface Case extends CasePicture {
  readonly address: Addressed;
}

let running: RunningRegion;
let sides: Awaited<ReturnType<typeof openSideBySide>>;
const cases: Case[] = [];

beforeAll(async () => {
  running = await startSmallRegion('shown-cases', { RENKEI_QUIET_SECONDS: '600' });
  const addresses = new Map<string, Addressed>();
  for (const picture of casePictures()) {
    const { path } = picture;
    if (!addresses.has(path)) {
      const bytes = await readFile(path);
      addresses.set(path, await addressOf(bytes));
      expect([200, 202], path).toContain(await storeAll(running, [bytes]));
    }
    cases.push({ ...picture, address: addresses.get(path) as Addressed });
  }
  sides = await openSideBySide(running);
});

afterAll(async () => {
  await sides?.close();
  await running?.close();
});

/** Key of a stack, as the gateway lists it → its pictures. */
function byStack(): ReadonlyMap<string, readonly Case[]> {
  const found = new Map<string, Case[]>();
  for (const picture of cases) {
    const { series, instance, frames, header } = picture.address;
    const key = isClip(header, frames) ? `${series}/${instance}` : series;
    found.set(key, [...(found.get(key) ?? []), picture]);
  }
  return found;
}

/** Goes through a stack from its first image to its last; what is off, by picture. */
async function offInStack(key: string, wanted: readonly Case[]): Promise<readonly string[]> {
  const { pages } = sides;
  const off: string[] = [];
  const rest = new Set(wanted);
  let there = await pages.open((wanted[0] as Case).address.study, key);
  for (let left = there ? await pages.count() : 0; there && left > 0; left -= 1) {
    const picture = wanted.find(({ address, frame }) => `${address.instance}/${frame}` === pages.shown);
    if (picture !== undefined) {
      rest.delete(picture);
      const shown = await pages.blocks(picture.address);
      const wrong = shown.flatMap((blocks, at) => offBy(blocks, picture.grid).map((one) => `${one}, ${Object.keys(GRAPHICS)[at]}`));
      if (wrong.length > 0) off.push(`${picture.name}: ${wrong.length} blocks, ${wrong[0]}`);
    }
    if (rest.size === 0) break;
    if (left > 1) there = await pages.press('ArrowDown');
  }
  return [...off, ...[...rest].map(({ name }) => `${name}: not shown`)];
}

test(
  'every picture of the cases is within one grey level',
  async () => {
    const off: string[] = [];
    for (const [key, wanted] of byStack()) {
      const failed = (thrown: unknown) => [`${wanted[0]?.name}: ${String(thrown).slice(0, 300)}`];
      off.push(...(await offInStack(key, wanted).catch(failed)));
    }
    expect(off).toEqual([]);
    expect(cases.length).toBeGreaterThan(100);
  },
  PAGE_WAITS_MS * 10,
);
