import { afterAll, beforeAll, expect, test } from 'vitest';
import { isClip } from '../../../gateway/domain/imaging/clip.ts';
import { GRAPHICS } from '../../fixtures/browser.ts';
import { storeAll } from '../../fixtures/desk.ts';
import { PIXEL_SIBLINGS } from '../../fixtures/dicom/pixel-siblings.ts';
import type { Sibling } from '../../fixtures/dicom/sibling.ts';
import { type Addressed, addressOf, offBy } from '../../fixtures/shown-pixels.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';
import { openSideBySide, type SideBySide } from './side-by-side.ts';

/** Forms of pixels that the shared cases do not have: the canvas shows what PS3.3 says, as the fixture worked it out, and what /rendered gives; with WebGL and without. */

let running: RunningRegion;
let sides: Awaited<ReturnType<typeof openSideBySide>>;

beforeAll(async () => {
  running = await startSmallRegion('shown-siblings', { RENKEI_QUIET_SECONDS: '600' });
  for (const { name, bytes } of PIXEL_SIBLINGS) expect([200, 202], name).toContain(await storeAll(running, [bytes]));
  sides = await openSideBySide(running);
});

afterAll(async () => {
  await sides?.close();
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

test.each(PIXEL_SIBLINGS)('$name', async (sibling) => {
  const { pages } = sides;
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
});
