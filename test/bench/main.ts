/**
 * Speed and memory, each figure beside a peer that ran in the same minutes on the same machine.
 *
 *   npm run bench                      all of them, about ten minutes
 *   npm run bench -- cstore frames     only these
 *   npm run bench -- --rounds=1        fewer (or more) rounds than three
 *   npm run bench -- attack --only=looks  attacks (or machines that read the long series) whose name holds this
 *   npm run bench -- attack --opens=60    so many opens of the study with and without each attack instead of forty
 *   npm run bench -- --quick           small sizes, one round: does it run, not how fast
 *
 * | bench       | what                                                                  | peer                     |
 * |-------------|-----------------------------------------------------------------------|--------------------------|
 * | cstore      | reception of 300 CT slices: wall, CPU with database, RSS; files and S3 | DCMTK storescp, Orthanc  |
 * | memory      | a 2 GB STOW-RS body, one 2 GB multi-frame C-STORE: growth of RSS      | storescp, Orthanc        |
 * | frames      | frames as stored and in HTJ2K; /metadata of 600 slices                | bare Node, nginx         |
 * | processes   | frames by two processes of one region: what a request costs           | one of them alone        |
 * | first-image | first image and whole series in Chromium at 20 Mbit/s + 30 ms         | OHIF 3 with Orthanc      |
 * | long-series | what a tab takes that reads a CT of 1,000 slices from end to end       | an empty tab, the goal of 600 MB |
 * | browser-decoding | HTJ2K slices decoded in Chromium                                 | the library's worker on the same frames |
 * | qido        | searches among a million studies of 400 facilities                    | the goal of 50 ms        |
 * | roster      | candidates for a roster of 10,000 among 135,531 persons               | the goals of 60 s, 95 % found, none wrong |
 * | record      | the whole record walked and compared with what was signed              | the goal of 20 M entries in 5 min         |
 * | patients    | persons listed, found and opened: 135,000 of 2 million studies        | the goal of 200 ms       |
 * | consents    | a consent of a person with 400 studies, given and withdrawn           | the goal of 300 ms       |
 * | attack      | a doctor opens a study every second beside each of fifteen attacks    | the same doctor unattacked |
 *
 * A ratio is the median of the rounds' own ratios (ours : peer, interleaved); absolute figures support it and mean little alone. Read the
 * load printed first: these are two cores' worth of servers and clients at once. CPU is user + system of whole process trees. Servers are the
 * real programs on loopback with temporary folders, removed at the end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { WITH_TYPESCRIPT } from '../fixtures/servers/typescript-child.ts';
import { browserDecoding } from './browser-decoding.ts';
import { consents } from './consents.ts';
import { cstore } from './cstore.ts';
import { firstImage } from './first-image.ts';
import { frames } from './frames.ts';
import { longSeries } from './long-series.ts';
import { memory } from './memory.ts';
import { processes } from './processes.ts';
import { record } from './record.ts';
import { type Bench, printed } from './report.ts';
import { roster } from './roster.ts';
import { underAttack } from './under-attack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Size {
  readonly quick: boolean;
  readonly rounds: number;
  readonly only: string | undefined;
  readonly opens: number | undefined;
}

const BENCHES: Readonly<Record<string, (size: Size) => Promise<Bench | undefined>>> = {
  cstore: ({ quick, rounds }) => cstore({ slices: quick ? 30 : 300, rounds }),
  memory: ({ quick, rounds }) => memory({ bytes: quick ? 100e6 : 2e9, rounds }),
  frames: ({ quick, rounds }) => frames({ slices: quick ? 60 : 600, frames: quick ? 20 : 100, seconds: quick ? 2 : 5, rounds }),
  processes: ({ quick, rounds }) => processes({ frames: quick ? 20 : 100, seconds: quick ? 2 : 5, rounds }),
  'first-image': ({ quick, rounds }) => firstImage({ slices: quick ? 20 : 200, rounds }),
  'long-series': ({ quick, only }) => longSeries({ slices: quick ? 60 : 1_000, only }),
  'browser-decoding': ({ quick, rounds }) => browserDecoding({ slices: quick ? 10 : 60, rounds }),
  consents: ({ quick, rounds }) => consents({ studies: quick ? 40 : 400, rounds: quick ? rounds : rounds * 3 }),
  attack: ({ quick, only, opens }) => underAttack({ slices: 20, opens: opens ?? (quick ? 3 : 40), only }),
  record: ({ quick }) => record({ entries: quick ? 100_000 : 1_000_000 }),
  roster: ({ quick }) => roster({ seed: 8, persons: quick ? 13_000 : 135_531, rows: quick ? 1_000 : 10_000 }),
  qido: ({ quick }) => tables('qido.ts', ['--sizes', quick ? '1000' : '1000,100000,1000000', '--plans']),
  patients: ({ quick }) => tables('patients.ts', quick ? ['--persons', '700', '--studies', '30000'] : []),
};

/** @returns 0 when everything ran, whether goals were met or not; 2 for an unknown name. */
export async function main(argv: readonly string[], _environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const names = argv.filter((argument) => !argument.startsWith('--'));
  const quick = argv.includes('--quick');
  const rounds = Number(argv.find((argument) => argument.startsWith('--rounds='))?.slice('--rounds='.length) ?? (quick ? 1 : 3));
  const only = argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
  const opens = Number(argv.find((argument) => argument.startsWith('--opens='))?.slice('--opens='.length)) || undefined;
  const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
  if (unknown.length > 0) {
    process.stderr.write(`there is no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`);
    return 2;
  }
  // Servers are ended by what runs at exit.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const load = loadavg().map((value) => value.toFixed(1));
    process.stdout.write(`\n[${name}] load ${load.join(' ')} on ${availableParallelism()} cores when it began\n`);
    const result = await bench({ quick, rounds, only, opens });
    if (result !== undefined) process.stdout.write(`${printed(result)}\n`);
  }
  return 0;
}

/** Prints its own table: times and plans are read together. */
async function tables(script: string, size: readonly string[]): Promise<undefined> {
  const args = [...WITH_TYPESCRIPT, `test/bench/${script}`, ...size];
  const [status] = (await once(spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 1, 2] }), 'close')) as [number | null];
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
  return undefined;
}
