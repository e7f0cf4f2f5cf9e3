import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seriousViolations, takePicture, type Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, openStackAlone, type SeriesThere, storeOneByOne } from '../fixtures/desk.ts';
import { fragments, identity, imagePixel, part10 } from '../fixtures/dicom/dicom-bytes.ts';
import { seenImage } from '../fixtures/dicom/seen-image.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { say } from '../fixtures/say.ts';

/** What is no picture: documents, a video, objects of other kinds. Each is called what it is. */
const SERIES_KINDS = {
  'objects/pydicom__reportsi.dcm': 'report',
  'objects/DICOM-Swift__kos_key_object_selection.dcm': 'keyObjects',
  'objects/weasis-dicom-tools__prLUTs.dcm': 'presentation',
  'objects/rt-utils__rt.dcm': 'structures',
  'objects/pydicom__rtplan.dcm': 'plan',
  'objects/pydicom__waveform_ecg.dcm': 'waveform',
  'objects/dcm_qa_spec__30027_1.3.12.2.1107.5.2.61.237021.2026060513334670449808279.dcm': 'spectrum',
  'objects/dcmqi__rwvm.dcm': 'other',
} as const;

let desk: Desk;
let visitor: Visitor;
let store: ReturnType<typeof storeOneByOne>;

beforeAll(async () => {
  desk = await openDesk('no-picture');
  visitor = await atTheHospital(desk);
  store = storeOneByOne(desk);
});

afterAll(() => desk?.close());

const stored = (...names: readonly string[]) => store(...names.map((name) => readFileSync(`${SHARED_DATA.folder}${name}`)));

describe('documents', () => {
  test('each of a series is reached by the keyboard and opens', async () => {
    const { page, words } = visitor;
    const folder = 'cases/28-documents-in-series';
    const [{ study, series }] = (await stored(...[1, 2, 3].map((n) => `${folder}/1-report${n}.dcm`))) as [SeriesThere];
    const cell = await openStackAlone(visitor, study, series.seriesInstanceUID);
    await expect.poll(() => cell.textContent()).toContain(say(words.study.documentCount_other, { count: 3 }));
    expect(await cell.textContent()).not.toContain(say(words.studies.images_other, { count: 3 }));
    const opened = cell.getByRole('link', { name: words.study.documentOpen });
    const addresses = new Set<string>();
    for (const number of [1, 2, 3]) {
      const entry = cell.getByTestId('documents').getByRole('button', { name: `Report ${number}` });
      await entry.focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => entry.getAttribute('aria-pressed')).toBe('true');
      const address = (await opened.getAttribute('href')) ?? '';
      addresses.add(address);
      const answer = await page.request.get(`${desk.url}${address}`);
      expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'application/pdf']);
    }
    expect(addresses.size).toBe(3);
    expect(await seriousViolations(page)).toEqual([]);
    await takePicture(visitor, 'documents');
  });

  test.each(['pictures first', 'documents first'])('a series of pictures and documents, %s: all are reached', async (order) => {
    const { page, words } = visitor;
    const root = `1.2.826.0.1.3680043.10.999.7.28.${order === 'pictures first' ? 7 : 8}`;
    const reports = [1, 2].map((n) => {
      const text = readFileSync(`${SHARED_DATA.folder}cases/28-documents-in-series/1-report${n}.dcm`).toString('latin1');
      return Buffer.from(text.replaceAll('1.2.826.0.1.3680043.10.999.7.28.1', root), 'latin1');
    });
    const pictures = [1, 2].map(
      (n) =>
        seenImage(`mixed ${order} ${n}`, {
          StudyInstanceUID: root,
          SeriesInstanceUID: `${root}.1`,
          PatientID: 'BUG028',
          InstanceNumber: n,
        }).bytes,
    );
    const [{ study, series }] = (await store(...(order === 'pictures first' ? [...pictures, ...reports] : [...reports, ...pictures]))) as [
      SeriesThere,
    ];
    const cell = await openStackAlone(visitor, study, series.seriesInstanceUID);
    const number = cell.getByTestId('image-number');
    await expect.poll(() => number.textContent()).toContain(say(words.study.imageOf, { index: 1, count: 2 }));
    await cell.focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => number.textContent()).toContain(say(words.study.imageOf, { index: 2, count: 2 }));
    await expect.poll(() => cell.getAttribute('data-state')).toBe('ready');
    await cell.getByTestId('documents-beside').click();
    const addresses = new Set<string>();
    for (const report of [1, 2]) {
      const entry = cell.getByTestId('documents').getByRole('button', { name: `Report ${report}` });
      await entry.click();
      await expect.poll(() => entry.getAttribute('aria-pressed')).toBe('true');
      const address = (await cell.getByRole('link', { name: words.study.documentOpen }).getAttribute('href')) ?? '';
      expect((await page.request.get(`${desk.url}${address}`)).headers()['content-type']).toBe('application/pdf');
      addresses.add(address);
    }
    expect(addresses.size).toBe(2);
    await takePicture(visitor, `mixed-${order.split(' ')[0]}`);
    await cell.getByRole('button', { name: words.study.documentBack }).click();
    await expect.poll(() => number.textContent()).toContain(say(words.study.imageOf, { index: 2, count: 2 }));
  });

  test.each(Object.entries(SERIES_KINDS))('%s is called what it is', async (name, kind) => {
    const [{ study, series }] = (await stored(name)) as [SeriesThere];
    const cell = await openStackAlone(visitor, study, series.seriesInstanceUID);
    await expect.poll(() => cell.getByTestId('document-card').textContent()).toContain(visitor.words.study.document[kind]);
    expect(await cell.getAttribute('data-state')).toBe('ready');
  });
});

