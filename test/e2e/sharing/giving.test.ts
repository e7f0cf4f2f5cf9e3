import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { isSaid, type Size, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk, personAt, SOON_DERIVED, storeStudy } from '../../fixtures/desk.ts';
import { ctSeries } from '../../fixtures/dicom/synthetic-series.ts';
import { say } from '../../fixtures/say.ts';

/** Giving a study: to a facility with one press, and to some of it, from a day on, for looking only. */
const DOCTOR = { email: 'sato@clinic.example', name: '佐藤 修司', nameKana: 'サトウ シュウジ', job: 'physician' } as const;
const GONE = { email: 'sada@clinic.example', name: '佐田 花', nameKana: 'サダ ハナ', job: 'physician' } as const;
const CLINIC = SMALL_REGION.clinic;

let desk: Desk;
let goneId: string;
const uidOf = (n: number) => `2.25.96${n}`;

beforeAll(async () => {
  desk = await openDesk('giving', SOON_DERIVED);
  const { administrator } = desk.region;
  for (const person of [DOCTOR, GONE]) {
    const made = await administrator.call<{ id: string }>('POST', '/api/users', {
      ...person,
      facilityCode: CLINIC.code,
      password: SMALL_REGION_PASSWORD,
    });
    expect(made.status).toBe(201);
    goneId = made.body.id;
  }
  for (const n of SCREENS.keys()) {
    const patient = { studyInstanceUID: uidOf(n), patientName: `Mori^Ai=森^藍`, patientID: `G-${n}`, studyDescription: 'HEAD' };
    await storeStudy(desk, [...ctSeries({ seed: 960 + n, size: 64, instances: 1, ...patient })]);
  }
});
afterAll(() => desk?.close());

const SCREENS = [
  ['ja', 'laptop'],
  ['en', 'phone'],
  ['ja', 'iPad'],
] as const satisfies readonly (readonly ['ja' | 'en', Size])[];

async function openShare({ page, url }: Visitor, studyInstanceUID: string): Promise<void> {
  await page.goto(`${url}/studies/${studyInstanceUID}`);
  await page.getByTestId('share').click();
}

async function chooseClinic({ page, words }: Visitor): Promise<void> {
  await page.getByRole('combobox', { name: words.share.facility }).fill(CLINIC.nameKana);
  await page.getByRole('option').first().click();
}

