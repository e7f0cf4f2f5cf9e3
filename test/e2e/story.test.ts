import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Language } from '../../viewer/i18n/translation.ts';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../fixtures/api-client.ts';
import {
  drag,
  dropFiles,
  fillSignIn,
  fittedField,
  isSaid,
  openVisitor,
  pixelsOf,
  type Size,
  signIn,
  signOut,
  takeIn,
  takePicture,
  type Visitor,
} from '../fixtures/browser.ts';
import { type Desk, looksRight, openDesk, personAt, SOON_DERIVED, storeStudy } from '../fixtures/desk.ts';
import { ctSeries, type SyntheticInstance } from '../fixtures/dicom/synthetic-series.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { say } from '../fixtures/say.ts';
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

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk('story', SOON_DERIVED);
});

afterAll(() => desk?.close());

/** Two series: what is uploaded, and one beside it that the reader has not opened yet. */
function studyOf(seed: number, patientName?: string): SyntheticInstance[] {
  const common = { seed, size: 256, ...(patientName === undefined ? {} : { patientName }) };
  return [
    ...ctSeries({ ...common, instances: SLICES, seriesNumber: 1, seriesDescription: 'CHEST 5MM' }),
    ...ctSeries({ ...common, instances: SHORT_SLICES, seriesNumber: 2, seriesDescription: 'SHORT' }),
  ];
}

