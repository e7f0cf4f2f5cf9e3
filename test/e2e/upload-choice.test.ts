/** Whose images these are is seen before anything is sent; what was not chosen never leaves the machine. */

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SMALL_REGION, type SmallRegion } from '../fixtures/api-client.ts';
import { isSaid, type Visitor } from '../fixtures/browser.ts';
import { type Desk, looksRight, openDesk, personAt } from '../fixtures/desk.ts';
import { type DataSet, part10 } from '../fixtures/dicom/dicom-writer.ts';
import { say } from '../fixtures/say.ts';
import { zipOf } from '../fixtures/zip-writer.ts';

const CT: DataSet = {
  SpecificCharacterSet: '\\ISO 2022 IR 87',
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
  Modality: 'CT',
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  Rows: 16,
  Columns: 16,
  BitsAllocated: 16,
  BitsStored: 16,
  HighBit: 15,
  PixelRepresentation: 0,
  PixelData: new Uint8Array(512),
};
const YAMADA: DataSet = {
  PatientName: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
  PatientID: '00123',
  PatientBirthDate: '19620514',
  PatientSex: 'M',
};
const SATO: DataSet = {
  PatientName: 'Sato^Hanako=佐藤^花子=さとう^はなこ',
  PatientID: '00987',
  PatientBirthDate: '19880203',
  PatientSex: 'F',
};
interface Exam {
  readonly uid: string;
  readonly who: DataSet;
  readonly date: string;
  readonly what: string;
  readonly images: number;
  readonly modality?: string;
}
function imagesOf({ uid, who, date, what, images, modality = 'CT' }: Exam): Map<string, Buffer> {
  const files = Array.from({ length: images }, (_, at) => {
    const uids = { StudyInstanceUID: uid, SeriesInstanceUID: `${uid}.1`, SOPInstanceUID: `${uid}.1.${at + 1}` };
    const rest = { StudyDate: date, StudyDescription: what, InstanceNumber: at + 1, Modality: modality };
    return [`DICOM/${uid}/IM${at + 1}`, part10({ ...CT, ...who, ...uids, ...rest })] as const;
  });
  return new Map(files);
}

let desk: Desk;
let region: SmallRegion;

beforeAll(async () => {
  desk = await openDesk('upload-choice');
  ({ region } = desk);
});
afterAll(() => desk?.close());

/** What the hospital keeps of a study. */
async function kept(uid: string): Promise<number> {
  const { status, body } = await region.hospital.call<{ instanceCount: number }>('GET', `/api/studies/${uid}`);
  return status === 200 ? body.instanceCount : 0;
}

async function store(files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const bytes of files.values()) {
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await region.hospital.fetch('/api/uploads/file', { method: 'POST', headers, body: new Uint8Array(bytes) });
    expect(answer.status).toBe(200);
  }
}

async function choose({ page }: Visitor, name: string, buffer: Buffer): Promise<void> {
  await page.getByTestId('files').setInputFiles({ name, mimeType: 'application/zip', buffer });
}

const zipped = (...files: readonly ReadonlyMap<string, Buffer>[]) => {
  const others = [
    { name: 'README.TXT', bytes: Buffer.from('Please open INDEX.HTM') },
    { name: 'AUTORUN.INF', bytes: Buffer.from('[autorun]') },
    { name: 'DICOMDIR', bytes: part10({ SOPClassUID: '1.2.840.10008.1.3.10', SOPInstanceUID: '2.25.1' }) },
  ];
  return zipOf([...files.flatMap((map) => [...map].map(([name, bytes]) => ({ name, bytes }))), ...others]);
};

const ends = (page: Page, attribute: 'data-complete' | 'data-phase') =>
  expect.poll(() => page.getByTestId('upload-status').getAttribute(attribute));

let serial = 0;

