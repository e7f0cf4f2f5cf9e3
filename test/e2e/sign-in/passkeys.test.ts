/** Somebody adds a passkey, signs in with it, confirms with it and removes it: at a browser, with an authenticator that Chromium plays. */
import type { CDPSession } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { fillSignIn, isSaid, openVisitor, signIn, signOut, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk } from '../../fixtures/desk.ts';
import { freePort } from '../../fixtures/servers/free-port.ts';

let desk: Desk;
let url: string;
beforeAll(async () => {
  const port = await freePort();
  // Passkeys are of a host's name, and browsers make none for an address.
  url = `http://localhost:${port}`;
  desk = await openDesk('passkey-pages', { RENKEI_HTTP_PORT: String(port), RENKEI_PUBLIC_URL: url });
});
afterAll(() => desk?.close());

describe.each([
  { language: 'ja', size: 'desktop', who: 'clinic' },
  { language: 'en', size: 'iPad', who: 'stranger' },
] as const)('a passkey, $language on a $size', ({ language, size, who }) => {
  const { email } = SMALL_REGION[who];
  let visitor: Visitor;
  let device: { readonly cdp: CDPSession; readonly authenticatorId: string };
  beforeAll(async () => {
    visitor = await openVisitor(desk.browser, url, language, size);
    const cdp = await visitor.context.newCDPSession(visitor.page);
    await cdp.send('WebAuthn.enable');
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    } as const;
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
    device = { cdp, authenticatorId };
    await signIn(visitor, email, SMALL_REGION_PASSWORD);
  });
  afterAll(() => visitor?.context.close());

  const press = (name: string) => visitor.page.getByRole('button', { name, exact: true }).click();
  const signedIn = () => visitor.page.getByRole('button', { name: new RegExp(visitor.words.nav.account) }).waitFor();

  test('is added under Settings, with recovery codes to keep', async () => {
    const { page, words } = visitor;
    await page.goto(`${url}/settings`);
    await page.getByText(words.passkeys.none).waitFor();
    await press(words.passkeys.add);
    await page.getByText(words.form.flaw.required).waitFor();
    await page.getByLabel(words.passkeys.name, { exact: true }).fill('診察室のパソコン');
    await press(words.passkeys.add);
    await isSaid(page, words.passkeys.added);
    expect(await page.getByTestId('recovery-codes').getByRole('listitem').count()).toBe(10);
    await looksRight(visitor, 'passkey-added');
    await press(words.factors.kept);
    await page.getByText(words.factors.byPasskey).waitFor();
  });

  test('signs in without a password', async () => {
    const { page, words } = visitor;
    await signOut(visitor);
    await page.getByRole('button', { name: words.passkey.signIn, exact: true }).waitFor();
    await looksRight(visitor, 'passkey-sign-in');
    await press(words.passkey.signIn);
    await signedIn();
  });

  test('takes the place of a code after the password', async () => {
    const { words } = visitor;
    await signOut(visitor);
    await fillSignIn(visitor, email, SMALL_REGION_PASSWORD);
    await visitor.page.getByRole('heading', { name: words.secondStep.title }).waitFor();
    await looksRight(visitor, 'passkey-second-step');
    await press(words.passkey.signIn);
    await signedIn();
  });

  test('that the device does not show leaves the page as it was, and says so', async () => {
    const { page, words } = visitor;
    await signOut(visitor);
    const { cdp, authenticatorId } = device;
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await press(words.passkey.signIn);
    await page.getByText(words.passkey.notShown).waitFor();
    await looksRight(visitor, 'passkey-not-shown');
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await press(words.passkey.signIn);
    await signedIn();
  });

  test('is named anew, and proves who is there before it is removed', async () => {
    const { page, words } = visitor;
    const { database } = desk.gateway.stores.index;
    await database.rows({ text: "UPDATE sessions SET confirmed_at = now() - interval '1 hour'" });
    await page.goto(`${url}/settings`);
    await press(`${words.passkeys.rename}: 診察室のパソコン`);
    await page.getByRole('dialog').getByLabel(words.passkeys.name, { exact: true }).fill('病棟');
    await looksRight(visitor, 'passkey-renamed');
    await page.getByRole('dialog').getByRole('button', { name: words.app.save, exact: true }).click();
    await press(`${words.passkeys.remove}: 病棟`);
    await page.getByRole('alertdialog').getByRole('button', { name: words.passkeys.remove, exact: true }).click();
    visitor.expectAnswer(403, /\/api\/factors\/passkeys\/\d+$/);
    await page.getByRole('button', { name: words.passkey.confirm, exact: true }).waitFor();
    await looksRight(visitor, 'passkey-confirms');
    await press(words.passkey.confirm);
    await isSaid(page, words.passkeys.removed);
    await page.getByText(words.passkeys.none).waitFor();
    expect(visitor.problems()).toEqual([]);
  });
});
