import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { drag, openVisitor, type Point, SIZES, type Size, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, openDesk, SOON_DERIVED, storeStudy } from '../../fixtures/desk.ts';
import { ctSeries } from '../../fixtures/dicom/synthetic-series.ts';
import { ADMINISTRATOR } from '../../fixtures/gateway-process.ts';
import { prepareStations } from '../../fixtures/stations.ts';

/**
 * Everything that is raised above a page, by finger and by mouse: what is pressed beside it only closes it, Escape closes it alone, the keyboard
 * stays in it and is at its opener afterwards, and nothing moves beneath it.
 */
const PATIENT = { studyInstanceUID: '2.25.9401', patientName: 'Kondo^Aya=近藤^彩', patientID: 'R-1', size: 64, instances: 3 };
const TWO_SERIES = [...ctSeries({ seed: 94, ...PATIENT }), ...ctSeries({ seed: 95, seriesNumber: 2, ...PATIENT })];

let desk: Desk;
let studyInstanceUID: string;

beforeAll(async () => {
  desk = await openDesk('raised', SOON_DERIVED);
  await prepareStations(desk);
  studyInstanceUID = await storeStudy(desk, TWO_SERIES);
  const until = new Date(Date.now() + 5 * 86_400_000).toISOString();
  await desk.region.hospital.call('POST', `/api/studies/${studyInstanceUID}/shares`, { facilityCode: SMALL_REGION.clinic.code, until });
});
afterAll(() => desk?.close());

interface Raised {
  readonly name: string;
  readonly on: readonly Size[];
  readonly who: 'hospital' | 'administrator';
  readonly path: () => string;
  /** What must be open for it to be reached. */
  readonly first?: (visitor: Visitor) => Promise<unknown>;
  readonly opener: (visitor: Visitor) => Locator;
  /** Done in it before anything else is tried. */
  readonly type?: (visitor: Visitor) => Promise<unknown>;
  readonly surface: (visitor: Visitor) => Locator;
  /** What lies beneath, and would do something. */
  readonly beneath: (visitor: Visitor) => Locator;
  /** `list`: the keyboard stays in its field. `question`: only its buttons close it, and Escape. */
  readonly kind: 'menu' | 'dialog' | 'list' | 'question';
}

const TOOLS = ['laptop', 'tablet'] as const;
/** A tablet shows these as a laptop does, and is touched as a phone is. */
const EVERYWHERE = ['laptop', 'phone'] as const;
const SMALL = ['upright tablet', 'phone'] as const;
const study = () => `/studies/${studyInstanceUID}?layout=2x1`;
const list = () => '/';
const dialog = ({ page }: Visitor) => page.getByRole('dialog').first();
const measurements = ({ page, words }: Visitor) => page.getByRole('dialog', { name: words.measure.title });
const more = ({ page, words }: Visitor) => page.getByRole('button', { name: words.tool.more });
const shareStudy = ({ page }: Visitor) => page.getByTestId('share');
const picture = ({ page }: Visitor) => page.getByTestId('viewport').nth(1);
const row = ({ page }: Visitor) => page.getByTestId('study-row').first();
const openShare = async (visitor: Visitor) => {
  await shareStudy(visitor).click();
  await visitor.page.getByTestId('share-row').first().waitFor();
};

