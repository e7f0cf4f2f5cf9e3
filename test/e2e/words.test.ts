import type { Page, Request } from 'playwright-core';
import { twMerge } from 'tailwind-merge';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../fixtures/api-client.ts';
import { openVisitor, signIn, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, SOON_DERIVED, storeAll, storeStudy } from '../fixtures/desk.ts';
import { ctSeries, type SyntheticInstance, usSeries } from '../fixtures/dicom/synthetic-series.ts';
import { eventually } from '../fixtures/eventually.ts';
import { ADMINISTRATOR } from '../fixtures/gateway-process.ts';

/**
 * Every word on every page, in both languages. What stands on the pages is kept in golden/words.*.txt, so that each change of a word is read in
 * review; no page shows the name of a text, a Japanese page no code in Latin letters, an English page no Japanese but what people typed.
 */
let desk: Desk;
let studyInstanceUID: string;

beforeAll(async () => {
  desk = await openDesk('words', SOON_DERIVED);
  const patient = { patientName: 'Minamoto^Shizuka=源^静香=みなもと^しずか', patientID: 'P-1', studyDescription: 'ECHO' };
  const instances = [...ctSeries({ seed: 91, size: 64, instances: 2, ...patient }), ...usSeries({ seed: 92, frames: 3, ...patient })];
  studyInstanceUID = await storeStudy(desk, instances);
  await eventually(async () => {
    const { body } = await desk.region.hospital.call<{ studies: { complete: boolean }[] }>('GET', '/api/studies');
    return body.studies.length > 0 && body.studies.every(({ complete }) => complete);
  });
  const damaged = Buffer.from((instances[0] as SyntheticInstance).bytes.subarray(0, 200));
  await storeAll(desk, [damaged]);
  const until = new Date(Date.now() + 5 * 86_400_000).toISOString();
  await desk.region.hospital.call('POST', `/api/studies/${studyInstanceUID}/shares`, { facilityCode: SMALL_REGION.clinic.code, until });
  const users = await desk.region.administrator.call<{ users: { id: string; email: string }[] }>('GET', '/api/users');
  const stranger = users.body.users.find(({ email }) => email === SMALL_REGION.stranger.email)?.id;
  for (const disabled of [true, false]) await desk.region.administrator.call('PATCH', `/api/users/${stranger}`, { disabled });
  await desk.region.clinic.call('GET', '/api/users');
});

afterAll(() => desk?.close());

/** What people and their systems wrote: names, IDs, addresses, descriptions, codes of facilities and AE titles. */
const DATA = [
  ...Object.values(SMALL_REGION).flatMap(({ code, name, nameKana, aeTitle, email, person }) => [
    code,
    name,
    nameKana,
    aeTitle,
    email,
    person,
  ]),
  ...[ADMINISTRATOR.email, 'Administrator', '源 静香', 'みなもと しずか', 'Minamoto Shizuka', 'P-1', 'ECHO'],
  // The token of api-client.ts.
  'test',
];
/** Latin letters that a radiographer in Japan reads every day. */
const LATIN = new Set(
  'Renkei DICOM DICOMweb PACS ZIP AE UID ID CT MRI MR CR US PET ROI W L H F R A P X V PDF C-ECHO PgUp PgDn Home End Space Delete Z E T U I HU mm cm MB KB B Chrome Linux English SD N M O x S Shift'
    .toLowerCase()
    .split(' '),
);

/** Texts and names of controls, each once. */
async function wordsOf(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => {
    // biome-ignore lint/performance/useDomNodeTextContent: what is seen, line by line
    const texts = document.body.innerText.split('\n');
    const labels = [...document.querySelectorAll('[aria-label], [placeholder], [title]')]
      .filter((element) => element.getClientRects().length > 0)
      .flatMap((element) => ['aria-label', 'placeholder', 'title'].map((name) => element.getAttribute(name) ?? ''));
    return [...texts, ...labels];
  });
  return [...new Set(found.map(withoutData).filter((text) => /\p{L}/u.test(text)))];
}

