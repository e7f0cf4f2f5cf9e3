import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { isSaid, openVisitor, type Size, signIn, takePicture, type Visitor } from '../../fixtures/browser.ts';
import { type Desk, looksRight, openDesk, SOON_DERIVED, storeStudy } from '../../fixtures/desk.ts';
import { ctSeries } from '../../fixtures/dicom/synthetic-series.ts';

/** A letter out with a study, received, opened, answered and closed; and one that is recalled while it is read. */
const HOSPITAL_DOCTOR = { email: 'doctor@hospital.example', name: '山本 直樹', nameKana: 'ヤマモト ナオキ', job: 'physician' } as const;
const SCREENS = [
  ['ja', 'desktop', '藤原^真理=ふじわら^まり'],
  ['en', 'iPad', '石川^健=いしかわ^けん'],
] as const satisfies readonly (readonly ['ja' | 'en', Size, string])[];
const MARKUP = '<b onmouseover="alert(1)">右下葉の結節</b>';

let desk: Desk;
const uidOf = (n: number) => `2.25.88${n}`;

beforeAll(async () => {
  desk = await openDesk('letters-pages', SOON_DERIVED);
  const asked = { ...HOSPITAL_DOCTOR, facilityCode: 'HOSPITAL', password: SMALL_REGION_PASSWORD };
  expect((await desk.region.administrator.call('POST', '/api/users', asked)).status).toBe(201);
  for (const [n, [, , name]] of SCREENS.entries()) {
    const patient = {
      studyInstanceUID: uidOf(n),
      patientName: `Patient^P=${name}`,
      patientID: `L-${n}`,
      studyDescription: 'CHEST',
      patientBirthDate: '19600229',
    };
    await storeStudy(desk, [...ctSeries({ seed: 880 + n, size: 64, instances: 2, ...patient })]);
  }
});
afterAll(() => desk?.close());

