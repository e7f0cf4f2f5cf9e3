import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { isSaid, openVisitor, type Size, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk } from '../../fixtures/desk.ts';
import { ctSeries } from '../../fixtures/dicom/synthetic-series.ts';
import { ADMINISTRATOR } from '../../fixtures/gateway-process.ts';
import { multipartOf } from '../../fixtures/multipart.ts';

/** A doctor opens somebody in an emergency and sees the images under the bar; the owner is told and decides; the open page lets go. */
let desk: Desk;

const SCREENS = [
  ['ja', 'desktop', { id: 'H-1', kanji: '森田', latin: 'Morita', typed: '森田　浩二', birthDate: '1973-06-17', day: '1973/06/17' }],
  ['en', 'iPad', { id: 'H-5', kanji: '久我', latin: 'Kuga', typed: 'kuga koji', birthDate: '1951-02-17', day: '1951/02/17' }],
] as const satisfies readonly (readonly ['ja' | 'en', Size, object])[];
const PRIVACY = 'privacy@hospital.example';

beforeAll(async () => {
  desk = await openDesk('break-glass');
  let seed = 900;
  for (const [, , { id, kanji, latin, birthDate }] of SCREENS) {
    const patient = { patientID: id, patientName: `${latin}^Koji=${kanji}^浩二=`, patientBirthDate: birthDate.replaceAll('-', '') };
    const files = [...ctSeries({ seed: seed++, size: 64, instances: 2, studyDescription: 'HEAD', ...patient })].map(({ bytes }) => bytes);
    const stored = await desk.region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf(files) });
    expect(stored.status).toBe(200);
  }
  const { code } = SMALL_REGION.hospital;
  const who = { email: PRIVACY, name: '小林 聡', job: 'administrator', facilityCode: code, password: SMALL_REGION_PASSWORD };
  expect((await desk.region.administrator.call('POST', '/api/users', who)).status).toBe(201);
}, 120_000);
afterAll(() => desk?.close());

describe.each(SCREENS)('%s, %s', (language, size, patient) => {
  let doctor: Visitor;
  let reviewer: Visitor;

  beforeAll(async () => {
    doctor = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(doctor, SMALL_REGION.stranger.email, SMALL_REGION_PASSWORD);
    reviewer = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(reviewer, PRIVACY, SMALL_REGION_PASSWORD);
  });
  afterAll(async () => {
    await doctor?.context.close();
    await reviewer?.context.close();
  });

  test('the doctor identifies the patient, says why, and sees the images under a red bar', async () => {
    const { page, words } = doctor;
    await page.getByRole('link', { name: words.nav.emergency }).click();
    await page.getByRole('heading', { name: words.emergency.title, exact: true }).waitFor();
    const find = page.getByRole('button', { name: words.emergency.find, exact: true });
    await page.getByLabel(words.emergency.name, { exact: true }).fill(patient.typed);
    doctor.expectAnswer(400, /emergencies\/search/);
    await find.click();
    await page.getByText(words.refusedFor['identify-by-two']).waitFor();
    await page.getByLabel(words.emergency.birthDate, { exact: true }).fill(patient.day);
    await find.click();
    await page.getByText(words.emergency.finding.somebody).waitFor();
    expect(await page.getByTestId('finding').textContent()).not.toContain(patient.id);
    await page.getByTestId('break-glass').click();
    await page.getByText(words.form.flaw.unchosen).waitFor();
    await page.getByLabel(words.emergency.category, { exact: true }).selectOption('unconscious');
    await page.getByLabel(words.emergency.reason, { exact: true }).fill('交通外傷で搬送、意識なし。頭部の既往を確認する。');
    await looksRight(doctor, 'emergency-open');
    await page.getByTestId('break-glass').click();
    await isSaid(page, words.emergency.opened);
    await page.getByTestId('line-row').first().waitFor();
    await page.getByTestId('emergency-bar').waitFor();
    await looksRight(doctor, 'emergency-line');
    await page.getByTestId('line-row').first().click();
    await page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();
    expect(await page.getByTestId('emergency-bar').textContent()).toMatch(/20\d\d/);
    await looksRight(doctor, 'emergency-study');
  });

  test('the owner’s reviewer is told in red, decides with words, and the doctor’s page lets go', async () => {
    const { page, words } = reviewer;
    await page.goto(`${desk.url}/notices`);
    await page.locator('[data-testid="notices-bell"][data-waits="true"]').waitFor();
    const told = page.locator('[data-testid="told-emergency"][data-waits="true"]').filter({ hasText: patient.kanji });
    await told.waitFor();
    await looksRight(reviewer, 'emergency-told');
    // From the notice to the image it is two steps.
    await told.getByRole('link', { name: words.notices.toImages }).click();
    await page.getByTestId('line-row').first().click();
    await page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();
    await page.goto(`${desk.url}/notices`);
    await told.getByRole('link', { name: words.notices.toReview }).click();
    const card = page.getByTestId('emergency').filter({ hasText: patient.id });
    await card.getByText('交通外傷').waitFor();
    await card.getByRole('button', { name: words.emergency.justified, exact: true }).click();
    await card.getByText(words.form.flaw.required).waitFor();
    await looksRight(reviewer, 'emergency-review');
    await card.getByLabel(words.emergency.words, { exact: true }).fill('当日の受診の記録がない');
    await card.getByRole('button', { name: words.emergency.notJustified, exact: true }).click();
    const asked = page.getByRole('alertdialog');
    await asked.getByText(words.emergency.endTitle).waitFor();
    doctor.expectAnswer(404, /\/(api|dicom-web)\//);
    await asked.getByRole('button', { name: words.emergency.notJustified, exact: true }).click();
    await isSaid(page, words.emergency.decidedEnded);
    await doctor.page.getByTestId('study-ended').getByText(doctor.words.study.ended.emergency).waitFor();
    expect(await doctor.page.content()).not.toContain(patient.kanji);
    await page.locator('[data-testid="emergency"][data-waits="false"]').filter({ hasText: patient.id }).waitFor();
  });

  test('the doctor reads what was decided and cannot open it again; the region has it in its list', async () => {
    const { page, words } = doctor;
    await page.goto(`${desk.url}/emergency`);
    await page.getByTestId('emergency').first().getByText('当日の受診の記録がない').waitFor();
    await looksRight(doctor, 'emergency-own');
    expect(doctor.problems()).toEqual([]);
    expect(reviewer.problems()).toEqual([]);
    const office = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(office, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await office.page.goto(`${desk.url}/admin/emergencies`);
    await office.page.getByTestId('emergency').filter({ hasText: patient.id }).waitFor();
    await office.page.getByText(words.emergency.nothingWaits).waitFor();
    await looksRight(office, 'emergency-oversight');
    expect(office.problems()).toEqual([]);
    await office.context.close();
  });
});
