/**
 * C-STORE of 300 CT slices, each a new instance in every round, by DCMTK's storescu on one and on four associations. Clock and CPU stop when
 * the last association is released: by then the gateway has every slice and the record of the reception on disk. What it derives
 * later (HTJ2K frames, series metadata, thumbnails) is a row of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { s3Settings, startS3Server } from '../fixtures/servers/s3-server.ts';
import { childrenNaming, cpuSeconds, forgetPeak, peakMb, residentMb } from './process-usage.ts';
import { writeRenewedSeries } from './renewed-series.ts';
import { type Bench, median, pairedRatio, progress, type Row, spread } from './report.ts';
import { type BenchGateway, derived, SENDER, type Server, startBenchGateway, startOrthanc, startStorescp } from './servers.ts';

const SEND_MS_MAX = 180_000;
const DERIVE_MS_MAX = 180_000;
interface Measured {
  readonly wallS: number;
  readonly cpuS: number;
  /** The database's part of `cpuS`. */
  readonly databaseCpuS: number;
  readonly peakMb: number;
  readonly s3CpuS: number;
  /** What the gateway derived afterwards, before the next server's turn. */
  readonly derivedCpuS: number;
  readonly derivedWallS: number;
}

export async function cstore({ slices, rounds }: { readonly slices: number; readonly rounds: number }): Promise<Bench> {
  const closing: (() => Promise<void>)[] = [];
  const opened = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const one = await starting;
    closing.push(() => one.close());
    return one;
  };
  try {
    const s3 = await startS3Server();
    closing.push(() => s3.remove());
    await s3.createBucket('bench');
    const files = await opened(startBenchGateway('files'));
    const objects = await opened(startBenchGateway('S3', s3Settings(s3, 'bench/cstore')));
    const storescp = await opened(startStorescp());
    const orthanc = await opened(startOrthanc());
    const s3Pids = childrenNaming(s3.configuration);

    // As in any day but the first minute of it, their code has been compiled and their files have been opened once.
    await withSeries(slices, 4, async (folder) => {
      for (const server of [files, objects, storescp, orthanc]) await reception(server, folder, 4, s3Pids);
    });

    const rows: Row[] = [];
    for (const associations of [1, 4]) {
      const servers = [files, objects, storescp, orthanc];
      const seen = new Map<Server, Measured[]>(servers.map((server) => [server, []]));
      for (let round = 0; round < rounds; round += 1) {
        const turned = [...servers.slice(round % servers.length), ...servers.slice(0, round % servers.length)];
        await withSeries(slices, associations, async (folder) => {
          for (const server of turned) seen.get(server)?.push(await reception(server, folder, associations, s3Pids));
        });
      }
      const of = (server: Server, field: keyof Measured) => (seen.get(server) ?? []).map((one) => one[field]);
      for (const ours of [files, objects]) rows.push(...rowsOf(ours, storescp, orthanc, associations, of));
      if (associations === 4) rows.push(derivation(slices, of(files, 'derivedCpuS'), of(files, 'derivedWallS')));
    }
    for (const one of [files, objects]) await expectAll(one, slices * (1 + 2 * rounds));
    return { title: `C-STORE of ${slices} CT slices (${rounds} rounds after one that is not counted; storescu)`, rows };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function withSeries(slices: number, associations: number, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder('bench-series');
  try {
    writeRenewedSeries(folder, slices, associations);
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function reception(server: Server, folder: string, associations: number, s3Pids: readonly number[]): Promise<Measured> {
  const { program, database } = server;
  forgetPeak(program, database);
  const before = { cpu: cpuSeconds(server.pids), database: cpuSeconds(database), s3: cpuSeconds(s3Pids) };
  const start = performance.now();
  await Promise.all(Array.from({ length: associations }, (_, part) => storescu(server, join(folder, String(part)))));
  const wallS = (performance.now() - start) / 1000;
  const cpuS = cpuSeconds(server.pids) - before.cpu;
  const received = {
    wallS,
    cpuS,
    databaseCpuS: cpuSeconds(database) - before.database,
    peakMb: peakMb(program, database),
    s3CpuS: cpuSeconds(s3Pids) - before.s3,
  };
  progress(`${server.name}, ${associations}: ${wallS.toFixed(2)} s, CPU ${cpuS.toFixed(2)} s`);
  if (!('gateway' in server)) return { ...received, derivedCpuS: 0, derivedWallS: 0 };
  await derived((server as BenchGateway).gateway.url, DERIVE_MS_MAX);
  return {
    ...received,
    derivedCpuS: cpuSeconds(server.pids) - before.cpu - cpuS,
    derivedWallS: (performance.now() - start) / 1000 - wallS,
  };
}

async function storescu(server: Server, folder: string): Promise<void> {
  const { aeTitle, dimse } = server;
  const args = ['-aet', SENDER, '-aec', aeTitle, '--max-send-pdu', '131072', '+sd', '127.0.0.1', String(dimse), folder];
  const child = spawn('storescu', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: SEND_MS_MAX });
  let errors = '';
  child.stderr.setEncoding('latin1').on('data', (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  const [status] = (await once(child, 'close')) as [number | null];
  // 192 and more: the first byte of a refusal's status.
  if (status !== 0)
    throw new Error(
      `storescu to ${aeTitle} ended with ${status}: ${errors}${'gateway' in server ? (server as BenchGateway).gateway.stderr() : ''}`,
    );
}

function rowsOf(
  ours: BenchGateway,
  storescp: Server,
  orthanc: Server,
  associations: number,
  of: (server: Server, field: keyof Measured) => readonly number[],
): readonly Row[] {
  const where = `${ours.name}, ${associations} association${associations === 1 ? '' : 's'}`;
  const wall = spread(of(ours, 'wallS'), 's');
  const cpu = `${spread(of(ours, 'cpuS'), 's')}, database ${median(of(ours, 'databaseCpuS')).toFixed(2)}`;
  const s3 = ours.name === 'S3' ? `; the S3 server itself ${median(of(ours, 's3CpuS')).toFixed(2)} s, not counted` : '';
  const against = (what: 'wall' | 'CPU', field: keyof Measured, peer: Server, figure: string, limit: string, goal?: Row['goal']): Row => ({
    what: `${what}, ${where}, to ${peer.name}`,
    ours: figure,
    peer: `${peer.name} ${spread(of(peer, field), 's')}`,
    ratio: pairedRatio(of(ours, field), of(peer, field)),
    ...(goal === undefined ? {} : { goal }),
    limit,
  });
  const wallGoal = associations === 4 ? { atMost: 1 } : undefined;
  const waiting =
    ours.name === 'files' ? 'two fsyncs and one commit an object, shared between associations' : 'one PUT and one commit an object';
  return [
    against('wall', 'wallS', storescp, wall, `${waiting}; storescp waits for delayed acknowledgements instead`, wallGoal),
    against('wall', 'wallS', orthanc, wall, waiting),
    against(
      'CPU',
      'cpuS',
      storescp,
      cpu,
      `about 4 ms an object: half in JavaScript, a fifth in PostgreSQL, the rest sync calls, compiling, collecting and SHA-256${s3}`,
      { atMost: 2 },
    ),
    against('CPU', 'cpuS', orthanc, cpu, `as above${s3}`, { atMost: 0.6 }),
    {
      what: `peak RSS, ${where}`,
      ours: `${spread(of(ours, 'peakMb'), 'MB', 0)}, database's processes ${residentMb(ours.database).toFixed(0)} MB`,
      peer: `storescp ${median(of(storescp, 'peakMb')).toFixed(0)} MB, Orthanc ${median(of(orthanc, 'peakMb')).toFixed(0)} MB`,
      limit: 'the Node runtime; chunks are hashed and written as they come',
    },
  ];
}

function derivation(slices: number, cpu: readonly number[], wall: readonly number[]): Row {
  return {
    what: `CPU of what is derived afterwards from ${slices} slices, files`,
    ours: `${spread(cpu, 's')}; done ${median(wall).toFixed(1)} s after the last answer, the wait for quiet included`,
    peer: 'no peer: neither derives anything',
    limit: 'HTJ2K lossless encoding in worker threads at low priority',
  };
}

async function expectAll({ region, name }: BenchGateway, instances: number): Promise<void> {
  const answer = await region.hospital.fetch('/dicom-web/studies?limit=100');
  const studies = (await answer.json()) as readonly Record<string, { Value?: readonly number[] }>[];
  const found = studies.reduce((sum, study) => sum + (study['00201208']?.Value?.[0] ?? 0), 0);
  if (found !== instances) throw new Error(`${name}: ${found} instances are listed, ${instances} were acknowledged`);
}