describe.each(SCREENS)('%s, %s', (language, size, name) => {
  const n = SCREENS.findIndex(([one]) => one === language);
  const studyInstanceUID = uidOf(n);
  const patientName = (name.split('=')[0] as string).replace('^', ' ');
  let hospital: Visitor;
  let clinic: Visitor;
  let letterPath = '';

  const at = async (email: string) => {
    const visitor = await openVisitor(desk.browser, desk.url, language, size);
    await signIn(visitor, email, SMALL_REGION_PASSWORD);
    return visitor;
  };
  const press = ({ page }: Visitor, text: string) => page.getByRole('button', { name: text, exact: true }).click();
  const state = ({ page, words }: Visitor, which: keyof Visitor['words']['letters']['state']) =>
    page.getByTestId('letter-state').filter({ hasText: words.letters.state[which] }).waitFor();
  const saved = ({ page }: Visitor) => page.locator('[data-testid="draft-saved"][data-state="saved"]').waitFor();
  const write = async (visitor: Visitor, label: string, text: string) => visitor.page.getByLabel(label, { exact: true }).first().fill(text);
  const send = async (visitor: Visitor) => {
    const { page, words } = visitor;
    await press(visitor, words.writer.send);
    await page.getByRole('alertdialog').getByRole('button', { name: words.writer.send, exact: true }).click();
    await isSaid(page, words.writer.sent);
  };

  beforeAll(async () => {
    [hospital, clinic] = [await at(HOSPITAL_DOCTOR.email), await at('doctor@clinic.example')];
  });
  afterAll(async () => {
    await hospital?.context.close();
    await clinic?.context.close();
  });

  /** From the patient's line of time to a letter with the study. */
  async function begin(): Promise<void> {
    const { page, words, url } = hospital;
    const { body } = await desk.region.hospital.call<{ studies: { studyInstanceUID: string; patient: string }[] }>(
      'GET',
      '/api/studies?limit=100',
    );
    const patient = body.studies.find((study) => study.studyInstanceUID === studyInstanceUID)?.patient;
    await page.goto(`${url}/patients/${patient}`);
    await press(hospital, words.timeline.writeLetter);
    await page.getByRole('combobox', { name: words.writer.facility }).fill('スズキ');
    await page.getByRole('option').first().click();
    await page.getByRole('checkbox', { name: /CHEST/ }).check();
  }

  test('it is written, kept by itself over a reload, and sent with its study and key image', async () => {
    const { page, words } = hospital;
    await begin();
    await expect.poll(() => page.getByLabel(words.writer.patientName, { exact: true }).inputValue()).toBe(patientName);
    await write(hospital, words.writer.text.purpose, '精査をお願いいたします。');
    await write(hospital, words.writer.text.course, MARKUP);
    await page.getByLabel(words.letter.marks.replyAsked, { exact: true }).check();
    await page.getByRole('button', { name: words.writer.keyImageOf.replace('{{n}}', '1') }).click();
    await page
      .getByTestId('letter-file')
      .setInputFiles({ name: '検査結果.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n%%EOF') });
    await page.getByText('検査結果.pdf').first().waitFor();
    await saved(hospital);
    await page.reload();
    await expect.poll(() => page.getByLabel(words.writer.text.course, { exact: true }).inputValue()).toBe(MARKUP);
    expect(await page.getByRole('checkbox', { name: /CHEST/ }).isChecked()).toBe(true);
    await looksRight(hospital, 'letter-writer');
    await send(hospital);
    await state(hospital, 'sent');
    letterPath = new URL(page.url()).pathname;
    await looksRight(hospital, 'letter-sent');
    // On paper there is the form and nothing else, in Japanese whatever the page speaks.
    await page.emulateMedia({ media: 'print' });
    const printed = page.locator('.print-sheet');
    expect(await printed.isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: words.letter.act.recall, exact: true }).isVisible()).toBe(false);
    expect(await printed.textContent()).toContain('診療情報提供書');
    await takePicture(hospital, 'letter-print');
    await page.emulateMedia({ media: 'screen' });
  });

  test('it is told of, read, opened by its doctor, and its images are there', async () => {
    const { page, words, url } = clinic;
    await page.goto(`${url}/notices`);
    await page.getByTestId('letter-news').first().waitFor();
    await looksRight(clinic, 'letter-news');
    await page.goto(`${url}/letters`);
    await page.getByTestId('letter').filter({ hasText: patientName }).first().waitFor();
    await looksRight(clinic, 'letters');
    await page.getByTestId('letter').filter({ hasText: patientName }).getByRole('link').click();
    await state(clinic, 'opened');
    const sheet = page.getByTestId('letter-sheet').first();
    expect(await sheet.textContent()).toContain(MARKUP);
    expect(await sheet.locator('b').count()).toBe(0);
    await looksRight(clinic, 'letter-opened');
    await page.getByText(words.letter.open, { exact: true }).click();
    await page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();
  });

  test('it is answered, the reply is read, and it is closed', async () => {
    const { page, words, url } = clinic;
    await page.goto(`${url}${letterPath}`);
    await page.getByLabel(words.letter.firstVisit, { exact: true }).check();
    await press(clinic, words.letter.saveNotes);
    await isSaid(page, words.letter.notesSaved);
    await press(clinic, words.letter.act.answer);
    await write(clinic, words.writer.replyCourse, '悪性所見は認めません。');
    await saved(clinic);
    await looksRight(clinic, 'reply-writer');
    await send(clinic);
    await state(clinic, 'sent');
    await hospital.page.goto(`${hospital.url}${letterPath}`);
    await state(hospital, 'answered');
    await hospital.page.getByRole('region', { name: words.letter.replies }).getByRole('link').first().click();
    await hospital.page.getByTestId('letter-sheet').first().getByText('悪性所見は認めません。').waitFor();
    await state(hospital, 'opened');
    await hospital.page.goto(`${hospital.url}${letterPath}`);
    await press(hospital, words.letter.act.close);
    await isSaid(hospital.page, words.letter.done.close);
    await state(hospital, 'closed');
    await looksRight(hospital, 'letter-closed');
    await hospital.page.getByText(words.letter.patientPage, { exact: true }).click();
    await expect.poll(() => hospital.page.getByTestId('line-letter').count()).toBe(2);
    await looksRight(hospital, 'letter-marks');
  });

  test('recalled while it is read: its text and images go from the reader’s page, which is told why', async () => {
    const { words } = hospital;
    await begin();
    await write(hospital, words.writer.text.purpose, '宛先を誤った手紙');
    await saved(hospital);
    await send(hospital);
    const path = new URL(hospital.page.url()).pathname;
    await clinic.page.goto(`${clinic.url}${path}`);
    await clinic.page.getByTestId('letter-sheet').first().getByText('宛先を誤った手紙').waitFor();
    await press(hospital, words.letter.act.recall);
    await hospital.page.getByRole('dialog').getByLabel(words.letter.reason, { exact: true }).fill('宛先の誤り');
    await looksRight(hospital, 'letter-recall');
    await hospital.page.getByRole('dialog').getByRole('button', { name: words.letter.act.recall, exact: true }).click();
    await clinic.page.getByTestId('letter-withdrawn').filter({ hasText: '宛先の誤り' }).waitFor();
    expect(await clinic.page.content()).not.toContain('宛先を誤った手紙');
    expect(await clinic.page.content()).not.toContain(patientName);
    await looksRight(clinic, 'letter-withdrawn');
    await state(hospital, 'recalled');
  });

  test('two windows that write one draft do not overwrite each other unasked', async () => {
    const { page, words } = hospital;
    await begin();
    await saved(hospital);
    const other = await hospital.context.newPage();
    await other.goto(page.url());
    await other.getByLabel(words.writer.text.purpose, { exact: true }).fill('二つ目の画面');
    await other.locator('[data-testid="draft-saved"][data-state="saved"]').waitFor();
    await write(hospital, words.writer.text.purpose, '一つ目の画面');
    await page.getByText(words.writer.changedTitle).waitFor();
    await looksRight(hospital, 'draft-changed');
    await press(hospital, words.writer.takeTheirs);
    await expect.poll(() => page.getByLabel(words.writer.text.purpose, { exact: true }).inputValue()).toBe('二つ目の画面');
    await other.close();
    await press(hospital, words.writer.discard);
    await page.getByRole('alertdialog').getByRole('button', { name: words.writer.discard, exact: true }).click();
    await isSaid(page, words.writer.discarded);
  });
});