describe.each(SCREENS)('%s, %s', (language, size) => {
  const studyInstanceUID = uidOf(SCREENS.findIndex(([one, other]) => one === language && other === size));
  let visitor: Visitor;
  const dialog = () => visitor.page.getByRole('dialog');
  const field = (name: string) => dialog().getByLabel(name, { exact: true });
  const submit = () => dialog().getByRole('button', { name: visitor.words.share.submit, exact: true });
  const named = language === 'en' ? 'Sato Shuji' : DOCTOR.name;

  beforeAll(async () => {
    visitor = await personAt(desk, 'hospital', language, size);
  });
  afterAll(() => visitor?.context.close());

  test('the common case is a facility and one press', async () => {
    const { page, words } = visitor;
    await openShare(visitor, studyInstanceUID);
    expect(await page.getByTestId('share-more').count()).toBe(0);
    await chooseClinic(visitor);
    await submit().click();
    await isSaid(page, say(words.share.done, { facility: CLINIC.name }));
    const row = await dialog().getByTestId('share-row').textContent();
    expect(row).toContain(words.share.everybody);
    expect(row).toContain(words.share.lookAndTake);
  });

  test('a facility that has it is marked where one is chosen; a job that nobody there has cannot be chosen', async () => {
    const { page, words } = visitor;
    await page.getByRole('combobox', { name: words.share.facility }).click();
    const [marked = ''] = words.share.hasIt.split('{{date}}').filter((text) => text !== '');
    await expect.poll(() => page.getByRole('option', { name: CLINIC.name }).textContent()).toContain(marked.trim());
    await page.keyboard.press('Escape');
    await chooseClinic(visitor);
    await dialog().getByRole('button', { name: words.share.more, exact: true }).click();
    const option = (job: 'nurse' | 'physician') => field(words.share.audience).locator(`option[value="job:${job}"]`);
    await expect.poll(() => option('physician').isDisabled()).toBe(false);
    expect(await option('nurse').isDisabled()).toBe(true);
    expect(await option('nurse').textContent()).toContain(words.share.nobodyOfJob);
  });

  test('one doctor, found by romaji, from a day on, for looking only', async () => {
    const { page, words } = visitor;
    await field(words.share.audience).selectOption('person');
    await submit().click();
    await dialog().getByText(words.share.mustChooseDoctor).waitFor();
    await page.getByRole('combobox', { name: words.share.doctor }).fill('satou');
    await page.getByRole('option', { name: named }).click();
    const day = (days: number) => new Date(Date.now() + days * 86_400_000 + 9 * 3_600_000).toISOString().slice(0, 10);
    await field(words.share.until).fill(day(3));
    await field(words.share.notBefore).fill(day(5));
    await field(words.share.right).selectOption('look');
    await submit().click();
    await dialog().getByText(words.form.flaw['not-before']).waitFor();
    await field(words.share.notBefore).fill(day(1));
    await looksRight(visitor, 'giving-more');
    await submit().click();
    await expect.poll(() => dialog().getByTestId('share-row').count()).toBe(2);
    const row = await dialog().getByTestId('share-row').first().textContent();
    for (const text of [named, words.share.viewOnly, words.share.notBegun]) expect(row).toContain(text);
    await looksRight(visitor, 'given-twice');
  });

  test('each ends apart, and what remains is said before', async () => {
    const { page, words } = visitor;
    const rows = dialog().getByTestId('share-row');
    await rows.first().getByRole('button', { name: words.share.revoke }).click();
    const question = page.getByRole('alertdialog');
    expect(await question.textContent()).toContain(words.share.everybody);
    await looksRight(visitor, 'giving-ends');
    await page.getByRole('button', { name: words.share.revokeConfirm, exact: true }).click();
    await rows.getByText(words.share.revoked).waitFor();
    expect(await rows.getByRole('button', { name: words.share.revoke }).count()).toBe(1);
  });

  test('who opened it has a heading of its own, and says what was given', async () => {
    const { page, words } = visitor;
    await page.getByTestId('who-opened').click();
    await page.getByRole('heading', { name: words.share.titleOpened }).waitFor();
    const given = page.getByTestId('disclosure').filter({ hasText: words.action['study-shared'] }).first();
    await given.waitFor();
    expect(await given.textContent()).toContain(words.about.viewOnly);
    expect(await given.textContent()).toContain(named);
  });

  test('who left meanwhile is not given it, and the field says why', async () => {
    const { page, words } = visitor;
    await desk.region.administrator.call('PATCH', `/api/users/${goneId}`, { disabled: false });
    await page.getByRole('tab', { name: words.share.tabShare }).click();
    await chooseClinic(visitor);
    await dialog().getByRole('button', { name: words.share.more, exact: true }).click();
    await field(words.share.audience).selectOption('person');
    await page.getByRole('combobox', { name: words.share.doctor }).fill('佐田');
    await page.getByRole('option', { name: language === 'en' ? 'Sada Hana' : GONE.name }).click();
    await desk.region.administrator.call('PATCH', `/api/users/${goneId}`, { disabled: true });
    await submit().click();
    await dialog().getByText(words.form.flaw['unknown-person']).waitFor();
  });

  test('who has it to look at is told so', async () => {
    const { region } = desk;
    const shares = `/api/studies/${studyInstanceUID}/shares`;
    const until = new Date(Date.now() + 5 * 86_400_000).toISOString();
    await region.hospital.call('POST', shares, { facilityCode: CLINIC.code, until, mayDownload: false });
    const doctor = await personAt(desk, 'clinic', language, size);
    const { page, words } = doctor;
    await page.goto(`${desk.url}/studies/${studyInstanceUID}`);
    await page.getByText(say(words.studies.sharedWithYou, { facility: SMALL_REGION.hospital.name })).waitFor();
    expect(await page.getByRole('banner').textContent()).toContain(words.studies.viewOnly);
    await looksRight(doctor, 'given-to-look');
    await doctor.context.close();
  });
});
