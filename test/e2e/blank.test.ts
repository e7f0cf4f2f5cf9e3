import type { Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SMALL_REGION, SMALL_REGION_PASSWORD, signIn as signInByApi } from '../fixtures/api-client.ts';
import { openVisitor, PAGE_WAITS_MS, signIn, takePicture, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, personAt, SOON_DERIVED, storeStudy } from '../fixtures/desk.ts';
import { ctSeries } from '../fixtures/dicom/synthetic-series.ts';

/** What may no longer be seen is gone from every open page within a second, with the reason, and from the page's memory. */
const KANJI = '源';
let desk: Desk;
let studyInstanceUID: string;
let shareId: string;

beforeAll(async () => {
  desk = await openDesk('blank', SOON_DERIVED);
  const instances = [...ctSeries({ seed: 61, size: 64, instances: 6, patientName: 'Minamoto^Shizuka=源^静香=みなもと^しずか' })];
  studyInstanceUID = await storeStudy(desk, instances);
});

afterAll(() => desk?.close());

beforeEach(share);

async function share(): Promise<void> {
  const shared = await desk.region.hospital.call<{ id: string }>('POST', `/api/studies/${studyInstanceUID}/shares`, {
    facilityCode: SMALL_REGION.clinic.code,
    until: new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' }).format(new Date(Date.now() + 5 * 86_400_000)),
  });
  expect(shared.status).toBe(201);
  shareId = shared.body.id;
}

async function openStudy(page: Page): Promise<void> {
  await page.goto(`${desk.url}/studies/${studyInstanceUID}`);
  await page.locator('[data-testid="viewport"][data-state="ready"]').waitFor();
}

