/** A region demands a password of one's own, and a second factor of a job: who has it is led to both, and then to where they wanted to. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { fillSignIn, isSaid, openVisitor, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk } from '../../fixtures/desk.ts';
import { ADMINISTRATOR } from '../../fixtures/gateway-process.ts';
import { authenticatorApp } from '../../fixtures/people/authenticator-app.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk('demanded-factor');
});
afterAll(() => desk?.close());

describe.each([
  { language: 'ja', size: 'iPad', job: 'nurse' },
  { language: 'en', size: 'desktop', job: 'pharmacist' },
] as const)('a second factor that is demanded, $language on a $size', ({ language, size, job }) => {
  const email = `${job}@clinic.example`;
  let visitor: Visitor;
  beforeAll(async () => {
    const person = { email, name: '必須 花子', facilityCode: SMALL_REGION.clinic.code, job, password: SMALL_REGION_PASSWORD };
    expect((await desk.region.administrator.call('POST', '/api/users', person)).status).toBe(201);
    visitor = await openVisitor(desk.browser, desk.url, language, size);
  });
  afterAll(() => visitor?.context.close());

  test('an administrator demands it of a job', async () => {
    const office = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(office, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await office.page.goto(`${desk.url}/admin/sign-in`);
    const firstUse = office.page.getByRole('checkbox', { name: office.words.admin.firstUseChange, exact: true });
    if (!(await firstUse.isChecked())) {
      await firstUse.click();
      await isSaid(office.page, office.words.admin.saved);
    }
    await office.page.getByRole('checkbox', { name: office.words.job[job], exact: true }).check();
    await looksRight(office, 'demanded-factor-jobs');
    await office.page.getByRole('button', { name: office.words.app.save, exact: true }).click();
    await isSaid(office.page, office.words.admin.saved);
    expect(office.problems()).toEqual([]);
    await office.context.close();
  });

  test('who has the job sets it up before anything else, and is then where they wanted to be', async () => {
    const { page, words } = visitor;
    await page.goto(`${desk.url}/notices`);
    await fillSignIn(visitor, email, SMALL_REGION_PASSWORD);
    await choosePassword(visitor);
    await page.getByRole('heading', { name: words.factors.mustTitle }).waitFor();
    await looksRight(visitor, 'demanded-factor-first');
    await page.goto(`${desk.url}/upload`);
    await page.getByRole('heading', { name: words.factors.mustTitle }).waitFor();
    await page.getByRole('button', { name: words.factors.setUp, exact: true }).click();
    const app = authenticatorApp(((await page.getByTestId('authenticator-secret').textContent()) ?? '').replace(/\s/g, ''));
    await page.getByLabel(words.secondStep.code, { exact: true }).fill(app.unused());
    await page.getByRole('button', { name: words.factors.switchOn, exact: true }).click();
    await page.getByTestId('recovery-codes').waitFor();
    expect(new URL(page.url()).pathname).toBe('/set-up');
    await page.getByRole('button', { name: words.factors.kept, exact: true }).click();
    await page.waitForURL('**/upload');
    await page.getByRole('button', { name: new RegExp(words.nav.account) }).waitFor();
    expect(visitor.problems()).toEqual([]);
  });
});

/** The one that an administrator gave is not taken again. */
async function choosePassword(visitor: Visitor): Promise<void> {
  const { page, words } = visitor;
  await page.getByRole('heading', { name: words.settings.mustChangeTitle, exact: true }).waitFor();
  const change = async (password: string) => {
    await page.getByLabel(words.settings.current, { exact: true }).fill(SMALL_REGION_PASSWORD);
    await page.getByLabel(words.settings.next, { exact: true }).fill(password);
    await page.getByLabel(words.settings.repeat, { exact: true }).fill(password);
    await page.getByRole('button', { name: words.settings.change, exact: true }).click();
  };
  visitor.expectAnswer(400, /api\/me/);
  await change(SMALL_REGION_PASSWORD);
  await page.getByText(words.form.flaw['password-same']).waitFor();
  await looksRight(visitor, 'demanded-password');
  await change('chosen-by-nobody-else-7');
}
