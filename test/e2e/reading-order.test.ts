import { readdirSync, readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StudyDetail, StudyList } from '../../gateway/api/contract/studies.ts';
import { seriesContent } from '../../viewer/imaging/series-images.ts';
import { contentOfStack, type Stack, stacksOf } from '../../viewer/study/stacks.ts';
import type { SmallRegion } from '../fixtures/api-client.ts';
import type { Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, storeAll } from '../fixtures/desk.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { say } from '../fixtures/say.ts';

/** What a series opens with, in which order it is read, and how fast it is played: real series and cases from public bug reports. */
const FOLDERS = [
  'series/mr-crlab-20220407-t1-sag-35',
  'series/us-stress-echo-cine',
  'cases/21-enhanced-random-frame-order',
  'cases/25-same-instance-number',
  'cases/27-frame-time-vector',
  'cases/44-several-multiframe-instances',
  'cases/49-localizer-in-series',
];
/** Files of one request. */
const AT_ONCE = 40;

let desk: Desk;
let region: SmallRegion;
let visitor: Visitor;
const studies: { folder: string; detail: StudyDetail }[] = [];

beforeAll(async () => {
  desk = await openDesk('reading-order');
  ({ region } = desk);
  const known = new Set<string>();
  for (const folder of FOLDERS) {
    const files = readdirSync(`${SHARED_DATA.folder}${folder}`).filter((name) => name.endsWith('.dcm'));
    for (let from = 0; from < files.length; from += AT_ONCE) {
      const bytes = files.slice(from, from + AT_ONCE).map((name) => readFileSync(`${SHARED_DATA.folder}${folder}/${name}`));
      expect(await storeAll(desk, bytes), folder).toBe(200);
    }
    const { body } = await region.hospital.call<StudyList>('GET', '/api/studies?limit=200');
    for (const { studyInstanceUID } of body.studies.filter((one) => !known.has(one.studyInstanceUID))) {
      known.add(studyInstanceUID);
      const detail = await region.hospital.call<StudyDetail>('GET', `/api/studies/${studyInstanceUID}`);
      studies.push({ folder, detail: detail.body });
    }
  }
  visitor = await atTheHospital(desk);
});

afterAll(() => desk?.close());

const stacksIn = (folder: string) =>
  studies.filter((one) => one.folder === folder).flatMap(({ detail }) => stacksOf(detail.series).map((stack) => ({ detail, stack })));

async function contentOf(detail: StudyDetail, stack: Stack) {
  const path = `/dicom-web/studies/${detail.studyInstanceUID}/series/${stack.seriesInstanceUID}`;
  const answer = await region.hospital.fetch(`${path}/metadata`, { headers: { accept: 'application/dicom+json' } });
  return contentOfStack(
    seriesContent((await answer.json()) as never, (uid) => `${path}/instances/${uid}`),
    stack,
  );
}

/** The page of the study with that stack in its only cell, once its picture is there. */
async function open({ page }: Visitor, detail: StudyDetail, stack: Stack, image?: number): Promise<Locator> {
  const search = new URLSearchParams({ layout: '1x1', series: stack.key, ...(image === undefined ? {} : { image: String(image) }) });
  await page.goto(`${desk.url}/studies/${detail.studyInstanceUID}?${search}`);
  const cell = page.getByTestId('viewport').first();
  await page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();
  return cell;
}

/** The grey in the middle of the picture on screen. */
function greyOf(cell: Locator): Promise<number> {
  return cell
    .locator('canvas')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const copy = new OffscreenCanvas(1, 1).getContext('2d') as OffscreenCanvasRenderingContext2D;
      copy.drawImage(canvas, canvas.width / 2, canvas.height / 2 - 40, 1, 1, 0, 0, 1, 1);
      return copy.getImageData(0, 0, 1, 1).data[0] as number;
    });
}

const imageNumber = (page: Page) => page.getByTestId('image-number').first();