const RAISED: readonly Raised[] = [
  {
    name: 'account menu',
    on: EVERYWHERE,
    who: 'hospital',
    path: list,
    opener: ({ page, words }) => page.getByRole('button', { name: new RegExp(words.nav.account), includeHidden: true }),
    surface: ({ page }) => page.getByRole('menu'),
    beneath: row,
    kind: 'menu',
  },
  {
    name: 'menu of windows',
    on: EVERYWHERE,
    who: 'hospital',
    path: study,
    opener: ({ page }) => page.getByTestId('window-presets'),
    surface: ({ page }) => page.getByRole('menu'),
    beneath: picture,
    kind: 'menu',
  },
  {
    name: 'help',
    on: TOOLS,
    who: 'hospital',
    path: study,
    opener: ({ page, size, words }) => page.getByRole('button', { name: SIZES[size].touch ? words.study.gestures : words.study.help }),
    surface: dialog,
    beneath: picture,
    kind: 'menu',
  },
  {
    name: 'measurements',
    on: TOOLS,
    who: 'hospital',
    path: study,
    opener: ({ page }) => page.getByTestId('measurements'),
    surface: dialog,
    beneath: ({ page }) => page.locator('[data-action="invert"], [data-action="reset"]').first(),
    kind: 'menu',
  },
  {
    name: 'measurements in the sheet of tools',
    on: ['phone'],
    who: 'hospital',
    path: study,
    first: async (visitor) => more(visitor).click(),
    opener: ({ page }) => page.getByTestId('measurements'),
    surface: measurements,
    beneath: ({ page }) => page.getByRole('dialog').first().locator('[data-tool="length"]'),
    kind: 'menu',
  },
  {
    name: 'sheet of tools',
    on: SMALL,
    who: 'hospital',
    path: study,
    opener: more,
    surface: dialog,
    beneath: ({ page }) => page.getByTestId('viewport').first(),
    kind: 'dialog',
  },
  {
    name: 'sheet of filters',
    on: SMALL,
    who: 'hospital',
    path: list,
    opener: ({ page, words }) => page.getByRole('button', { name: words.studies.filters }),
    surface: dialog,
    beneath: row,
    kind: 'dialog',
  },
  {
    name: 'sharing, from a study',
    on: EVERYWHERE,
    who: 'hospital',
    path: study,
    opener: shareStudy,
    surface: dialog,
    // The dialog of a phone grows down to the toolbar.
    beneath: ({ page, words }) => page.getByRole('link', { name: words.nav.studies, exact: true }),
    kind: 'dialog',
  },
  {
    name: 'sharing, from the list',
    on: EVERYWHERE,
    who: 'hospital',
    path: list,
    opener: ({ page, words }) => page.getByRole('button', { name: new RegExp(`^${words.studies.share}: `) }).first(),
    surface: dialog,
    beneath: ({ page, words }) => page.getByRole('link', { name: words.nav.upload, exact: true }),
    kind: 'dialog',
  },
  {
    name: 'facilities to share with',
    on: EVERYWHERE,
    who: 'hospital',
    path: study,
    first: openShare,
    opener: ({ page }) => page.getByRole('dialog').getByRole('combobox'),
    surface: ({ page }) => page.getByRole('listbox'),
    beneath: ({ page }) => page.getByTestId('who-opened'),
    kind: 'list',
  },
  {
    name: 'facilities to share with, over the button that closes the dialog',
    on: EVERYWHERE,
    who: 'hospital',
    path: study,
    first: openShare,
    opener: ({ page }) => page.getByRole('dialog').getByRole('combobox'),
    surface: ({ page }) => page.getByRole('listbox'),
    beneath: ({ page, words }) => page.getByRole('dialog').getByRole('button', { name: words.app.close }),
    kind: 'list',
  },
  {
    name: 'facilities to share with, beside the dialog',
    on: EVERYWHERE,
    who: 'hospital',
    path: study,
    first: openShare,
    opener: ({ page }) => page.getByRole('dialog').getByRole('combobox'),
    surface: ({ page }) => page.getByRole('listbox'),
    beneath: ({ page }) => page.locator('.bg-black\\/70'),
    kind: 'list',
  },
  {
    name: 'question whether a share is to end',
    on: EVERYWHERE,
    who: 'hospital',
    path: study,
    first: openShare,
    opener: ({ page, words }) => page.getByTestId('share-row').first().getByRole('button', { name: words.share.revoke }),
    surface: ({ page }) => page.getByRole('alertdialog'),
    beneath: ({ page }) => page.getByTestId('who-opened'),
    kind: 'question',
  },
  {
    name: 'facility',
    on: EVERYWHERE,
    who: 'administrator',
    path: () => '/admin/facilities',
    opener: ({ page }) => page.getByRole('button', { name: new RegExp(SMALL_REGION.clinic.code) }),
    surface: dialog,
    beneath: ({ page, words }) => page.getByRole('link', { name: words.nav.studies, exact: true }),
    kind: 'dialog',
  },
  {
    name: 'new person',
    on: EVERYWHERE,
    who: 'administrator',
    path: () => '/admin/users',
    opener: ({ page, words }) => page.getByRole('button', { name: words.admin.addUser }),
    surface: dialog,
    beneath: ({ page, words }) => page.getByRole('link', { name: words.nav.studies, exact: true }),
    kind: 'dialog',
  },
  {
    name: 'new person, partly typed',
    on: EVERYWHERE,
    who: 'administrator',
    path: () => '/admin/users',
    opener: ({ page, words }) => page.getByRole('button', { name: words.admin.addUser }),
    type: ({ page, words }) => page.getByRole('dialog').getByLabel(words.admin.email, { exact: true }).fill('a'),
    surface: dialog,
    beneath: ({ page, words }) => page.getByRole('link', { name: words.nav.studies, exact: true }),
    kind: 'question',
  },
  {
    name: 'people the record is about',
    on: EVERYWHERE,
    who: 'administrator',
    path: () => '/admin/record',
    opener: ({ page, words }) => page.getByRole('combobox', { name: words.admin.filterWho }),
    surface: ({ page }) => page.getByRole('listbox'),
    beneath: ({ page, words }) => page.getByRole('link', { name: words.nav.studies, exact: true }),
    kind: 'list',
  },
];

