/** A clinic finds a patient, sees the line of time over two facilities, and lays two studies side by side: by mouse, key and finger. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StudyList } from '../../../gateway/api/contract/studies.ts';
import type { Language } from '../../../viewer/i18n/translation.ts';
import { type ApiClient, joinPatients } from '../../fixtures/api-client.ts';
import type { Size, Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk, personAt, SOON_DERIVED } from '../../fixtures/desk.ts';
import { unpack } from '../../fixtures/dicom/exported.ts';
import { crSeries, ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { multipartOf } from '../../fixtures/multipart.ts';

const TARO = {
  patientID: 'H-1',
  patientName: 'Yamada^Taro=山田^太郎=ヤマダ^タロウ',
  patientBirthDate: '19500412',
  patientSex: 'M',
  characterSet: 'ISO_IR 192',
} as const;
const HANAKO = {
  ...TARO,
  patientID: 'H-2',
  patientName: 'Takahashi^Hanako=髙橋^花子=タカハシ^ハナコ',
  patientBirthDate: '19881130',
} as const;
const KNEE = [...crSeries({ ...TARO, patientID: '77', studyDate: '20240601', studyDescription: 'KNEE AP', seed: 61 })];
const HEAD = [...ctSeries({ ...TARO, studyDate: '20220315', studyDescription: 'HEAD CT', seed: 62, instances: 2, body: 'head', size: 64 })];
const CHEST = [...crSeries({ ...TARO, studyDate: '20240301', studyDescription: 'CHEST PA', seed: 63 })];
const NOT_GIVEN = [...crSeries({ ...TARO, studyDate: '20261120', studyDescription: 'NOT GIVEN', seed: 64 })];
const OTHER = [...crSeries({ ...HANAKO, studyDate: '20261001', seed: 65 })];
const uidOf = ([first]: readonly SyntheticInstance[]) => first?.studyInstanceUID ?? '';

let desk: Desk;
const shares: string[] = [];
/** Somebody of the clinic has. */
let chestOpened = false;

async function store(client: ApiClient, ...series: (readonly SyntheticInstance[])[]): Promise<void> {
  for (const files of series) {
    const sent = multipartOf(files.map(({ bytes }) => bytes));
    expect((await client.fetch('/dicom-web/studies', { method: 'POST', ...sent })).status).toBe(200);
  }
}

async function share(series: readonly SyntheticInstance[]): Promise<void> {
  const path = `/api/studies/${uidOf(series)}/shares`;
  const until = new Date(Date.now() + 5 * 86_400_000).toISOString();
  const { status, body } = await desk.region.hospital.call<{ id: string }>('POST', path, { facilityCode: 'CLINIC', until });
  expect(status).toBe(201);
  shares.push(`${path}/${body.id}`);
}

async function patientOf(client: ApiClient, series: readonly SyntheticInstance[]): Promise<string> {
  const { body } = await client.call<StudyList>('GET', '/api/studies');
  return body.studies.find(({ studyInstanceUID }) => studyInstanceUID === uidOf(series))?.patient ?? '';
}

beforeAll(async () => {
  desk = await openDesk('time-line', SOON_DERIVED);
  const { administrator, hospital, clinic } = desk.region;
  await store(hospital, HEAD, CHEST, NOT_GIVEN, OTHER);
  await store(clinic, KNEE);
  await share(CHEST);
  await share(HEAD);
  await joinPatients(administrator, await patientOf(hospital, HEAD), await patientOf(clinic, KNEE));
});
afterAll(() => desk?.close());

const lines = ({ page }: Visitor) => page.getByTestId('line-row');
const names = (visitor: Visitor) => lines(visitor).evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label') ?? ''));
const texts = ({ page }: Visitor, testId: string) => page.getByTestId(testId).allTextContents();

async function openLine(visitor: Visitor): Promise<void> {
  const { page, words } = visitor;
  await page.getByRole('link', { name: words.nav.patients, exact: true }).click();
  await page.getByTestId('person-row').first().waitFor();
  const field = page.getByRole('searchbox', { name: words.patients.search });
  await field.fill('髙橋');
  await page.getByText(words.patients.noneTitle).waitFor();
  await field.fill('やまだ');
  await page.getByTestId('person-row').first().waitFor();
  expect(await page.getByTestId('person-row').count()).toBe(1);
  await looksRight(visitor, 'patients');
  if (visitor.size === 'desktop') {
    await field.press('ArrowDown');
    await page.keyboard.press('Enter');
  } else await page.getByTestId('person-row').click();
  await lines(visitor).first().waitFor();
}

async function chooseTwo({ page, size, words }: Visitor): Promise<void> {
  if (size === 'desktop') {
    await page.locator('[data-line-row="0"]').focus();
    await page.keyboard.press(' ');
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-line-row') === '2');
    await page.keyboard.press(' ');
  } else {
    await page.getByTestId('choose').nth(0).click();
    expect(await page.getByTestId('open-both').isDisabled()).toBe(true);
    await page.getByTestId('choose').nth(2).click();
  }
  await page.getByText(words.timeline.chosenTwo).waitFor();
}

const CASES: readonly [Language, Size][] = [
  ['ja', 'desktop'],
  ['en', 'desktop'],
  ['ja', 'iPad'],
  ['en', 'phone'],
  ['ja', 'phone'],
];

