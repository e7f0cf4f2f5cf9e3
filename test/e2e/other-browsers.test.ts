import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { createSmallRegion, SMALL_REGION, SMALL_REGION_PASSWORD, type SmallRegion } from '../fixtures/api-client.ts';
import { ctSeries, usSeries } from '../fixtures/dicom/synthetic-series.ts';
import { eventually } from '../fixtures/eventually.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { KEYS, type OtherBrowser, openFirefox, openWebKit } from '../fixtures/other-browsers.ts';
import { folderWithDatabase } from '../fixtures/servers/made-database.ts';
import { drawUnsmoothed, type Look, lookInPage } from '../fixtures/shown-pixels.ts';
import { testConfig } from '../fixtures/test-config.ts';

/** In Firefox and in WebKit, Safari's engine: sign in, open a study, the picture is right, scroll, window, measure. */
const SLICES = 6;
const SIZE = 128;
const CT = [...ctSeries({ seed: 57, instances: SLICES, size: SIZE })];
const US = [...usSeries({ seed: 57, frames: 3, rows: 96, columns: 128, colour: true, seriesNumber: 2 })];
const [{ studyInstanceUID, seriesInstanceUID }] = CT as [(typeof CT)[number]];
/** For whoever wants to look. */
const PICTURES = join(tmpdir(), 'renkei-other-browsers');
const MM_PER_PIXEL = 400 / SIZE;

let gateway: Gateway;
let region: SmallRegion;
let url: string;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  gateway = await startGateway(testConfig(await folderWithDatabase('other-browsers'), { RENKEI_QUIET_SECONDS: '1' }));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
  const stored = await region.hospital.fetch('/dicom-web/studies', {
    method: 'POST',
    ...multipartOf([...CT, ...US].map(({ bytes }) => bytes)),
  });
  expect(stored.status).toBe(200);
  // Compressed for the way, so that the WebAssembly codec takes part.
  await eventually(async () => {
    const { sopInstanceUID } = CT[0] as (typeof CT)[number];
    const path = `/dicom-web/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${sopInstanceUID}/frames/1`;
    const accept = 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.202';
    return (await region.hospital.fetch(path, { headers: { accept } })).status === 200;
  });
});

afterAll(() => gateway?.close());

const viewport = (browser: OtherBrowser, condition: string) =>
  browser.until(
    `a viewport ${condition}`,
    (selector) => {
      const found = document.querySelector(selector);
      if (found === null) return undefined;
      const { left, top, width, height } = found.getBoundingClientRect();
      const [zoom = 0] = (found.getAttribute('data-zoom') ?? '').split(',').map(Number);
      return {
        image: found.getAttribute('data-image') ?? '',
        window: found.getAttribute('data-window') ?? '',
        middle: { x: left + width / 2, y: top + height / 2 },
        zoom,
      };
    },
    `[data-testid="viewport"][data-state="ready"]${condition}`,
  );

function looked(browser: OtherBrowser, image: string, series: string, query = ''): Promise<Look> {
  const [instance, frame] = image.split('/');
  const rendered = `/dicom-web/studies/${studyInstanceUID}/series/${series}/instances/${instance}/frames/${frame}/rendered${query}`;
  return browser.run(
    (address, look) => look(document.querySelector('[data-testid="viewport"]') as Element, { rendered: address, seenBefore: '' }),
    rendered,
    lookInPage,
  );
}

/** What a person would have on the console. */
function keepErrors(): void {
  const kept: string[] = [];
  // Firefox runs these scripts with a global object of their own.
  Object.assign(window, { errorsOfThePage: kept });
  addEventListener('error', ({ message }) => kept.push(message));
  addEventListener('unhandledrejection', ({ reason }) => kept.push(String(reason)));
}

const goWithinPage = (browser: OtherBrowser, to: string) =>
  browser.run((address) => {
    history.pushState({}, '', address);
    dispatchEvent(new PopStateEvent('popstate', { state: {} }));
  }, to);

async function signIn(browser: OtherBrowser): Promise<void> {
  await browser.go(`${url}/`);
  const { email } = SMALL_REGION.hospital;
  for (const [type, text] of [
    ['email', email],
    ['password', SMALL_REGION_PASSWORD],
  ]) {
    await browser.until(
      `the field ${type}`,
      (selector) =>
        (document.querySelector(selector) as HTMLElement | null)?.focus() === undefined && document.activeElement?.matches(selector),
      `input[type="${type}"]`,
    );
    await browser.press(...(text as string));
  }
  await browser.press(KEYS.enter);
  await browser.until('the list of studies', (uid) => document.querySelector(`a[href*="${uid}"]`) !== null, studyInstanceUID);
}

