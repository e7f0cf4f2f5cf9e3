import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConsentAnswer } from '../../../gateway/api/contract/consents.ts';
import type { PatientList } from '../../../gateway/api/contract/patients.ts';
import { drag, isSaid, SIZES, type Size, takePicture, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk, personAt, SOON_DERIVED, storeStudy } from '../../fixtures/desk.ts';
import { ctSeries } from '../../fixtures/dicom/synthetic-series.ts';

/**
 * A patient consents at the hospital's desk by a signature on the tablet, and withdraws: what the clinic sees of it, the paper that is printed, the notice
 * on the wall on which implied consent stands, and the hospital's own rules of when what consents open is opened.
 */
let desk: Desk;

const REGION_NAME = 'みどり地域医療画像連携';
const SCREENS = [
  ['ja', 'iPad', { patientID: 'K-1', patientName: '=大野^久江=おおの^ひさえ', seed: 810, later: 811 }],
  ['en', 'desktop', { patientID: 'K-2', patientName: 'Mori^Ken=森^健=もり^けん', seed: 820, later: 821 }],
] as const satisfies readonly (readonly ['ja' | 'en', Size, object])[];

/** A4 within margins of 15 mm, at 96 dpi. */
const WITHIN_MARGINS = { width: 680, height: 1009 };

const series = (seed: number, patientID: string, patientName: string) => [
  ...ctSeries({ seed, size: 64, instances: 2, patientID, patientName, patientBirthDate: '19460307', studyDescription: `STUDY ${seed}` }),
];

beforeAll(async () => {
  desk = await openDesk('consent', { ...SOON_DERIVED, RENKEI_REGION_NAME: REGION_NAME });
  for (const [, , { seed, patientID, patientName }] of SCREENS) await storeStudy(desk, series(seed, patientID, patientName));
});
afterAll(() => desk?.close());

