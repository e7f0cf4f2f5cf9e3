import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES_BEFORE_WAIT } from '../../gateway/auth/sign-in.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import type { Language } from '../../viewer/i18n/translation.ts';
import { createSmallRegion, SMALL_REGION, SMALL_REGION_PASSWORD, type SmallRegion } from '../fixtures/api-client.ts';
import {
  beyondTheEdge,
  drag,
  dropFiles,
  fillSignIn,
  fittedField,
  openBrowser,
  openVisitor,
  PAGE_WAITS_MS,
  pixelsOf,
  type Size,
  seriousViolations,
  signIn,
  takeIn,
  takePicture,
  type Visitor,
} from '../fixtures/browser.ts';
import { ctSeries, type SyntheticInstance } from '../fixtures/dicom/synthetic-series.ts';
import { ADMINISTRATOR, temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { say } from '../fixtures/say.ts';
import { testConfig } from '../fixtures/test-config.ts';
import { zipOf } from '../fixtures/zip-writer.ts';

/** The field of view that the trunk phantom fills; the picture is square. */
const FIELD_MM = 400;
const SLICES = 24;
const SHORT_SLICES = 5;

interface Story {
  readonly language: Language;
  readonly size: Size;
  readonly seed: number;
  /** PN, three groups. */
  readonly patientName: string;
  readonly kanji: string;
  readonly kana: string;
  readonly romaji: string;
  readonly upload: 'dropped folder' | 'chosen zip';
}

const STORIES: readonly Story[] = [
  {
    language: 'ja',
    size: 'desktop',
    seed: 41,
    patientName: 'Minamoto^Shizuka=源^静香=みなもと^しずか',
    kanji: '源',
    kana: 'ミナモト',
    romaji: 'minamoto',
    upload: 'dropped folder',
  },
  {
    language: 'en',
    size: 'tablet',
    seed: 42,
    patientName: 'Watanabe^Ryouta=渡邊^涼太=わたなべ^りょうた',
    kanji: '渡辺',
    kana: 'わたなべ',
    romaji: 'watanabe',
    upload: 'chosen zip',
  },
];
const READERS: readonly { language: Language; size: Size; seed: number }[] = [
  { language: 'en', size: 'desktop', seed: 43 },
  { language: 'ja', size: 'upright tablet', seed: 44 },
];

let gateway: Gateway;
let region: SmallRegion;
let browser: Browser;
let url: string;

beforeAll(async () => {
  gateway = await startGateway(testConfig(temporaryFolder('story'), { RENKEI_QUIET_SECONDS: '1' }));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

/** Two series: what is uploaded, and one beside it that the reader has not opened yet. */
function studyOf(seed: number, patientName?: string): SyntheticInstance[] {
  const common = { seed, size: 256, ...(patientName === undefined ? {} : { patientName }) };
  return [
    ...ctSeries({ ...common, instances: SLICES, seriesNumber: 1, seriesDescription: 'CHEST 5MM' }),
    ...ctSeries({ ...common, instances: SHORT_SLICES, seriesNumber: 2, seriesDescription: 'SHORT' }),
  ];
}

async function storeAndShare(seed: number): Promise<string> {
  const instances = studyOf(seed);
  const stored = await region.hospital.fetch('/dicom-web/studies', {
    method: 'POST',
    ...multipartOf(instances.map(({ bytes }) => bytes)),
  });
  expect(stored.status).toBe(200);
  const { studyInstanceUID } = instances[0] as SyntheticInstance;
  const shared = await region.hospital.call('POST', `/api/studies/${studyInstanceUID}/shares`, {
    facilityCode: SMALL_REGION.clinic.code,
    until: dayFromNow(30),
  });
  expect(shared.status).toBe(201);
  return studyInstanceUID;
}

/** The date in Tokyo, where shares end, as YYYY-MM-DD. */
function dayFromNow(days: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' }).format(new Date(Date.now() + days * 86_400_000));
}

/** Asks again until the page has come to it. */
function eventually<Value>(look: () => Value | Promise<Value>) {
  return expect.poll(look, { timeout: PAGE_WAITS_MS });
}

// ── What a person does ───────────────────────────────────────────────────────

async function signOut({ page, words }: Visitor): Promise<void> {
  await page.getByRole('button', { name: new RegExp(words.nav.account) }).click();
  await page.getByRole('menuitem', { name: words.nav.signOut }).click();
  await page.getByLabel(words.signIn.email, { exact: true }).waitFor();
}

/** A station of the story: nobody is shut out, nothing sticks out, and there is a picture of it. */
async function station(visitor: Visitor, name: string): Promise<void> {
  await takePicture(visitor, name);
  expect(await beyondTheEdge(visitor.page), `${name}: beyond the edge`).toEqual([]);
  expect(await seriousViolations(visitor.page), `${name}: accessibility`).toEqual([]);
}

function viewportOf(page: Page, number = 1): Locator {
  return page.getByTestId('viewport').nth(number - 1);
}

async function isReady(page: Page, number = 1): Promise<void> {
  await page
    .locator('[data-testid="viewport"]')
    .nth(number - 1)
    .and(page.locator('[data-state="ready"]'))
    .waitFor();
}

function rowOf(page: Page, studyInstanceUID: string): Locator {
  return page.locator(`[data-testid="study-row"][href*="${studyInstanceUID}"]`);
}

async function imageNumber(page: Page, number = 1): Promise<number> {
  const text = (await viewportOf(page, number).getByTestId('image-number').textContent()) ?? '';
  return Number(/(\d+) \/ \d+/.exec(text)?.[1]);
}

/** Does something with the picture and waits for the image it leads to, at full fidelity. */
async function scrolls(page: Page, action: () => Promise<unknown>): Promise<{ from: number; to: number }> {
  const from = await imageNumber(page);
  await action();
  await eventually(() => imageNumber(page)).not.toBe(from);
  await isReady(page);
  return { from, to: await imageNumber(page) };
}

function toolButton(page: Page, tool: string): Locator {
  return page.locator(`[data-tool="${tool}"]`);
}

function measuredTexts(viewport: Locator): Promise<string[]> {
  return viewport.locator('svg text tspan').allTextContents();
}

/** Opens at full fidelity, scrolls in every way the device has, windows, lays out, measures. */
async function readStudy(visitor: Visitor, studyInstanceUID: string): Promise<void> {
  const { page, size, words } = visitor;
  const touch = size !== 'desktop';
  await isReady(page);
  const viewport = viewportOf(page);
  await station(visitor, 'study');
  await expect(viewport.getByTestId('overlay-top-left').textContent()).resolves.toContain(`SYN000${studySeed(studyInstanceUID)}`);

  const { middle, mmPerPixel, side } = await fittedField(viewport, FIELD_MM);
  const before = await pixelsOf(viewport);
  if (!touch) {
    await page.mouse.move(middle.x, middle.y);
    const wheeled = await scrolls(page, () => page.mouse.wheel(0, 100));
    expect(wheeled.to).toBe(wheeled.from + 1);
  }
  const keyed = await scrolls(page, () => page.keyboard.press('ArrowDown'));
  expect(keyed.to).toBe(keyed.from + 1);
  await eventually(() => pixelsOf(viewport)).not.toBe(before);
  await toolButton(page, 'scroll').click();
  const dragged = await scrolls(page, () => drag(visitor, middle, { x: middle.x, y: middle.y + side / 4 }));
  expect(dragged.to).toBeGreaterThan(dragged.from + 1);
  const slid = await scrolls(page, () => viewport.getByLabel(words.study.slider).fill('3'));
  expect(slid.to).toBe(3);
  await eventually(() => new URL(page.url()).searchParams.get('image')).toBe('3');

  const soft = await pixelsOf(viewport);
  await page.getByTestId('window-presets').click();
  await takePicture(visitor, 'presets');
  await page.locator('[data-preset="bone"]').click();
  await eventually(() => viewport.getByTestId('window').textContent()).toMatch(/^W 2500 L /);
  await eventually(() => pixelsOf(viewport)).not.toBe(soft);
  await page.keyboard.press('3');
  await eventually(() => viewport.getByTestId('window').textContent()).not.toMatch(/^W 2500 L /);

  await measure(visitor, viewport, { middle, mmPerPixel, side });
  await layOut(visitor);
}

function studySeed(studyInstanceUID: string): number {
  const seed = [...STORIES, ...READERS].find((story) => studyOf(story.seed)[0]?.studyInstanceUID === studyInstanceUID)?.seed;
  if (seed === undefined) throw new Error('no such study');
  return seed;
}

async function measure(
  visitor: Visitor,
  viewport: Locator,
  { middle, mmPerPixel, side }: { middle: { x: number; y: number }; mmPerPixel: number; side: number },
): Promise<void> {
  const { page, words } = visitor;
  await toolButton(page, 'length').click();
  const half = Math.round(side / 5);
  await drag(visitor, { x: middle.x - half, y: middle.y }, { x: middle.x + half, y: middle.y });
  const expectedMm = 2 * half * mmPerPixel;
  // The text follows the line while it is drawn.
  const measured = async () => /^(\d+(?:\.\d)?) mm$/.exec((await measuredTexts(viewport)).join())?.[1];
  await eventually(async () => Math.abs(Number(await measured()) - expectedMm)).toBeLessThan(expectedMm * 0.02);

  // The phantom's corner is air, −1000 HU with a little noise.
  await toolButton(page, 'rectangle').click();
  const corner = { x: middle.x - side * 0.4, y: middle.y - side * 0.3 };
  await drag(visitor, corner, { x: corner.x + side * 0.08, y: corner.y + side * 0.08 });
  const mean = new RegExp(`^${words.measure.mean} (-\\d+(?:\\.\\d)?) HU$`);
  await eventually(() => measuredTexts(viewport)).toEqual(expect.arrayContaining([expect.stringMatching(mean)]));
  const text = (await measuredTexts(viewport)).find((line) => mean.test(line)) ?? '';
  expect(Math.abs(Number(mean.exec(text)?.[1]) + 1000)).toBeLessThan(20);
  expect(await measuredTexts(viewport)).toEqual(expect.arrayContaining([expect.stringMatching(/mm²$/)]));

  await page.getByTestId('measurements').click();
  await page.getByRole('button', { name: words.measure.delete }).first().waitFor();
  await station(visitor, 'measured');
  await page.keyboard.press('Escape');
}

async function layOut(visitor: Visitor): Promise<void> {
  const { page, size } = visitor;
  await page.locator('[data-layout="2x2"]').click();
  await eventually(() => page.getByTestId('viewport').count()).toBe(4);
  await isReady(page, 1);
  await isReady(page, 2);
  const series = page.getByTestId('series');
  const uid = await series.nth(1).getAttribute('data-series');
  if (size === 'desktop') await series.nth(1).dragTo(viewportOf(page, 4));
  else {
    await viewportOf(page, 4).tap();
    await series.nth(1).tap();
  }
  await eventually(() => viewportOf(page, 4).getAttribute('data-series')).toBe(uid);
  await isReady(page, 4);
  await station(visitor, 'two-by-two');
}

// ── The story ────────────────────────────────────────────────────────────────

describe.each(STORIES)('the whole story, $language on a $size', (story) => {
  const instances = studyOf(story.seed, story.patientName);
  const studyInstanceUID = instances[0]?.studyInstanceUID ?? '';
  let hospital: Visitor;
  let clinic: Visitor;

  beforeAll(async () => {
    hospital = await openVisitor(browser, url, story.language, story.size);
    clinic = await openVisitor(browser, url, story.language, story.size);
  });
  afterAll(async () => {
    await hospital?.context.close();
    await clinic?.context.close();
  });

  test('a wrong password says what to do; then the radiographer is in', async () => {
    const { page, words } = hospital;
    hospital.expectAnswer(401, /\/api\/session$/);
    await page.goto(`${url}/`);
    await page.getByLabel(words.signIn.email, { exact: true }).waitFor();
    await station(hospital, 'sign-in');
    await fillSignIn(hospital, SMALL_REGION.hospital.email, 'not-the-password');
    await eventually(() => page.getByRole('alert').textContent()).toContain(words.signIn.wrong);
    await station(hospital, 'sign-in-wrong');
    await fillSignIn(hospital, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
    await page.getByRole('link', { name: words.nav.upload }).first().waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe(story.language);
  });

  test(`uploads a ${story.upload} and sees how far it is and what was no DICOM`, async () => {
    const { page, words } = hospital;
    await page.getByRole('link', { name: words.nav.upload, exact: true }).click();
    await page.getByTestId('drop-zone').waitFor();
    await station(hospital, 'upload');

    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/api/uploads/file', (route) => held.then(() => route.continue()));
    const files = new Map<string, Uint8Array>(instances.map(({ bytes }, at) => [`CT${at}`, bytes]));
    files.set('readme.txt', new TextEncoder().encode('This is a note of the CD writer.'));
    if (story.upload === 'dropped folder') await dropFiles(hospital, page.getByTestId('drop-zone'), [folderOf(files)]);
    else await page.getByTestId('files').setInputFiles(chosenZip(files));
    await takeIn(hospital, kanjiName(story));
    await eventually(() => page.getByTestId('upload-status').getAttribute('data-phase')).toBe('running');
    await page.getByRole('button', { name: words.upload.cancel }).waitFor();
    await takePicture(hospital, 'uploading');
    release();
    await eventually(() => page.getByTestId('upload-status').getAttribute('data-phase')).toBe('finished');
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
    await page.getByText(say(words.upload.progress, { done: files.size, total: files.size })).waitFor();
    expect(await page.locator('[data-outcome="stored"] dd').textContent()).toBe(String(instances.length));
    expect(await page.locator('[data-problems="not-dicom"]').textContent()).toContain('readme.txt');
    await page.getByTestId('uploaded-study').getByText(kanjiName(story)).waitFor();
    await station(hospital, 'uploaded');
  });

  test('it is in the list and is found in kanji, kana and romaji', async () => {
    const { page, words } = hospital;
    await page.getByRole('link', { name: words.nav.studies, exact: true }).click();
    await rowOf(page, studyInstanceUID).waitFor();
    await station(hospital, 'list');
    const search = page.getByLabel(words.studies.search, { exact: true });
    for (const typed of [story.kanji, story.kana, story.romaji]) {
      await search.fill('zzz');
      await page.getByText(words.studies.noneTitle).waitFor();
      await search.fill(typed);
      await rowOf(page, studyInstanceUID).waitFor();
      expect(await page.getByTestId('study-row').count()).toBe(1);
    }
    await station(hospital, 'search');
  });

  test('shares it with the clinic until a date', async () => {
    const { page, words } = hospital;
    await rowOf(page, studyInstanceUID).click();
    await isReady(page);
    await page.getByTestId('share').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: words.share.submit, exact: true }).click();
    await dialog.getByText(words.share.mustChoose).waitFor();
    await dialog.getByRole('combobox').fill('すずき');
    await dialog.getByRole('option', { name: SMALL_REGION.clinic.name }).click();
    await dialog.getByLabel(words.share.until, { exact: true }).fill(dayFromNow(14));
    await station(hospital, 'share');
    await dialog.getByRole('button', { name: words.share.submit, exact: true }).click();
    await page.getByText(say(words.share.done, { facility: SMALL_REGION.clinic.name })).waitFor();
    await dialog.getByTestId('share-row').waitFor();
    await station(hospital, 'shared');
    await page.keyboard.press('Escape');
  });

  test('the doctor of the clinic finds it, opens it and reads it', async () => {
    const { page, words } = clinic;
    await signIn(clinic, SMALL_REGION.clinic.email, SMALL_REGION_PASSWORD);
    await page.getByRole('button', { name: words.studies.shared, exact: true }).click();
    await rowOf(page, studyInstanceUID).waitFor();
    await page
      .getByText(say(words.studies.sharedFrom, { facility: SMALL_REGION.hospital.name }))
      .filter({ visible: true })
      .first()
      .waitFor();
    await station(clinic, 'list-shared');
    await rowOf(page, studyInstanceUID).click();
    await readStudy(clinic, studyInstanceUID);
    expect(await page.getByTestId('share').count()).toBe(0);
  });

  test('back leads to the list as it was; a link opens the same image in a new tab', async () => {
    const { page, context, words } = clinic;
    await page.goBack();
    await rowOf(page, studyInstanceUID).waitFor();
    expect(await page.getByRole('button', { name: words.studies.shared, exact: true }).getAttribute('aria-pressed')).toBe('true');
    await page.goForward();
    await isReady(page);
    const tab = await context.newPage();
    await tab.goto(`${url}/studies/${studyInstanceUID}?image=7`);
    await isReady(tab);
    expect(await imageNumber(tab)).toBe(7);
    await tab.close();
  });

  test('the hospital sees who opened it and when, and takes it back', async () => {
    const { page, words } = hospital;
    const tab = await clinic.context.newPage();
    await tab.goto(`${url}/studies/${studyInstanceUID}`);
    await isReady(tab);

    await page.getByTestId('share').click();
    await page.getByTestId('who-opened').click();
    const opened = page
      .getByTestId('disclosure')
      .filter({ hasText: SMALL_REGION.clinic.person })
      .filter({ hasText: words.job.physician })
      .filter({ hasText: SMALL_REGION.clinic.name })
      .filter({ hasText: words.action['study-viewed'] });
    await opened.first().waitFor();
    await opened.filter({ hasText: `CT #1 CHEST 5MM` }).first().waitFor();
    const uploaded = page.getByTestId('disclosure').filter({ hasText: words.action['study-received'] });
    await uploaded.filter({ hasText: SMALL_REGION.hospital.person }).filter({ hasText: words.job.radiographer }).first().waitFor();
    const at = Date.parse((await opened.first().locator('time').getAttribute('datetime')) ?? '');
    expect(Math.abs(Date.now() - at)).toBeLessThan(10 * 60_000);
    await station(hospital, 'who-opened');

    await page.getByRole('tab', { name: words.share.tabShare }).click();
    await page.getByRole('button', { name: words.share.revoke }).click();
    await page.getByRole('alertdialog').waitFor();
    await station(hospital, 'revoke');
    await page.getByRole('button', { name: words.share.revokeConfirm, exact: true }).click();
    await page.getByText(say(words.share.revokedDone, { facility: SMALL_REGION.clinic.name })).waitFor();
    await page.getByTestId('share-row').getByText(words.share.revoked).waitFor();

    clinic.expectAnswer(404, new RegExp(studyInstanceUID.replaceAll('.', '\\.')));
    // By itself, and with the reason.
    await tab.getByText(words.study.ended.revoked).waitFor();
    await tab.locator('[data-testid="viewport"]').first().waitFor({ state: 'hidden' });
    await takePicture({ ...clinic, page: tab }, 'gone-series');
    await tab.close();
  });

  test('the clinic has it no longer, and its page says what to do', async () => {
    const { page, words } = clinic;
    await page.reload();
    await page.getByRole('alert').getByText(words.study.failedStudy).waitFor();
    await page.getByText(words.error['not-found']).waitFor();
    await station(clinic, 'gone');
    await page.getByRole('button', { name: words.notFound.home }).click();
    await page
      .getByTestId('study-list')
      .or(page.getByText(words.studies.emptyTitle))
      .or(page.getByText(words.studies.noneTitle))
      .first()
      .waitFor();
    await eventually(() => rowOf(page, studyInstanceUID).count()).toBe(0);
  });

  test('signs out, and nothing stays behind', async () => {
    const { page, words } = clinic;
    await signOut(clinic);
    await page.goto(`${url}/studies/${studyInstanceUID}`);
    await page.getByLabel(words.signIn.email, { exact: true }).waitFor();
  });

  test('nothing went wrong in either browser', () => {
    expect(hospital.problems()).toEqual([]);
    expect(clinic.problems()).toEqual([]);
  });
});

describe.each(READERS)('reading what was shared, $language on a $size', ({ language, size, seed }) => {
  test('list, study, measurements, grid', async () => {
    const studyInstanceUID = await storeAndShare(seed);
    const doctor = await openVisitor(browser, url, language, size);
    await signIn(doctor, SMALL_REGION.clinic.email, SMALL_REGION_PASSWORD);
    await rowOf(doctor.page, studyInstanceUID).waitFor();
    await station(doctor, 'list-shared');
    await rowOf(doctor.page, studyInstanceUID).click();
    await readStudy(doctor, studyInstanceUID);
    expect(doctor.problems()).toEqual([]);
    await doctor.context.close();
  });
});

// ── What stands beside the story ─────────────────────────────────────────────

describe.each([
  { language: 'ja', size: 'upright tablet', email: 'nurse-ja@clinic.example' },
  { language: 'en', size: 'desktop', email: 'nurse-en@clinic.example' },
] as const)('accounts, $language on a $size', ({ language, size, email }) => {
  let visitor: Visitor;
  beforeAll(async () => {
    const made = await region.administrator.call('POST', '/api/users', {
      email,
      name: '田中 恵子',
      facilityCode: SMALL_REGION.clinic.code,
      job: 'nurse',
      password: SMALL_REGION_PASSWORD,
    });
    expect(made.status).toBe(201);
    visitor = await openVisitor(browser, url, language, size);
  });
  afterAll(() => visitor?.context.close());

  test('an ended session leads to the sign-in, and the sign-in back to where one was', async () => {
    const { page, words, context } = visitor;
    await signIn(visitor, email, SMALL_REGION_PASSWORD);
    await page.getByRole('button', { name: new RegExp(words.nav.account) }).click();
    await page.getByRole('menuitem', { name: words.nav.settings }).click();
    await page.getByRole('heading', { name: words.settings.title, level: 1 }).waitFor();
    await station(visitor, 'settings');

    visitor.expectAnswer(401, /\/api\//);
    await endSession(context);
    await page.getByText(words.signIn.ended).waitFor();
    await station(visitor, 'sign-in-expired');
    await fillSignIn(visitor, email, SMALL_REGION_PASSWORD);
    await page.getByRole('heading', { name: words.settings.title, level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/settings');
  });

  test('a token is shown once; a new password counts at once', async () => {
    const { page, words } = visitor;
    await page.getByLabel(words.settings.tokenName).fill('PACS');
    await page.getByRole('button', { name: words.settings.createToken, exact: true }).click();
    await page.getByText(words.settings.tokenOnce).waitFor();
    await station(visitor, 'token');

    const next = 'only-for-tests-3';
    await page.getByLabel(words.settings.current, { exact: true }).fill(SMALL_REGION_PASSWORD);
    await page.getByLabel(words.settings.next, { exact: true }).fill(next);
    await page.getByLabel(words.settings.repeat, { exact: true }).fill(`${next}x`);
    await page.getByRole('button', { name: words.settings.change, exact: true }).click();
    await page.getByText(words.settings.mismatch).waitFor();
    await page.getByLabel(words.settings.repeat, { exact: true }).fill(next);
    await page.getByRole('button', { name: words.settings.change, exact: true }).click();
    await page.getByText(words.settings.changed).waitFor();
    await signOut(visitor);
    await fillSignIn(visitor, email, next);
    await page.getByRole('button', { name: new RegExp(words.nav.account) }).waitFor();
  });

  test('an address that leads nowhere says so and leads home', async () => {
    const { page, words } = visitor;
    await page.goto(`${url}/no/such/page`);
    await page.getByText(words.notFound.title).waitFor();
    await station(visitor, 'not-found');
    await page.getByRole('link', { name: words.notFound.home }).click();
    await page.getByLabel(words.studies.search, { exact: true }).waitFor();
  });

  test('one who may not administer is told so', async () => {
    const { page, words } = visitor;
    await page.goto(`${url}/admin/users`);
    await page.getByText(words.admin.forbidden).waitFor();
    await station(visitor, 'admin-forbidden');
  });

  test('after repeated wrong passwords the page says what to do', async () => {
    const { page, words } = visitor;
    visitor.expectAnswer(401, /\/api\/session$/);
    visitor.expectAnswer(429, /\/api\/session$/);
    visitor.expectAnswer(503, /\/api\/session$/);
    await page.goto(`${url}/`);
    await signOut(visitor);
    const alert = page.getByRole('alert');
    for (let attempt = 1; attempt <= FAILURES_BEFORE_WAIT; attempt += 1) {
      const answer = page.waitForResponse((response) => response.url().endsWith('/api/session') && response.request().method() === 'POST');
      await fillSignIn(visitor, email, `wrong-${attempt}`);
      await answer;
    }
    await alert.getByText(words.signIn.locked).waitFor();
    await station(visitor, 'locked');
    expect(visitor.problems()).toEqual([]);
  });
});

describe.each([
  { language: 'ja', size: 'desktop', code: 'KAWA' },
  { language: 'en', size: 'upright tablet', code: 'YAMA' },
] as const)('administration, $language on a $size', ({ language, size, code }) => {
  test('facilities, users, quarantine and the record', async () => {
    const damaged = Buffer.from((studyOf(50)[0] as SyntheticInstance).bytes.subarray(0, 200));
    const kept = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([damaged]) });
    expect(kept.status).toBe(409);

    const visitor = await openVisitor(browser, url, language, size);
    const { page, words } = visitor;
    await signIn(visitor, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await page.getByRole('button', { name: words.admin.addFacility }).click();
    const dialog = page.getByRole('dialog');
    const name = `${code}医院`;
    await dialog.getByLabel(words.admin.code, { exact: true }).fill(code);
    await dialog.getByLabel(words.admin.name, { exact: true }).fill(name);
    await dialog.getByLabel(words.admin.nameKana, { exact: true }).fill('カワイイン');
    await dialog.getByLabel(words.admin.aeTitles, { exact: true }).fill(`${code}_WS 192.168.1.0/24`);
    await station(visitor, 'admin-facility');
    await dialog.getByRole('button', { name: words.admin.create, exact: true }).click();
    await page.getByRole('button', { name: new RegExp(name) }).waitFor();
    await dialog.waitFor({ state: 'hidden' });
    await station(visitor, 'admin-facilities');

    await page.getByRole('link', { name: words.admin.users, exact: true }).click();
    await page.getByRole('button', { name: words.admin.addUser }).click();
    const email = `doctor@${code.toLowerCase()}.example`;
    await dialog.getByLabel(words.admin.email, { exact: true }).fill(email);
    await dialog.getByLabel(words.admin.userName, { exact: true }).fill('川田 花');
    await dialog.getByLabel(words.admin.job, { exact: true }).selectOption({ label: words.job.dentist });
    await dialog.getByLabel(words.admin.facility, { exact: true }).selectOption({ label: name });
    await dialog.getByLabel(words.admin.initialPassword, { exact: true }).fill(SMALL_REGION_PASSWORD);
    await station(visitor, 'admin-user');
    await dialog.getByRole('button', { name: words.admin.create, exact: true }).click();
    await page.getByRole('button', { name: new RegExp(email) }).waitFor();
    await dialog.waitFor({ state: 'hidden' });
    await station(visitor, 'admin-users');

    await page.getByRole('link', { name: words.admin.quarantine, exact: true }).click();
    await page.getByTestId('quarantined').filter({ hasText: SMALL_REGION.hospital.code }).first().waitFor();
    await station(visitor, 'admin-quarantine');

    await page.getByRole('link', { name: words.admin.record, exact: true }).click();
    await page.getByTestId('disclosure').filter({ hasText: words.action['user-created'] }).first().waitFor();
    await page.getByTestId('disclosure').filter({ hasText: words.action['facility-created'] }).first().waitFor();
    await station(visitor, 'admin-record');
    await signOut(visitor);

    await fillSignIn(visitor, email, SMALL_REGION_PASSWORD);
    await page.getByText(words.studies.emptyTitle).waitFor();
    await station(visitor, 'list-empty');
    expect(visitor.problems()).toEqual([]);
    await visitor.context.close();
  });
});

/** Ends the session at the server; the browser still holds its cookie. */
async function endSession(context: BrowserContext): Promise<void> {
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const session = (await (await fetch(`${url}/api/session`, { headers: { cookie } })).json()) as { csrfToken: string };
  const ended = await fetch(`${url}/api/session`, { method: 'DELETE', headers: { cookie, 'x-renkei-csrf': session.csrfToken } });
  expect(ended.ok).toBe(true);
}

function kanjiName({ patientName }: Story): string {
  return patientName.split('=')[1]?.split('^')[0] ?? '';
}

function folderOf(files: ReadonlyMap<string, Uint8Array>): string {
  const folder = join(temporaryFolder('story-cd'), 'CD');
  mkdirSync(join(folder, 'IMAGES'), { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(folder, name.endsWith('.txt') ? name : join('IMAGES', name)), bytes);
  return folder;
}

function chosenZip(files: ReadonlyMap<string, Uint8Array>): { name: string; mimeType: string; buffer: Buffer } {
  return { name: 'cd.zip', mimeType: 'application/zip', buffer: zipOf([...files].map(([name, bytes]) => ({ name: `CD/${name}`, bytes }))) };
}
