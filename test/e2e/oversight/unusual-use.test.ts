import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judgeUse } from '../../../gateway/usecases/oversight/judge-use.ts';
import { isSaid, openVisitor, type Size, signIn, takePicture, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk } from '../../fixtures/desk.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { ADMINISTRATOR } from '../../fixtures/gateway-process.ts';
import { multipartOf } from '../../fixtures/multipart.ts';

/** Somebody opens a relative's images; the program finds it, an administrator reads why, on which records it rests, and says what came of it. */
let desk: Desk;

const SCREENS = [
  ['ja', 'desktop', 'R-1'],
  ['en', 'iPad', 'R-2'],
] as const satisfies readonly (readonly ['ja' | 'en', Size, string])[];

beforeAll(async () => {
  desk = await openDesk('unusual-use-story');
  let seed = 820;
  for (const [, , patientID] of SCREENS) {
    const [image] = [...ctSeries({ seed: seed++, size: 32, instances: 1, patientID, patientName: '=佐藤^次郎=サトウ^ジロウ' })] as [
      SyntheticInstance,
    ];
    const { hospital } = desk.region;
    expect((await hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([image.bytes]) })).status).toBe(200);
    const path = `/dicom-web/studies/${image.studyInstanceUID}/series/${image.seriesInstanceUID}/metadata`;
    expect((await hospital.fetch(path)).status).toBe(200);
  }
  const { unusual } = desk.gateway.stores.index;
  // The program does the same at its own pace, one at a time.
  await eventually(async () => {
    await judgeUse({ unusual, timeZone: 'Asia/Tokyo' });
    return (await unusual.waiting()) === SCREENS.length;
  });
});
afterAll(() => desk?.close());

describe.each(SCREENS)('%s, %s', (language, size, patientID) => {
  let visitor: Visitor;
  const button = (name: string) => visitor.page.getByRole('button', { name, exact: true });
  const line = () => visitor.page.getByTestId('unusual-use').filter({ hasText: patientID });

  beforeAll(async () => {
    visitor = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(visitor, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await visitor.page.goto(`${desk.url}/admin/record`);
    await visitor.page.getByRole('link', { name: visitor.words.unusual.title, exact: true }).click();
  });
  afterAll(() => visitor?.context.close());

  test('what waits is told with its reason and the records it rests on', async () => {
    const { words } = visitor;
    await line().waitFor();
    expect(await line().textContent()).toContain(words.unusual.reason.sameFamily);
    await line().locator('summary').click();
    await line().getByTestId('disclosure').first().waitFor();
    await looksRight(visitor, 'unusual-use');
  });

  test('it is decided in words, and stands among what was reviewed', async () => {
    const { page, words } = visitor;
    await line().getByRole('button', { name: words.unusual.decide, exact: true }).click();
    await line().getByText(words.form.flaw.required).waitFor();
    await line().getByLabel(words.unusual.decision).selectOption('in-order');
    await line().getByLabel(words.unusual.words).fill('本人に確認。同姓の別人。');
    await line().getByRole('button', { name: words.unusual.decide, exact: true }).click();
    await isSaid(page, words.unusual.decidedNow);
    await line().waitFor({ state: 'detached' });
    await button(words.unusual.decidedOnes).click();
    await line().getByText('本人に確認。同姓の別人。').waitFor();
    await looksRight(visitor, 'unusual-use-reviewed');
  });

  test('the rules are set within their bounds', async () => {
    const { page, words } = visitor;
    await page.getByText(words.unusual.rules, { exact: true }).click();
    const days = page.getByLabel(words.unusualThreshold.days);
    await days.fill('29');
    expect(await days.getAttribute('aria-invalid')).toBe('true');
    await days.fill(language === 'ja' ? '４００' : '500');
    await looksRight(visitor, 'unusual-rules');
    await button(words.unusual.save).click();
    await isSaid(page, words.unusual.saved);
  });

  test('the record goes on paper, or into a PDF, as it stands there', async () => {
    const { page, words } = visitor;
    await page.goto(`${desk.url}/admin/record`);
    await page.locator('summary').filter({ hasText: words.exportRecord.title }).click();
    await button(words.exportRecord.print).click();
    const sheet = page.locator('.print-sheet');
    await sheet.getByText(words.exportRecord.printTitle).waitFor({ state: 'attached' });
    await page.emulateMedia({ media: 'print' });
    await sheet.getByText(words.action['unusual-use-decided']).first().waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    await takePicture(visitor, 'record-printed');
    await page.emulateMedia({ media: 'screen' });
    expect(visitor.problems()).toEqual([]);
  });
});