describe.each([
  ['ja', 'large'],
  ['en', 'laptop'],
  ['en', 'iPad'],
  ['ja', 'phone'],
] as const)('a disc in %s on a %s', (language, size) => {
  let visitor: Visitor;
  beforeAll(async () => {
    serial += 1;
    visitor = await personAt(desk, 'hospital', language, size);
  });
  beforeEach(async () => {
    await visitor.page.goto(`${desk.url}/upload`);
    await visitor.page.getByTestId('drop-zone').waitFor();
  });
  afterAll(async () => {
    expect(visitor?.problems()).toEqual([]);
    await visitor?.context.close();
  });

  test('with two patients: nobody is chosen, one is taken in, nothing of the other is sent', async () => {
    const { page, words } = visitor;
    const chest: Exam = { uid: `2.25.70${serial}1`, who: YAMADA, date: '20261120', what: '胸部CT', images: 4 };
    const head: Exam = { uid: `2.25.70${serial}2`, who: YAMADA, date: '20250301', what: '頭部MRI', images: 2, modality: 'MR' };
    const other: Exam = { uid: `2.25.70${serial}3`, who: SATO, date: '20261119', what: '腹部エコー', images: 3, modality: 'US' };
    const halfKept = new Map([...imagesOf(head)].slice(0, 1));
    await store(halfKept);
    let sent = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/api/uploads/file')) sent += 1;
    });

    await choose(visitor, 'disc.zip', zipped(imagesOf(chest), imagesOf(head), imagesOf(other)));
    await page.getByTestId('choose-patients').waitFor();
    const patients = page.getByTestId('patient-on-disc');
    expect(await patients.count()).toBe(2);
    const yamada = page.locator('[data-testid="patient-on-disc"][data-patient-id="00123"]');
    const text = (await yamada.textContent()) ?? '';
    for (const shown of ['山田 太郎', 'やまだ たろう', 'Yamada Tarou', '00123', '胸部CT', '頭部MRI']) expect(text).toContain(shown);
    expect(text).toContain(language === 'ja' ? '1962/05/14（S37）' : '14 May 1962');
    const held = (uid: string) => page.locator(`[data-study="${uid}"]`).getByTestId('held').textContent();
    expect(await held(chest.uid)).toBe(words.upload.hereNone);
    expect(await held(head.uid)).toBe(say(words.upload.hereSome, { held: 1, count: 2 }));
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
    expect(await page.getByTestId('take').isDisabled()).toBe(true);
    await page.getByText(words.upload.notDicomList).click();
    expect(await page.locator('[data-problems="not-dicom"]').textContent()).toContain('AUTORUN.INF');
    await looksRight(visitor, 'whose-two');

    await yamada.getByRole('checkbox').check();
    await looksRight(visitor, 'whose-two-chosen');
    expect(sent).toBe(0);
    await page.getByTestId('take').click();
    await ends(page, 'data-complete').toBe('true');
    expect(await page.locator('[data-outcome="left-out"] dd').textContent()).toBe('3');
    expect(await page.locator('[data-outcome="duplicate"] dd').textContent()).toBe('1');
    expect(sent).toBe(5);
    expect(await Promise.all([chest, head, other].map(({ uid }) => kept(uid)))).toEqual([4, 2, 0]);
    expect(await page.getByTestId('uploaded-study').count()).toBe(2);
    await looksRight(visitor, 'whose-taken');

    await page.getByTestId('share-these').click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    expect(await dialog.getByTestId('studies-to-share').getByRole('listitem').count()).toBe(2);
    await dialog.getByRole('combobox').fill(SMALL_REGION.clinic.name);
    await dialog.getByRole('option', { name: SMALL_REGION.clinic.name }).click();
    await looksRight(visitor, 'share-these');
    await dialog.getByRole('button', { name: words.share.submit, exact: true }).click();
    await isSaid(page, say(words.share.done, { facility: SMALL_REGION.clinic.name }));
    await dialog.getByRole('button', { name: words.app.close, exact: true }).click();
    for (const { uid } of [chest, head]) expect((await region.clinic.call('GET', `/api/studies/${uid}`)).status).toBe(200);
  });

  test('with one patient whose images are all here: chosen at once, nothing is sent, the study is one click away', async () => {
    const { page, words } = visitor;
    const chest: Exam = { uid: `2.25.71${serial}1`, who: YAMADA, date: '20261120', what: '胸部CT', images: 3 };
    await store(imagesOf(chest));
    await choose(visitor, 'disc.zip', zipped(imagesOf(chest)));
    await page.getByTestId('choose-patients').waitFor();
    expect(await page.locator(`[data-study="${chest.uid}"]`).getByTestId('held').textContent()).toBe(words.upload.hereAll);
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(1);
    await looksRight(visitor, 'whose-known');
    await page.getByRole('button', { name: words.upload.takePatient, exact: true }).click();
    await ends(page, 'data-complete').toBe('true');
    expect(await page.locator('[data-outcome="duplicate"] dd').textContent()).toBe('3');
    await page.getByTestId('uploaded-study').getByText('山田 太郎').waitFor();

    await page.getByTestId('uploaded-study').click();
    await page.waitForURL(/\/studies\//);
    await page.goBack();
    await page.getByTestId('uploaded-study').getByText('山田 太郎').waitFor();
    await ends(page, 'data-complete').toBe('true');
    expect(await page.getByRole('button', { name: words.upload.retryFailed }).count()).toBe(0);
    await page.getByRole('link', { name: words.nav.studies }).first().click();
    await page.getByTestId('study-row').first().waitFor();
    await page.getByRole('link', { name: words.nav.upload }).first().click();
    await page.getByTestId('drop-zone').waitFor();
    expect(await page.getByTestId('upload-status').count()).toBe(0);
  });

  test('with an ID that is somebody else’s here: said, and not chosen', async () => {
    const { page, words } = visitor;
    const own: Exam = { uid: `2.25.72${serial}1`, who: { ...SATO, PatientID: `T-${serial}` }, date: '20261001', what: '', images: 1 };
    const foreign = { ...own, uid: `2.25.72${serial}2`, who: { ...YAMADA, PatientID: `T-${serial}` } };
    await store(imagesOf(own));
    await choose(visitor, 'disc.zip', zipped(imagesOf(foreign)));
    await page.getByText(words.upload.othersID).waitFor();
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
    await looksRight(visitor, 'whose-id');
    await page.getByRole('button', { name: words.upload.startOver, exact: true }).click();
    expect(await kept(foreign.uid)).toBe(0);
  });

  test('that was cut short beside a whole one: what is missing is said, and the end is no end', async () => {
    const { page, words } = visitor;
    const chest: Exam = { uid: `2.25.73${serial}1`, who: YAMADA, date: '20261120', what: '胸部CT', images: 2 };
    const lost: Exam = { ...chest, uid: `2.25.73${serial}2`, images: 5 };
    const [whole, cut] = [zipped(imagesOf(chest)), zipOf([...imagesOf(lost)].map(([name, bytes]) => ({ name, bytes })))];
    await page.getByTestId('files').setInputFiles([
      { name: 'whole.zip', mimeType: 'application/zip', buffer: whole },
      { name: 'cut.zip', mimeType: 'application/zip', buffer: cut.subarray(0, cut.indexOf('PK\x01\x02', 0, 'latin1')) },
    ]);
    const missing = page.getByText(say(words.upload.reason.cutShortFiles_other, { count: 5 }));
    await missing.waitFor();
    await looksRight(visitor, 'whose-cut');
    await page.getByTestId('take').click();
    await ends(page, 'data-phase').toBe('finished');
    expect(await page.getByTestId('upload-status').textContent()).toBe(words.upload.finishedSome);
    expect(await page.getByTestId('upload-status').getAttribute('data-complete')).toBe('false');
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
    await missing.waitFor();
    await looksRight(visitor, 'whose-cut-end');
  });
});
