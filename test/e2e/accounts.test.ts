import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAILURES_BEFORE_WAIT } from '../../gateway/auth/guesses.ts';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../fixtures/api-client.ts';
import { fillSignIn, isSaid, openVisitor, signIn, signOut, type Visitor } from '../fixtures/browser.ts';
import { type Desk, looksRight, openDesk, storeAll } from '../fixtures/desk.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { ADMINISTRATOR } from '../fixtures/gateway-process.ts';

/** One's own account, and the pages of the administration. */
let desk: Desk;

beforeAll(async () => {
  desk = await openDesk('accounts');
});

afterAll(() => desk?.close());

/** Ends the session at the server; the browser still holds its cookie. */
async function endSession(context: BrowserContext): Promise<void> {
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const session = (await (await fetch(`${desk.url}/api/session`, { headers: { cookie } })).json()) as { csrfToken: string };
  const ended = await fetch(`${desk.url}/api/session`, { method: 'DELETE', headers: { cookie, 'x-renkei-csrf': session.csrfToken } });
  expect(ended.ok).toBe(true);
}

describe.each([
  { language: 'ja', size: 'upright tablet', email: 'nurse-ja@clinic.example' },
  { language: 'en', size: 'desktop', email: 'nurse-en@clinic.example' },
] as const)('accounts, $language on a $size', ({ language, size, email }) => {
  let visitor: Visitor;
  beforeAll(async () => {
    const made = await desk.region.administrator.call('POST', '/api/users', {
      email,
      name: '田中 恵子',
      facilityCode: SMALL_REGION.clinic.code,
      job: 'nurse',
      password: SMALL_REGION_PASSWORD,
    });
    expect(made.status).toBe(201);
    visitor = await openVisitor(desk.browser, desk.url, language, size);
  });
  afterAll(() => visitor?.context.close());

  test('an ended session leads to the sign-in, and the sign-in back to where one was', async () => {
    const { page, words, context } = visitor;
    await signIn(visitor, email, SMALL_REGION_PASSWORD);
    await page.getByRole('button', { name: new RegExp(words.nav.account) }).click();
    await page.getByRole('menuitem', { name: words.nav.settings }).click();
    await page.getByRole('heading', { name: words.settings.title, level: 1 }).waitFor();
    await looksRight(visitor, 'settings');

    visitor.expectAnswer(401, /\/api\//);
    await endSession(context);
    await page.getByText(words.signIn.ended).waitFor();
    await looksRight(visitor, 'sign-in-expired');
    await fillSignIn(visitor, email, SMALL_REGION_PASSWORD);
    await page.getByRole('heading', { name: words.settings.title, level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/settings');
  });

  test('a token is shown once; a new password counts at once', async () => {
    const { page, words } = visitor;
    await page.getByLabel(words.settings.tokenName).fill('PACS');
    await page.getByRole('button', { name: words.settings.createToken, exact: true }).click();
    await page.getByText(words.settings.tokenOnce).waitFor();
    await looksRight(visitor, 'token');

    const next = 'only-for-tests-3';
    await page.getByLabel(words.settings.current, { exact: true }).fill(SMALL_REGION_PASSWORD);
    await page.getByLabel(words.settings.next, { exact: true }).fill(next);
    await page.getByLabel(words.settings.repeat, { exact: true }).fill(`${next}x`);
    await page.getByRole('button', { name: words.settings.change, exact: true }).click();
    await page.getByText(words.form.flaw.mismatch).waitFor();
    await page.getByLabel(words.settings.repeat, { exact: true }).fill(next);
    await page.getByRole('button', { name: words.settings.change, exact: true }).click();
    await isSaid(page, words.settings.changed);
    await signOut(visitor);
    await fillSignIn(visitor, email, next);
    await page.getByRole('button', { name: new RegExp(words.nav.account) }).waitFor();
  });

  test('an address that leads nowhere says so and leads home', async () => {
    const { page, words } = visitor;
    await page.goto(`${desk.url}/no/such/page`);
    await page.getByText(words.notFound.title).waitFor();
    await looksRight(visitor, 'not-found');
    await page.getByRole('link', { name: words.notFound.home }).click();
    await page.getByLabel(words.studies.search, { exact: true }).waitFor();
  });

  test('one who may not administer is told so', async () => {
    const { page, words } = visitor;
    await page.goto(`${desk.url}/admin/users`);
    await page.getByText(words.admin.forbidden).waitFor();
    await looksRight(visitor, 'admin-forbidden');
  });

  test('after repeated wrong passwords the page says what to do', async () => {
    const { page, words } = visitor;
    visitor.expectAnswer(401, /\/api\/session$/);
    visitor.expectAnswer(429, /\/api\/session$/);
    visitor.expectAnswer(503, /\/api\/session$/);
    await page.goto(`${desk.url}/`);
    await signOut(visitor);
    const alert = page.getByRole('alert');
    for (let attempt = 1; attempt <= FAILURES_BEFORE_WAIT; attempt += 1) {
      const answer = page.waitForResponse((response) => response.url().endsWith('/api/session') && response.request().method() === 'POST');
      await fillSignIn(visitor, email, `wrong-${attempt}`);
      await answer;
    }
    await alert.getByText(words.signIn.locked).waitFor();
    await looksRight(visitor, 'locked');
    expect(visitor.problems()).toEqual([]);
  });
});

async function addFacility(visitor: Visitor, code: string, name: string): Promise<void> {
  const { page, words } = visitor;
  await page.getByRole('button', { name: words.admin.addFacility }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(words.admin.code, { exact: true }).fill(code);
  await dialog.getByLabel(words.admin.name, { exact: true }).fill(name);
  await dialog.getByLabel(words.admin.nameKana, { exact: true }).fill('カワイイン');
  await dialog.getByRole('button', { name: words.admin.aeAdd }).click();
  await dialog.getByLabel(words.admin.aeTitle, { exact: true }).fill(`${code}_WS`);
  await dialog.getByLabel(words.admin.aeRange, { exact: true }).fill('192.168.1.0/24');
  await looksRight(visitor, 'admin-facility');
  await dialog.getByRole('button', { name: words.admin.create, exact: true }).click();
  await page.getByRole('button', { name: new RegExp(name) }).waitFor();
  await dialog.waitFor({ state: 'hidden' });
  await looksRight(visitor, 'admin-facilities');
}

async function addUser(visitor: Visitor, email: string, facility: string): Promise<void> {
  const { page, words } = visitor;
  const dialog = page.getByRole('dialog');
  await page.getByRole('link', { name: words.admin.users, exact: true }).click();
  await page.getByRole('button', { name: words.admin.addUser }).click();
  await dialog.getByLabel(words.admin.email, { exact: true }).fill(email);
  await dialog.getByLabel(words.admin.userName, { exact: true }).fill('川田 花');
  await dialog.getByLabel(words.admin.job, { exact: true }).selectOption({ label: words.job.dentist });
  await dialog.getByLabel(words.admin.facility, { exact: true }).selectOption({ label: facility });
  await dialog.getByLabel(words.admin.initialPassword, { exact: true }).fill(SMALL_REGION_PASSWORD);
  await looksRight(visitor, 'admin-user');
  await dialog.getByRole('button', { name: words.admin.create, exact: true }).click();
  await page.getByRole('button', { name: new RegExp(email) }).waitFor();
  await dialog.waitFor({ state: 'hidden' });
  await looksRight(visitor, 'admin-users');
}

describe.each([
  { language: 'ja', size: 'desktop', code: 'KAWA' },
  { language: 'en', size: 'upright tablet', code: 'YAMA' },
] as const)('administration, $language on a $size', ({ language, size, code }) => {
  test('facilities, users, quarantine and the record', async () => {
    const damaged = smallFile({}).subarray(0, 200);
    expect(await storeAll(desk, [damaged])).toBe(409);

    const visitor = await openVisitor(desk.browser, desk.url, language, size);
    const { page, words } = visitor;
    await signIn(visitor, ADMINISTRATOR.email, ADMINISTRATOR.password);
    const name = `${code}医院`;
    await addFacility(visitor, code, name);
    const email = `doctor@${code.toLowerCase()}.example`;
    await addUser(visitor, email, name);

    await page.getByRole('link', { name: words.admin.quarantine, exact: true }).click();
    await page.getByTestId('quarantined').filter({ hasText: SMALL_REGION.hospital.name }).first().waitFor();
    await looksRight(visitor, 'admin-quarantine');

    await page.getByRole('link', { name: words.admin.record, exact: true }).click();
    await page.getByTestId('disclosure').filter({ hasText: words.action['user-created'] }).first().waitFor();
    await page.getByTestId('disclosure').filter({ hasText: words.action['facility-created'] }).first().waitFor();
    await looksRight(visitor, 'admin-record');
    await signOut(visitor);

    await fillSignIn(visitor, email, SMALL_REGION_PASSWORD);
    await page.getByText(words.studies.emptyTitle).waitFor();
    await looksRight(visitor, 'list-empty');
    expect(visitor.problems()).toEqual([]);
    await visitor.context.close();
  });
});
