import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Language } from '../../viewer/i18n/translation.ts';
import { takePicture, type Visitor } from '../fixtures/browser.ts';
import { type Desk, openDesk, personAt } from '../fixtures/desk.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { say } from '../fixtures/say.ts';
import { partsOf } from '../fixtures/servers/dicomweb-door.ts';
import { type ZipEntry, zipOf } from '../fixtures/zip-writer.ts';

/** Signatures of a ZIP, in the middle of an image's pixels. */
const SIGNATURES = Buffer.from('PK\x03\x04PK\x07\x08PK\x01\x02PK\x05\x06', 'latin1');
const WRONG_CRC = 0x0badc0de;

interface Upload {
  readonly name: string;
  archive(): Buffer;
  /** Numbers of the images that must be kept, each exactly its bytes. */
  readonly kept: readonly number[];
  /** Each count that the page shows, besides what is stored. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Path below the archive → why it was not read. */
  readonly reasons?: Readonly<Record<string, string>>;
}

let study = 0;
const studyUID = () => `2.25.3800.${study}`;
function image(at: number): Buffer {
  const pixels = Buffer.alloc(8192, at);
  SIGNATURES.copy(pixels, 100);
  const uids = { studyInstanceUID: studyUID(), seriesInstanceUID: `${studyUID()}.1`, sopInstanceUID: `${studyUID()}.1.${at}` };
  return smallFile({ ...uids, instanceNumber: at, rows: 64, columns: 64, pixels });
}
const entry = (name: string | Uint8Array, at: number, more: Partial<ZipEntry> = {}): ZipEntry => ({ name, bytes: image(at), ...more });
const text = (name: string): ZipEntry => ({ name, bytes: Buffer.from('a file of text') });
const zeroed = (packed: Buffer) => Buffer.from(packed).fill(0, 30, 60);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

const UPLOADS: readonly Upload[] = [
  { name: 'a: three entries of one name', archive: () => zipOf(upTo(3).map((at) => entry('export/IM0001', at))), kept: upTo(3) },
  { name: 'a2: eighty entries with two names', archive: () => zipOf(upTo(80).map((at) => entry(`IM${at % 2}`, at))), kept: upTo(80) },
  {
    name: 'b: a ZIP within a ZIP',
    archive: () => zipOf([{ name: 'CD1.zip', bytes: zipOf([entry('IM1', 1), entry('IM2', 2)]), method: 0 }, text('readme.txt')]),
    kept: [1, 2],
    counts: { 'not-dicom': 1 },
  },
  {
    name: 'c: what a Mac adds',
    archive: () => zipOf([entry('st/IM1.dcm', 1), text('__MACOSX/st/._IM1.dcm'), text('st/.DS_Store'), entry('st/IM2.dcm', 2)]),
    kept: [1, 2],
    counts: { 'passed-over': 2 },
  },
  { name: 'd1: stored', archive: () => zipOf(upTo(2).map((at) => entry(`IM${at}`, at, { method: 0 }))), kept: [1, 2] },
  {
    name: 'd2: stored, with data descriptors',
    archive: () => zipOf(upTo(2).map((at) => entry(`IM${at}`, at, { method: 0, descriptor: true }))),
    kept: [1, 2],
  },
  {
    name: 'e: Zip64, with and without descriptors',
    archive: () =>
      zipOf([entry('IM1', 1, { zip64: true }), entry('IM2', 2, { zip64: true, method: 0, descriptor: true })], { zip64: true }),
    kept: [1, 2],
  },
  {
    name: 'f: one bzip2 entry among good ones',
    archive: () => zipOf([entry('IM1', 1), entry('IM2', 2, { method: 12 }), entry('IM3', 3)]),
    kept: [1, 3],
    counts: { unreadable: 1 },
    reasons: { '/IM2': 'method' },
  },
  {
    name: 'g: one encrypted entry among good ones',
    archive: () => zipOf([entry('IM1', 1, { flags: 1 }), entry('IM2', 2)]),
    kept: [2],
    counts: { unreadable: 1 },
    reasons: { '/IM1': 'encrypted' },
  },
  {
    name: 'h: names of a disc, and in code page 932',
    archive: () =>
      zipOf([
        entry('DICOM/PA1/IM1', 1),
        entry('../../../etc/IM2', 2),
        entry('C:\\DICOM\\IM3', 3),
        entry('患者/画像', 4),
        { ...text(''), name: Buffer.from([0x95, 0x5c]) },
      ]),
    kept: upTo(4),
    counts: { 'not-dicom': 1 },
  },
  { name: 'i: gzip within a ZIP', archive: () => zipOf([{ name: 'a/new.dcm.gz', bytes: gzipSync(image(1)) }]), kept: [1] },
  {
    name: 'k: after a program that unpacks it',
    archive: () => zipOf([entry('IM1', 1), entry('IM2', 2)], { prefix: Buffer.alloc(2002, 'MZ') }),
    kept: [1, 2],
  },
  {
    name: 'l: cut short',
    archive: () => zipOf([entry('IM1', 1), entry('IM2', 2)]).subarray(0, 800),
    kept: [],
    counts: { unreadable: 1 },
    reasons: { '': 'cut-short' },
  },
  {
    name: 'l2: cut short behind a whole archive within it',
    archive: () => {
      const inner = zipOf([entry('IM2', 2)]);
      const whole = zipOf([entry('IM1', 1), { name: 'in.zip', bytes: inner, method: 0 }, entry('IM3', 3)]);
      return whole.subarray(0, whole.indexOf(inner) + inner.length);
    },
    kept: [2],
    counts: { unreadable: 1 },
    reasons: { '': 'cut-short' },
  },
  {
    name: 'm: damaged in the middle',
    archive: () => zipOf([entry('IM1', 1), entry('IM2', 2, { damage: zeroed }), entry('IM3', 3)]),
    kept: [1, 3],
    counts: { unreadable: 1 },
    reasons: { '/IM2': 'damaged' },
  },
  {
    name: 'n: a wrong CRC, deflated and stored',
    archive: () => zipOf([entry('IM1', 1, { crc: WRONG_CRC }), entry('IM2', 2, { crc: WRONG_CRC, method: 0 }), entry('IM3', 3)]),
    kept: [3],
    counts: { unreadable: 2 },
    reasons: { '/IM1': 'checksum', '/IM2': 'checksum' },
  },
];

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk('zip');
});
afterAll(() => desk?.close());

