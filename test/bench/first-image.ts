/**
 * What the eye waits for: a CT study opened by its deep link in Chromium, over its emulated 20 Mbit/s + 30 ms. Cold: nothing in the cache;
 * warm: another study in the same browser, as the second of the day. The peer is OHIF 3 as published on npm, its files gzipped
 * beforehand, with Orthanc behind the same nginx: a whole product, on the instances as they were received.
 *
 * Ours says itself when it shows something (`data-state`); OHIF has shown something once a Cornerstone canvas has two
 * different pixels. The series has arrived when every instance's frame has been answered. The emulation slows requests of pages, not of workers.
 */
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, readdirSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../fixtures/browser.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { writeRenewedSeries } from './renewed-series.ts';
import { type Bench, median, progress, type Row, spread } from './report.ts';
import { derived, type Orthanc, SENDER, type Server, startBenchGateway, startNginx, startOrthanc } from './servers.ts';

const run = promisify(execFile);

const LINE = { latency: 30, downloadThroughput: 20e6 / 8, uploadThroughput: 20e6 / 8 };
const SCREEN = { width: 1440, height: 900 };
const OHIF = '@ohif/app@3.13.2';
const OHIF_FETCH_MS_MAX = 120_000;
const SERIES_MS_MAX = 150_000;
const DERIVE_MS_MAX = 300_000;
/** How often the page's own notes are fetched; the times are the page's. */
const LOOK_MS = 100;
const GZIP_BYTES_MIN = 1024;

interface Opened {
  readonly previewMs: number | undefined;
  readonly readyMs: number;
  readonly seriesMs: number | undefined;
  readonly megabytes: number;
  readonly requests: number;
}

interface Seen {
  readonly cold: Opened[];
  readonly warm: Opened[];
}

