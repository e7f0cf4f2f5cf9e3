import { rmSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSmallRegion, SMALL_REGION, SMALL_REGION_PASSWORD, type SmallRegion } from '../fixtures/api-client.ts';
import { isSaid, openBrowser, openVisitor, signIn } from '../fixtures/browser.ts';
import { looksRight, storeStudy } from '../fixtures/desk.ts';
import { ctSeries } from '../fixtures/dicom/synthetic-series.ts';
import { ADMINISTRATOR, type GatewayProcess, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';
import { say } from '../fixtures/say.ts';

/** A page that is left open, and the session behind it. The page's clock is moved on; the gateway's is not. */
const KANJI = '源';
const folder = temporaryFolder('session');
let gateway: GatewayProcess;
let region: SmallRegion;
let browser: Browser;

beforeAll(async () => {
  gateway = await startGatewayProcess(folder);
  region = await createSmallRegion(gateway.url);
  const instances = [...ctSeries({ seed: 91, size: 64, instances: 2, patientName: 'Minamoto^Shizuka=源^静香=みなもと^しずか' })];
  await storeStudy({ region }, instances);
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const MINUTE_MS = 60_000;

describe.each([
  { language: 'ja', size: 'desktop' },
  { language: 'en', size: 'upright tablet' },
] as const)('a page left open, $language on a $size', ({ language, size }) => {
  test('goes to the sign-in when its session was ended elsewhere, and shows nothing of patients', async () => {
    const visitor = await openVisitor(browser, gateway.url, language, size);
    const { page, words } = visitor;
    await page.clock.install();
    await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
    await page.getByText(KANJI).first().waitFor();
    expect((await region.hospital.call('DELETE', '/api/sessions')).status).toBe(204);
    // What the list asks by itself, its thumbnails included, may be first to hear it.
    visitor.expectAnswer(401, /\/(api|dicom-web)\//);
    await page.clock.fastForward(MINUTE_MS + 1_000);
    await page.getByText(words.signIn.ended).waitFor();
    expect(await page.content()).not.toContain(KANJI);
    expect(await page.title()).not.toContain(KANJI);
    await looksRight(visitor, 'session-ended');
    expect(visitor.problems()).toEqual([]);
    await visitor.context.close();
  });

  test('warns before the idle end, stays when somebody is there, and lets go without an answer too', async () => {
    const visitor = await openVisitor(browser, gateway.url, language, size);
    const { page, words, context } = visitor;
    await page.clock.install();
    await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
    await page.getByText(KANJI).first().waitFor();
    await page.route('**/api/session?optional=true', (route) => route.abort());
    await page.clock.fastForward(29 * MINUTE_MS + 15_000);
    await page.getByText(words.sessionEnd.title).waitFor();
    await looksRight(visitor, 'session-warning');
    await page.unroute('**/api/session?optional=true');
    await page.getByRole('button', { name: words.sessionEnd.stay, exact: true }).click();
    await page.getByText(words.sessionEnd.title).waitFor({ state: 'hidden' });
    await page.getByText(KANJI).first().waitFor();

    await page.route('**/api/**', (route) => route.abort());
    await page.clock.fastForward(31 * MINUTE_MS);
    await page.clock.fastForward(5_000);
    await page.getByText(words.signIn.expired).waitFor();
    expect(await page.content()).not.toContain(KANJI);
    await context.close();
  });

  test('polls do not keep the session, a person does', async () => {
    const visitor = await openVisitor(browser, gateway.url, language, size);
    const { page } = visitor;
    const polls: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (/\/api\/(studies|notices|session)\?/.test(request.url())) polls.push(request.headers()['x-renkei-poll']);
    });
    await page.clock.install();
    await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
    await page.getByText(KANJI).first().waitFor();
    polls.length = 0;
    const asked = page.waitForRequest((request) => /\/api\/studies\?/.test(request.url()));
    await page.clock.fastForward(6_000);
    await asked;
    expect(polls).not.toEqual([]);
    expect(new Set(polls)).toEqual(new Set(['1']));
    const told = page.waitForRequest(
      (request) => /\/api\/session\?/.test(request.url()) && request.headers()['x-renkei-poll'] === undefined,
    );
    await page.clock.fastForward(MINUTE_MS);
    await page.keyboard.press('Shift');
    await page.clock.fastForward(2_000);
    await told;
    await visitor.context.close();
  });

  test('sessions are listed in the settings and ended from there', async () => {
    const visitor = await openVisitor(browser, gateway.url, language, size);
    const { page, words } = visitor;
    await signIn(visitor, SMALL_REGION.clinic.email, SMALL_REGION_PASSWORD);
    await page.goto(`${visitor.url}/settings`);
    const panel = page.getByRole('region', { name: words.settings.sessions });
    await panel.getByText(words.settings.thisSession, { exact: true }).waitFor();
    await panel.getByText('Chrome · Linux').first().waitFor();
    await looksRight(visitor, 'settings-sessions');
    await panel.getByRole('button', { name: words.settings.endOtherSessions }).click();
    await isSaid(page, words.settings.sessionEnded);
    await expect.poll(() => panel.getByRole('listitem').count()).toBe(1);
    await page.getByLabel(words.settings.current, { exact: true }).fill(SMALL_REGION_PASSWORD);
    await page.getByLabel(words.settings.next, { exact: true }).fill('Password-1234567');
    await page.getByLabel(words.settings.repeat, { exact: true }).fill('Password-1234567');
    visitor.expectAnswer(400, /\/api\/me$/);
    await page.getByRole('button', { name: words.settings.change, exact: true }).click();
    await page.getByText(words.form.flaw['password-common']).waitFor();
    await looksRight(visitor, 'settings-password-common');
    expect(visitor.problems()).toEqual([]);
    await visitor.context.close();
  });

  test('the administrator sees what to put right, and cannot leave the region without one', async () => {
    await fetch(`${gateway.url}/healthz`, { headers: { 'x-forwarded-for': '203.0.113.5' } });
    const visitor = await openVisitor(browser, gateway.url, language, size);
    const { page, words } = visitor;
    await signIn(visitor, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await page.getByText(say(words.admin.warning['proxy-not-trusted'], { detail: '127.0.0.1' })).waitFor();
    await looksRight(visitor, 'admin-warning');
    await page.getByRole('link', { name: words.admin.users, exact: true }).click();
    await page.getByRole('button', { name: new RegExp(ADMINISTRATOR.email) }).click();
    visitor.expectAnswer(409, /\/api\/users\/\d+$/);
    await page.getByRole('dialog').getByRole('button', { name: words.admin.disable, exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: words.admin.disable, exact: true }).click();
    await page.getByText(words.refusedFor['last-administrator']).waitFor();
    await looksRight(visitor, 'admin-last');
    expect(visitor.problems()).toEqual([]);
    await visitor.context.close();
  });
});
