import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Visitor } from '../fixtures/browser.ts';
import { atTheHospital, type Desk, openDesk, openStackAlone, storeOneByOne } from '../fixtures/desk.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';

/** Files whose headers lie about sizes, tables and lengths, as attackers make them: each ends with a picture or a word, none loads for ever. */
const FORGED = 'cases/50-forged-lengths';

let desk: Desk;
let visitor: Visitor;
let store: ReturnType<typeof storeOneByOne>;

beforeAll(async () => {
  desk = await openDesk('forged-files');
  visitor = await atTheHospital(desk);
  store = storeOneByOne(desk);
});

afterAll(() => desk?.close());

const stored = (...names: readonly string[]) => store(...names.map((name) => readFileSync(`${SHARED_DATA.folder}${name}`)));

describe('forged files end with a picture or a word', () => {
  test.each(readdirSync(`${SHARED_DATA.folder}${FORGED}`).filter((name) => name.endsWith('.dcm')))('%s', async (name) => {
    for (const { study, series } of await stored(`${FORGED}/${name}`)) {
      const [clip] = series.clips;
      const key = clip === undefined ? series.seriesInstanceUID : `${series.seriesInstanceUID}/${clip.sopInstanceUID}`;
      const cell = await openStackAlone(visitor, study, key);
      if ((await cell.getAttribute('data-state')) === 'error') expect((await cell.getByRole('alert').textContent()) ?? '').not.toBe('');
      else expect(await cell.textContent()).not.toContain('NaN');
    }
  });
});