describe('the picture is the one of the preview and of the small picture', () => {
  test.each(FOLDERS)('%s', async (folder) => {
    const stacks = stacksIn(folder);
    expect(stacks.length).toBeGreaterThan(0);
    for (const { detail, stack } of stacks.slice(0, 3)) {
      const { images } = await contentOf(detail, stack);
      const at = images.findIndex(
        ({ sopInstanceUID, frame }) => sopInstanceUID === stack.opening?.sopInstanceUID && frame === stack.opening.frame,
      );
      expect(at, stack.key).toBeGreaterThanOrEqual(0);
      const previews: string[] = [];
      const note = (request: { url(): string }) => request.url().includes('thumbnail?viewport=512') && previews.push(request.url());
      visitor.page.on('request', note);
      await open(visitor, detail, stack);
      visitor.page.off('request', note);
      expect(await imageNumber(visitor.page).textContent()).toContain(
        say(visitor.words.study.imageOf, { index: at + 1, count: images.length }),
      );
      const frame = `/instances/${stack.opening?.sopInstanceUID}/frames/${stack.opening?.frame}/thumbnail`;
      expect(previews.map((preview) => preview.includes(frame))).toEqual([true]);
      // The rail's small picture at the same size is that of the same frame, byte for byte.
      const ofInstance = stack.clip === undefined ? '' : `/instances/${stack.clip.sopInstanceUID}`;
      const series = `/dicom-web/studies/${detail.studyInstanceUID}/series/${stack.seriesInstanceUID}`;
      const bytes = async (path: string) =>
        Buffer.from(await (await region.hospital.fetch(`${series}${path}?viewport=96,96`)).arrayBuffer()).toString('base64');
      expect(await bytes(`${ofInstance}/thumbnail`)).toBe(await bytes(frame));
    }
  });
});

describe('order', () => {
  test('an enhanced object by its dimension index: the grey rises by steps', async () => {
    const [{ detail, stack }] = stacksIn('cases/21-enhanced-random-frame-order') as [{ detail: StudyDetail; stack: Stack }];
    const cell = await open(visitor, detail, stack, 1);
    const greys: number[] = [];
    for (let index = 1; index <= 6; index += 1) {
      await expect.poll(() => imageNumber(visitor.page).textContent()).toContain(`${index} / 6`);
      await visitor.page.locator('[data-testid="viewport"][data-state="ready"]').first().waitFor();
      greys.push(await greyOf(cell));
      await visitor.page.keyboard.press('ArrowDown');
    }
    expect([...greys].sort((a, b) => a - b)).toEqual(greys);
    expect(new Set(greys).size).toBe(6);
  });

  test('images without numbers and places as they were acquired', async () => {
    const stacks = stacksIn('cases/25-same-instance-number');
    const found = stacks.find(({ stack }) => stack.modality === 'MR');
    const { images } = await contentOf(found?.detail as StudyDetail, found?.stack as Stack);
    const times = images.map(({ metadata }) => String(metadata['00080032']?.Value?.[0]));
    expect(times).toEqual([...times].sort());
    expect(images).toHaveLength(12);
  });
});

describe('time', () => {
  test.each([
    ['cases/27-frame-time-vector', 8],
    ['cases/44-several-multiframe-instances', 25],
  ] as const)('%s is played at %i frames a second', async (folder, rate) => {
    for (const { detail, stack } of stacksIn(folder)) {
      expect((await contentOf(detail, stack)).framesPerSecond).toBe(rate);
      await open(visitor, detail, stack);
      await visitor.page.locator('[data-action="play"]').hover();
      await visitor.page.getByRole('tooltip', { name: new RegExp(say(visitor.words.study.fps, { count: rate })) }).waitFor();
    }
  });

  test('each clip of a series is a stack of its own', () => {
    expect(stacksIn('cases/44-several-multiframe-instances').map(({ stack }) => stack.clip?.frames)).toEqual([3, 3, 3]);
  });
});