/** So many pixels wide and high is the film that the browser records for this test, H.264 in MP4. */
const FILM = { width: 64, height: 48 };

async function recordedFilm(): Promise<Buffer> {
  const page = await desk.browser.newPage();
  const base64 = await page.evaluate(async ({ width, height }) => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const paint = canvas.getContext('2d') as CanvasRenderingContext2D;
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/mp4;codecs=avc1.42E01E' });
    const pieces: Blob[] = [];
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    const stopped = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    for (let frame = 0; frame < 12; frame += 1) {
      paint.fillStyle = `rgb(${frame * 20}, 80, 120)`;
      paint.fillRect(0, 0, width, height);
      await new Promise(requestAnimationFrame);
    }
    recorder.stop();
    await stopped;
    const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  }, FILM);
  await page.close();
  return Buffer.from(base64, 'base64');
}

describe('video', () => {
  test('that the browser knows is played in the cell', async () => {
    const film = await recordedFilm();
    const file = part10(
      '1.2.840.10008.1.2.4.102',
      ...identity(),
      ...imagePixel({ rows: FILM.height, columns: FILM.width, samples: 3, photometric: 'YBR_PARTIAL_420', bitsAllocated: 8, frames: 12 }),
      fragments([], [film.length % 2 === 0 ? film : Buffer.concat([film, Buffer.alloc(1)])]),
    );
    const [{ study, series }] = (await store(file)) as [SeriesThere];
    const cell = await openStackAlone(visitor, study, series.seriesInstanceUID);
    const video = cell.getByTestId('video');
    const size = () => video.evaluate((element: HTMLVideoElement) => [element.videoWidth, element.videoHeight]);
    await expect.poll(size).toEqual([FILM.width, FILM.height]);
    await video.evaluate((element: HTMLVideoElement) => element.play());
    await expect.poll(() => video.evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(0);
  });

  test('the metadata name its stream, the gateway gives it, and what the browser cannot play is saved', async () => {
    const { words, page } = visitor;
    const [{ study, series }] = (await stored('cases/48-video/endoscopy.dcm')) as [SeriesThere];
    const answer = await desk.region.hospital.fetch(`/dicom-web/studies/${study.studyInstanceUID}/metadata`, {
      headers: { accept: 'application/dicom+json' },
    });
    expect(((await answer.json()) as Record<string, unknown>[])[0]?.['00083002']).toEqual({ vr: 'UI', Value: ['1.2.840.10008.1.2.4.102'] });
    const [clip] = series.clips;
    const key = `${series.seriesInstanceUID}/${clip?.sopInstanceUID}`;
    const cell = await openStackAlone(visitor, study, key);
    await cell.getByText(words.study.videoUnplayable).waitFor();
    const address = (await cell.getByRole('link', { name: words.study.videoSave }).getAttribute('href')) ?? '';
    const stream = await page.request.get(`${desk.url}${address}`);
    expect([stream.status(), stream.headers()['content-type']]).toEqual([200, 'video/mp4']);
    const part = await page.request.get(`${desk.url}${address}`, { headers: { range: 'bytes=4-11' } });
    expect(part.status()).toBe(206);
    expect((await part.body()).equals((await stream.body()).subarray(4, 12))).toBe(true);
  });
});
