import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FacilityList, UserList } from '../../gateway/api/contract/people.ts';
import type { Share } from '../../gateway/api/contract/sharing.ts';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../fixtures/api-client.ts';
import { beyondTheEdge, openVisitor, seriousViolations, signIn, takePicture, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, storeAll } from '../fixtures/desk.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { ADMINISTRATOR } from '../fixtures/gateway-process.ts';
import { say } from '../fixtures/say.ts';

/** Each form in a real browser: wrong, the first wrong field has the focus, mended, saved. */
let desk: Desk;

beforeAll(async () => {
  desk = await openDesk('forms');
  expect(await storeAll(desk, [smallFile({})])).toBe(200);
});
afterAll(() => desk?.close());

/** The field says what is wrong, in its own line. */
async function saysWrong(field: Locator, text: string): Promise<void> {
  await field.and(field.page().locator('[aria-invalid="true"]')).waitFor();
  const note = await field.getAttribute('aria-describedby');
  expect(await field.page().locator(`[id="${note}"]`).textContent()).toBe(text);
}

/** What is wrong with the form is on the screen, readable, and `field`, the first that is wrong, is focused. */
async function firstWrong(visitor: Visitor, field: Locator, picture: string): Promise<void> {
  await field.and(visitor.page.locator(':focus')).waitFor();
  await takePicture(visitor, `form-${picture}`);
  expect(await beyondTheEdge(visitor.page)).toEqual([]);
  expect(await seriousViolations(visitor.page)).toEqual([]);
}

/** A name is being written with an input method: its Enter ends the conversion, and sends nothing. */
async function endConversion(visitor: Visitor, field: Locator, text: string): Promise<void> {
  await field.focus();
  const protocol = await visitor.context.newCDPSession(visitor.page);
  await protocol.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  const enter = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, nativeVirtualKeyCode: 13 };
  await protocol.send('Input.dispatchKeyEvent', { type: 'keyDown', text: '\r', ...enter });
  await protocol.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter });
  await protocol.detach();
}

/** What the page has sent, by method and path. */
function sentBy({ page }: Visitor): string[] {
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') sent.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  return sent;
}

/** Wrong, then the address of somebody else, then saved. */
async function givenAccount(visitor: Visitor, code: string): Promise<void> {
  const { page, words } = visitor;
  const { admin, form, refusedFor } = words;
  const dialog = page.getByRole('dialog');
  const field = (label: string) => dialog.getByLabel(label, { exact: true });
  await page.goto(`${desk.url}/admin/users`);
  await page.getByRole('button', { name: admin.addUser }).click();
  await field(admin.email).fill('doctor');
  await field(admin.initialPassword).fill('short');
  await field(admin.initialPassword).press('Enter');
  await saysWrong(field(admin.userName), form.flaw.required);
  await saysWrong(field(admin.job), form.flaw.unchosen);
  await saysWrong(field(admin.facility), form.flaw['no-facility']);
  await saysWrong(field(admin.initialPassword), form.flaw['password-short']);
  await saysWrong(field(admin.email), form.flaw.email);
  await firstWrong(visitor, field(admin.email), 'person');
  await field(admin.email).fill(SMALL_REGION.clinic.email);
  await field(admin.userName).fill('川田 花');
  await field(admin.job).selectOption('physician');
  await field(admin.facility).selectOption(code);
  await field(admin.initialPassword).fill(SMALL_REGION_PASSWORD);
  visitor.expectAnswer(409, /\/api\/users$/);
  await dialog.getByRole('button', { name: admin.create, exact: true }).click();
  await saysWrong(field(admin.email), refusedFor['email-taken']);
  await firstWrong(visitor, field(admin.email), 'person-taken');
  await field(admin.email).fill(`doctor@${code.toLowerCase()}.example`);
  await dialog.getByRole('button', { name: admin.create, exact: true }).dblclick();
  await dialog.waitFor({ state: 'hidden' });
  const { users } = (await desk.region.administrator.call<UserList>('GET', `/api/users?q=${code}`)).body;
  expect(users).toMatchObject([{ name: '川田 花', email: `doctor@${code.toLowerCase()}.example`, facility: { code } }]);
}