async function storeAndShare(seed: number): Promise<string> {
  const studyInstanceUID = await storeStudy(desk, studyOf(seed));
  const shared = await desk.region.hospital.call('POST', `/api/studies/${studyInstanceUID}/shares`, {
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

// ── What a person does ───────────────────────────────────────────────────────

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
  await expect.poll(() => imageNumber(page)).not.toBe(from);
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
  await looksRight(visitor, 'study');
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
  await expect.poll(() => pixelsOf(viewport)).not.toBe(before);
  await toolButton(page, 'scroll').click();
  const dragged = await scrolls(page, () => drag(visitor, middle, { x: middle.x, y: middle.y + side / 4 }));
  expect(dragged.to).toBeGreaterThan(dragged.from + 1);
  const slid = await scrolls(page, () => viewport.getByLabel(words.study.slider).fill('3'));
  expect(slid.to).toBe(3);
  await expect.poll(() => new URL(page.url()).searchParams.get('image')).toBe('3');

  const soft = await pixelsOf(viewport);
  await page.getByTestId('window-presets').click();
  await takePicture(visitor, 'presets');
  await page.locator('[data-preset="bone"]').click();
  await expect.poll(() => viewport.getByTestId('window').textContent()).toMatch(/^W 2500 L /);
  await expect.poll(() => pixelsOf(viewport)).not.toBe(soft);
  await page.keyboard.press('3');
  await expect.poll(() => viewport.getByTestId('window').textContent()).not.toMatch(/^W 2500 L /);

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
  await expect.poll(async () => Math.abs(Number(await measured()) - expectedMm)).toBeLessThan(expectedMm * 0.02);

  // The phantom's corner is air, −1000 HU with a little noise.
  await toolButton(page, 'rectangle').click();
  const corner = { x: middle.x - side * 0.4, y: middle.y - side * 0.3 };
  await drag(visitor, corner, { x: corner.x + side * 0.08, y: corner.y + side * 0.08 });
  const mean = new RegExp(`^${words.measure.mean} (-\\d+(?:\\.\\d)?) HU$`);
  await expect.poll(() => measuredTexts(viewport)).toEqual(expect.arrayContaining([expect.stringMatching(mean)]));
  const text = (await measuredTexts(viewport)).find((line) => mean.test(line)) ?? '';
  expect(Math.abs(Number(mean.exec(text)?.[1]) + 1000)).toBeLessThan(20);
  expect(await measuredTexts(viewport)).toEqual(expect.arrayContaining([expect.stringMatching(/mm²$/)]));

  await page.getByTestId('measurements').click();
  await page.getByRole('button', { name: words.measure.delete }).first().waitFor();
  await looksRight(visitor, 'measured');
  await page.keyboard.press('Escape');
}

async function layOut(visitor: Visitor): Promise<void> {
  const { page, size } = visitor;
  if (size === 'upright tablet') await page.locator('[data-action="more"]').click();
  await page.locator('[data-layout="2x2"]').click();
  await expect.poll(() => page.getByTestId('viewport').count()).toBe(4);
  await isReady(page, 1);
  await isReady(page, 2);
  const series = page.getByTestId('series');
  const uid = await series.nth(1).getAttribute('data-series');
  if (size === 'desktop') await series.nth(1).dragTo(viewportOf(page, 4));
  else {
    await viewportOf(page, 4).tap();
    await series.nth(1).tap();
  }
  await expect.poll(() => viewportOf(page, 4).getAttribute('data-series')).toBe(uid);
  await isReady(page, 4);
  await looksRight(visitor, 'two-by-two');
}

// ── The story ────────────────────────────────────────────────────────────────

describe.each(STORIES)('the whole story, $language on a $size', (story) => {
  const instances = studyOf(story.seed, story.patientName);
  const studyInstanceUID = instances[0]?.studyInstanceUID ?? '';
  let hospital: Visitor;
  let clinic: Visitor;

  beforeAll(async () => {
    hospital = await openVisitor(desk.browser, desk.url, story.language, story.size);
    clinic = await openVisitor(desk.browser, desk.url, story.language, story.size);
  });
  afterAll(async () => {
    await hospital?.context.close();
    await clinic?.context.close();
  });

  test('a wrong password says what to do; then the radiographer is in', async () => {
    const { page, words } = hospital;
    hospital.expectAnswer(401, /\/api\/session$/);
    await page.goto(`${desk.url}/`);
    await page.getByLabel(words.signIn.email, { exact: true }).waitFor();
    await looksRight(hospital, 'sign-in');
    await fillSignIn(hospital, SMALL_REGION.hospital.email, 'not-the-password');
    await expect.poll(() => page.getByRole('alert').textContent()).toContain(words.signIn.wrong);
    await looksRight(hospital, 'sign-in-wrong');
    await fillSignIn(hospital, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
    await page.getByRole('link', { name: words.nav.upload }).first().waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe(story.language);
  });

  test(`uploads a ${story.upload} and sees how far it is and what was no DICOM`, async () => {
    const { page, words } = hospital;
    await page.getByRole('link', { name: words.nav.upload, exact: true }).click();
    await page.getByTestId('drop-zone').waitFor();
    await looksRight(hospital, 'upload');

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
    await expect.poll(() => page.getByTestId('upload-status').getAttribute('data-phase')).toBe('running');
    await page.getByRole('button', { name: words.upload.cancel }).waitFor();
    await takePicture(hospital, 'uploading');
    release();
    await expect.poll(() => page.getByTestId('upload-status').getAttribute('data-phase')).toBe('finished');
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
    await page.getByText(say(words.upload.progress, { done: files.size, total: files.size })).waitFor();
    expect(await page.locator('[data-outcome="stored"] dd').textContent()).toBe(String(instances.length));
    expect(await page.locator('[data-problems="not-dicom"]').textContent()).toContain('readme.txt');
    await page.getByTestId('uploaded-study').getByText(kanjiName(story)).waitFor();
    await looksRight(hospital, 'uploaded');
  });

  test('it is in the list and is found in kanji, kana and romaji', async () => {
    const { page, words } = hospital;
    await page.getByRole('link', { name: words.nav.studies, exact: true }).click();
    await rowOf(page, studyInstanceUID).waitFor();
    await looksRight(hospital, 'list');
    const search = page.getByLabel(words.studies.search, { exact: true });
    for (const typed of [story.kanji, story.kana, story.romaji]) {
      await search.fill('zzz');
      await page.getByText(words.studies.noneTitle).waitFor();
      await search.fill(typed);
      await rowOf(page, studyInstanceUID).waitFor();
      expect(await page.getByTestId('study-row').count()).toBe(1);
    }
    await looksRight(hospital, 'search');
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
    await looksRight(hospital, 'share');
    await dialog.getByRole('button', { name: words.share.submit, exact: true }).click();
    await isSaid(page, say(words.share.done, { facility: SMALL_REGION.clinic.name }));
    await dialog.getByTestId('share-row').waitFor();
    await looksRight(hospital, 'shared');
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
    await looksRight(clinic, 'list-shared');
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
    await tab.goto(`${desk.url}/studies/${studyInstanceUID}?image=7`);
    await isReady(tab);
    expect(await imageNumber(tab)).toBe(7);
    await tab.close();
  });

  test('the hospital sees who opened it and when, and takes it back', async () => {
    const { page, words } = hospital;
    const tab = await clinic.context.newPage();
    await tab.goto(`${desk.url}/studies/${studyInstanceUID}`);
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
    await looksRight(hospital, 'who-opened');

    await page.getByRole('tab', { name: words.share.tabShare }).click();
    await page.getByRole('button', { name: words.share.revoke }).click();
    await page.getByRole('alertdialog').waitFor();
    await looksRight(hospital, 'revoke');
    await page.getByRole('button', { name: words.share.revokeConfirm, exact: true }).click();
    await isSaid(page, say(words.share.revokedDone, { facility: SMALL_REGION.clinic.name }));
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
    await looksRight(clinic, 'gone');
    await page.getByRole('button', { name: words.notFound.home }).click();
    await page
      .getByTestId('study-list')
      .or(page.getByText(words.studies.emptyTitle))
      .or(page.getByText(words.studies.noneTitle))
      .first()
      .waitFor();
    await expect.poll(() => rowOf(page, studyInstanceUID).count()).toBe(0);
  });

  test('signs out, and nothing stays behind', async () => {
    const { page, words } = clinic;
    await signOut(clinic);
    await page.goto(`${desk.url}/studies/${studyInstanceUID}`);
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
    const doctor = await personAt(desk, 'clinic', language, size);
    await rowOf(doctor.page, studyInstanceUID).waitFor();
    await looksRight(doctor, 'list-shared');
    await rowOf(doctor.page, studyInstanceUID).click();
    await readStudy(doctor, studyInstanceUID);
    expect(doctor.problems()).toEqual([]);
    await doctor.context.close();
  });
});

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
