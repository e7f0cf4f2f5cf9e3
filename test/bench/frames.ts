/**
 * Frames beside a bare Node server and nginx with the same bytes as files, one process each, on four kept-alive connections from wrk; and
 * /metadata of 600 slices. Every request of ours carries a token, is decided anew and may be recorded; the peers know no one.
 */
import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { cpuSeconds } from './process-usage.ts';
import { type RenewedSeries, writeRenewedSeries } from './renewed-series.ts';
import { type Bench, median, pairedRatio, type Row, spread } from './report.ts';
import { type BenchGateway, derived, SENDER, startBareNode, startBenchGateway, startNginx } from './servers.ts';

const run = promisify(execFile);

const CONNECTIONS = 4;
/** Of what a Node server does that only reads and sends. */
const BARE_NODE_GOAL = { atLeast: 0.8 };
const METADATA_GOAL_MS = 100;
const DERIVE_MS_MAX = 300_000;
/** Longer than sending and the first look at what is not settled yet. */
const QUIET_SECONDS = 15;

const FORMS = [
  { name: 'native', accept: 'application/octet-stream' },
  { name: 'HTJ2K', accept: 'image/jphc;transfer-syntax=1.2.840.10008.1.2.4.202' },
] as const;

interface Sizes {
  readonly slices: number;
  readonly frames: number;
  readonly seconds: number;
  readonly rounds: number;
}

export async function frames({ slices, frames: count, seconds, rounds }: Sizes): Promise<Bench> {
  const folder = temporaryFolder('bench-frames');
  const server = await startBenchGateway('files', { RENKEI_QUIET_SECONDS: String(QUIET_SECONDS) });
  try {
    const series = writeRenewedSeries(join(folder, 'series'), slices);
    await run('storescu', ['-aet', SENDER, '-aec', server.aeTitle, '+sd', '127.0.0.1', String(server.dimse), join(folder, 'series/0')]);
    const arriving = await metadataTimes(server, series, rounds);
    await derived(server.gateway.url, DERIVE_MS_MAX);
    const settled = await metadataTimes(server, series, rounds);
    const rows: Row[] = [];
    for (const form of FORMS) rows.push(...(await frameRows(server, series, form, join(folder, form.name), { count, seconds, rounds })));
    rows.push(
      ...metadataRows('while it arrives', arriving, 'unzipping a header a row'),
      ...metadataRows('settled', settled, 'unzipping one object'),
    );
    return {
      title: `Frames of a CT series (${rounds} rounds of ${seconds} s, ${CONNECTIONS} connections), /metadata of ${slices} slices`,
      rows,
    };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

// ── Frames ──

export interface Load {
  readonly requests: number;
  readonly megabytes: number;
  readonly cpuMs: number;
}

async function frameRows(
  server: BenchGateway,
  series: RenewedSeries,
  form: (typeof FORMS)[number],
  folder: string,
  { count, seconds, rounds }: { count: number; seconds: number; rounds: number },
): Promise<readonly Row[]> {
  const paths = series.sopInstanceUIDs
    .slice(0, count)
    .map((uid) => `/dicom-web/studies/${series.studyInstanceUID}/series/${series.seriesInstanceUID}/instances/${uid}/frames/1`);
  const files = temporaryFolder('bench-frame-files');
  const bytes = await writeFrames(server, paths, form, files);
  const ours = `${folder}-ours.lua`;
  const peer = `${folder}-peer.lua`;
  writeFileSync(ours, script(paths, { authorization: `Bearer ${server.region.hospital.token}`, accept: form.accept }));
  writeFileSync(
    peer,
    script(
      [...paths.keys()].map((index) => `/${index}`),
      {},
    ),
  );
  const node = await startBareNode(files);
  const nginx = await startNginx(files);
  try {
    const seen = { ours: [] as Load[], node: [] as Load[], nginx: [] as Load[] };
    await wrk(server.gateway.url, ours, 1, server.pids);
    await wrk(node.url, peer, 1, node.pids);
    for (let round = 0; round < rounds; round += 1) {
      seen.ours.push(await wrk(server.gateway.url, ours, seconds, server.pids));
      seen.node.push(await wrk(node.url, peer, seconds, node.pids));
      seen.nginx.push(await wrk(nginx.url, peer, seconds, nginx.pids));
    }
    const what = `${form.name} frames of ${Math.round(bytes / paths.length / 1024)} KiB`;
    return [
      ...loadRows(what, seen.ours, 'bare Node', seen.node, BARE_NODE_GOAL, 'access, the record and checked bytes in JavaScript'),
      ...loadRows(what, seen.ours, 'nginx', seen.nginx, undefined, 'the limit: sendfile copies nothing and knows no one'),
    ];
  } finally {
    await Promise.all([node.close(), nginx.close()]);
    rmSync(files, { recursive: true, force: true });
  }
}

/** The frames as files that are named for their place. @returns bytes of all */
async function writeFrames(
  { region }: BenchGateway,
  paths: readonly string[],
  form: (typeof FORMS)[number],
  folder: string,
): Promise<number> {
  let bytes = 0;
  for (const [index, path] of paths.entries()) {
    const answer = await region.hospital.fetch(path, { headers: { accept: form.accept } });
    if (answer.status !== 200) throw new Error(`a frame in ${form.name} is answered ${answer.status}`);
    const body = Buffer.from(await answer.arrayBuffer());
    bytes += body.length;
    writeFileSync(join(folder, String(index)), body);
  }
  return bytes;
}

function loadRows(
  what: string,
  ours: readonly Load[],
  name: string,
  theirs: readonly Load[],
  goal: Row['goal'],
  limit: string,
): readonly Row[] {
  const of = (field: keyof Load) => [ours.map((load) => load[field]), theirs.map((load) => load[field])] as const;
  const [ourRequests, theirRequests] = of('requests');
  const [ourMegabytes, theirMegabytes] = of('megabytes');
  const [ourCpu, theirCpu] = of('cpuMs');
  return [
    {
      what: `${what}, to ${name}: requests and bytes a second`,
      ours: `${spread(ourRequests, '/s', 0)}, ${median(ourMegabytes).toFixed(0)} MB/s`,
      peer: `${name} ${spread(theirRequests, '/s', 0)}, ${median(theirMegabytes).toFixed(0)} MB/s`,
      ratio: pairedRatio(ourRequests, theirRequests),
      ...(goal === undefined ? {} : { goal }),
      limit,
    },
    {
      what: '…CPU a request, database included',
      ours: spread(ourCpu, 'ms', 3),
      peer: `${name} ${spread(theirCpu, 'ms', 3)}`,
      ratio: pairedRatio(ourCpu, theirCpu),
      limit: 'as above',
    },
  ];
}

/** Lua for wrk: the paths in turn, and at the end one line of JSON. */
export function script(paths: readonly string[], headers: Readonly<Record<string, string>>): string {
  const quoted = (text: string) => JSON.stringify(text);
  return `local paths = { ${paths.map(quoted).join(', ')} }
local headers = { ${Object.entries(headers)
    .map(([name, value]) => `[${quoted(name)}] = ${quoted(value)}`)
    .join(', ')} }
local at = 0
function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at], headers)
end
function done(summary)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format('\\n{"requests":%d,"bytes":%d,"microseconds":%d,"bad":%d}\\n', summary.requests, summary.bytes, summary.duration, bad))
end
`;
}

export async function wrk(url: string, lua: string, seconds: number, pids: readonly number[]): Promise<Load> {
  const before = cpuSeconds(pids);
  const { stdout } = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '20s', '-s', lua, url]);
  const cpu = cpuSeconds(pids) - before;
  const line = stdout.split('\n').find((text) => text.startsWith('{')) ?? '{}';
  const { requests, bytes, microseconds, bad } = JSON.parse(line) as Record<'requests' | 'bytes' | 'microseconds' | 'bad', number>;
  if (bad > 0 || requests === 0) throw new Error(`${bad} of ${requests} requests failed`);
  return { requests: requests / (microseconds / 1e6), megabytes: bytes / microseconds, cpuMs: (cpu * 1000) / requests };
}

