import type { Page, Request } from 'playwright-core';
import { twMerge } from 'tailwind-merge';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../fixtures/api-client.ts';
import { openVisitor, type Size, signIn, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, SOON_DERIVED } from '../fixtures/desk.ts';
import { eventually } from '../fixtures/eventually.ts';
import { ADMINISTRATOR } from '../fixtures/gateway-process.ts';
import { closedTo, faultsOn, seeOn } from '../fixtures/screens.ts';
import { OFFICE, PERSON, PHONE, prepareStations, type Station } from '../fixtures/stations.ts';

/**
 * Every page and dialog, in both languages, its words and how it stands on each kind of screen. What stands on the pages is kept in
 * golden/words.*.txt, so that each change of a word is read in review; no page shows the name of a text, a Japanese page no code in Latin letters, an
 * English page no Japanese but what people typed. Nothing scrolls sideways, is cut off or lies on something else, no target that is touched is smaller
 * than a finger, the toolbar is one row, and nobody is shut out (axe). Each is opened once and then seen on one screen after the other.
 */
let desk: Desk;
let studyInstanceUID: string;

// Of each walk: what the one before was refused would stand on record as having come again, at the moment that the machine's speed decides.
beforeEach(async () => {
  desk = await openDesk('pages', SOON_DERIVED);
  studyInstanceUID = await prepareStations(desk);
});

afterEach(() => desk?.close());

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
  ...[
    ADMINISTRATOR.email,
    'Administrator',
    '源 静香',
    'みなもと しずか',
    'Minamoto Shizuka',
    'P-1',
    'HEART',
    '高橋 次郎',
    'Takahashi Jiro',
    'P-2',
    '平 静香',
    'たいら しずか',
    'Taira Shizuka',
    'C-44',
    '交通外傷で搬送、意識なし。',
    'C-90',
    '小野 小町',
    'オノ コマチ',
    'タイラ シズカ',
    'FILE',
  ],
  // The tokens of api-client.ts and stations.ts.
  ...['API-CLIENT', 'RIS'],
  // The names of a series' own windows.
  ...['SOFT TISSUE', 'LUNG'],
];
/** Latin letters that a radiographer in Japan reads every day. */
const LATIN = new Set(
  'Renkei DICOM DICOMDIR DICOMweb PACS ZIP CD AE UID ID CT MRI MR CR US PET ROI W L H F R A P X V PDF JPEG PNG C-ECHO PgUp PgDn Home End Enter Space Delete Z E T U I HU mm cm MB KB B Chrome Linux English SD N M O G x S Shift CSV UKE UTF- Shift_JIS JIS'
    .toLowerCase()
    .split(' '),
);

/** Texts and names of controls, each once. */
async function wordsOf(page: Page): Promise<string[]> {
  const found = await page.evaluate(() => {
    const page = document.documentElement.lang;
    // What is in another language on purpose: a form that is Japanese always, a law that is cited.
    const inOther = (kind: 'article' | 'cite') =>
      // biome-ignore lint/performance/useDomNodeTextContent: what is seen, line by line
      [...document.querySelectorAll<HTMLElement>(`${kind}[lang]`)].flatMap(({ lang, innerText }) =>
        lang === page ? [] : innerText.split('\n'),
      );
    const form = inOther('article');
    // What is said in passing may have gone or not, as the machine is quick.
    const toasts = document.querySelector<HTMLElement>('[data-testid="toasts"]');
    toasts?.style.setProperty('display', 'none');
    // biome-ignore lint/performance/useDomNodeTextContent: what is seen, line by line
    const lines = document.body.innerText.split('\n').filter((line) => !form.includes(line));
    toasts?.style.removeProperty('display');
    const cited = inOther('cite');
    const texts = lines.map((line) => cited.reduce((left, text) => left.replaceAll(text, '…'), line));
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
    .replace(/\brenkei_[\w-]+/g, '…')
    .replace(/\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g, '#')
    .replace(/[\d０-９]+/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Of a station that a mouse or a finger may open; the others are a phone's alone. */
const SCREENS = ['laptop', 'large', 'tablet', 'upright tablet', 'phone'] as const satisfies readonly Size[];
/** One walk through all stations, on a machine that does other things too. */
const WALK_MS_MAX = 400_000;

test.each(['ja', 'en'] as const)('every page, %s', { timeout: WALK_MS_MAX }, async (language) => {
  const pages: string[] = [];
  const faults: string[] = [];
  const look = async (visitor: Visitor, asking: ReadonlySet<Request>, stations: readonly Station[]) => {
    for (const { name, open } of stations) {
      await seeOn(visitor, visitor.size);
      await open(visitor, studyInstanceUID);
      const words = await settledWords(visitor, asking);
      faults.push(...(await classesAtOdds(visitor.page)).map((odd) => `${name}: ${odd}`));
      faults.push(...words.flatMap((text) => faultsOf(text, language)).map((fault) => `${name}: ${fault}`));
      pages.push(`## ${name}`, ...[...words].sort(), '');
      faults.push(...(await faultsOn(visitor, name, visitor.size === 'phone' ? ['phone'] : SCREENS)), ...(await closedTo(visitor, name)));
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

/** What the page waits for; not what it asks all the time, nor the stream that stays open (gateway/decisions/standing.md, notices.md). */
function requestsOf(page: Page): ReadonlySet<Request> {
  const asking = new Set<Request>();
  page.on('request', (request) => (/\/api\/(standing|notices\/live)$/.test(request.url()) ? undefined : asking.add(request)));
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
