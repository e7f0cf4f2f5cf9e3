import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dragFingers, type Point, pixelsOf, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, openDesk, personAt, SOON_DERIVED, storeStudy } from '../../fixtures/desk.ts';
import { ctSeries } from '../../fixtures/dicom/synthetic-series.ts';
import { prepareStations } from '../../fixtures/stations.ts';

/** By finger. */
let desk: Desk;
let stack: string;

beforeAll(async () => {
  desk = await openDesk('by-touch', SOON_DERIVED);
  await prepareStations(desk);
  stack = await storeStudy(desk, [...ctSeries({ seed: 96, size: 64, instances: 12, patientName: 'Hara^Jun=原^純', patientID: 'HAND' })]);
});
afterAll(() => desk?.close());

describe.each(['ja', 'en'] as const)('%s', (language) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await personAt(desk, 'hospital', language, 'upright tablet');
  });
  afterAll(() => visitor?.context.close());

  test('the filters are one row, those that are used most in it; the others open from below', async () => {
    const { page, words } = visitor;
    await page.goto(`${desk.url}/`);
    await page.getByTestId('study-row').first().waitFor();
    const bar = await page.getByRole('search').boundingBox();
    expect(bar?.height).toBeLessThan(72);
    await page.getByRole('button', { name: words.studies.own, exact: true }).tap();
    await page.waitForURL(/ownership=own/);
    await page.getByRole('button', { name: words.studies.filters, exact: true }).tap();
    const sheet = page.getByRole('dialog');
    expect(await sheet.getByRole('button', { name: words.studies.own, exact: true }).count()).toBe(0);
    await sheet.getByRole('button', { name: words.modality.CT, exact: true }).tap();
    await page.waitForURL(/modality=CT/);
    await sheet.getByRole('button', { name: words.studies.showList }).tap();
    await page.getByRole('button', { name: words.studies.filtersOn, exact: true }).waitFor();
  });

  test('back from a study that was opened from it, the report of an upload is there as it was', async () => {
    const { page, words } = visitor;
    const [file] = ctSeries({ seed: 95, size: 64, instances: 1, patientName: 'Ueda^Mari=上田^真理', patientID: `UP-${language}` });
    await page.goto(`${desk.url}/upload`);
    await page
      .getByTestId('files')
      .setInputFiles([{ name: 'A', mimeType: 'application/octet-stream', buffer: file?.bytes ?? Buffer.alloc(0) }]);
    await page.getByTestId('take').tap();
    await page.locator('[data-testid="upload-status"][data-phase="finished"]').waitFor();
    await page.getByTestId('uploaded-study').tap();
    await page.getByTestId('viewport').first().waitFor();
    await page.goBack();
    await page.locator('[data-testid="upload-status"][data-phase="finished"]').waitFor();
    await page.getByTestId('uploaded-study').waitFor();
    // Begun anew it is empty.
    await page.getByRole('link', { name: words.nav.studies, exact: true }).tap();
    await page.getByTestId('study-row').first().waitFor();
    await page.getByRole('link', { name: words.nav.upload, exact: true }).tap();
    await page.getByRole('button', { name: words.upload.chooseFiles }).waitFor();
    await page.goBack();
    await page.goBack();
    await page.locator('[data-testid="upload-status"][data-phase="finished"]').waitFor();
    // Whoever says that it is done with finds nothing of it.
    await page.getByRole('button', { name: words.upload.again }).tap();
    await page.getByRole('button', { name: words.upload.chooseFiles }).waitFor();
  });

  test.each(['tablet', 'upright tablet', 'phone'] as const)('the help on a %s tells what fingers do, and they do it', async (size) => {
    const { page, words, context } = await personAt(desk, 'hospital', language, size);
    const hand = { ...visitor, page, context, size };
    await page.goto(`${desk.url}/studies/${stack}`);
    const viewport = page.getByTestId('viewport').first();
    await viewport.and(page.locator('[data-state="ready"]')).waitFor();
    const told = page.getByRole('dialog', { name: words.study.gestures });
    if (size !== 'tablet') await page.getByRole('button', { name: words.tool.more }).tap();
    await page.getByRole('button', { name: words.study.gestures, exact: true }).last().tap();
    await told.waitFor();
    for (const text of Object.values(words.gesture)) await told.getByText(text, { exact: true }).waitFor();
    expect(await told.getByText(words.key.page).count()).toBe(0);
    expect(await told.getByText('PgUp').count()).toBe(0);
    await page.keyboard.press('Escape');
    await told.waitFor({ state: 'detached' });
    if (size !== 'tablet') await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    const box = await viewport.boundingBox();
    if (box === null) throw new Error('no viewport');
    const at = (right: number, down: number): Point => ({ x: box.x + box.width / 2 + right, y: box.y + box.height / 2 + down });
    const zoom = async () => Number((await viewport.getAttribute('data-zoom'))?.split(',')[0]);
    const image = () => viewport.getAttribute('data-image');
    const fitted = await zoom();
    await dragFingers(hand, [
      [at(-20, 0), at(-60, 0)],
      [at(20, 0), at(60, 0)],
    ]);
    await expect.poll(zoom).toBeGreaterThan(fitted * 1.2);
    const before = await pixelsOf(viewport);
    const first = await image();
    await dragFingers(hand, [
      [at(-30, -40), at(-30, 40)],
      [at(30, -40), at(30, 40)],
    ]);
    await expect.poll(() => pixelsOf(viewport)).not.toBe(before);
    expect(await image()).toBe(first);
    await dragFingers(hand, [
      [at(-50, -80), at(-50, 80)],
      [at(0, -80), at(0, 80)],
      [at(50, -80), at(50, 80)],
    ]);
    await expect.poll(image).not.toBe(first);
    // One finger: the chosen tool.
    const window = await viewport.getAttribute('data-window');
    await page.locator('[data-tool="window"]').first().tap();
    await dragFingers(hand, [[at(-30, 0), at(40, 30)]]);
    await expect.poll(() => viewport.getAttribute('data-window')).not.toBe(window);
    await context.close();
  });
});
