import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSaid, openVisitor, type Size, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk } from '../../fixtures/desk.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { ADMINISTRATOR } from '../../fixtures/gateway-process.ts';
import { multipartOf } from '../../fixtures/multipart.ts';

/** The secretariat's desk: pairs come by themselves, are decided, looked for and undone, by what facilities say and without an image. */
let desk: Desk;

const SCREENS = [
  ['ja', 'desktop', { name: '森田', hospital: 'H-1', clinic: 'C-1', other: 'C-2', stranger: '=別所^綾=', birthDate: '19730617' }],
  ['en', 'iPad', { name: '久我', hospital: 'H-5', clinic: 'C-5', other: 'C-6', stranger: '=及川^勉=', birthDate: '19510217' }],
] as const satisfies readonly (readonly ['ja' | 'en', Size, object])[];

async function receive(who: 'hospital' | 'clinic', seed: number, patientID: string, patientName: string, patientBirthDate: string) {
  const [image] = [...ctSeries({ seed, size: 32, instances: 1, patientID, patientName, patientBirthDate })] as [SyntheticInstance];
  const stored = await desk.region[who].fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([image.bytes]) });
  expect(stored.status).toBe(200);
}

beforeAll(async () => {
  desk = await openDesk('proxy-desk');
  let seed = 700;
  for (const [, , { name, hospital, clinic, other, stranger, birthDate }] of SCREENS) {
    await receive('hospital', seed++, hospital, `=${name}^浩二=`, birthDate);
    await receive('clinic', seed++, clinic, `=${name}^浩二=`, birthDate);
    await receive('clinic', seed, other, stranger, `19${(seed++ % 100) + 20}0203`);
  }
  await eventually(async () => (await desk.gateway.stores.index.links.waiting({ limit: 5 })).length === SCREENS.length);
});
afterAll(() => desk?.close());

describe.each(SCREENS)('%s, %s', (language, size, { hospital, clinic, other }) => {
  let visitor: Visitor;
  const pairOf = (patientID: string) => visitor.page.getByTestId('pair').filter({ hasText: patientID });
  const found = () => visitor.page.getByRole('list', { name: visitor.words.links.search });
  const button = (name: string) => visitor.page.getByRole('button', { name, exact: true });
  const find = async (patientID: string) => {
    await visitor.page.getByLabel(visitor.words.links.patientID, { exact: true }).fill(patientID);
    await button(visitor.words.links.find).click();
    await found().getByText(patientID, { exact: true }).first().waitFor();
  };

  beforeAll(async () => {
    visitor = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(visitor, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await visitor.page.goto(`${desk.url}/admin/patients`);
  });
  afterAll(() => visitor?.context.close());

  test('a pair that came by itself is compared and made one person', async () => {
    const { page, words } = visitor;
    await pairOf(hospital).waitFor();
    expect(await pairOf(hospital).textContent()).toContain(words.evidence['birth-date-same']);
    expect(await page.locator('img').count()).toBe(0);
    await looksRight(visitor, 'desk-pair');
    await pairOf(hospital).getByRole('button', { name: words.links.same, exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: words.links.same, exact: true }).click();
    await isSaid(page, words.links.joinedNow);
    await pairOf(hospital).waitFor({ state: 'detached' });
  });

  test('whom it is joined with is said where it is found, and it is parted again', async () => {
    const { page, words } = visitor;
    await find(hospital);
    await found().getByRole('button').first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(clinic).first().waitFor();
    await looksRight(visitor, 'desk-patient');
    await dialog.getByRole('button', { name: words.links.separate, exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: words.links.separate, exact: true }).click();
    await isSaid(page, words.links.separated);
    await dialog.getByText(words.links.joinedNone).waitFor();
    await dialog.getByText(words.links.state.undone).waitFor();
  });

  test('two are entered by hand, and refused', async () => {
    const { page, words } = visitor;
    await page.getByRole('dialog').getByRole('button', { name: words.links.proposeFirst, exact: true }).click();
    await find(other);
    await button(words.links.proposeWith).first().click();
    await isSaid(page, words.links.proposed);
    await pairOf(other).waitFor();
    expect(await pairOf(other).textContent()).toContain(words.links.saidByHand);
    await pairOf(other).getByRole('button', { name: words.links.different, exact: true }).click();
    await isSaid(page, words.links.refusedNow);
    await pairOf(other).waitFor({ state: 'detached' });
    expect(visitor.problems()).toEqual([]);
  });
});
