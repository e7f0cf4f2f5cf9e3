import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FacilityList, UserList } from '../../../gateway/api/contract/people.ts';
import { SMALL_REGION, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { isSaid, openVisitor, SIZES, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk } from '../../fixtures/desk.ts';
import { ADMINISTRATOR } from '../../fixtures/gateway-process.ts';
import { screenFaults } from '../../fixtures/screens.ts';

/** The secretariat's day by finger: a facility joins the region, its PACS, and its first person, on an iPad held either way. */
let desk: Desk;
beforeAll(async () => {
  desk = await openDesk('secretary-by-touch');
});
afterAll(() => desk?.close());

describe.each([
  ['ja', 'tablet', 'TJ'],
  ['en', 'tablet', 'TE'],
  ['ja', 'iPad', 'IJ'],
  ['en', 'iPad', 'IE'],
] as const)('%s on a %s', (language, size, code) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(visitor, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await visitor.page.getByRole('link', { name: visitor.words.nav.admin, exact: true }).tap();
    await visitor.page.getByRole('button', { name: visitor.words.admin.addFacility }).waitFor();
  });
  afterAll(() => visitor?.context.close());

  const dialog = () => visitor.page.getByRole('dialog');
  const field = (label: string) => dialog().getByLabel(label, { exact: true });
  /** As a finger does it: a tap, then the keyboard on the screen. */
  async function write(target: Locator, text: string): Promise<void> {
    await target.tap();
    await visitor.page.keyboard.insertText(text);
  }
  const press = (name: string) => dialog().getByRole('button', { name, exact: true }).tap();
  async function done(): Promise<void> {
    await dialog().waitFor({ state: 'detached' });
    await isSaid(visitor.page, visitor.words.admin.saved);
  }
  const facility = async () =>
    (await desk.region.administrator.call<FacilityList>('GET', `/api/facilities?q=${code}`)).body.facilities.find(
      (one) => one.code === code,
    );

  test('a facility', async () => {
    const { page, words } = visitor;
    await page.getByRole('button', { name: words.admin.addFacility }).tap();
    await write(field(words.admin.code), code);
    await write(field(words.admin.name), `${code}病院`);
    await write(field(words.admin.nameKana), 'ビョウイン');
    await write(field(words.admin.nameRomaji), `${code} Hospital`);
    await looksRight(visitor, 'secretary-facility');
    expect(await screenFaults(page, SIZES[size].touch)).toEqual([]);
    await press(words.admin.create);
    await done();
    await page.getByRole('button', { name: new RegExp(`${code}病院`) }).waitFor();
    expect(await facility()).toMatchObject({ name: `${code}病院`, nameKana: 'ビョウイン', nameRomaji: `${code} Hospital`, aeTitles: [] });
  });

  test('its AE title, which another has first', async () => {
    const { page, words } = visitor;
    await page.getByRole('button', { name: new RegExp(`${code}病院`) }).tap();
    await press(words.admin.aeAdd);
    await write(field(words.admin.aeTitle), SMALL_REGION.clinic.aeTitle);
    await write(field(words.admin.aeHost), '127.0.0.1');
    await write(field(words.admin.aePort), '104');
    visitor.expectAnswer(409, /\/api\/facilities\//);
    await press(words.app.save);
    await field(words.admin.aeTitle).and(page.locator('[aria-invalid="true"]')).waitFor();
    // Beside the dialog lies nothing that would take away what was typed.
    await page.touchscreen.tap(8, SIZES[size].height / 2);
    await field(words.admin.aeTitle).fill('');
    await write(field(words.admin.aeTitle), `${code}_PACS`);
    await looksRight(visitor, 'secretary-ae-title');
    expect(await screenFaults(page, SIZES[size].touch)).toEqual([]);
    await press(words.app.save);
    await done();
    await page.getByText(`${code}_PACS`).first().waitFor();
    expect((await facility())?.aeTitles).toMatchObject([{ aeTitle: `${code}_PACS`, host: '127.0.0.1', port: 104 }]);
    await page.getByRole('button', { name: new RegExp(`${code}病院`) }).tap();
    await dialog().getByRole('button', { name: words.admin.echoNow, exact: true }).tap();
    await dialog().getByText(words.admin.echo.unreachable).waitFor();
    await press(words.app.close);
    await dialog().waitFor({ state: 'detached' });
  });

  test('its first person, who then signs in', async () => {
    const { page, words } = visitor;
    const email = `first@${code.toLowerCase()}.example`;
    await page.getByRole('link', { name: words.admin.users, exact: true }).tap();
    await page.getByRole('button', { name: words.admin.addUser }).tap();
    await write(field(words.admin.email), email);
    await write(field(words.admin.userName), '野口 恵');
    await field(words.admin.facility).selectOption(code);
    await field(words.admin.job).selectOption('physician');
    await write(field(words.admin.initialPassword), SMALL_REGION_PASSWORD);
    await looksRight(visitor, 'secretary-person');
    expect(await screenFaults(page, SIZES[size].touch)).toEqual([]);
    await press(words.admin.create);
    await done();
    await page.getByText(email).waitFor();
    const { users } = (await desk.region.administrator.call<UserList>('GET', `/api/users?q=${code}`)).body;
    expect(users).toMatchObject([{ email, name: '野口 恵', job: 'physician', facility: { code } }]);
    const person = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(person, email, SMALL_REGION_PASSWORD);
    await person.page.getByText(words.studies.emptyTitle).waitFor();
    await person.context.close();
    expect(visitor.problems()).toEqual([]);
  });
});
