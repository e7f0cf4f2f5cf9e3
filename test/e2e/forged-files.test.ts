import { readdirSync, readFileSync } from 'node:fs';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SeriesSummary, StudyDetail, StudyList } from '../../gateway/api/contract/studies.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { createSmallRegion, SMALL_REGION, SMALL_REGION_PASSWORD, type SmallRegion } from '../fixtures/api-client.ts';
import { openBrowser, openVisitor, signIn, type Visitor } from '../fixtures/browser.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { testConfig } from '../fixtures/test-config.ts';

/** Files whose headers lie about sizes, tables and lengths, as attackers make them: each ends with a picture or a word, none loads for ever. */
const FORGED = 'cases/50-forged-lengths';

let gateway: Gateway;
let region: SmallRegion;
let browser: Browser;
let url: string;
let visitor: Visitor;

beforeAll(async () => {
  gateway = await startGateway(testConfig(temporaryFolder('no-picture')));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
  browser = await openBrowser();
  visitor = await openVisitor(browser, url, 'ja', 'desktop');
  await signIn(visitor, SMALL_REGION.hospital.email, SMALL_REGION_PASSWORD);
});

afterAll(async () => {
  await browser?.close();
  await gateway?.close();
});

const known = new Set<string>();

interface Fresh {
  readonly study: StudyDetail;
  readonly series: SeriesSummary;
}

/** Stores the files, each by itself, and gives the series that have come. */
async function stored(...names: readonly string[]): Promise<Fresh[]> {
  for (const name of names) {
    const bytes = readFileSync(`${SHARED_DATA.folder}${name}`);
    await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([bytes]) });
  }
  const { body } = await region.hospital.call<StudyList>('GET', '/api/studies?limit=200');
  const found: Fresh[] = [];
  for (const { studyInstanceUID } of body.studies) {
    const { body: study } = await region.hospital.call<StudyDetail>('GET', `/api/studies/${studyInstanceUID}`);
    for (const series of study.series) {
      const name = `${studyInstanceUID} ${series.seriesInstanceUID}`;
      if (!known.has(name)) found.push({ study, series });
      known.add(name);
    }
  }
  return found;
}

async function open({ studyInstanceUID }: StudyDetail, seriesInstanceUID: string, { page } = visitor): Promise<Locator> {
  await page.goto(`${url}/studies/${studyInstanceUID}?layout=1x1&series=${seriesInstanceUID}`);
  const cell = page.getByTestId('viewport').first();
  await page.locator('[data-testid="viewport"]:is([data-state="ready"], [data-state="error"])').first().waitFor();
  return cell;
}

describe('forged files end with a picture or a word', () => {
  test.each(readdirSync(`${SHARED_DATA.folder}${FORGED}`).filter((name) => name.endsWith('.dcm')))('%s', async (name) => {
    for (const { study, series } of await stored(`${FORGED}/${name}`)) {
      const cell = await open(
        study,
        encodeURIComponent(
          series.clips[0] === undefined ? series.seriesInstanceUID : `${series.seriesInstanceUID}/${series.clips[0].sopInstanceUID}`,
        ),
      );
      if ((await cell.getAttribute('data-state')) === 'error') expect((await cell.getByRole('alert').textContent()) ?? '').not.toBe('');
      else expect(await cell.textContent()).not.toContain('NaN');
    }
  });
});