describe.each(SCREENS)('%s, %s', (language, size, { patientID, patientName, seed, later }) => {
  let clerk: Visitor;
  let doctor: Visitor;
  let patientPage: string;
  const button = (name: string, inside: Pick<Locator, 'getByRole'> = clerk.page) => inside.getByRole('button', { name, exact: true });
  const rowOf = (study: number) => doctor.page.getByTestId('study-row').and(doctor.page.getByLabel(`STUDY ${study}`));
  const choose = (name: string) => clerk.page.getByRole('radio', { name }).check();
  const state = () => clerk.page.getByTestId('consent-state');

  beforeAll(async () => {
    const { body } = await desk.region.hospital.call<PatientList>('GET', `/api/patients?q=${patientID}`);
    patientPage = `${desk.url}/patients/${body.persons[0]?.patients[0]?.id}`;
    clerk = await personAt(desk, 'hospital', language, size);
    doctor = await personAt(desk, 'clinic', language);
  });
  afterAll(async () => {
    await clerk?.context.close();
    await doctor?.context.close();
  });

  test('signed on the tablet: what is read is the patient’s own, and what is signed is kept', async () => {
    const { page, words } = clerk;
    await page.goto(patientPage);
    await page.getByText(words.consent.none, { exact: true }).waitFor();
    await looksRight(clerk, 'patient-without-consent');
    await page.getByTestId('take-consent').click();
    await page.getByTestId('reach').waitFor();
    await looksRight(clerk, 'take');
    await button(words.takeConsent.give).click();
    await page.getByText(words.takeConsent.mustProve).waitFor();
    await page.getByTestId('sign').click();
    const signing = page.getByTestId('signing');
    await signing.getByText(REGION_NAME).waitFor();
    expect(await button(words.signing.done, signing).isDisabled()).toBe(true);
    await writeName(clerk, page.getByTestId('signature-pad'));
    await looksRight(clerk, 'signing');
    await button(words.signing.done, signing).click();
    await page.getByTestId('signing-thanks').waitFor();
    await looksRight(clerk, 'signing-thanks');
    await button(words.signing.staff).click();
    await page.getByText(words.takeConsent.signed).waitFor();
    await button(words.takeConsent.give).click();
    await isSaid(page, words.takeConsent.given);
    await state().getByText(words.consent.stands).waitFor();
    await looksRight(clerk, 'patient-with-consent');
  });

  test('the clinic sees what is there and what comes, until the patient withdraws: its open viewer says why, and shows nothing', async () => {
    const { page, words } = doctor;
    await rowOf(seed).waitFor();
    await storeStudy(desk, series(later, patientID, patientName));
    await rowOf(later).waitFor();
    await looksRight(doctor, 'clinic-list');
    await rowOf(seed).click();
    await page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();
    await page.getByText(words.studies.byConsent).first().waitFor();

    await clerk.page.getByTestId('consent-details').click();
    const consents = clerk.page.getByTestId('consents');
    await consents.getByTestId('consent').waitFor();
    await looksRight(clerk, 'details');
    const [saved] = await Promise.all([
      clerk.page.waitForEvent('download'),
      consents.getByRole('link', { name: clerk.words.consent.save }).click(),
    ]);
    expect(saved.suggestedFilename()).toMatch(/^consent-\d+\.png$/);
    await button(clerk.words.consent.withdraw, consents).click();
    await takePicture(clerk, 'withdraw');
    await button(clerk.words.consent.withdraw, clerk.page.getByRole('alertdialog')).click();
    await isSaid(clerk.page, clerk.words.consent.withdrawn);

    await page.getByTestId('study-ended').getByText(words.study.ended.consent).waitFor();
    expect(await page.locator('canvas, img').count()).toBe(0);
    await looksRight(doctor, 'clinic-ended');
    await page.goto(`${desk.url}/`);
    await page.getByText(words.studies.emptyTitle).waitFor();
    await clerk.page.keyboard.press('Escape');
    await state().getByText(clerk.words.consent.ended.withdrawn).waitFor();
  });

  test('the form is one sheet of A4, with a code that names nobody', async () => {
    const { page, words } = clerk;
    await page.goto(`${patientPage}/consent/form`);
    await page.getByTestId('consent-form').first().waitFor();
    await looksRight(clerk, 'form');
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize(WITHIN_MARGINS);
    await takePicture(clerk, 'form-printed');
    expect(await button(words.consentForm.print).isVisible()).toBe(false);
    const sheet = page.locator('.print-sheet');
    for (const text of [REGION_NAME, '中央病院', patientID, '昭和21年3月7日']) expect(await sheet.textContent()).toContain(text);
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize(SIZES[size]);
  });

  test('implied consent stands as long as the notice hangs', async () => {
    const { page, words } = clerk;
    await page.goto(`${patientPage}/consent`);
    await choose(words.takeConsent.way.implied);
    await page.getByText(words.takeConsent.noNotice).waitFor();
    await page.getByRole('link', { name: words.takeConsent.toNotices }).click();
    await page.getByText(words.postedNotice.none).waitFor();
    await page.getByLabel(words.postedNotice.version, { exact: true }).fill('2026-11');
    await looksRight(clerk, 'notices');
    await button(words.postedNotice.post).click();
    await page.getByTestId('hanging').waitFor();

    await page.goto(`${patientPage}/consent`);
    await choose(words.takeConsent.way.implied);
    await button(words.takeConsent.give).click();
    await isSaid(page, words.takeConsent.given);
    await rowOf(seed).waitFor();

    await page.goto(`${desk.url}/posted-notices`);
    await button(words.postedNotice.takeDown).click();
    await button(words.postedNotice.takeDownConfirm, page.getByRole('alertdialog')).click();
    await isSaid(page, words.postedNotice.takenDown);
    await page.getByText(words.postedNotice.none).waitFor();
    await looksRight(clerk, 'notices-taken-down');
    await rowOf(seed).waitFor({ state: 'detached' });
    await page.goto(patientPage);
    await state().getByText(words.consent.ended['notice-lapsed']).waitFor();
    expect([clerk.problems(), doctor.problems()]).toEqual([[], []]);
  });

  test('a rule of release is tried before it holds, and makes what the consent opens wait', async () => {
    const { page, words } = clerk;
    const counted = (name: string) => page.getByTestId('release-counts').locator(`[data-count="${name}"]`);
    const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const wish = { to: 'region', basis: 'law', ground: 'statute', until, formVersion: '1' };
    const consents = `/api/patients/${patientPage.split('/').at(-1)}/consents`;
    const taken = await desk.region.hospital.call<ConsentAnswer>('POST', consents, wish);
    expect(taken.status).toBe(201);
    await rowOf(seed).waitFor();
    await page.goto(`${desk.url}/release-rules`);
    await page.getByText(words.release.noRules).waitFor();
    await button(words.release.add).click();
    await page.getByRole('button', { name: words.modality.MR, exact: true }).click();
    await page.getByLabel(words.release.hours, { exact: true }).fill('２４');
    await button(words.release.try).click();
    await counted('closed')
      .getByText(/^\D*2\D/)
      .waitFor();
    await looksRight(clerk, 'release-tried');
    await button(words.app.cancel).click();
    // Nothing holds until it is said, and no longer than it is.
    await page.getByRole('button', { name: words.modality.CT, exact: true }).click();
    await button(words.release.try).click();
    await counted('waiting')
      .getByText(/^\D*2\D/)
      .waitFor();
    await rowOf(seed).waitFor();
    await button(words.release.save).click();
    await isSaid(page, words.release.saved);
    await looksRight(clerk, 'release-rules');
    await rowOf(seed).waitFor({ state: 'detached' });

    await button(words.release.remove.replace('{{number}}', '1')).click();
    await button(words.release.try).click();
    await counted('opened')
      .getByText(/^\D*2\D/)
      .waitFor();
    await button(words.release.save).click();
    await rowOf(seed).waitFor();
    await desk.region.hospital.call('DELETE', `/api/consents/${taken.body.id}`);
    expect([clerk.problems(), doctor.problems()]).toEqual([[], []]);
  });
});

test.each(['ja', 'en'] as const)('on a phone, %s', async (language) => {
  const visitor = await personAt(desk, 'hospital', language, 'phone');
  const { body } = await desk.region.hospital.call<PatientList>('GET', '/api/patients?q=K-1');
  const { page, words } = visitor;
  await page.goto(`${desk.url}/patients/${body.persons[0]?.patients[0]?.id}`);
  await page.getByTestId('consent-state').waitFor();
  await looksRight(visitor, 'patient');
  await page.getByTestId('take-consent').click();
  await page.getByTestId('reach').waitFor();
  await page.getByRole('button', { name: words.takeConsent.more }).click();
  await page.getByTestId('consent-more').scrollIntoViewIfNeeded();
  await looksRight(visitor, 'take-more');
  await page.getByTestId('sign').click();
  await looksRight(visitor, 'signing');
  expect(visitor.problems()).toEqual([]);
  await visitor.context.close();
});

async function writeName(visitor: Visitor, pad: Locator): Promise<void> {
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (box === null) throw new Error('there is no pad');
  const at = (x: number, y: number) => ({ x: box.x + box.width * x, y: box.y + box.height * y });
  await drag(visitor, at(0.2, 0.3), at(0.7, 0.5));
  await drag(visitor, at(0.3, 0.7), at(0.6, 0.25));
}