export async function firstImage({ slices, rounds }: { readonly slices: number; readonly rounds: number }): Promise<Bench> {
  const closing: (() => Promise<void>)[] = [];
  const opened = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    closing.push(() => one.close());
    return one;
  };
  const folder = temporaryFolder('bench-first-image');
  closing.push(() => rm(folder, { recursive: true, force: true }));
  try {
    const gateway = await opened(startBenchGateway('files'));
    const orthanc = await opened(startOrthanc());
    const studies = ['first', 'second'].map((name) => writeRenewedSeries(join(folder, name), slices).studyInstanceUID);
    for (const server of [gateway, orthanc]) await send(server, folder);
    const ohif = await startOhif(orthanc).catch((error: unknown) => progress(`no OHIF: ${String(error)}`));
    if (ohif) closing.push(() => ohif.close());
    await derived(gateway.gateway.url, DERIVE_MS_MAX);
    const browser = await openBrowser();
    closing.push(() => browser.close());

    const [sessionCookie, session] = gateway.region.hospital.cookie.split('=') as [string, string];
    const cookies = [{ name: sessionCookie, value: session, url: gateway.gateway.url }];
    const ours: Seen = { cold: [], warm: [] };
    const theirs: Seen = { cold: [], warm: [] };
    for (let round = 0; round < rounds; round += 1) {
      await openBoth(
        browser,
        cookies,
        studies.map((uid) => `${gateway.gateway.url}/studies/${uid}`),
        slices,
        ours,
      );
      if (ohif)
        await openBoth(
          browser,
          [],
          studies.map((uid) => `${ohif.url}/viewer?StudyInstanceUIDs=${uid}`),
          slices,
          theirs,
        );
    }
    const rows = (['cold', 'warm'] as const).flatMap((when) => rowsOf(when, ours[when], theirs[when]));
    return { title: `A CT of ${slices} slices at 20 Mbit/s + 30 ms (${rounds} rounds)`, rows };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function send({ aeTitle, dimse }: Server, folder: string): Promise<void> {
  for (const name of ['first', 'second']) {
    await run('storescu', ['-aet', SENDER, '-aec', aeTitle, '+sd', '127.0.0.1', String(dimse), join(folder, name, '0')]);
  }
}

function rowsOf(when: 'cold' | 'warm', ours: readonly Opened[], theirs: readonly Opened[]): readonly Row[] {
  const row = (what: string, field: 'readyMs' | 'previewMs' | 'seriesMs', peerField: 'readyMs' | 'seriesMs', limit: string): Row => {
    const own = seconds(ours, field);
    const peer = seconds(theirs, peerField);
    return {
      what: `${what}, ${when}`,
      ours: own.length === 0 ? 'not seen' : spread(own, 's'),
      peer: peer.length === 0 ? 'no peer' : `OHIF and Orthanc ${spread(peer, 's')}`,
      ...(own.length === 0 || peer.length === 0 ? {} : { ratio: median(own) / median(peer) }),
      limit,
    };
  };
  const sizes = (seen: readonly Opened[]) =>
    seen.length === 0
      ? 'none'
      : `${median(seen.map((one) => one.megabytes)).toFixed(1)} MB in ${median(seen.map((one) => one.requests))} requests`;
  return [
    row('any pixel of the image (preview)', 'previewMs', 'readyMs', 'scripts before pixels: page, shell and image engine come first'),
    row('image at full fidelity (ready)', 'readyMs', 'readyMs', 'as above, then one HTJ2K frame'),
    row('whole series', 'seriesMs', 'seriesMs', `the line: ours ${sizes(ours)}, theirs ${sizes(theirs)}`),
  ];
}

function seconds(seen: readonly Opened[], field: 'readyMs' | 'previewMs' | 'seriesMs'): readonly number[] {
  return seen.flatMap((one) => (one[field] === undefined ? [] : [(one[field] ?? 0) / 1000]));
}

// ── The browser ──

async function openBoth(
  browser: Browser,
  cookies: Parameters<BrowserContext['addCookies']>[0],
  [first, second]: readonly string[],
  slices: number,
  seen: Seen,
): Promise<void> {
  const context = await browser.newContext({ viewport: SCREEN, locale: 'en-US' });
  try {
    await context.addCookies([...cookies]);
    seen.cold.push(await openStudy(context, first as string, slices));
    seen.warm.push(await openStudy(context, second as string, slices));
  } finally {
    await context.close();
  }
}

interface Marks {
  preview?: number;
  ready?: number;
}

async function openStudy(context: BrowserContext, url: string, slices: number): Promise<Opened> {
  const page = await context.newPage();
  const line = await context.newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', { offline: false, ...LINE });
  await page.addInitScript(WATCH_PIXELS);
  const start = performance.now();
  const arrived = new Set<string>();
  let bytes = 0;
  let requests = 0;
  let seriesMs: number | undefined;
  const addresses = new Map<string, string>();
  line.on('Network.requestWillBeSent', ({ requestId, request }) => addresses.set(requestId, request.url));
  const whole = new Promise<void>((resolve) => {
    line.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      bytes += encodedDataLength;
      requests += 1;
      const instance = /\/instances\/([^/]+)\/frames\//.exec(addresses.get(requestId) ?? '')?.[1];
      if (instance === undefined || arrived.has(instance)) return;
      arrived.add(instance);
      if (arrived.size < slices) return;
      seriesMs = performance.now() - start;
      resolve();
    });
  });
  try {
    await page.goto(url, { waitUntil: 'commit', timeout: SERIES_MS_MAX });
    const marks = await marksOf(page);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SERIES_MS_MAX);
    });
    await Promise.race([whole, late]);
    clearTimeout(timer);
    const opened = { previewMs: marks.preview, readyMs: marks.ready ?? Number.NaN, seriesMs, megabytes: bytes / 1e6, requests };
    progress(
      `${new URL(url).pathname.slice(0, 12)} ready ${Math.round(opened.readyMs)} ms, series ${Math.round(seriesMs ?? -1)} ms, ${arrived.size} slices`,
    );
    return opened;
  } finally {
    await page.close();
  }
}

