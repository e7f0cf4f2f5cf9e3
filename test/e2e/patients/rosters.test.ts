import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { isSaid, openVisitor, type Size, signIn, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk } from '../../fixtures/desk.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { ADMINISTRATOR } from '../../fixtures/gateway-process.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { cp932 } from '../../fixtures/patients/cp932.ts';

/** A hospital's clerk brings in a month's receipts, looks at what they mean, applies them and takes them back; the desk sees who may be whom. */
let desk: Desk;

const SCREENS = [
  ['ja', 'desktop', { code: 'HOSPITAL', known: 'R-1', made: 'R-2', elsewhere: 'E-1', name: '三好', kana: 'ミヨシ', birthDate: '19560715' }],
  ['en', 'iPad', { code: 'CLINIC', known: 'S-1', made: 'S-2', elsewhere: 'F-1', name: '五味', kana: 'ゴミ', birthDate: '19671128' }],
] as const satisfies readonly (readonly ['ja' | 'en', Size, object])[];

const clerkEmail = (code: string) => `clerk@${code.toLowerCase()}.example`;

async function receive(
  by: 'hospital' | 'clinic' | 'stranger',
  seed: number,
  patientID: string,
  patientName: string,
  patientBirthDate: string,
) {
  const [image] = [...ctSeries({ seed, size: 16, instances: 1, patientID, patientName, patientBirthDate })] as [SyntheticInstance];
  expect((await desk.region[by].fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([image.bytes]) })).status).toBe(200);
}

function receipt(patientID: string, name: string, kana: string, birthDate: string): string {
  const fields = Array.from({ length: 38 }, () => '');
  Object.assign(fields, { 0: 'RE', 1: '1', 2: '1112', 3: '202610', 4: name, 5: '2', 6: birthDate, 13: patientID, 36: kana });
  return `${fields.join(',')}\r\nHO,138057,12,345,1,100,,,,,,,,\r\nSY,1234567,20200101,1,,\r\n`;
}

beforeAll(async () => {
  desk = await openDesk('rosters');
  let seed = 800;
  for (const [, , { code, known, elsewhere, name, kana, birthDate }] of SCREENS) {
    await desk.region.administrator.call('POST', '/api/users', {
      email: clerkEmail(code),
      name: '事務 一郎',
      facilityCode: code,
      job: 'clerk',
      password: SMALL_REGION_PASSWORD,
    });
    await receive(code === 'HOSPITAL' ? 'hospital' : 'clinic', seed++, known, `=${name}^秋子=`, '19480901');
    await receive('stranger', seed++, elsewhere, `=${name}^夏子=${kana}^ナツコ`, birthDate);
  }
});
afterAll(() => desk?.close());

describe.each(SCREENS)('%s, %s', (language, size, { code, known, made, name, kana, birthDate }) => {
  let visitor: Visitor;
  const button = (text: string) => visitor.page.getByRole('button', { name: text, exact: true });
  const answer = (text: string) => visitor.page.getByRole('alertdialog').getByRole('button', { name: text, exact: true });
  const chip = (text: string) => visitor.page.getByRole('button', { name: new RegExp(`^${text} \\d+$`) });

  beforeAll(async () => {
    visitor = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(visitor, clerkEmail(code), SMALL_REGION_PASSWORD);
  });
  afterAll(() => visitor?.context.close());

  test('receipts are read, and what they mean is shown before anything changes', async () => {
    const { page, words } = visitor;
    await page.goto(`${desk.url}/patients`);
    await page.getByRole('link', { name: words.patients.rosters, exact: true }).click();
    await page.getByText(words.rosters.none, { exact: true }).waitFor();
    await looksRight(visitor, 'rosters-none');
    const [template] = await Promise.all([page.waitForEvent('download'), button(words.rosters.template).click()]);
    expect(template.suggestedFilename()).toBe(words.rosters.templateName);
    await page.getByLabel(words.rosters.kind, { exact: true }).selectOption('receipts');
    const text =
      'IR,1,13,1,1234567,,病院,202611,00,\r\n' +
      receipt(known, `${name}　秋子`, `${kana}　アキコ`, '19480901') +
      receipt(made, `${name}　夏子`, `${kana}　ナツコ`, birthDate) +
      receipt('', `${name}　冬子`, '', '19600101');
    await page
      .getByTestId('roster-file')
      .setInputFiles({ name: 'RECEIPTC.UKE', mimeType: 'application/octet-stream', buffer: cp932(text) });
    await button(words.rosters.apply).waitFor();
    await page.getByText(words.rosters.charsets.shift_jis, { exact: true }).waitFor();
    await page.getByTestId('roster-row').getByText(made, { exact: true }).waitFor();
    await looksRight(visitor, 'roster-new');
    await chip(words.rosters.show.changed).click();
    await page.getByTestId('roster-row').getByText(known, { exact: true }).waitFor();
    await looksRight(visitor, 'roster-changed');
    await chip(words.rosters.show.faults).click();
    await page.getByTestId('roster-fault').getByText(words.rosterFault['patient-id-missing'], { exact: true }).waitFor();
    const [faulty] = await Promise.all([page.waitForEvent('download'), button(words.rosters.saveFaults).click()]);
    expect(faulty.suggestedFilename()).toBe(words.rosters.faultsName);
    await looksRight(visitor, 'roster-faults');
    expect(await chip(words.rosters.show.candidates).count()).toBe(0);
  });

  test('the desk sees who may be whom', async () => {
    const office = await openVisitor(desk.browser, desk.url, language, size);
    const { page, words } = office;
    await signIn(office, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await page.goto(`${desk.url}/admin/patients`);
    await page.getByRole('link', { name: words.links.rosters, exact: true }).click();
    await page.getByTestId('roster').first().click();
    await page.getByRole('button', { name: new RegExp(`^${words.rosters.show.candidates} 1$`) }).click();
    await page.getByTestId('roster-candidate').getByText(made, { exact: true }).waitFor();
    await looksRight(office, 'roster-candidates');
    expect(office.problems()).toEqual([]);
    await office.context.close();
  });

  test('they are applied, and taken back', async () => {
    const { page, words } = visitor;
    await button(words.rosters.apply).click();
    await page.getByRole('alertdialog').waitFor();
    await answer(words.rosters.apply).click();
    await isSaid(page, words.rosters.applied);
    await page.getByText(words.rosters.undoing, { exact: true }).waitFor();
    const found = async () =>
      (await desk.region.administrator.call<{ patients: object[] }>('POST', '/api/desk/search', { patientID: made })).body;
    expect((await found()).patients.length).toBe(1);
    await looksRight(visitor, 'roster-applied');
    await button(words.rosters.undo).click();
    await answer(words.rosters.undo).click();
    await isSaid(page, words.rosters.undone);
    await page.getByText(words.rosters.undid, { exact: true }).waitFor();
    expect((await found()).patients).toEqual([]);
    await looksRight(visitor, 'roster-undone');
    await page.getByRole('link', { name: words.rosters.back, exact: true }).click();
    await page.getByTestId('roster').getByText(words.rosters.state.undone, { exact: true }).waitFor();
    expect(visitor.problems()).toEqual([]);
  });
});