const EACH = RAISED.flatMap((raised) => raised.on.map((size) => ({ ...raised, size })));

/** What a stray press would change. */
function standing({ page }: Visitor): Promise<unknown> {
  return page.evaluate(() => ({
    address: location.href,
    raised: document.querySelectorAll('[role="dialog"], [role="alertdialog"], [role="menu"]').length,
    chosen: [
      ...document.querySelectorAll(
        '[aria-pressed="true"], [aria-checked="true"], [aria-selected="true"], [role="tab"][data-state="active"]',
      ),
    ].map((element) => element.getAttribute('aria-label') ?? element.textContent),
    pictures: [...document.querySelectorAll<HTMLElement>('[data-testid="viewport"]')].map(({ dataset, tabIndex }) => [
      dataset['image'],
      dataset['zoom'],
      dataset['window'],
      tabIndex,
    ]),
    drawn: document.querySelector('[data-testid="measurements"]')?.getAttribute('aria-label'),
    scrolled: [...document.querySelectorAll('*')].map(({ scrollTop }) => scrollTop).filter((top) => top > 0),
  }));
}

const isFocused = (locator: Locator) => locator.evaluate((element) => element === document.activeElement);
const insideIsFocused = (locator: Locator) => locator.evaluate((element) => element.contains(document.activeElement));

/** Places where a press reaches the element as the page stands. */
function placesOn(target: Locator): Promise<Point[]> {
  return target.evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const found: { x: number; y: number }[] = [];
    for (let across = 1; across < 16; across += 1)
      for (let down = 1; down < 16; down += 1) {
        const [x, y] = [left + (width * across) / 16, top + (height * down) / 16];
        if (element.contains(document.elementFromPoint(x, y))) found.push({ x, y });
      }
    return found;
  });
}

async function outside(surface: Locator, places: readonly Point[]): Promise<Point> {
  const box = await surface.boundingBox();
  if (box === null) throw new Error('not raised');
  const place = places.find(({ x, y }) => x < box.x - 4 || x > box.x + box.width + 4 || y < box.y - 4 || y > box.y + box.height + 4);
  if (place === undefined) throw new Error('it covers all of that');
  return place;
}

const press = (page: Page, size: Size, { x, y }: Point) => (SIZES[size].touch ? page.touchscreen.tap(x, y) : page.mouse.click(x, y));

async function settled(visitor: Visitor): Promise<void> {
  await visitor.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
}

const PEOPLE = {
  hospital: { email: SMALL_REGION.hospital.email, password: SMALL_REGION_PASSWORD },
  administrator: ADMINISTRATOR,
} as const;
/** Each at a device of their own, which they keep: a page is opened anew for each case, and what it is made of is known there. */
const visitors = new Map<string, Promise<Visitor>>();
const cookies = new Map<Raised['who'], Awaited<ReturnType<BrowserContext['cookies']>>>();