test.each([
  ['ja', 'laptop', 'FJ'],
  ['en', 'phone', 'FE'],
] as const)('a facility, its AE titles and a person, %s on a %s', async (language, size, code) => {
  const visitor = await openVisitor(desk.browser, desk.url, language, size);
  const { page, words } = visitor;
  const { admin, form, refusedFor } = words;
  await signIn(visitor, ADMINISTRATOR.email, ADMINISTRATOR.password);
  await page.goto(`${desk.url}/admin/facilities`);
  await page.getByRole('button', { name: admin.addFacility }).click();
  const dialog = page.getByRole('dialog');
  const field = (label: string) => dialog.getByLabel(label, { exact: true });
  const sent = sentBy(visitor);

  // Nothing but wrong.
  await field(admin.code).fill('病院１');
  await dialog.getByRole('button', { name: admin.aeAdd }).click();
  await field(admin.aeTitle).fill('院内PACS');
  await field(admin.aeRange).fill('300.1.1.0/99');
  await field(admin.aeHost).fill('192.168.1.20:104');
  await dialog.getByRole('button', { name: admin.create, exact: true }).click();
  await saysWrong(field(admin.code), form.flaw['facility-code']);
  await saysWrong(field(admin.name), form.flaw.required);
  await saysWrong(field(admin.aeTitle), form.flaw['ae-title']);
  await saysWrong(field(admin.aeRange), form.flaw['address-range']);
  await saysWrong(field(admin.aeHost), form.flaw.host);
  await saysWrong(field(admin.aePort), form.flaw['port-missing']);
  await firstWrong(visitor, field(admin.code), 'facility');
  await field(admin.aePort).scrollIntoViewIfNeeded();
  await takePicture(visitor, 'form-facility-ae-titles');

  // Mended; the AE title belongs to somebody else.
  const name = `${code}病院`;
  await field(admin.code).fill(code);
  await endConversion(visitor, field(admin.name), name);
  expect(sent).toEqual([]);
  await field(admin.name).fill(name);
  await field(admin.aeTitle).fill(SMALL_REGION.clinic.aeTitle);
  await field(admin.aeRange).fill('10.0.0.0/8');
  await field(admin.aeHost).fill('ｐａｃｓ．example');
  await field(admin.aePort).fill('１０４');
  visitor.expectAnswer(409, /\/api\/facilities$/);
  await dialog.getByRole('button', { name: admin.create, exact: true }).click();
  await saysWrong(field(admin.aeTitle), say(refusedFor['ae-title-taken'], { value: SMALL_REGION.clinic.aeTitle }));
  await firstWrong(visitor, field(admin.aeTitle), 'ae-title-taken');
  await field(admin.aeTitle).fill(`${code}_ＰＡＣＳ`);
  await field(admin.aeTitle).press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  const { facilities } = (await desk.region.administrator.call<FacilityList>('GET', `/api/facilities?q=${code}`)).body;
  expect(facilities).toMatchObject([
    { code, name, aeTitles: [{ aeTitle: `${code}_PACS`, addressRange: '10.0.0.0/8', host: 'pacs.example', port: 104 }] },
  ]);

  await givenAccount(visitor, code);
  // Two were refused, one of each was saved.
  expect(sent.filter((what) => what.startsWith('POST'))).toEqual([
    'POST /api/facilities',
    'POST /api/facilities',
    'POST /api/users',
    'POST /api/users',
  ]);
  expect(visitor.problems()).toEqual([]);
  await visitor.context.close();
});

test.each([
  ['ja', 'phone'],
  ['en', 'laptop'],
] as const)('a share, the settings and the record, %s on a %s', async (language, size) => {
  const visitor = await openVisitor(desk.browser, desk.url, language, size);
  const { page, words } = visitor;
  const { share, settings, form } = words;
  await page.goto(`${desk.url}/sign-in`);
  await page.getByRole('button', { name: words.signIn.submit, exact: true }).click();
  const email = page.getByLabel(words.signIn.email, { exact: true });
  await saysWrong(email, form.flaw.required);
  await firstWrong(visitor, email, 'sign-in');
  await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
  const sent = sentBy(visitor);

  await page.getByTestId('study-row').first().waitFor();
  const { body } = await desk.region.hospital.call<{ studies: { studyInstanceUID: string }[] }>('GET', '/api/studies');
  const { studyInstanceUID } = body.studies[0] as { studyInstanceUID: string };
  await page.goto(`${desk.url}/studies/${studyInstanceUID}`);
  await page.getByTestId('share').click();
  const dialog = page.getByRole('dialog');
  const until = dialog.getByLabel(share.until, { exact: true });
  const facility = dialog.getByRole('combobox', { name: share.facility });
  await until.fill('2020-01-01');
  await dialog.getByRole('button', { name: share.submit, exact: true }).click();
  await saysWrong(facility, share.mustChoose);
  await saysWrong(until, form.flaw.until);
  await firstWrong(visitor, facility, 'share');
  await facility.fill(SMALL_REGION.clinic.nameKana);
  await dialog.getByRole('option').first().waitFor();
  await facility.press('Enter');
  await dialog.getByRole('button', { name: share.submit, exact: true }).click();
  await firstWrong(visitor, until, 'share-until');
  await dialog.getByRole('button', { name: say(share.days_other, { count: 7 }), exact: true }).click();
  await dialog.getByRole('button', { name: share.submit, exact: true }).dblclick();
  await dialog.getByTestId('share-row').filter({ hasText: share.revoke }).first().waitFor();
  const shares = await desk.region.hospital.call<{ shares: Share[] }>('GET', `/api/studies/${studyInstanceUID}/shares`);
  const live = shares.body.shares.filter(({ revokedAt }) => revokedAt === null);
  expect(live.map(({ facility: { code } }) => code)).toEqual([SMALL_REGION.clinic.code]);
  expect(sent.filter((what) => what.endsWith('/shares'))).toHaveLength(1);
  await desk.region.hospital.call('DELETE', `/api/studies/${studyInstanceUID}/shares/${live[0]?.id}`);

  await page.goto(`${desk.url}/settings`);
  const current = page.getByLabel(settings.current, { exact: true });
  await page.getByLabel(settings.next, { exact: true }).fill('short');
  await page.getByLabel(settings.tokenName, { exact: true }).press('Enter');
  await saysWrong(page.getByLabel(settings.tokenName, { exact: true }), form.flaw.required);
  await page.getByRole('button', { name: settings.change, exact: true }).click();
  await saysWrong(page.getByLabel(settings.next, { exact: true }), form.flaw['password-short']);
  await firstWrong(visitor, current, 'settings');
  expect(sent.filter((what) => /tokens|\/api\/me$/.test(what))).toEqual([]);
  expect(visitor.problems()).toEqual([]);
  await visitor.context.close();
});