describe.each(CASES)('in %s on a %s', (language, size) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await personAt(desk, 'clinic', language, size);
  });
  afterAll(() => visitor?.context.close());

  test('a patient is found, and the line of time tells years, gaps, parts and facilities', async () => {
    await openLine(visitor);
    expect(await names(visitor)).toEqual([
      expect.stringContaining('KNEE AP'),
      expect.stringContaining('CHEST PA'),
      expect.stringContaining('HEAD CT'),
    ]);
    expect((await texts(visitor, 'year')).map((text) => text.slice(0, 4))).toEqual(['2024', '2022']);
    expect(await texts(visitor, 'gap')).toEqual([language === 'ja' ? '1年11か月の間、検査なし' : '1 year 11 months without a study']);
    expect((await texts(visitor, 'body-parts')).at(-1)).toBe(visitor.words.bodyPart.HEAD);
    expect(await visitor.page.getByTestId('identifiers').textContent()).toMatch(/77.*H-1/);
    expect(await visitor.page.title()).not.toContain('山田');
    await looksRight(visitor, 'time-line');
  });

  test('two that are chosen open side by side, each cell with its own study; then they are no longer new', async () => {
    const { page } = visitor;
    await chooseTwo(visitor);
    await looksRight(visitor, 'time-line-chosen');
    await page.getByTestId('open-both').click();
    const cells = page.locator('[data-testid="viewport"][data-state="ready"]');
    await expect.poll(() => cells.count(), { timeout: 30_000 }).toBe(2);
    const shown = await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute('data-series')));
    expect(shown).toEqual([HEAD[0]?.seriesInstanceUID, KNEE[0]?.seriesInstanceUID]);
    const labels = await page.getByTestId('overlay-top-right').allTextContents();
    expect(labels.map((text) => /HEAD CT|KNEE AP/.exec(text)?.[0])).toEqual(['HEAD CT', 'KNEE AP']);
    expect(await texts(visitor, 'rail-study')).toHaveLength(2);
    await looksRight(visitor, 'side-by-side');
    await page.goBack();
    await lines(visitor).first().waitFor();
    const isNew = async () => (await names(visitor)).filter((name) => name.includes(visitor.words.studies.notOpened));
    await expect.poll(isNew).toEqual(chestOpened ? [] : [expect.stringContaining('CHEST PA')]);
  });

  const exports = ['ja desktop', 'en phone'].includes(`${language} ${size}`);
  test.runIf(exports)('chosen studies leave as a zip with a DICOMDIR, when it was said how much that is', async () => {
    const { page } = visitor;
    await chooseTwo(visitor);
    await page.getByTestId('export-studies').click();
    await page.getByTestId('export-amount').getByText(/2/).waitFor();
    await looksRight(visitor, 'export');
    const downloading = page.waitForEvent('download');
    await page.getByTestId('start-export').click();
    const download = await downloading;
    const { records, remove } = unpack(readFileSync(await download.path()));
    const named = (type: string, tag: string) => records.filter((record) => record.type === type).map(({ values }) => values[tag]);
    expect(named('STUDY', '0020,000d')).toEqual([uidOf(KNEE), uidOf(HEAD)]);
    expect(named('PATIENT', '0010,0020')).toEqual(['77', 'H-1']);
    expect(named('IMAGE', '0020,0013')).toHaveLength(3);
    remove();
    await page.getByText(visitor.words.export.begun).waitFor();
    await page.getByRole('button', { name: visitor.words.timeline.clear }).click();
  });

  test('a click opens a study, whose page leads back to the line', async () => {
    const { page } = visitor;
    await page.locator('[data-line-row="1"]').click();
    await page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();
    chestOpened = true;
    await page.getByTestId('history').click();
    await lines(visitor).first().waitFor();
    expect((await names(visitor)).filter((name) => name.includes(visitor.words.studies.notOpened))).toEqual([]);
    expect(visitor.problems()).toEqual([]);
  });
});

test('whose share is revoked goes from an open line within a moment, and an open pair shows nothing more', async () => {
  const visitor = await personAt(desk, 'clinic', 'ja');
  const pair = await personAt(desk, 'clinic', 'ja');
  const { hospital, clinic } = desk.region;
  const line = `/patients/${await patientOf(clinic, KNEE)}`;
  await visitor.page.goto(`${desk.url}${line}`);
  await lines(visitor).first().waitFor();
  await pair.page.goto(`${desk.url}${line}`);
  await lines(pair).first().waitFor();
  await chooseTwo(pair);
  await pair.page.getByTestId('open-both').click();
  await expect.poll(() => pair.page.locator('[data-testid="viewport"][data-state="ready"]').count(), { timeout: 30_000 }).toBe(2);
  for (const one of shares) expect((await hospital.call('DELETE', one)).status).toBe(200);
  await expect.poll(async () => (await names(visitor)).length).toBe(1);
  expect(await visitor.page.getByTestId('identifiers').textContent()).not.toContain('H-1');
  await pair.page.getByTestId('study-ended').waitFor();
  expect(await pair.page.getByTestId('viewport').count()).toBe(0);
  await visitor.page.goto(`${desk.url}/patients/999999`);
  visitor.expectAnswer(404, /api\/patients/);
  await visitor.page.getByTestId('person-ended').waitFor();
  for (const { context } of [visitor, pair]) await context.close();
});