function visitorFor(who: Raised['who'], size: Size): Promise<Visitor> {
  const device = `${who} ${size}`;
  const known = visitors.get(device) ?? openFor(who, size);
  visitors.set(device, known);
  return known;
}

async function openFor(who: Raised['who'], size: Size): Promise<Visitor> {
  const visitor = await openVisitor(desk.browser, desk.url, SIZES[size].touch ? 'ja' : 'en', size);
  const known = cookies.get(who);
  if (known === undefined) {
    await signIn(visitor, PEOPLE[who].email, PEOPLE[who].password);
    cookies.set(who, await visitor.context.cookies());
  } else await visitor.context.addCookies(known);
  return visitor;
}

describe.each(EACH)('$name on a $size', ({ size, who, path, first, opener, type, surface, beneath, kind }) => {
  let visitor: Visitor;
  let before: unknown;
  let places: readonly Point[];

  beforeAll(async () => {
    visitor = await visitorFor(who, size);
    const { page } = visitor;
    await page.goto(`${desk.url}${path()}`);
    if (path().startsWith('/studies')) {
      await page.locator('[data-testid="viewport"][data-state="ready"]').nth(1).waitFor();
      // The address says where the reader is.
      await page.waitForURL(/image=/);
    } else await opener(visitor).waitFor();
    await first?.(visitor);
    await opener(visitor).waitFor();
    await beneath(visitor).waitFor();
    places = await placesOn(beneath(visitor));
    before = await standing(visitor);
  });

  async function raise(): Promise<void> {
    await opener(visitor).click();
    await surface(visitor).waitFor();
    if (kind !== 'list') await expect.poll(() => insideIsFocused(surface(visitor))).toBe(true);
    await type?.(visitor);
  }
  async function closed(): Promise<void> {
    await surface(visitor).waitFor({ state: 'hidden' });
    await expect.poll(() => isFocused(opener(visitor))).toBe(true);
    await settled(visitor);
    expect(await standing(visitor)).toEqual(before);
  }

  test('what is pressed beside it only closes it', async () => {
    await raise();
    const place = await outside(surface(visitor), places);
    await press(visitor.page, size, place);
    if (kind === 'question') {
      await settled(visitor);
      expect(await insideIsFocused(surface(visitor))).toBe(true);
      await visitor.page.keyboard.press('Escape');
    }
    await closed();
  });

  const ofMenus = kind === 'menu' ? test : undefined;
  ofMenus?.('its own button, pressed again, only closes it', async () => {
    const at = (await placesOn(opener(visitor)))[0] as Point;
    await raise();
    await press(visitor.page, size, at);
    await closed();
  });

  test('Escape closes it alone', async () => {
    await raise();
    await visitor.page.keyboard.press('Escape');
    await closed();
  });

  const ofWhatTakesTheKeyboard = kind === 'list' ? undefined : test;
  ofWhatTakesTheKeyboard?.('the keyboard does not leave it', async () => {
    await raise();
    for (const key of ['Tab', 'Shift+Tab'])
      for (let presses = 0; presses < 14; presses += 1) {
        await visitor.page.keyboard.press(key);
        expect(await insideIsFocused(surface(visitor))).toBe(true);
      }
    await visitor.page.keyboard.press('Escape');
    await closed();
  });

  test('nothing moves beneath it', async () => {
    await raise();
    const { x, y } = await outside(surface(visitor), places);
    if (SIZES[size].touch) await drag(visitor, { x, y }, { x: x + 2, y: y > 200 ? y - 120 : y + 120 });
    else {
      await visitor.page.mouse.move(x, y);
      await visitor.page.mouse.wheel(0, 200);
    }
    await settled(visitor);
    await visitor.page.keyboard.press('Escape');
    if (await surface(visitor).isVisible()) await visitor.page.keyboard.press('Escape');
    await surface(visitor).waitFor({ state: 'hidden' });
    await settled(visitor);
    expect(await standing(visitor)).toEqual(before);
  });
});
