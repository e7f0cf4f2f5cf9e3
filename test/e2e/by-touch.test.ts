import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, personAt, SOON_DERIVED } from '../fixtures/desk.ts';
import { ctSeries } from '../fixtures/dicom/synthetic-series.ts';
import { prepareStations } from '../fixtures/stations.ts';

/** By finger, on a tablet held upright. */
let desk: Desk;

beforeAll(async () => {
  desk = await openDesk('by-touch', SOON_DERIVED);
  await prepareStations(desk);
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
});
