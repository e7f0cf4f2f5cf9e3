import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Language } from '../../viewer/i18n/translation.ts';
import { beyondTheEdge, seriousViolations, takePicture, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, personAt, storeAll } from '../fixtures/desk.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { usSeries } from '../fixtures/dicom/synthetic-series.ts';

/** The list as it is used all day: by keyboard, back from a study, what is new, what a look at it costs. */
const STUDIES = 40;
const CLIPS = 3;

let desk: Desk;

const echoUID = '2.25.900';

beforeAll(async () => {
  desk = await openDesk('study-list');
  const many = Array.from({ length: STUDIES }, (_, n) =>
    smallFile({
      studyInstanceUID: `2.25.${n + 1}`,
      seriesInstanceUID: `2.25.${n + 1}.1`,
      sopInstanceUID: `2.25.${n + 1}.1.1`,
      patientID: `P-${n}`,
    }),
  );
  // An old exam comes last: it is the newest arrival.
  const clips = Array.from({ length: CLIPS }, (_, n) => [
    ...usSeries({
      seed: 70 + n,
      studyInstanceUID: echoUID,
      seriesInstanceUID: `${echoUID}.1`,
      studyDate: '20191105',
      rows: 60,
      columns: 80,
      frames: 8 + n,
      patientName: 'Aoki^Ken=青木^健',
      patientID: 'ECHO',
      seriesDescription: '心エコー',
      extra: { SOPInstanceUID: `${echoUID}.1.${n + 1}`, InstanceNumber: n + 1 },
    }),
  ]).flat();
  for (const files of [many, clips.map(({ bytes }) => bytes)]) expect(await storeAll(desk, files)).toBe(200);
});
afterAll(() => desk?.close());

async function visit(language: Language): Promise<Visitor> {
  const visitor = await personAt(desk, 'hospital', language);
  await visitor.page.getByTestId('study-row').first().waitFor();
  return visitor;
}
const row = (page: Page, n: number) => page.locator(`[data-study-row="${n}"]`);
const focusedRow = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-study-row') ?? null);