async function openClinic(language: 'ja' | 'en' = 'ja'): Promise<Visitor> {
  const visitor = await personAt(desk, 'clinic', language);
  visitor.expectAnswer(401, /\/(api|dicom-web)\//);
  return visitor;
}

/** Notes in the page when its last picture went, so that the way to the test and back is not counted. */
async function watchPictures(page: Page): Promise<void> {
  await page.evaluate(() => {
    const state = window as unknown as { blankAt?: number };
    const look = () => {
      if (document.querySelector('canvas, img') === null && !document.body.textContent?.includes('源')) state.blankAt ??= Date.now();
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** The measured times are in the decision (gateway/decisions/standing.md); the pause between two questions is a test of its own (standing-watch.test.ts). */
async function blank(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as unknown as { blankAt?: number }).blankAt !== undefined, undefined, {
    timeout: PAGE_WAITS_MS,
  });
}

describe('when it may no longer be seen', () => {
  test.each(['ja', 'en'] as const)('a revoked share: two open pages and the list go blank, with the reason (%s)', async (language) => {
    const visitor = await openClinic(language);
    const { page, context, words } = visitor;
    const second = await context.newPage();
    await Promise.all([openStudy(page), openStudy(second)]);
    const list = await context.newPage();
    await list.goto(`${desk.url}/`);
    await list.getByText(KANJI).first().waitFor();
    for (const one of [page, second, list]) await watchPictures(one);
    // A picture that is still on its way then is no longer found, nor the study that a page was about to ask for again.
    visitor.expectAnswer(404, new RegExp(`/studies/${studyInstanceUID}(/|$)`));
    const revoked = await desk.region.hospital.call('DELETE', `/api/studies/${studyInstanceUID}/shares/${shareId}`);
    expect(revoked.status).toBe(200);
    for (const one of [page, second, list]) await blank(one);
    await page.getByText(words.study.ended.revoked).waitFor();
    await takePicture(visitor, 'revoked');
    expect(await page.title()).not.toContain(KANJI);
    expect(visitor.problems()).toEqual([]);
    await context.close();
  });

  test.each([
    ['the account is disabled', 'ended'],
    ['its sessions are ended from elsewhere', 'ended'],
    ['another tab signs out', 'signed-out'],
  ] as const)('%s', async (how, reason) => {
    const visitor = await openClinic();
    const { page, context, words } = visitor;
    await openStudy(page);
    const other = await context.newPage();
    await other.goto(`${desk.url}/settings`);
    await other.getByText(words.settings.thisSession, { exact: true }).waitFor();
    await watchPictures(page);
    if (how === 'another tab signs out') {
      await other.getByRole('button', { name: new RegExp(words.nav.account) }).click();
      await other.getByRole('menuitem', { name: words.nav.signOut }).click();
    } else if (how === 'the account is disabled') {
      await disableClinic(true);
    } else {
      const elsewhere = await signInByApi(desk.url, { email: SMALL_REGION.clinic.email, password: SMALL_REGION_PASSWORD });
      expect((await elsewhere.call('DELETE', '/api/sessions')).status).toBe(204);
    }
    await blank(page);
    await page.getByText(words.signIn[reason]).waitFor();
    expect(await page.title()).not.toContain(KANJI);
    await disableClinic(false);
    await context.close();
  });

  test('what was loaded is neither in the library’s memory nor in the answers kept', async () => {
    const visitor = await openClinic();
    const { page, context, words } = visitor;
    await openStudy(page);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.getByRole('link', { name: words.nav.studies }).click();
    await page.getByText(KANJI).first().waitFor();
    expect((await desk.region.hospital.call('DELETE', `/api/studies/${studyInstanceUID}/shares/${shareId}`)).status).toBe(200);
    await page.getByText(KANJI).first().waitFor({ state: 'hidden' });
    visitor.expectAnswer(404, /\/(api|dicom-web)\//);
    await watchAnyCanvas(page);
    await page.goBack();
    await page.getByText(words.study.failedStudy).waitFor();
    expect(await page.evaluate(() => (window as unknown as { sawPicture?: boolean }).sawPicture)).toBe(false);
    await context.close();
  });

  test('no answer for long: the page is covered, and comes back with the connection', async () => {
    const visitor = await openVisitor(desk.browser, desk.url, 'ja', 'desktop');
    const { page, context, words } = visitor;
    await page.clock.install();
    await signIn(visitor, SMALL_REGION.clinic.email, SMALL_REGION_PASSWORD);
    await openStudy(page);
    await page.route('**/api/**', (route) => route.abort());
    await page.clock.runFor(65_000);
    await expect.poll(() => covered(page)).toBe(words.standing.lost);
    expect(await page.evaluate(() => getComputedStyle(document.body).opacity)).toBe('0');
    await page.unroute('**/api/**');
    await page.clock.runFor(2_000);
    await expect.poll(() => covered(page)).toBeNull();
    await page.locator('[data-testid="viewport"][data-state="ready"]').waitFor();
    await context.close();
  });
});

describe('the back button', () => {
  test('a page that the browser kept shows no pixel of a study that was revoked meanwhile', async () => {
    // The driver turns the browser's page cache off, to keep its own hold on pages.
    const own = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
    try {
      const { page, words } = await personAt({ ...desk, browser: own }, 'clinic');
      // Whether it keeps a page is the browser's to decide; on a loaded machine it sometimes does not.
      let kept: KeptPage | undefined;
      for (let attempt = 1; kept === undefined && attempt <= 3; attempt += 1) {
        if (attempt > 1) await share();
        await openStudy(page);
        await page.evaluate(countFramesOnceKept);
        await page.goto(`${desk.url}/healthz`);
        expect((await desk.region.hospital.call('DELETE', `/api/studies/${studyInstanceUID}/shares/${shareId}`)).status).toBe(200);
        await page.goBack({ waitUntil: 'commit' });
        if (!(await page.evaluate(() => 'frames' in window))) continue;
        await page.getByText(words.study.ended.revoked).waitFor();
        kept = await page.evaluate(() => {
          const { kept: persisted, frames } = window as unknown as KeptPage;
          return { kept: persisted === true, frames };
        });
      }
      expect(kept?.kept).toBe(true);
      expect(kept?.frames.filter(({ covered: hidden, picture }) => picture && !hidden)).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

/** What a page that came back from the browser's cache has noted of each frame of the screen. */
interface KeptPage {
  readonly kept: boolean;
  readonly frames: readonly { readonly covered: boolean; readonly picture: boolean }[];
}

/** In the page; it lives on only when the very page comes back from the cache. */
function countFramesOnceKept(): void {
  const state = window as unknown as { frames: { covered: boolean; picture: boolean }[]; kept?: boolean };
  state.frames = [];
  window.addEventListener('pageshow', ({ persisted }) => {
    state.kept = persisted;
    const frame = () => {
      state.frames.push({
        covered: document.documentElement.hasAttribute('data-covered'),
        picture: document.querySelector('canvas') !== null,
      });
      if (state.frames.length < 120) requestAnimationFrame(frame);
    };
    frame();
  });
}

const covered = (page: Page) => page.evaluate(() => document.documentElement.getAttribute('data-covered'));

/** From now on: was a picture ever on the page? */
function watchAnyCanvas(page: Page): Promise<void> {
  return page.evaluate(() => {
    const state = window as unknown as { sawPicture: boolean };
    state.sawPicture = false;
    const look = () => {
      if (document.querySelector('canvas') !== null) state.sawPicture = true;
      requestAnimationFrame(look);
    };
    look();
  });
}

async function disableClinic(disabled: boolean): Promise<void> {
  const users = await desk.region.administrator.call<{ users: { id: string; email: string }[] }>('GET', '/api/users');
  const user = users.body.users.find(({ email }) => email === SMALL_REGION.clinic.email);
  expect((await desk.region.administrator.call('PATCH', `/api/users/${user?.id}`, { disabled })).status).toBe(200);
}
