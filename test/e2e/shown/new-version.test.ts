import type { Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { drag, openVisitor, PAGE_WAITS_MS, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, openDesk, SOON_DERIVED, storeAll } from '../../fixtures/desk.ts';
import { type GreySlice, greySlices, newVersion } from '../../fixtures/dicom/grey-slices.ts';
import { say } from '../../fixtures/say.ts';
import { seenOnScreen, watchScreen } from '../../fixtures/screen-witness.ts';

/** Another version of an instance comes while the study is open: its pixels are never shown by the description of the one before. */
const SLICES = 3;
const FRAME = /\/frames\/\d+(\?|$)/;
const METADATA = /\/series\/[^/]+\/metadata$/;

let desk: Desk;
let visitor: Visitor;
let page: Page;
let seed = 300;
let series: GreySlice[];

beforeAll(async () => {
  desk = await openDesk('new-version', SOON_DERIVED);
});

afterAll(() => desk?.close());

beforeEach(async () => {
  seed += 1;
  series = greySlices(seed, 1, SLICES, 40);
  await store(series);
  visitor = await openVisitor(desk.browser, desk.url, 'ja', 'desktop');
  ({ page } = visitor);
  await page.addInitScript(watchScreen);
  await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
});

afterEach(() => visitor?.context.close());

const store = async (slices: readonly GreySlice[]) => {
  const files = slices.map(({ bytes }) => bytes);
  expect(await storeAll(desk, files)).toBe(200);
};
const at = (number: number) => series[number - 1] as GreySlice;
const open = (number: number) =>
  page.goto(`${desk.url}/studies/${at(1).studyInstanceUID}?layout=1x1&series=${at(1).seriesInstanceUID}&image=${number}`);
const cell = () => page.getByTestId('viewport');
const shows = ({ sopInstanceUID }: GreySlice) =>
  cell()
    .and(page.locator(`[data-state="ready"][data-image="${sopInstanceUID}/1"]`))
    .waitFor();
const below = ({ studyInstanceUID, seriesInstanceUID, sopInstanceUID }: GreySlice) =>
  `/dicom-web/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`;

/** Greys that stood on the screen under the number of a slice, but those it has or had. */
async function wrongGreys(known: readonly GreySlice[]): Promise<readonly object[]> {
  const seen = await seenOnScreen(page);
  expect(seen.length).toBeGreaterThan(0);
  return seen.filter(({ image, grey }) => image !== '' && !known.some((one) => `${one.sopInstanceUID}/1` === image && one.grey === grey));
}

/** Answers to addresses like these wait until the test lets them go. */
async function hold(pattern: RegExp, matches: (url: string) => boolean = () => true) {
  const held: Route[] = [];
  await page.route(pattern, async (route) => {
    if (matches(route.request().url())) held.push(route);
    else await route.continue();
  });
  return {
    first: () =>
      expect
        .poll(() => held[0], { timeout: PAGE_WAITS_MS })
        .toBeDefined()
        .then(() => held[0] as Route),
    end: async () => {
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      for (const route of held) await route.continue().catch(() => undefined);
    },
  };
}

describe('in the page', () => {
  test('a frame that was asked for later is not read by the older metadata', async () => {
    const line = await hold(FRAME, (url) => url.includes(at(3).sopInstanceUID));
    await open(1);
    await shows(at(1));
    await line.first();
    const newer = newVersion(at(3), 200);
    await store([newer]);
    await line.end();
    await page.keyboard.press('End');
    await shows(newer);
    expect(await wrongGreys([...series, newer])).toEqual([]);
    expect((await seenOnScreen(page)).every(({ grey }) => grey === newer.grey)).toBe(true);
  });

  test('metadata that come late are not those of the frames', async () => {
    const line = await hold(METADATA);
    await open(2);
    const late = await line.first();
    const older = await late.fetch();
    const newer = newVersion(at(2), 180);
    await store([newer]);
    await late.fulfill({ response: older });
    await line.end();
    await shows(newer);
    expect(await wrongGreys([newer, at(1), at(3)])).toEqual([]);
  });

  test('a stack that is looked at goes over to it as soon as a frame of it is asked for', async () => {
    const line = await hold(FRAME, (url) => url.includes(at(2).sopInstanceUID));
    await open(1);
    await shows(at(1));
    await line.first();
    const all = series.map((slice) => newVersion(slice, slice.grey + 100));
    await store(all);
    await line.end();
    await shows(all[0] as GreySlice);
    await expect.poll(async () => (await seenOnScreen(page)).map(({ grey }) => grey), { timeout: PAGE_WAITS_MS }).toEqual([all[0]?.grey]);
    for (const slice of all.slice(1)) {
      await page.keyboard.press('ArrowDown');
      await shows(slice);
    }
    expect(await wrongGreys(all)).toEqual([]);
  });

  test('frames that are derived later are of the same version: nothing is read again', async () => {
    const asked: string[] = [];
    page.on('request', (request) => {
      if (METADATA.test(request.url()) || FRAME.test(request.url())) asked.push(request.url());
    });
    const line = await hold(FRAME, (url) => url.includes(at(3).sopInstanceUID));
    await open(1);
    await shows(at(1));
    await line.first();
    const htj2k = 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.202';
    await expect
      .poll(async () => (await desk.region.hospital.fetch(`${below(at(3))}/frames/1`, { headers: { accept: htj2k } })).status, {
        timeout: PAGE_WAITS_MS,
      })
      .toBe(200);
    await line.end();
    await page.keyboard.press('End');
    await shows(at(3));
    expect(asked.filter((url) => FRAME.test(url))).toHaveLength(SLICES);
    expect(await wrongGreys(series)).toEqual([]);
  });
});

describe('measurements', () => {
  const lengths = () => cell().locator('svg text tspan').allTextContents();
  const draw = async () => {
    const box = await cell().boundingBox();
    if (box === null) throw new Error('no viewport');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await drag(visitor, { x: x - 40, y }, { x: x + 40, y });
    await expect.poll(async () => (await lengths()).join(), { timeout: PAGE_WAITS_MS }).toContain('mm');
  };

  test('on the older version go, and the doctor is told how many; others stay', async () => {
    const { words } = visitor;
    const line = await hold(FRAME, (url) => url.includes(at(3).sopInstanceUID));
    await open(1);
    await shows(at(1));
    await line.first();
    await page.locator('[data-tool="length"]').click();
    await draw();
    await page.keyboard.press('ArrowDown');
    await shows(at(2));
    await draw();
    const newer = [newVersion(at(1), 150), newVersion(at(3), 160)] as const;
    await store(newer);
    await line.end();
    const told = page.getByRole('alertdialog', { name: words.measure.lostTitle });
    await told.getByText(say(words.measure.lostBody_one, { count: 1 })).waitFor();
    await told.getByRole('button', { name: words.app.close }).click();
    await told.waitFor({ state: 'detached' });
    await shows(at(2));
    expect((await lengths()).join()).toContain('mm');
    await page.keyboard.press('ArrowUp');
    await shows(newer[0]);
    expect(await lengths()).toEqual([]);
    await page.getByRole('button', { name: `${words.measure.title} (1)` }).waitFor();
  });
});

describe('at the gateway', () => {
  const uriOf = async (slice: GreySlice): Promise<string> => {
    const { body } = await desk.region.hospital.call<{ '00080018': { Value: string[] }; '7FE00010': { BulkDataURI: string } }[]>(
      'GET',
      `/dicom-web/studies/${slice.studyInstanceUID}/series/${slice.seriesInstanceUID}/metadata`,
    );
    return body.find((one) => one['00080018'].Value[0] === slice.sopInstanceUID)?.['7FE00010'].BulkDataURI ?? '';
  };
  const statusOf = async (path: string, accept: string) => (await desk.region.hospital.fetch(path, { headers: { accept } })).status;
  const settled = ({ studyInstanceUID }: GreySlice) =>
    expect
      .poll(async () => (await desk.region.hospital.call<{ complete: boolean }>('GET', `/api/studies/${studyInstanceUID}`)).body.complete, {
        timeout: PAGE_WAITS_MS,
      })
      .toBe(true);

  test('metadata name the version they are of, before and after they settle; its frames, renderings and values are no other’s', async () => {
    const older = await uriOf(at(1));
    await settled(at(1));
    expect(await uriOf(at(1))).toBe(older);
    const addresses = (uri: string) => {
      const version = /version-([0-9a-f]{16})\//.exec(uri)?.[1];
      return [
        [`${below(at(1))}/frames/1?version=${version}`, 'application/octet-stream'],
        [`${below(at(1))}/rendered?version=${version}`, 'image/png'],
        [`${below(at(1))}/frames/1/rendered?version=${version}`, 'image/png'],
        [new URL(uri).pathname, 'application/octet-stream'],
      ] as const;
    };
    for (const [path, accept] of addresses(older)) expect(await statusOf(path, accept), path).toBe(200);
    const newer = newVersion(at(1), 222);
    await store([newer]);
    const uri = await uriOf(newer);
    expect(uri).not.toBe(older);
    for (const [path, accept] of addresses(older)) expect(await statusOf(path, accept), path).toBe(409);
    for (const [path, accept] of addresses(uri)) expect(await statusOf(path, accept), path).toBe(200);
    expect(await statusOf(`${below(at(1))}/frames/1?version=x`, '*/*')).toBe(400);
    expect(await statusOf(`${below(at(1))}/frames/1`, '*/*')).toBe(200);
  });
});
