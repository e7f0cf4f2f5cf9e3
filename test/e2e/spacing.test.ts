import { readFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Calibration } from '../../viewer/imaging/port.ts';
import { drag, type Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, storeAll } from '../fixtures/desk.ts';
import { SIDE, seenImage } from '../fixtures/dicom/seen-image.ts';
import { readShared, SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { say } from '../fixtures/say.ts';

/** Lengths on pictures that say in different ways how large a pixel is, or only how high beside its width. PS3.3 10.7.1.3, C.7.6.3.1.7. */
const PROJECTION = 'cases/23-projection-spacing';
const ASPECT = 'cases/24-pixel-aspect-ratio';

interface Line {
  readonly columns: number;
  readonly rows: number;
  readonly measured: number;
  readonly unit: 'mm' | 'cm' | 'px';
  readonly by?: Calibration;
  /** Height of a pixel on screen beside its width. */
  readonly aspect: number;
  /** From 1; the first when absent. */
  readonly image?: number;
}

const LINES: readonly (readonly [string, Line])[] = [
  [`${PROJECTION}/1-dx.dcm`, { columns: 100, rows: 0, measured: 20, unit: 'mm', by: 'detector', aspect: 1 }],
  [`${PROJECTION}/3-mg.dcm`, { columns: 100, rows: 0, measured: 8, unit: 'mm', by: 'magnification', aspect: 1 }],
  [`${PROJECTION}/4-dx.dcm`, { columns: 100, rows: 0, measured: 20, unit: 'mm', by: 'detector', aspect: 1 }],
  [`${PROJECTION}/5-dx.dcm`, { columns: 100, rows: 0, measured: 20, unit: 'mm', by: 'detector', aspect: 0.5 }],
  [`${PROJECTION}/6-ot.dcm`, { columns: 100, rows: 0, measured: 30, unit: 'mm', by: 'scanned', aspect: 1 }],
  [`${ASPECT}/1.dcm`, { columns: 0, rows: 30, measured: 30, unit: 'px', aspect: 2 }],
  [`${ASPECT}/1.dcm`, { columns: 40, rows: 0, measured: 40, unit: 'px', aspect: 2 }],
  [`${ASPECT}/2.dcm`, { columns: 0, rows: 30, measured: 60, unit: 'mm', aspect: 2 }],
  [`${ASPECT}/4.dcm`, { columns: 0, rows: 30, measured: 60, unit: 'mm', by: 'scanned', aspect: 2 }],
];

const PROJECTED = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.1.1', Modality: 'DX', ImagerPixelSpacing: [0.2, 0.2], PixelSpacing: [0.1, 0.1] };
const region = (left: number, right: number, cm: number) => ({
  RegionSpatialFormat: 1,
  RegionDataType: 1,
  RegionFlags: 0,
  RegionLocationMinX0: left,
  RegionLocationMinY0: 0,
  RegionLocationMaxX1: right,
  RegionLocationMaxY1: SIDE - 1,
  PhysicalUnitsXDirection: 3,
  PhysicalUnitsYDirection: 3,
  PhysicalDeltaX: cm,
  PhysicalDeltaY: cm,
});
const US = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.6.1', Modality: 'US' };
const measures = (row: number, column: number) => ({ '00289110 SQ': [{ PixelSpacing: [row, column] }] });
const PLANE = { ImageOrientationPatient: [1, 0, 0, 0, 1, 0], ImagePositionPatient: [-10, -20, 30] };
const twice = new Uint16Array(SIDE * SIDE * 2);

/** One image of each source of a spacing that the shared cases do not have. */
const CONSTRUCTED: Readonly<
  Record<string, readonly [more: Parameters<typeof seenImage>[1], lines: readonly Line[], pixels?: Uint16Array]>
> = {
  'a plane in the patient': [
    { SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', Modality: 'CT', PixelSpacing: [0.5, 0.25], ...PLANE },
    [
      { columns: 40, rows: 0, measured: 10, unit: 'mm', aspect: 2 },
      { columns: 0, rows: 30, measured: 15, unit: 'mm', aspect: 2 },
      { columns: 40, rows: 30, measured: Math.hypot(10, 15), unit: 'mm', aspect: 2 },
    ],
  ],
  'calibrated, how is not said': [PROJECTED, [{ columns: 40, rows: 0, measured: 4, unit: 'mm', by: 'calibrated', aspect: 1 }]],
  'calibrated by an object': [
    { ...PROJECTED, '00280A02 CS': 'FIDUCIAL' },
    [{ columns: 40, rows: 0, measured: 4, unit: 'mm', by: 'fiducial', aspect: 1 }],
  ],
  'calibrated by geometry': [
    { ...PROJECTED, '00280A02 CS': 'GEOMETRY' },
    [{ columns: 40, rows: 0, measured: 4, unit: 'mm', by: 'magnification', aspect: 1 }],
  ],
  'calibrated, with a magnification factor': [
    { ...PROJECTED, '00181114 DS': 2 },
    [{ columns: 40, rows: 0, measured: 4, unit: 'mm', by: 'calibrated', aspect: 1 }],
  ],
  'at the centre of the beam': [
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.12.1.1',
      Modality: 'XA',
      ImagerPixelSpacing: [0.4, 0.4],
      '52009229 SQ': [{ '00189401 SQ': [{ '00189404 DS': [0.25, 0.25] }] }],
    },
    [{ columns: 40, rows: 0, measured: 10, unit: 'mm', by: 'beam-centre', aspect: 1 }],
  ],
  'one ultrasound region': [
    { ...US, SequenceOfUltrasoundRegions: [region(0, SIDE - 1, 0.05)] },
    [{ columns: 40, rows: 0, measured: 2, unit: 'cm', by: 'ultrasound-region', aspect: 1 }],
  ],
  'a spacing of each frame': [
    {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.4.1',
      Modality: 'MR',
      NumberOfFrames: 2,
      '52009230 SQ': [measures(1, 1), measures(0.5, 0.25)],
    },
    [
      { columns: 40, rows: 0, measured: 40, unit: 'mm', aspect: 1, image: 1 },
      { columns: 40, rows: 0, measured: 10, unit: 'mm', aspect: 2, image: 2 },
      { columns: 0, rows: 30, measured: 15, unit: 'mm', aspect: 2, image: 2 },
    ],
    twice,
  ],
  'spacings that are none': [
    { ...PROJECTED, ImagerPixelSpacing: [0, 0], PixelSpacing: [-1, 0.1] },
    [{ columns: 40, rows: 0, measured: 40, unit: 'px', aspect: 1 }],
  ],
};
const SEEN = Object.fromEntries(
  Object.entries(CONSTRUCTED).map(([name, [more, , pixels]]) => [name, seenImage(`spacing ${name}`, more, pixels)]),
);
const ALL: readonly (readonly [string, Line])[] = [
  ...LINES,
  ...Object.entries(CONSTRUCTED).flatMap(([name, [, lines]]) => lines.map((line) => [name, line] as const)),
];

let desk: Desk;
let visitor: Visitor;

beforeAll(async () => {
  desk = await openDesk('spacing');
  for (const name of new Set(LINES.map(([file]) => file))) {
    const bytes = readFileSync(`${SHARED_DATA.folder}${name}`);
    expect(await storeAll(desk, [bytes])).toBe(200);
  }
  for (const [name, { bytes }] of Object.entries(SEEN)) expect(await storeAll(desk, [bytes]), name).toBe(200);
  visitor = await atTheHospital(desk);
});

afterAll(() => desk?.close());

async function zoomOf(viewport: Locator): Promise<[number, number]> {
  const [x = Number.NaN, y = Number.NaN] = ((await viewport.getAttribute('data-zoom')) ?? '').split(',').map(Number);
  return [x, y];
}

async function openAt(name: string, image: number): Promise<void> {
  const shared = SEEN[name] === undefined ? await readShared(name) : undefined;
  const study = SEEN[name]?.study ?? shared?.studyInstanceUID;
  const series = SEEN[name]?.series ?? shared?.seriesInstanceUID;
  await visitor.page.goto(`${desk.url}/studies/${study}?layout=1x1&series=${series}&image=${image}`);
}

test.each(ALL)('%s: %o', async (name, { columns, rows, measured, unit, by, aspect, image = 1 }) => {
  const { page, words } = visitor;
  await openAt(name, image);
  const viewport = page.getByTestId('viewport');
  await viewport.and(page.locator('[data-state="ready"]')).waitFor();
  await expect.poll(async () => Number.isFinite((await zoomOf(viewport))[0])).toBe(true);
  const [zoomX, zoomY] = await zoomOf(viewport);
  expect(zoomY / zoomX).toBeCloseTo(aspect, 2);
  await barFits(viewport, { columns, rows, measured, unit, ...(by === undefined ? {} : { by }) });
  const box = await viewport.boundingBox();
  if (box === null) throw new Error('no viewport');
  const [middleX, middleY] = [box.x + box.width / 2, box.y + box.height / 2];
  const [right, down] = [(columns * zoomX) / 2, (rows * zoomY) / 2];
  await page.locator('[data-tool="length"]').click();
  await drag(visitor, { x: middleX - right, y: middleY - down }, { x: middleX + right, y: middleY + down });
  const line = () => viewport.locator('svg text tspan').allTextContents();
  const parts = async () => /^(\d+(?:\.\d)?) (mm|cm|px)(.*)$/.exec((await line()).join('')) ?? [];
  await expect.poll(async () => Math.abs(Number((await parts())[1]) - measured)).toBeLessThan(measured / 50);
  const said = by === undefined ? '' : say(words.measure.calibrated, { measured: '', how: words.measure.calibration[by] });
  expect((await parts()).slice(2)).toEqual([unit, said]);
});

const MM: Readonly<Record<Line['unit'], number>> = { mm: 1, cm: 10, px: Number.NaN };

/** As long on the screen as it says, and by the same spacing as the line; none where lengths are counted in pixels. */
async function barFits(viewport: Locator, { columns, rows, measured, unit, by }: Omit<Line, 'aspect' | 'image'>): Promise<void> {
  const bar = viewport.getByTestId('scale-bar');
  if (unit === 'px') {
    expect(await bar.count()).toBe(0);
    return;
  }
  const [zoomX, zoomY] = await zoomOf(viewport);
  const mmPerPixel = (measured * MM[unit]) / Math.hypot(columns * zoomX, rows * zoomY);
  const [, length, inUnit, rest] = /^([\d.]+) (mm|cm)(.*)$/.exec((await bar.textContent()) ?? '') ?? [];
  const { words } = visitor;
  expect(rest).toBe(by === undefined ? '' : say(words.measure.calibrated, { measured: '', how: words.measure.calibration[by] }));
  const pixels = await bar.locator('[aria-hidden]').evaluate((element) => element.getBoundingClientRect().width);
  expect(pixels).toBeGreaterThan(96 / 2.6);
  expect(pixels).toBeLessThanOrEqual(97);
  expect(Math.abs(pixels * mmPerPixel - Number(length) * MM[inUnit as 'mm'])).toBeLessThan(mmPerPixel);
}
