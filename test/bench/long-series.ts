/**
 * A long CT read from end to end and back to its first slice, as fast as the keys come: what the whole browser takes of the machine's memory above an
 * empty tab, at the worst moment and at the end. Native frames and HTJ2K, with and without WebGL, on machines of 2 and of 8 GiB. Linux only.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { SMALL_REGION, SMALL_REGION_PASSWORD, signIn } from '../fixtures/api-client.ts';
import { GRAPHICS, SIZES } from '../fixtures/browser.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { type BareTab, openBareTab } from './bare-tab.ts';
import { peakDuring, sum, type Weight, weightOf } from './browser-weight.ts';
import { renewedInstances } from './renewed-series.ts';
import { type Bench, progress, type Row } from './report.ts';
import { type BenchGateway, derived, startBenchGateway } from './servers.ts';

const ABOVE_EMPTY_MB_MAX = 600;
const DERIVE_MS_MAX = 900_000;
const A_REQUEST = 50;
const KEYS_AT_ONCE = 10;
const LOOK_MS = 1_000;
const LOOKS_SAME = 3;
const LOOKS_MAX = 60;
/** Nothing is derived while it is measured. */
const NOT_DERIVED = { RENKEI_QUIET_SECONDS: '86400' };
const SOON_DERIVED = { RENKEI_QUIET_SECONDS: '1' };

const CELL = `document.querySelector('[data-testid="viewport"]')`;
const READY = `${CELL}?.dataset.state === 'ready'`;
const NUMBER = `Number(/\\d+/.exec(document.querySelector('[data-testid="image-number"]')?.textContent ?? '')?.[0])`;

const FORMS = ['native', 'HTJ2K'] as const;
const MACHINES = (['no WebGL', 'WebGL'] as const).flatMap((graphics) => ([8, 2] as const).map((gib) => ({ graphics, gib })));

export async function longSeries({ slices, only }: { readonly slices: number; readonly only: string | undefined }): Promise<Bench> {
  const rows: Row[] = [];
  for (const form of FORMS) {
    const machines = MACHINES.map((machine) => ({ ...machine, name: `${form}, ${machine.graphics}, ${machine.gib} GiB` }));
    const wanted = machines.filter(({ name }) => only === undefined || name.includes(only));
    if (wanted.length === 0) continue;
    const server = await startBenchGateway('files', form === 'HTJ2K' ? SOON_DERIVED : NOT_DERIVED);
    try {
      const study = await storedSeries(server, slices);
      if (form === 'HTJ2K') await derived(server.gateway.url, DERIVE_MS_MAX);
      for (const machine of wanted) rows.push(await weighed(server, study, slices, machine));
    } finally {
      await server.close();
    }
  }
  return { title: `A CT of ${slices} slices from end to end: MB above an empty tab`, rows };
}

async function weighed(
  { gateway }: BenchGateway,
  study: string,
  slices: number,
  { name, graphics, gib }: { readonly name: string; readonly graphics: keyof typeof GRAPHICS; readonly gib: number },
): Promise<Row> {
  const tab = await openBareTab(GRAPHICS[graphics], SIZES.desktop);
  try {
    // Anew: the region's own session may have come to its idle end while pictures were derived.
    const { cookie } = await signIn(gateway.url, { email: SMALL_REGION.hospital.email, password: SMALL_REGION_PASSWORD });
    await tab.setCookie(gateway.url, cookie);
    await tab.beforeEachPage(`Object.defineProperty(Navigator.prototype, 'deviceMemory', { get: () => ${gib} })`);
    const empty = await weightOf(tab);
    const peak = await peakDuring(tab, () => readEndToEnd(tab, `${gateway.url}/studies/${study}`, slices));
    const end = await weightOf(tab);
    const above = sum(peak) - sum(empty);
    progress(`${name}: ${Math.round(above)} MB`);
    return {
      what: name,
      ours: `${Math.round(above)} MB at the worst moment (${partsAbove(peak, empty)}), ${Math.round(sum(end) - sum(empty))} at the end`,
      peer: `an empty tab ${Math.round(sum(empty))} MB`,
      ratio: above / ABOVE_EMPTY_MB_MAX,
      goal: { atMost: 1 },
      limit: `the goal is ${ABOVE_EMPTY_MB_MAX} MB; pictures and frames have their bound, the rest is script, codecs and what is not yet collected`,
    };
  } finally {
    await tab.close();
  }
}

function partsAbove(peak: Weight, empty: Weight): string {
  return [...peak].map(([type, mb]) => `${type} ${Math.round(mb - (empty.get(type) ?? 0))}`).join(', ');
}

async function readEndToEnd(tab: BareTab, url: string, slices: number): Promise<void> {
  await tab.goto(url);
  await tab.until(READY);
  await tab.press('Home');
  await tab.until(`${READY} && ${NUMBER} === 1`);
  while ((await tab.evaluate<number>(NUMBER)) !== slices) {
    for (let step = 0; step < KEYS_AT_ONCE; step += 1) await tab.press('ArrowDown');
    await tab.until(READY);
  }
  await atRest(tab);
  await tab.press('Home');
  await tab.until(`${READY} && ${NUMBER} === 1`);
  await atRest(tab);
}

/** What is fetched ahead has come: the bytes that the page holds are the same for some looks. */
async function atRest(tab: BareTab): Promise<void> {
  let before = 0;
  for (let looks = 0, same = 0; looks < LOOKS_MAX && same < LOOKS_SAME; looks += 1) {
    await delay(LOOK_MS);
    const { backingStorageSize } = await tab.ask<{ backingStorageSize: number }>('Runtime.getHeapUsage');
    same = Math.abs(backingStorageSize - before) < before / 100 ? same + 1 : 0;
    before = backingStorageSize;
  }
}

async function storedSeries({ region }: BenchGateway, slices: number): Promise<string> {
  let files: Buffer[] = [];
  let study = '';
  const store = async () => {
    const { status } = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf(files) });
    if (status !== 200) throw new Error(`STOW-RS answered ${status}`);
    files = [];
  };
  for (const { bytes, uids } of renewedInstances(slices)) {
    study = uids['0020000d'] ?? '';
    files.push(bytes);
    if (files.length === A_REQUEST) await store();
  }
  if (files.length > 0) await store();
  return study;
}
