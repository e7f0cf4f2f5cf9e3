import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isClip } from '../../../gateway/domain/imaging/clip.ts';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { GRAPHICS, openBrowser, openVisitor, PAGE_WAITS_MS, signIn, type Visitor } from '../../fixtures/browser.ts';
import { storeAll } from '../../fixtures/desk.ts';
import { PIXEL_SIBLINGS } from '../../fixtures/dicom/pixel-siblings.ts';
import type { Sibling } from '../../fixtures/dicom/sibling.ts';
import { type Addressed, addressOf, drawUnsmoothed, offBy } from '../../fixtures/shown-pixels.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';
import { SideBySide } from './side-by-side.ts';

/** Forms of pixels that the shared cases do not have: the canvas shows what PS3.3 says, as the fixture worked it out, and what /rendered gives; with WebGL and without. */

let running: RunningRegion;
const browsers: Browser[] = [];
const visitors: Visitor[] = [];

beforeAll(async () => {
  running = await startSmallRegion('shown-siblings', { RENKEI_QUIET_SECONDS: '600' });
  for (const { name, bytes } of PIXEL_SIBLINGS) expect([200, 202], name).toContain(await storeAll(running, [bytes]));
  for (const graphics of Object.values(GRAPHICS)) {
    const browser = await openBrowser(graphics);
    browsers.push(browser);
    const visitor = await openVisitor(browser, running.url, 'ja', 'laptop');
    visitors.push(visitor);
    await visitor.page.addInitScript(drawUnsmoothed);
    await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
  }
});

afterAll(async () => {
  for (const browser of browsers) await browser.close();
  await running?.close();
});

async function offHere(pages: SideBySide, { grids }: Sibling, { study, series, instance, rows, columns }: Addressed, frame: number) {
  expect(pages.shown).toBe(`${instance}/${frame}`);
  const found = await pages.blocks({ rows, columns });
  const right = grids[frame - 1] ?? [];
  expect(right.length).toBe(4);
  const looks = await pages.look(`/dicom-web/studies/${study}/series/${series}/instances/${instance}/frames/${frame}/rendered`);
  const names = Object.keys(GRAPHICS);
  return [
    ...found.flatMap((blocks, at) => offBy(blocks, right).map((wrong) => `frame ${frame}, ${names[at]}: ${wrong}`)),
    ...looks.flatMap(({ difference }, at) => (difference <= 1 ? [] : [`frame ${frame}, ${names[at]}: ${difference} from /rendered`])),
    ...((await pages.isDrawnByGateway()) ? [`frame ${frame}: drawn by the gateway`] : []),
  ];
}

test.each(PIXEL_SIBLINGS)(
  '$name',
  async (sibling) => {
    const pages = new SideBySide(visitors);
    const address = await addressOf(sibling.bytes);
    const { series, instance, frames, header, study } = address;
    expect(frames).toBe(sibling.grids.length);
    expect(await pages.open(study, isClip(header, frames) ? `${series}/${instance}` : series)).toBe(true);
    const off: string[] = [];
    for (let frame = 1; frame <= frames; frame += 1) {
      if (frame > 1) expect(await pages.press('ArrowDown')).toBe(true);
      off.push(...(await offHere(pages, sibling, address, frame)));
    }
    expect(off).toEqual([]);
  },
  PAGE_WAITS_MS * 2,
);
