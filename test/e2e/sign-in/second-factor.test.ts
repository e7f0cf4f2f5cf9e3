/** Somebody sets up a second factor, signs in with it, loses it and is helped: at a browser. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { fillSignIn, isSaid, openVisitor, signIn, signOut, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk } from '../../fixtures/desk.ts';
import { ADMINISTRATOR } from '../../fixtures/gateway-process.ts';
import { authenticatorApp } from '../../fixtures/people/authenticator-app.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk('second-factor-pages');
});
afterAll(() => desk?.close());

describe.each([
  { language: 'ja', size: 'desktop', who: 'clinic' },
  { language: 'en', size: 'iPad', who: 'stranger' },
] as const)('a second factor, $language on a $size', ({ language, size, who }) => {
  const { email } = SMALL_REGION[who];
  let visitor: Visitor;
  let app: ReturnType<typeof authenticatorApp>;
  let codes: string[] = [];
  beforeAll(async () => {
    visitor = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(visitor, email, SMALL_REGION_PASSWORD);
  });
  afterAll(() => visitor?.context.close());

  const press = (name: string) => visitor.page.getByRole('button', { name, exact: true }).click();
  const shownCodes = () => visitor.page.getByTestId('recovery-codes').getByRole('listitem').allTextContents();
  const signedIn = () => visitor.page.getByRole('button', { name: new RegExp(visitor.words.nav.account) }).waitFor();

  test('is set up with the app on a telephone: the picture and the text say the same, a wrong code is refused', async () => {
    const { page, words } = visitor;
    await page.goto(`${desk.url}/settings`);
    await press(words.factors.setUp);
    await page.getByRole('img', { name: words.factors.qr }).waitFor();
    app = authenticatorApp(((await page.getByTestId('authenticator-secret').textContent()) ?? '').replace(/\s/g, ''));
    await looksRight(visitor, 'second-factor-set-up');
    visitor.expectAnswer(400, /\/api\/factors\/authenticator\/confirmation$/);
    await page.getByLabel(words.secondStep.code, { exact: true }).fill(app.wrong());
    await press(words.factors.switchOn);
    await page.getByText(words.form.flaw['wrong-code']).waitFor();
    await page.getByLabel(words.secondStep.code, { exact: true }).fill(app.unused());
    await press(words.factors.switchOn);
    await isSaid(page, words.factors.switchedOn);
    codes = await shownCodes();
    expect(codes).toHaveLength(10);
    await looksRight(visitor, 'second-factor-recovery-codes');
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: words.factors.saveCodes }).click()]);
    expect(
      readFileSync(await saved.path(), 'utf8')
        .trim()
        .split(/\r\n/),
    ).toEqual(codes);
    await press(words.factors.kept);
    expect(await page.getByTestId('recovery-codes').count()).toBe(0);
  });

  test('is asked for at the next sign-in, after the password', async () => {
    const { page, words } = visitor;
    await signOut(visitor);
    await fillSignIn(visitor, email, SMALL_REGION_PASSWORD);
    await page.getByRole('heading', { name: words.secondStep.title }).waitFor();
    await looksRight(visitor, 'second-factor-asked');
    visitor.expectAnswer(401, /\/api\/session\/second-factor$/);
    await page.getByLabel(words.secondStep.code, { exact: true }).fill(app.wrong());
    await press(words.signIn.submit);
    await page.getByText(words.form.flaw['wrong-code']).waitFor();
    await page.getByLabel(words.secondStep.code, { exact: true }).fill(app.unused());
    await press(words.signIn.submit);
    await signedIn();
  });

  test('that is not at hand: a recovery code lets in once', async () => {
    const { page, words } = visitor;
    await signOut(visitor);
    await fillSignIn(visitor, email, SMALL_REGION_PASSWORD);
    await press(words.secondStep.useRecovery);
    await page.getByLabel(words.secondStep.recoveryCode, { exact: true }).fill(codes[0] ?? '');
    await press(words.signIn.submit);
    await signedIn();
    await page.goto(`${desk.url}/settings`);
    await page.getByText(language === 'ja' ? /9 個/ : /^9 unused/).waitFor();
  });

  test('is changed only after proving again who is there, and not when that is left', async () => {
    const { page, words } = visitor;
    await desk.gateway.stores.index.database.rows({ text: "UPDATE sessions SET confirmed_at = now() - interval '1 hour'" });
    visitor.expectAnswer(403, /\/api\/(factors|session\/confirmation)/);
    const dialog = page.getByRole('dialog', { name: words.whoIsThere.title });
    const renew = async () => {
      await press(words.factors.renewCodes);
      await page.getByRole('alertdialog').getByRole('button', { name: words.factors.renewCodes, exact: true }).click();
      await dialog.waitFor();
    };
    await renew();
    await looksRight(visitor, 'second-factor-who-is-there');
    await dialog.getByRole('button', { name: words.app.cancel, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.getByTestId('recovery-codes').count()).toBe(0);
    await renew();
    await dialog.getByLabel(words.signIn.password, { exact: true }).fill('not-the-password');
    await dialog.getByLabel(words.secondStep.code, { exact: true }).fill(app.unused());
    await dialog.getByRole('button', { name: words.whoIsThere.go, exact: true }).click();
    await page.getByText(words.form.flaw['wrong-password']).waitFor();
    await dialog.getByLabel(words.signIn.password, { exact: true }).fill(SMALL_REGION_PASSWORD);
    await dialog.getByRole('button', { name: words.secondStep.useRecovery, exact: true }).click();
    await dialog.getByLabel(words.secondStep.recoveryCode, { exact: true }).fill(codes[1] ?? '');
    await dialog.getByRole('button', { name: words.whoIsThere.go, exact: true }).click();
    await page.getByTestId('recovery-codes').waitFor();
    expect((await shownCodes()).filter((code) => codes.includes(code))).toEqual([]);
  });

  test('that was lost is reset by an administrator: the password alone lets in again', async () => {
    const { page, words } = visitor;
    const office = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(office, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await office.page.goto(`${desk.url}/admin/users`);
    await office.page.getByRole('button', { name: new RegExp(email) }).click();
    await office.page.getByRole('button', { name: words.admin.resetFactors, exact: true }).click();
    await looksRight(office, 'second-factor-reset');
    await office.page.getByRole('alertdialog').getByRole('button', { name: words.admin.resetFactors, exact: true }).click();
    await isSaid(office.page, words.admin.factorsReset);
    expect(office.problems()).toEqual([]);
    await office.context.close();
    visitor.expectAnswer(401, /\/api\//);
    await page.getByText(words.signIn.ended).waitFor();
    await fillSignIn(visitor, email, SMALL_REGION_PASSWORD);
    await page.getByText(words.factors.off, { exact: true }).waitFor();
    expect(visitor.problems()).toEqual([]);
  });
});
