import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIZES, takePicture, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, personAt, SOON_DERIVED, storeStudy } from '../fixtures/desk.ts';
import { ctSeries } from '../fixtures/dicom/synthetic-series.ts';
import { screenFaults } from '../fixtures/screens.ts';

/** A patient's name is whole wherever it stands: two patients may differ in its end alone. Rows grow with it, and the list keeps its place all the same. */
const NAMES = [
  'Wickramasinghe Arachchilage^Don Priyantha Kumara',
  'Wickramasinghe Arachchilage^Don Priyantha=ウィクラマシンハ アーラッチラーゲ^ドン プリヤンタ=うぃくらましんは あーらっちらーげ^どん ぷりやんた',
  'Minamoto^Shizuka=源^静香=みなもと^しずか',
];
const STUDIES = 36;
const SIZES_SEEN = ['phone', 'upright tablet', 'tablet', 'laptop'] as const;

let desk: Desk;
const study = (n: number) => `2.25.77${n}`;

async function store(n: number, other: Parameters<typeof ctSeries>[0] = {}): Promise<void> {
  const patientName = NAMES[n % NAMES.length] ?? '';
  await storeStudy(desk, [
    ...ctSeries({ seed: 500 + n, size: 16, instances: 1, studyInstanceUID: study(n), patientName, patientID: `LONG-${n}`, ...other }),
  ]);
}

beforeAll(async () => {
  desk = await openDesk('long-names', SOON_DERIVED);
  for (let n = 0; n < STUDIES; n += 1) await store(n);
  // The owner is told of another version.
  for (const n of [0, 1]) await store(n, { studyDescription: 'CORRECTED' });
});
afterAll(() => desk?.close());

const list = (page: Page) => page.getByTestId('study-list');
const row = (page: Page, of: number) => page.locator(`[data-study-row][href*="${study(of)}"]`);
const top = async (page: Page, of: number) => Math.round((await row(page, of).boundingBox())?.y ?? Number.NaN);

/** The rows in sight stand one below the other, and what is in a row does not reach out of it. */
function rowFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const rows = [...document.querySelectorAll('[data-testid="study-list"] li')].sort(
      (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
    );
    return rows.flatMap((row, at) => {
      const { bottom } = row.getBoundingClientRect();
      const next = rows[at + 1]?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY;
      // What is not drawn has no place of its own.
      const drawn = [...row.querySelectorAll('span, p')].filter((element) => element.getClientRects().length > 0);
      const lowest = Math.max(...drawn.map((element) => element.getBoundingClientRect().bottom));
      return bottom > next + 0.5 || lowest > bottom ? [`${bottom} ${lowest} ${next} ${row.textContent}`] : [];
    });
  });
}

async function nameFaults(visitor: Visitor, name: string): Promise<string[]> {
  const { page, size } = visitor;
  await takePicture(visitor, `names-${name}`);
  const faults = await screenFaults(page, SIZES[size].touch);
  return faults.filter((fault) => /Wick|ウィク|うぃく|源|みなもと|beyond|sideways|another/.test(fault));
}

describe.each(['ja', 'en'] as const)('%s', (language) => {
  test.each(SIZES_SEEN)('whole in the list, on a study, in notices and in the report of an upload, on a %s', async (size) => {
    const visitor = await personAt(desk, 'hospital', language, size);
    const { page } = visitor;
    await page.goto(`${desk.url}/`);
    await row(page, STUDIES - 1).waitFor();
    expect(await nameFaults(visitor, 'list')).toEqual([]);
    expect(await rowFaults(page)).toEqual([]);
    for (const n of [0, 1]) {
      await page.goto(`${desk.url}/studies/${study(n)}`);
      await page.locator('[data-testid="viewport"][data-state="ready"]').waitFor();
      expect(await nameFaults(visitor, `study-${n}`)).toEqual([]);
    }
    await page.goto(`${desk.url}/notices`);
    await page.getByTestId('notice').first().waitFor();
    expect(await nameFaults(visitor, 'notices')).toEqual([]);
    await page.goto(`${desk.url}/upload`);
    const [file] = ctSeries({
      seed: 500,
      size: 16,
      instances: 1,
      studyInstanceUID: study(0),
      patientName: NAMES[0] ?? '',
      patientID: 'LONG-0',
    });
    await page
      .getByTestId('files')
      .setInputFiles([{ name: 'A', mimeType: 'application/octet-stream', buffer: file?.bytes ?? Buffer.alloc(0) }]);
    await page.getByTestId('take').click();
    await page.locator('[data-testid="upload-status"][data-phase="finished"]').waitFor();
    await page.getByTestId('uploaded-study').getByText('Wickramasinghe').first().waitFor();
    expect(await nameFaults(visitor, 'uploaded')).toEqual([]);
    await visitor.context.close();
  });
});

test('back from a study the rows are where they were, also when those above them were never all drawn', async () => {
  const { page, context } = await personAt(desk, 'hospital', 'ja', 'phone');
  await page.goto(`${desk.url}/`);
  await row(page, STUDIES - 1).waitFor();
  for (const way of [1700, 300]) {
    await list(page).evaluate((element, px) => element.scrollTo(0, px), way);
    const seen = await page.evaluate(async () => {
      const inSight = () => {
        const { y } = document.querySelector('[data-testid="study-list"]')?.getBoundingClientRect() ?? { y: 0 };
        const rows = [...document.querySelectorAll('[data-study-row]')].filter((element) => element.getBoundingClientRect().top >= y);
        const first = rows.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)[0];
        return { address: first?.getAttribute('href') ?? '', y: Math.round(first?.getBoundingClientRect().top ?? 0) };
      };
      // The list has come to rest when it stands where it stood a frame before.
      for (let before = inSight(); ; ) {
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        const now = inSight();
        if (now.address === before.address && now.y === before.y && now.y > 0) return now;
        before = now;
      }
    });
    const same = page.locator(`[data-study-row][href="${seen.address}"]`);
    await same.tap();
    await page.getByTestId('viewport').first().waitFor();
    await page.goBack();
    await same.waitFor();
    await expect.poll(async () => Math.round((await same.boundingBox())?.y ?? 0)).toBe(seen.y);
    await expect.poll(() => rowFaults(page)).toEqual([]);
  }
  await context.close();
});

test('who is in the middle of the list stays at the same rows when others arrive above', async () => {
  const { page, context } = await personAt(desk, 'hospital', 'ja', 'phone');
  await page.goto(`${desk.url}/`);
  await row(page, STUDIES - 1).waitFor();
  await list(page).evaluate((element) => element.scrollTo(0, 1200));
  const middle = STUDIES - 14;
  await expect.poll(() => top(page, middle)).toBeGreaterThan(0);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const before = await top(page, middle);
  const total = await list(page).evaluate((element) => element.scrollHeight);
  await store(STUDIES);
  await store(STUDIES + 1);
  await expect.poll(() => list(page).evaluate((element) => element.scrollHeight)).toBeGreaterThan(total + 100);
  await expect.poll(() => top(page, middle)).toBe(before);
  await context.close();
});