/** Data and numbers are taken out; what is left are our own words. */
function withoutData(text: string): string {
  const bare = [...DATA].sort((a, b) => b.length - a.length).reduce((left, data) => left.replaceAll(data, '…'), text);
  return bare
    .replace(/\b2\.25\.\d+/g, '…')
    .replace(/\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g, '#')
    .replace(/[\d０-９]+/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
}

interface Station {
  readonly name: string;
  open(visitor: Visitor): Promise<void>;
}

const goTo = (path: () => string, wait: (visitor: Visitor) => Promise<void>) => async (visitor: Visitor) => {
  await visitor.page.goto(`${desk.url}${path()}`);
  await wait(visitor);
};
const ready = ({ page }: Visitor) => page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();

const PERSON: readonly Station[] = [
  {
    name: 'list',
    open: goTo(
      () => '/',
      ({ page }) => page.getByTestId('study-row').first().waitFor(),
    ),
  },
  { name: 'study', open: goTo(() => `/studies/${studyInstanceUID}`, ready) },
  {
    name: 'share',
    open: async ({ page }) => {
      await page.getByTestId('share').click();
      await page.getByTestId('share-row').first().waitFor();
    },
  },
  {
    name: 'opened',
    open: async ({ page }) => {
      await page.getByTestId('who-opened').click();
      await page.getByTestId('disclosure').first().waitFor();
    },
  },
  {
    name: 'revoke',
    open: async ({ page, words }) => {
      await page.getByRole('tab', { name: words.share.tabShare }).click();
      await page.getByTestId('share-row').first().getByRole('button', { name: words.share.revoke }).click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'share, found wrong',
    open: async ({ page, words }) => {
      await page.getByRole('button', { name: words.app.cancel }).click();
      await page.getByRole('dialog').getByRole('button', { name: words.share.submit, exact: true }).click();
      await page.getByText(words.share.mustChoose).waitFor();
    },
  },
  {
    name: 'account menu',
    open: async ({ page, words }) => {
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: new RegExp(words.nav.account) }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'keys',
    open: async ({ page, words }) => {
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: words.study.help }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'list, nothing found',
    open: goTo(
      () => '/?q=nobody',
      ({ page, words }) => page.getByText(words.studies.noneTitle).waitFor(),
    ),
  },
  {
    name: 'no such study',
    open: goTo(
      () => '/studies/2.25.404',
      ({ page, words }) => page.getByText(words.study.failedStudy).waitFor(),
    ),
  },
  {
    name: 'upload',
    open: goTo(
      () => '/upload',
      ({ page, words }) => page.getByRole('button', { name: words.upload.chooseFiles }).waitFor(),
    ),
  },
  {
    name: 'notices',
    open: goTo(
      () => '/notices',
      ({ page, words }) => page.getByRole('heading', { name: words.notices.title }).waitFor(),
    ),
  },
  {
    name: 'settings',
    open: goTo(
      () => '/settings',
      ({ page, words }) => page.getByText(words.settings.thisSession, { exact: true }).waitFor(),
    ),
  },
  {
    name: 'no such page',
    open: goTo(
      () => '/nowhere',
      ({ page, words }) => page.getByText(words.notFound.title).waitFor(),
    ),
  },
];
const OFFICE: readonly Station[] = [
  {
    name: 'facilities',
    open: goTo(
      () => '/admin/facilities',
      ({ page, words }) => page.getByRole('button', { name: words.admin.addFacility }).waitFor(),
    ),
  },
  {
    name: 'facility',
    open: async ({ page, words }) => {
      await page.getByRole('button', { name: new RegExp(SMALL_REGION.hospital.code) }).click();
      await page.getByRole('dialog').getByText(words.admin.aeState).waitFor();
    },
  },
  {
    name: 'users',
    open: goTo(
      () => '/admin/users',
      ({ page, words }) => page.getByRole('button', { name: words.admin.addUser }).waitFor(),
    ),
  },
  {
    name: 'user',
    open: async ({ page, words }) => {
      await page.getByRole('button', { name: new RegExp(SMALL_REGION.hospital.email) }).click();
      await page.getByRole('dialog').getByText(words.admin.newPassword).waitFor();
    },
  },
  {
    name: 'new user',
    open: async ({ page, words }) => {
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: words.admin.addUser }).click();
      await page.getByRole('dialog').getByText(words.admin.initialPassword).waitFor();
    },
  },
  {
    name: 'nobody found',
    open: goTo(
      () => '/admin/users',
      async ({ page, words }) => {
        await page.getByRole('searchbox', { name: words.admin.filter }).fill('nobody');
        await page.getByText(words.admin.noneFound).waitFor();
      },
    ),
  },
  {
    name: 'new facility',
    open: goTo(
      () => '/admin/facilities',
      async ({ page, words }) => {
        await page.getByRole('button', { name: words.admin.addFacility }).click();
        await page.getByRole('dialog').getByText(words.admin.codeRule).waitFor();
      },
    ),
  },
  {
    name: 'list of somebody without a facility',
    open: goTo(
      () => '/',
      ({ page, words }) => page.getByText(words.studies.noFacility).waitFor(),
    ),
  },
  {
    name: 'quarantine',
    open: goTo(
      () => '/admin/quarantine',
      ({ page }) => page.getByTestId('quarantined').first().waitFor(),
    ),
  },
  {
    name: 'record',
    open: goTo(
      () => '/admin/record',
      ({ page }) => page.getByTestId('disclosure').first().waitFor(),
    ),
  },
];