describe.each(['ja', 'en'] as const)('the study list in %s', (language) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await visit(language);
  });
  afterAll(() => visitor.context.close());

  test.each(['laptop', 'tablet'] as const)('what is pressed beside the open account menu only closes it, on a %s', async (size) => {
    const { page, words, context } = await personAt(desk, 'hospital', language, size);
    await page.getByTestId('study-row').first().waitFor();
    const box = await row(page, 2).boundingBox();
    if (box === null) throw new Error('no row');
    const press = (x: number, y: number) => (size === 'tablet' ? page.touchscreen.tap(x, y) : page.mouse.click(x, y));
    await page.getByRole('button', { name: new RegExp(words.nav.account) }).click();
    await page.getByRole('menu').waitFor();
    await press(box.x + box.width / 3, box.y + box.height / 2);
    await page.getByRole('menu').waitFor({ state: 'detached' });
    expect(new URL(page.url()).pathname).toBe('/');
    await press(box.x + box.width / 3, box.y + box.height / 2);
    await page.waitForURL(/\/studies\//);
    await context.close();
  });

  test('the first row is two keys away, the others by the arrows, and the list is one stop of Tab', async () => {
    const { page, words } = visitor;
    await page.reload();
    await page.getByTestId('study-row').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(words.nav.skip);
    await page.keyboard.press('Enter');
    expect(await focusedRow(page)).toBe('0');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-study-row') === '1');
    expect(await page.locator('[data-study-row][tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('End');
    await page.waitForFunction((last) => document.activeElement?.getAttribute('data-study-row') === String(last), STUDIES);
  });

  test('back from a study the same rows are in sight and the same row has the keyboard', async () => {
    const { page } = visitor;
    await page.goto(`${desk.url}/`);
    await row(page, 0).focus();
    for (let presses = 0; presses < 3; presses++) {
      const from = Number(await focusedRow(page));
      await page.keyboard.press('PageDown');
      // The row it leads to has the keyboard a frame later; the next press goes on from there.
      await expect.poll(async () => Number(await focusedRow(page))).toBeGreaterThan(from);
    }
    // Keys are answered with the next frames: the list has come to rest when it stands where it stood a frame before.
    const at = await page.getByTestId('study-list').evaluate(async (list) => {
      for (let before = -1; list.scrollTop <= 500 || list.scrollTop !== before; ) {
        before = list.scrollTop;
        await new Promise(requestAnimationFrame);
      }
      return list.scrollTop;
    });
    const opened = await focusedRow(page);
    await page.keyboard.press('Enter');
    await page.getByTestId('viewport').first().waitFor();
    await page.goBack();
    await row(page, Number(opened)).waitFor();
    expect(await page.getByTestId('study-list').evaluate((list) => list.scrollTop)).toBe(at);
    expect(await page.locator('[data-study-row][tabindex="0"]').getAttribute('data-study-row')).toBe(opened);
  });

  test('an old exam that came last is first, until the order is by exam date', async () => {
    const { page, words } = visitor;
    await page.goto(`${desk.url}/`);
    await row(page, 0).waitFor();
    expect(await row(page, 0).getAttribute('href')).toContain(echoUID);
    await page.getByLabel(words.studies.sort, { exact: true }).selectOption('exam');
    await page.waitForFunction((uid) => !document.querySelector('[data-study-row="0"]')?.getAttribute('href')?.includes(uid), echoUID);
    await page.goto(`${desk.url}/`);
    await row(page, 0).waitFor();
    expect(await row(page, 0).getAttribute('href')).not.toContain(echoUID);
    await page.getByLabel(words.studies.sort, { exact: true }).selectOption('arrived');
  });

  test('clips are counted as clips', async () => {
    const { page } = visitor;
    await page.goto(`${desk.url}/?q=ECHO`);
    const text = await page.locator('li', { has: row(page, 0) }).textContent();
    expect(text).toContain(language === 'ja' ? `動画 ${CLIPS} 本` : `${CLIPS} clips`);
    expect(text).not.toMatch(language === 'ja' ? /\d+ 画像/ : /\d+ images?/);
  });

  test('a page that stays open asks again and is told that nothing has changed', async () => {
    const { page } = visitor;
    await page.goto(`${desk.url}/`);
    const still = await page.waitForResponse((answer) => answer.url().includes('/api/studies?') && answer.status() === 304);
    expect(still.request().headers()['if-none-match']).toMatch(/^"/);
  });

  test('looks right, and stops nobody', async () => {
    const { page } = visitor;
    await page.goto(`${desk.url}/`);
    await row(page, 0).waitFor();
    await takePicture(visitor, 'study-list');
    expect(await beyondTheEdge(page)).toEqual([]);
    expect(await seriousViolations(page)).toEqual([]);
    expect(visitor.problems()).toEqual([]);
  });
});

test('what nobody has opened has a dot and a tab of its own until somebody opens it', async () => {
  const visitor = await visit('ja');
  const { page, words } = visitor;
  await page.goto(`${desk.url}/?q=P-7`);
  const dot = page.locator('li', { has: row(page, 0) }).getByTestId('unopened');
  await dot.waitFor();
  // Neither a pointer above the row nor the keyboard on it opens it, though the code for the page is fetched.
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await row(page, 0).hover();
  await row(page, 0).focus();
  await page.waitForResponse((answer) => answer.url().includes('/api/studies?'));
  expect(asked.filter((path) => path.startsWith('/api/studies/'))).toEqual([]);
  await page.reload();
  await dot.waitFor();
  await page.goto(`${desk.url}/?q=P-7&ownership=unopened`);
  await row(page, 0).click();
  await page.getByTestId('viewport').first().waitFor();
  await page.goto(`${desk.url}/?q=P-7`);
  await row(page, 0).waitFor();
  expect(await dot.count()).toBe(0);
  await page.getByRole('button', { name: words.studies.unopened, exact: true }).click();
  await page.getByText(words.studies.noneTitle).waitFor();
  await visitor.context.close();
});

test('each clip is an entry of its own, with its frames and no others', async () => {
  const visitor = await visit('ja');
  const { page } = visitor;
  await page.goto(`${desk.url}/studies/${echoUID}`);
  const entries = page.getByTestId('series');
  await entries.first().waitFor();
  expect(await entries.count()).toBe(CLIPS);
  await entries.nth(2).click();
  const viewport = page.locator('[data-testid="viewport"][data-state="ready"]');
  await viewport.waitFor();
  await page.waitForFunction(() => document.querySelector('[data-testid="viewport"]')?.textContent?.includes('1 / 10'));
  await takePicture(visitor, 'clips');
  expect(new URL(page.url()).searchParams.get('series')).toContain('/');
  await page.reload();
  await page.waitForFunction(() => document.querySelector('[data-testid="viewport"]')?.textContent?.includes('/ 10'));
  expect(await seriousViolations(page)).toEqual([]);
  await visitor.context.close();
});