async function openUpload(language: Language): Promise<Visitor> {
  const visitor = await personAt(desk, 'hospital', language);
  const { page, words } = visitor;
  await page.getByRole('link', { name: words.nav.upload, exact: true }).click();
  await page.getByTestId('drop-zone').waitFor();
  return visitor;
}

/** Every instance of a study as the gateway keeps it. */
async function keptBytes(uid: string): Promise<Buffer[]> {
  const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
  const answer = await desk.region.hospital.fetch(`/dicom-web/studies/${uid}`, { headers: { accept } });
  if (answer.status === 404) return [];
  expect(answer.status).toBe(200);
  return partsOf(answer.headers.get('content-type') ?? '', new Uint8Array(await answer.arrayBuffer())).map(({ bytes }) => bytes);
}

describe.each<Language>(['ja', 'en'])('an archive uploaded in %s', (language) => {
  let visitor: Visitor;
  beforeAll(async () => {
    visitor = await openUpload(language);
  });
  afterAll(async () => {
    expect(visitor?.problems()).toEqual([]);
    await visitor?.context.close();
  });

  test.each(UPLOADS)('$name', async ({ archive, kept, counts = {}, reasons = {} }) => {
    study += 1;
    const { page, words } = visitor;
    await page.getByTestId('files').setInputFiles({ name: 'study.zip', mimeType: 'application/zip', buffer: archive() });
    const told = async () => {
      const shown = await page
        .locator('[data-reason]')
        .evaluateAll((all) => all.map((one) => [one.firstChild?.textContent?.replace('study.zip', ''), one.getAttribute('data-reason')]));
      return Object.fromEntries(shown);
    };
    if (kept.length === 0) {
      await page.getByTestId('no-images').waitFor();
      expect(await told()).toEqual(reasons);
      await takePicture(visitor, `zip-${study}`);
      expect(await keptBytes(studyUID())).toEqual([]);
      await page.getByRole('button', { name: words.upload.startOver, exact: true }).click();
      return;
    }
    await page.getByRole('button', { name: words.upload.takePatient, exact: true }).click();
    const status = page.getByTestId('upload-status');
    await expect.poll(() => status.getAttribute('data-phase')).toBe('finished');

    const total = kept.length + Object.values(counts).reduce((sum, count) => sum + count, 0);
    await page.getByText(say(words.upload.progress, { done: total - (counts['unreadable'] ?? 0), total }), { exact: true }).waitFor();
    const shown = await page
      .locator('[data-outcome]')
      .evaluateAll((all) => all.map((one) => [one.getAttribute('data-outcome'), Number(one.querySelector('dd')?.textContent)]));
    expect(Object.fromEntries(shown)).toEqual({ stored: kept.length, ...counts });
    expect(await told()).toEqual(reasons);
    expect(await status.textContent()).toBe((counts['unreadable'] ?? 0) > 0 ? words.upload.finishedSome : words.upload.finished);
    await takePicture(visitor, `zip-${study}`);

    const stored = await keptBytes(studyUID());
    const digests = (all: readonly Buffer[]) => all.map((bytes) => bytes.toString('base64')).sort();
    expect(digests(stored)).toEqual(digests(kept.map(image)));
    await page.getByRole('button', { name: words.upload.again, exact: true }).click();
  });
});