/** On a phone some words stand elsewhere. */
const PHONE: readonly Station[] = [
  {
    name: 'list on a phone',
    open: goTo(
      () => '/',
      ({ page }) => page.getByTestId('study-row').first().waitFor(),
    ),
  },
  {
    name: 'filters on a phone',
    open: async ({ page, words }) => {
      await page.getByRole('button', { name: words.studies.filters }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
];

test.each(['ja', 'en'] as const)('every word on every page, %s', async (language) => {
  const pages: string[] = [];
  const faults: string[] = [];
  const look = async (visitor: Visitor, asking: ReadonlySet<Request>, stations: readonly Station[]) => {
    for (const { name, open } of stations) {
      await open(visitor);
      const words = await settledWords(visitor, asking);
      faults.push(...(await classesAtOdds(visitor.page)).map((odd) => `${name}: ${odd}`));
      faults.push(...words.flatMap((text) => faultsOf(text, language)).map((fault) => `${name}: ${fault}`));
      pages.push(`## ${name}`, ...[...words].sort(), '');
    }
  };
  for (const [who, password, stations, size] of [
    [SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD, PERSON, 'desktop'],
    [SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD, PHONE, 'phone'],
    [ADMINISTRATOR.email, ADMINISTRATOR.password, OFFICE, 'desktop'],
  ] as const) {
    const visitor = await openVisitor(desk.browser, desk.url, language, size);
    const asking = requestsOf(visitor.page);
    await visitor.page.goto(`${desk.url}/sign-in`);
    await visitor.page.getByRole('button', { name: visitor.words.signIn.submit, exact: true }).waitFor();
    if (stations === PERSON) await look(visitor, asking, [{ name: 'sign-in', open: async () => undefined }]);
    await signIn(visitor, who, password);
    await look(visitor, asking, stations);
    await visitor.context.close();
  }
  expect(faults).toEqual([]);
  await expect(pages.join('\n')).toMatchFileSnapshot(`golden/words.${language}.txt`);
});

/** What the page waits for; not what it asks all the time (gateway/decisions/standing.md). */
function requestsOf(page: Page): ReadonlySet<Request> {
  const asking = new Set<Request>();
  page.on('request', (request) => (request.url().endsWith('/api/standing') ? undefined : asking.add(request)));
  for (const end of ['requestfinished', 'requestfailed'] as const) page.on(end as 'requestfinished', (request) => asking.delete(request));
  return asking;
}

/** When nothing is awaited any more and two pictures of the page say the same. */
async function settledWords({ page, words }: Visitor, asking: ReadonlySet<Request>): Promise<readonly string[]> {
  let before = '';
  return eventually(async () => {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const found = await wordsOf(page);
    const now = found.join('\n');
    const same = now === before && asking.size === 0 && ![words.app.loading, words.study.loading].some((word) => found.includes(word));
    before = now;
    return same && found;
  });
}

function faultsOf(text: string, language: 'ja' | 'en'): string[] {
  const keys =
    /\b[a-z]+[a-zA-Z]*\.[a-zA-Z-]+(\.[a-zA-Z-]+)*\b/.test(text) && !text.includes('@') && !/^\S+ \S+/.test(text)
      ? [`the name of a text: ${text}`]
      : [];
  if (language === 'en')
    return /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text.replace('日本語', ''))
      ? [...keys, `Japanese: ${text}`]
      : keys;
  const latin = (text.match(/[A-Za-z][A-Za-z-]*/g) ?? []).filter((word) => !LATIN.has(word.toLowerCase()));
  return latin.length === 0 ? keys : [...keys, `Latin letters (${latin.join(' ')}): ${text}`];
}

/** Elements with two classes that say the same thing differently: the style sheet's order would decide which holds (`viewer/design/classes.ts`). */
async function classesAtOdds(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => [
    ...new Set([...document.querySelectorAll('[class]')].map((one) => one.getAttribute('class') ?? '')),
  ]);
  return found.filter((names) => twMerge(names) !== names.trim().replace(/\s+/g, ' ')).map((names) => `classes at odds: ${names}`);
}