describe.each([
  ['Firefox', openFirefox],
  ['WebKit', openWebKit],
] as const)('%s', (name, open) => {
  let browser: OtherBrowser;

  beforeAll(async () => {
    browser = await open();
    await signIn(browser);
    await browser.run(keepErrors, undefined);
    await browser.run(drawUnsmoothed, undefined);
  });
  afterAll(() => browser?.close());

  test('a picture is right, at its own window and another, to the last of its stack', async () => {
    await goWithinPage(browser, `/studies/${studyInstanceUID}?layout=1x1&series=${seriesInstanceUID}&image=1`);
    const first = await viewport(browser, '');
    expect((await looked(browser, first.image, seriesInstanceUID)).difference).toBeLessThanOrEqual(1);
    await browser.press(KEYS.end);
    const last = await viewport(browser, `[data-image="${CT[SLICES - 1]?.sopInstanceUID}/1"]`);
    expect((await looked(browser, last.image, seriesInstanceUID)).difference).toBeLessThanOrEqual(1);
    await browser.drag(last.middle, { x: last.middle.x + 40, y: last.middle.y }, { x: last.middle.x + 80, y: last.middle.y + 30 });
    // The picture of the drag's last move may come after that of one before it.
    const { difference } = await eventually(async () => {
      const { window } = await viewport(browser, `:not([data-window="${last.window}"])`);
      const [width, centre] = window.split(',');
      const look = await looked(browser, last.image, seriesInstanceUID, `?window=${centre},${width},linear`);
      return (await viewport(browser, '')).window === window && look;
    });
    expect(difference).toBeLessThanOrEqual(1);
    expect(await browser.run(() => document.querySelector('[data-testid="drawn-by-gateway"]'), undefined)).toBeNull();
  });

  test('a length is measured in millimetres', async () => {
    const { middle, zoom } = await viewport(browser, '');
    await browser.press('l');
    await browser.drag({ x: middle.x - 100, y: middle.y }, { x: middle.x, y: middle.y }, { x: middle.x + 100, y: middle.y });
    // While the mouse moves, lengths on the way are written.
    const near = (mm: number) =>
      [...document.querySelectorAll('[data-testid="viewport"] svg text tspan')]
        .map((one) => one.textContent ?? '')
        .find((text) => text.includes('mm') && Math.abs(Number.parseFloat(text) - mm) < 1);
    expect(await browser.until('the length', near, (200 / zoom) * MM_PER_PIXEL)).toMatch(/mm/);
  });

  test('the slider at the edge leads to the picture at its height', async () => {
    const edge = await browser.run(() => {
      const { left, top, width, height } = (
        document.querySelector('[data-testid="viewport"] input[type="range"]') as Element
      ).getBoundingClientRect();
      return { x: left + width / 2, top, bottom: top + height, height };
    }, undefined);
    expect(edge.height).toBeGreaterThan(100);
    await browser.drag({ x: edge.x, y: edge.bottom - 4 }, { x: edge.x, y: edge.top + edge.height / 2 }, { x: edge.x, y: edge.top + 4 });
    await viewport(browser, `[data-image="${CT[0]?.sopInstanceUID}/1"]`);
    await browser.drag({ x: edge.x, y: edge.top + 4 }, { x: edge.x, y: edge.top + edge.height / 2 }, { x: edge.x, y: edge.bottom - 4 });
    await viewport(browser, `[data-image="${CT[SLICES - 1]?.sopInstanceUID}/1"]`);
  });

  test('colour is right, and a film plays', async () => {
    const [{ seriesInstanceUID: series, sopInstanceUID }] = US as [(typeof US)[number]];
    await goWithinPage(
      browser,
      `/studies/${studyInstanceUID}?layout=1x1&series=${encodeURIComponent(`${series}/${sopInstanceUID}`)}&image=1`,
    );
    const first = await viewport(browser, `[data-image="${sopInstanceUID}/1"]`);
    expect((await looked(browser, first.image, series)).difference).toBeLessThanOrEqual(1);
    await browser.press(' ');
    await viewport(browser, `[data-image="${sopInstanceUID}/3"]`);
    await browser.press(' ');
    await browser.screenshot(join(PICTURES, `${name}.png`));
  });

  test('a study is shared until a date, and nothing went wrong on the page', async () => {
    await browser.run(() => (document.querySelector('[data-testid="share"]') as HTMLElement).click(), undefined);
    const focused = (selector: string) => {
      const field = document.querySelector<HTMLElement>(selector);
      field?.focus();
      return field !== null && document.activeElement === field;
    };
    await browser.until('the choice of a facility', focused, '[role="dialog"] input[role="combobox"]');
    await browser.press(KEYS.down);
    await browser.until('a facility to choose', () => document.querySelector('[role="option"]') !== null, undefined);
    await browser.press(KEYS.down, KEYS.enter);
    const day = await browser.run(() => {
      const field = document.querySelector('[role="dialog"] input[name="until"]') as HTMLInputElement;
      const { width, height } = field.getBoundingClientRect();
      return { type: field.type, value: field.value, seen: width > 0 && height > 0 };
    }, undefined);
    // As the page writes days, in the language that this browser asks for.
    const written =
      (await browser.run(() => document.documentElement.lang, undefined)) === 'ja'
        ? /^\d{4}\/\d\d?\/\d\d?$/
        : /^\d\d? [A-Z][a-z]{2} \d{4}$/;
    expect(day).toEqual({ type: 'text', value: expect.stringMatching(written), seen: true });
    await browser.run(() => (document.querySelector('[role="dialog"] button[type="submit"]') as HTMLElement).click(), undefined);
    await browser.until('the share in the list', () => document.querySelector('[data-testid="share-row"]') !== null, undefined);
    expect(await browser.run(() => (window as unknown as { errorsOfThePage: string[] }).errorsOfThePage, undefined)).toEqual([]);
  });
});
