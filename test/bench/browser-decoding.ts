/**
 * HTJ2K slices decoded in Chromium, by our worker and by the library's (`@cornerstonejs/dicom-image-loader`, fetched from the registry into a temporary
 * folder; it is no dependency of ours), in turns, on the same frames: from the bytes in the page to modality values in the page, one at a time.
 * Both run the same WebAssembly codec; what differs is around it: crossing to the worker and back, copies, rescaling, ranges, padding.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { openBrowser } from '../fixtures/browser.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { writeRenewedSeries } from './renewed-series.ts';
import { type Bench, median, pairedRatio, spread } from './report.ts';
import { type BenchGateway, derived, SENDER, startBenchGateway, startNginx } from './servers.ts';

const run = promisify(execFile);

const LIBRARY = '@cornerstonejs/dicom-image-loader@5.14.0';
const LIBRARY_FETCH_MS_MAX = 180_000;
const DERIVE_MS_MAX = 300_000;
const HTJ2K = '1.2.840.10008.1.2.4.202';
const LOADER = fileURLToPath(new URL('../../viewer/imaging/loader', import.meta.url));

export async function browserDecoding({ slices, rounds }: { readonly slices: number; readonly rounds: number }): Promise<Bench> {
  const folder = temporaryFolder('bench-browser-decoding');
  const closing: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const server = await startBenchGateway('files', { RENKEI_QUIET_SECONDS: '1' });
    closing.push(() => server.close());
    await writePage(folder);
    await writeFrames(server, folder, slices);
    const nginx = await startNginx(join(folder, 'dist'));
    closing.push(() => nginx.close());
    const browser = await openBrowser();
    closing.push(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`${nginx.url}/index.html`);
    await page.waitForFunction('globalThis.decodeAll !== undefined');
    const decode = (by: 'ours' | 'library') => page.evaluate(`decodeAll('${by}', ${slices})`) as Promise<Decoded>;
    // Compilers and codecs are warm from the first turn.
    const first = { ours: await decode('ours'), library: await decode('library') };
    if (first.ours.sum !== first.library.sum) throw new Error(`other values: ${first.ours.sum}, the library's ${first.library.sum}`);
    const times = { ours: [] as number[], library: [] as number[] };
    for (let round = 0; round < rounds * ROUNDS_MORE; round += 1)
      for (const by of ['ours', 'library'] as const) times[by].push(median((await decode(by)).ms));
    return {
      title: `${slices} HTJ2K slices of 512 × 512 decoded in Chromium, one worker (${times.ours.length} rounds, medians)`,
      rows: [
        {
          what: 'bytes → modality values with their range, a slice',
          ours: spread(times.ours, 'ms'),
          peer: `library's worker ${spread(times.library, 'ms')}`,
          ratio: pairedRatio(times.ours, times.library),
          goal: { atMost: 1 },
          limit: 'the codec, the same in both',
        },
      ],
    };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** A round is short. */
const ROUNDS_MORE = 3;

interface Decoded {
  readonly ms: readonly number[];
  /** Of all values, so that it is seen that both decode the same. */
  readonly sum: number;
}

async function writePage(folder: string): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const install = ['install', '--silent', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps', LIBRARY];
  await run('npm', install, { cwd: folder, timeout: LIBRARY_FETCH_MS_MAX });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./page.js"></script>');
  writeFileSync(join(folder, 'page.js'), PAGE);
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    worker: { format: 'es' },
    build: { assetsInlineLimit: 0, target: 'es2022', chunkSizeWarningLimit: 10_000 },
  });
  mkdirSync(join(folder, 'dist/wasm'));
  const wasm = createRequire(import.meta.url).resolve('@cornerstonejs/codec-openjph/wasm');
  copyFileSync(wasm, join(folder, 'dist/wasm/openjphjs.wasm'));
}

/** Each slice's codestream and header, as the gateway gives them. */
async function writeFrames({ gateway, region, aeTitle, dimse }: BenchGateway, folder: string, slices: number): Promise<void> {
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUIDs } = writeRenewedSeries(join(folder, 'series'), slices);
  await run('storescu', ['-aet', SENDER, '-aec', aeTitle, '+sd', '127.0.0.1', String(dimse), join(folder, 'series/0')]);
  await derived(gateway.url, DERIVE_MS_MAX);
  const headers = { authorization: `Bearer ${region.hospital.token}`, accept: `application/octet-stream; transfer-syntax=${HTJ2K}` };
  for (const [n, uid] of sopInstanceUIDs.entries()) {
    const instance = `${gateway.url}/dicom-web/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${uid}`;
    const frame = await fetch(`${instance}/frames/1`, { headers });
    const metadata = await fetch(`${instance}/metadata`, { headers: { ...headers, accept: 'application/dicom+json' } });
    if (!frame.ok || !metadata.ok) throw new Error(`slice ${n}: ${frame.status}, ${metadata.status}`);
    writeFileSync(join(folder, `dist/${n}.j2c`), Buffer.from(await frame.arrayBuffer()));
    writeFileSync(join(folder, `dist/${n}.json`), await metadata.text());
  }
}

/** Text, because the program that runs this file adds helpers which the page does not have. */
const PAGE = `
import { wrap } from 'comlink';
import { DecoderPool } from '${LOADER}/decoder-pool.ts';
import { pixelDescription, presentationOf } from '${LOADER}/pixels.ts';

const pool = new DecoderPool();
const library = wrap(new Worker(new URL('./node_modules/@cornerstonejs/dicom-image-loader/dist/esm/decodeImageFrameWorker.js', import.meta.url), { type: 'module' }));
const DECODERS = {
  async ours(bytes, header) {
    const pixel = pixelDescription(header);
    const presentation = presentationOf(header, 0, pixel, undefined);
    const request = { frame: { bytes, transferSyntaxUID: '${HTJ2K}', pixel }, presentation, pictureBytes: pixel.rows * pixel.columns * 2 };
    const { values: { values, range } } = await pool.decode(request, 'now').picture;
    return { values, ...range };
  },
  async library(pixelData, header) {
    const number = (tag) => Number(header[tag].Value[0]);
    const imageFrame = {
      rows: number('00280010'), columns: number('00280011'), samplesPerPixel: 1, photometricInterpretation: 'MONOCHROME2',
      bitsAllocated: number('00280100'), bitsStored: number('00280101'), highBit: number('00280102'), pixelRepresentation: number('00280103'),
    };
    const scalingParameters = { rescaleSlope: number('00281053'), rescaleIntercept: number('00281052'), modality: 'CT' };
    const { pixelData: values, smallestPixelValue: low, largestPixelValue: high } = await library.decodeTask({
      imageFrame, transferSyntax: '${HTJ2K}', pixelData, options: { preScale: { enabled: true, scalingParameters } }, decodeConfig: { wasmBasePath: '/wasm/' },
    });
    return { values, low, high };
  },
};
const slices = new Map();
async function slice(n) {
  if (!slices.has(n)) {
    const [header] = await (await fetch('/' + n + '.json')).json();
    slices.set(n, { header, bytes: new Uint8Array(await (await fetch('/' + n + '.j2c')).arrayBuffer()) });
  }
  return slices.get(n);
}
globalThis.decodeAll = async (by, count) => {
  const ms = [];
  let sum = 0;
  for (let n = 0; n < count; n += 1) {
    const { bytes, header } = await slice(n);
    const begun = performance.now();
    const { values, low, high } = await DECODERS[by](bytes, header);
    ms.push(performance.now() - begun);
    for (const value of values) sum += value;
    sum += low + high;
  }
  return { ms, sum };
};
`;