async function marksOf(page: Page): Promise<Marks> {
  const deadline = performance.now() + SERIES_MS_MAX;
  for (;;) {
    const marks = (await page.evaluate('globalThis.pixelMarks ?? {}')) as Marks;
    if (marks.ready !== undefined) return marks;
    if (performance.now() > deadline) throw new Error(`no image on screen: ${(await page.evaluate('document.body.innerText')) as string}`);
    await delay(LOOK_MS);
  }
}

/** Runs in the page, before its own scripts: notes when something is first shown, ms since the navigation began. Text, because the program
 * that runs this file adds helpers to functions which the page does not have. */
const WATCH_PIXELS = `
globalThis.pixelMarks = {};
function painted(canvas) {
  if (canvas.width === 0 || canvas.height === 0) return false;
  const pixels = canvas.getContext('2d')?.getImageData(0, canvas.height >> 1, canvas.width, 1).data;
  return pixels?.some((value, at) => at % 4 < 3 && value !== pixels[at % 4]) === true;
}
function look() {
  const marks = globalThis.pixelMarks;
  const viewport = document.querySelector('[data-testid="viewport"]');
  const state = viewport?.getAttribute('data-state');
  if (state === 'preview' || state === 'ready') marks.preview ??= performance.now();
  if (state === 'ready') marks.ready ??= performance.now();
  // Only where nobody tells: the peer.
  if (viewport?.hasAttribute('data-state') !== true && [...document.querySelectorAll('canvas.cornerstone-canvas')].some(painted)) marks.ready ??= performance.now();
  if (marks.ready === undefined) requestAnimationFrame(look);
}
requestAnimationFrame(look);
`;

// ── The peer ──

/** OHIF from the package registry into a temporary folder; it is no dependency of ours. @throws when it cannot be had in time */
async function startOhif(orthanc: Orthanc): Promise<{ url: string; close(): Promise<void> }> {
  const work = temporaryFolder('bench-ohif');
  try {
    progress(`fetching ${OHIF}`);
    const { stdout } = await run('npm', ['pack', '--silent', OHIF], { cwd: work, timeout: OHIF_FETCH_MS_MAX });
    await run('tar', ['xzf', stdout.trim().split('\n').at(-1) ?? '', 'package/dist'], { cwd: work });
    const dist = join(work, 'package/dist');
    writeFileSync(join(dist, 'app-config.js'), ohifConfiguration());
    for (const name of readdirSync(dist)) {
      const path = join(dist, name);
      if (/\.(js|css|html|wasm|json)$/.test(name) && statSync(path).size > GZIP_BYTES_MIN)
        await pipeline(createReadStream(path), createGzip({ level: 6 }), createWriteStream(`${path}.gz`));
    }
    const nginx = await startNginx(
      dist,
      `gzip_static on; location / { try_files $uri /index.html; }
       location /dicom-web/ { proxy_pass http://127.0.0.1:${orthanc.http}; proxy_set_header Host $http_host;
         gzip on; gzip_proxied any; gzip_types application/dicom+json application/json; }`,
    );
    return {
      url: nginx.url,
      close: async () => {
        await nginx.close();
        await rm(work, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw error;
  }
}

function ohifConfiguration(): string {
  return `const root = location.origin + '/dicom-web';
window.config = {
  routerBasename: null, extensions: [], modes: [], customizationService: {}, showStudyList: true, maxNumberOfWebWorkers: 3,
  showWarningMessageForCrossOrigin: false, showCPUFallbackMessage: false, showLoadingIndicator: true,
  maxNumRequests: { interaction: 100, thumbnail: 5, prefetch: 25 },
  defaultDataSourceName: 'ohif',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'ohif',
    configuration: {
      friendlyName: 'Orthanc', name: 'orthanc', wadoUriRoot: root, qidoRoot: root, wadoRoot: root, qidoSupportsIncludeField: false,
      imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true, supportsFuzzyMatching: false,
      supportsWildcard: true, omitQuotationForMultipartRequest: true,
    },
  }],
};
`;
}
