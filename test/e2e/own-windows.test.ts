import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { present, presentationOf } from '../../gateway/codec/pixels/presentation.ts';
import { decode } from '../../gateway/codec/wasm/decode.ts';
import { readFrame } from '../../gateway/dicom/frames/frame-index.ts';
import { bufferAccess, readObject } from '../../gateway/dicom/parse/part10.ts';
import { pixelDescription } from '../../gateway/domain/imaging/pixel-description.ts';
import { PAGE_WAITS_MS, type Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, storeAll } from '../fixtures/desk.ts';
import { seenImage } from '../fixtures/dicom/seen-image.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import {
  type Addressed,
  addressOf,
  blockColours,
  drawUnsmoothed,
  keepSources,
  offBy,
  openStack,
  settledCell,
  stackCell,
  stackSelector,
  worstDifference,
} from '../fixtures/shown-pixels.ts';

/** Every window and VOI LUT that a file names can be chosen, by menu and by key, and shows what the gateway or the room's own table says. PS3.3 C.11.2. */

const table = (explanation: string, through: (value: number) => number) => ({
  '00283002 US': [4096, 0, 12],
  '00283003 LO': explanation,
  '00283006 US': Array.from({ length: 4096 }, (_, value) => Math.round(through(value / 4095) * 4095)),
});

const CONSTRUCTED = {
  'two windows and three tables': seenImage('two windows and three tables', {
    WindowCenter: [2000, 500],
    WindowWidth: [4000, 300],
    WindowCenterWidthExplanation: ['軟部', '骨'],
    '00283010 SQ': [table('GAMMA', (x) => x ** 3), table('', (x) => 1 - x), table('STEEP', (x) => (x < 0.5 ? 0 : 1))],
  }),
  'sigmoid windows': seenImage('sigmoid windows', {
    WindowCenter: [2000, 1000],
    WindowWidth: [2000, 400],
    '00281056 CS': 'SIGMOID',
  }),
  'tables alone': seenImage('tables alone', { '00283010 SQ': [table('A', (x) => x * x), table('B', (x) => Math.sqrt(x))] }),
} as const;
/** Siemens MR, two windows called WINDOW1 and WINDOW2; an MR with a table of its own. */
const REAL = ['syntaxes/pydicom__examples_overlay.dcm', 'syntaxes/pydicom-data__vlut_04.dcm', 'broken/pydicom-data__bad_sequence.dcm'];

let desk: Desk;
let visitor: Visitor;
const paths: [string, string][] = [];

beforeAll(async () => {
  desk = await openDesk('own-windows');
  const folder = temporaryFolder('own-windows-files');
  for (const [name, { bytes }] of Object.entries(CONSTRUCTED)) {
    const path = join(folder, `${name}.dcm`);
    writeFileSync(path, bytes);
    paths.push([name, path]);
  }
  for (const name of REAL) paths.push([name, `${SHARED_DATA.folder}${name}`]);
  for (const [, path] of paths) expect([200, 202]).toContain(await storeAll(desk, [readFileSync(path)]));
  visitor = await atTheHospital(desk);
  await visitor.page.addInitScript(drawUnsmoothed);
  await visitor.page.addInitScript(keepSources);
  await visitor.page.reload();
});

afterAll(() => desk?.close());

/** The picture as the room shows it through each of its choices, and what they are called. */
async function choicesOf(path: string) {
  const object = await readObject(bufferAccess(readFileSync(path)));
  const pixel = pixelDescription(object.header);
  if (pixel === undefined || object.frames === undefined) throw new Error('no picture');
  const bytes = await readFrame(bufferAccess(readFileSync(path)), object.frames, 0);
  const frame = await decode({ bytes, transferSyntaxUID: object.transferSyntaxUID, pixel });
  const presentation = presentationOf(object.header, 0, pixel);
  if (presentation.kind !== 'grey') throw new Error('no grey');
  return presentation.choices.map(({ voi, explanation }) => {
    const { data, width, height } = present(frame, { ...presentation, voi });
    const middle = (block: number, side: number) => Math.floor(((block + 0.5) / 4) * side);
    const grid = [0, 1, 2, 3].map((row) =>
      [0, 1, 2, 3].map((column) => data[middle(row, height) * width + middle(column, width)] as number),
    );
    return { voi, explanation, grid };
  });
}

async function shows(cell: Locator, address: Addressed, choice: Awaited<ReturnType<typeof choicesOf>>[number]): Promise<void> {
  const { voi } = choice;
  const told = voi.kind === 'lut' ? 'lut' : `${voi.width},${voi.center}`;
  await expect.poll(() => cell.getAttribute('data-window'), { timeout: PAGE_WAITS_MS }).toBe(told);
  expect(offBy(await blockColours(cell, address), choice.grid)).toEqual([]);
  if (voi.kind === 'window') expect((await worstDifference(cell, address, true)).difference).toBeLessThanOrEqual(1);
}

describe.each([...Object.keys(CONSTRUCTED), ...REAL])('%s', (name) => {
  test('each window and table by the menu, then by the key in turn', async () => {
    const { page } = visitor;
    const path = paths.find(([one]) => one === name)?.[1] ?? '';
    const address = await addressOf(path);
    const choices = await choicesOf(path);
    await openStack(page, address);
    const cell = stackCell(page, address);
    expect((await settledCell(page, stackSelector(address))).state).toBe('ready');
    await shows(cell, address, choices[0] as (typeof choices)[number]);

    const offered = page.locator('[data-own]');
    await page.getByTestId('window-presets').click();
    await offered.first().waitFor();
    expect(await offered.count()).toBe(choices.length);
    const texts = await offered.allTextContents();
    for (const [at, { explanation }] of choices.entries()) expect(texts[at]).toContain(explanation);
    await page.keyboard.press('Escape');

    // From the last to the first, so that a table is followed by another.
    for (const [at, choice] of [...choices.entries()].reverse()) {
      await page.getByTestId('window-presets').click();
      await offered.nth(at).click();
      await shows(cell, address, choice);
    }
    for (const choice of [...choices.slice(1), ...choices.slice(0, 1)]) {
      await page.keyboard.press('o');
      await shows(cell, address, choice);
    }
  });
});