// ── Metadata ──

interface Times {
  readonly firstMs: number;
  readonly againMs: readonly number[];
  readonly unchangedMs: number;
  readonly bytes: number;
}

async function metadataTimes(server: BenchGateway, series: RenewedSeries, rounds: number): Promise<Times> {
  const path = `/dicom-web/studies/${series.studyInstanceUID}/series/${series.seriesInstanceUID}/metadata`;
  const ask = async (headers: Record<string, string>) => {
    const start = performance.now();
    const answer = await server.region.hospital.fetch(path, { headers: { accept: 'application/dicom+json', ...headers } });
    const body = await answer.arrayBuffer();
    return { ms: performance.now() - start, status: answer.status, bytes: body.byteLength, etag: answer.headers.get('etag') ?? '', body };
  };
  const first = await ask({});
  const instances = JSON.parse(Buffer.from(first.body).toString('utf8')) as readonly unknown[];
  if (first.status !== 200 || instances.length !== series.files.length) throw new Error(`/metadata lists ${instances.length} instances`);
  const againMs: number[] = [];
  for (let round = 0; round < Math.max(5, rounds); round += 1) againMs.push((await ask({})).ms);
  const unchanged = await ask({ 'if-none-match': first.etag });
  if (unchanged.status !== 304) throw new Error(`/metadata with its own ETag is answered ${unchanged.status}`);
  return { firstMs: first.ms, againMs, unchangedMs: unchanged.ms, bytes: first.bytes };
}

function metadataRows(when: string, times: Times, limit: string): readonly Row[] {
  const row = (how: string, ms: number, ours: string): Row => ({
    what: `/metadata, ${when}, ${how}: to ${METADATA_GOAL_MS} ms`,
    ours,
    peer: 'the goal',
    ratio: ms / METADATA_GOAL_MS,
    goal: { atMost: 1 },
    limit,
  });
  return [
    row('first time', times.firstMs, `${times.firstMs.toFixed(0)} ms, ${(times.bytes / 1e6).toFixed(1)} MB of JSON`),
    row('again', median(times.againMs), `${spread(times.againMs, 'ms', 0)}; unchanged (304) ${times.unchangedMs.toFixed(1)} ms`),
  ];
}
