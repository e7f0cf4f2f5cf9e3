/**
 * A doctor of a clinic opens a shared study every second while one person or machine of a hospital attacks. The peer is the same doctor on
 * the same gateway with nobody attacking, in turns with it: her p95 may double, nothing may be refused to her, the program stays below 1 GB.
 * The attacker's process gives way to all others (attacker.ts), and each row tells how many of its requests ended: an attack that got no processor
 * would be none.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { SmallRegion } from '../fixtures/api-client.ts';
import { SMALL_REGION } from '../fixtures/api-client.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { startAttacker } from './attacker.ts';
import {
  ATTACKERS_IMAGE_PATH,
  ATTACKS,
  type Attack,
  attackersImage,
  DEFLATED_PATH,
  deflatedFrame,
  LARGE_IMAGE_PATH,
  largeImage,
  type Target,
} from './attacks.ts';
import { cpuSeconds, forgetPeak, peakMb, threadSeconds } from './process-usage.ts';
import { renewedInstances } from './renewed-series.ts';
import { type Bench, median, progress, type Row } from './report.ts';
import { type BenchGateway, derived, startBenchGateway } from './servers.ts';

const P95_RATIO_GOAL = 2;
const MEGABYTES_GOAL = 1_000;
const PERIOD_MS = 1_000;
const OPEN_MS_MAX = 60_000;
const DERIVE_MS_MAX = 120_000;
const SETTLE_MS = 2_000;
/** Opened one after another before any is measured: code is compiled, the database has read its pages, an attack before is over. */
const WARMING_OPENS = 20;
const ROUNDS = 2;
/** Frames that the doctor's viewer asks for at once when a study opens. */
const FRAMES_AT_ONCE = 6;
const HTJ2K = 'image/jphc;transfer-syntax=1.2.840.10008.1.2.4.202';

interface Sizes {
  readonly slices: number;
  /** Opens of the study with and without each attack. */
  readonly opens: number;
  /** Only attacks whose name holds this. */
  readonly only?: string | undefined;
}

export async function underAttack({ slices, opens, only }: Sizes): Promise<Bench> {
  const rows: Row[] = [];
  for (const attack of ATTACKS) {
    if (only !== undefined && !attack.name.includes(only)) continue;
    // A fresh process each: what one attack leaves behind is told in its own row.
    const server = await startBenchGateway('files');
    try {
      const scene = await prepare(server, slices);
      progress(`${attack.name}: ${opens} opens without, ${opens} with`);
      const made = await compare(server, scene, attack, opens);
      rows.push(...made);
      for (const { what, ours, peer, ratio, limit } of made) progress(`${what}: ${ours} | ${peer}; ${ratio?.toFixed(2)} ×; ${limit}`);
    } finally {
      await server.close();
    }
  }
  return { title: `A doctor opens a study every second beside an attack (${opens} opens each, a fresh process an attack)`, rows };
}

interface Scene {
  readonly doctor: SmallRegion['clinic'];
  readonly studyPath: string;
  readonly framePaths: readonly string[];
  readonly target: Target;
}

async function prepare(server: BenchGateway, slices: number): Promise<Scene> {
  const { gateway, region } = server;
  const instances = [...renewedInstances(slices)];
  const uidsOf = (tag: string) => instances.map(({ uids }) => uids[tag] ?? '');
  const [ids, [study], [series]] = [uidsOf('00080018'), uidsOf('0020000d'), uidsOf('0020000e')];
  await store(
    region.stranger,
    instances.map(({ bytes }) => bytes),
  );
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const shared = await region.stranger.call('POST', `/api/studies/${study}/shares`, { facilityCode: SMALL_REGION.clinic.code, until });
  if (shared.status >= 300) throw new Error(`the study was not shared: ${shared.status} ${JSON.stringify(shared.body)}`);
  await store(region.hospital, [attackersImage(), largeImage()]);
  const deflated = await region.hospital.fetch('/api/uploads/file', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(deflatedFrame()),
  });
  await derived(gateway.url, DERIVE_MS_MAX);
  const studyPath = `/dicom-web/studies/${study}`;
  return {
    doctor: region.clinic,
    studyPath,
    framePaths: ids.slice(0, FRAMES_AT_ONCE).map((id) => `${studyPath}/series/${series}/instances/${id}/frames/1`),
    target: {
      http: gateway.http,
      dimse: gateway.dimse,
      token: region.hospital.token,
      instancePath: ATTACKERS_IMAGE_PATH,
      largePath: LARGE_IMAGE_PATH,
      deflatedPath: deflated.ok ? DEFLATED_PATH : undefined,
      doctorEmail: SMALL_REGION.clinic.email,
    },
  };
}

async function store(as: SmallRegion['clinic'], files: readonly Buffer[]): Promise<void> {
  const { headers, body } = multipartOf(files);
  const answer = await as.fetch('/dicom-web/studies', { method: 'POST', headers: { ...headers, accept: 'application/dicom+json' }, body });
  if (answer.status !== 200) throw new Error(`STOW-RS answered ${answer.status}`);
}

/** With and without the attack in turns, so that what else the machine does meets both. */
async function compare(server: BenchGateway, scene: Scene, attack: Attack, opens: number): Promise<readonly Row[]> {
  const quiet: Openings[] = [];
  const attacked: Attacked[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await openings(scene, WARMING_OPENS, 0);
    quiet.push(await openings(scene, Math.ceil(opens / ROUNDS)));
    attacked.push(await openingsUnder(server, scene, attack, Math.ceil(opens / ROUNDS)));
  }
  const [without, under] = [quiet.flatMap(({ ms }) => ms), attacked.flatMap(({ ms }) => ms)];
  const refused = [...quiet, ...attacked].flatMap((one) => one.refused);
  const megabytes = Math.max(...attacked.map((one) => one.megabytes));
  return [
    {
      what: attack.name,
      ours: `${spreadOf(under)}, refused ${refused.length === 0 ? 'nothing' : refused.join(', ')}`,
      peer: `quiet ${spreadOf(without)}`,
      ratio: refused.length > 0 ? Number.POSITIVE_INFINITY : p95(under) / p95(without),
      goal: { atMost: P95_RATIO_GOAL },
      limit: `each round without / with: ${quiet.map(({ ms }, n) => `${p95(ms).toFixed(0)} / ${p95(attacked[n]?.ms ?? []).toFixed(0)}`).join(', ')} ms; ${attacked.at(-1)?.load}`,
    },
    {
      what: '…peak RSS of the program to the goal',
      ours: `${megabytes.toFixed(0)} MB`,
      peer: `${MEGABYTES_GOAL} MB`,
      ratio: megabytes / MEGABYTES_GOAL,
      goal: { atMost: 1 },
      limit: 'budgets of what is inflated, decoded and parsed at once',
    },
  ];
}

interface Attacked extends Openings {
  readonly megabytes: number;
  /** How much of an attack it was, and who used the processors meanwhile. */
  readonly load: string;
}

async function openingsUnder(server: BenchGateway, scene: Scene, attack: Attack, opens: number): Promise<Attacked> {
  forgetPeak(server.program, server.database);
  const attacker = await begin(attack, scene.target);
  await delay(SETTLE_MS);
  const before = { cpu: used(server, attacker.pid), ended: await attacker.ended(), at: performance.now() };
  const made = await openings(scene, opens);
  const seconds = (performance.now() - before.at) / 1000;
  const after = { cpu: used(server, attacker.pid), ended: await attacker.ended() };
  const megabytes = peakMb(server.program, server.database);
  await attacker.stop();
  const rate = (after.ended - before.ended) / seconds;
  const shares = Object.entries(after.cpu).map(([who, cpu]) => `${who} ${((100 * (cpu - (before.cpu[who] ?? 0))) / seconds).toFixed(0)}`);
  return { ...made, megabytes, load: `${rate.toFixed(1)} of the attack ended a second; % of a core: ${shares.join(', ')}` };
}

/** Seconds of CPU so far. */
function used({ program, database }: BenchGateway, attacker: number): Readonly<Record<string, number>> {
  const own = process.cpuUsage();
  const [gateway = 0] = program;
  const mainThread = threadSeconds(gateway);
  const ofDatabase = cpuSeconds(database);
  return {
    'main thread': mainThread,
    'its threads': cpuSeconds(program) - mainThread - ofDatabase,
    database: ofDatabase,
    doctor: (own.user + own.system) / 1e6,
    attacker: cpuSeconds([attacker]),
  };
}

interface Attacker {
  readonly pid: number;
  /** How many of its requests have ended. */
  ended(): Promise<number>;
  stop(): Promise<void>;
}

async function begin(attack: Attack, target: Target): Promise<Attacker> {
  const attacker = startAttacker(attack.name);
  const exited = once(attacker, 'exit');
  const told = () => Promise.race([once(attacker, 'message'), exited.then(() => Promise.reject(new Error(`no attack: ${attack.name}`)))]);
  attacker.send(target);
  await told();
  return {
    pid: attacker.pid ?? 0,
    ended: async () => {
      const answer = told();
      attacker.send('how many');
      return Number((await answer)[0]);
    },
    stop: async () => {
      if (attacker.exitCode !== null) throw new Error(`the attack ended by itself: ${attack.name}`);
      attacker.disconnect();
      await exited;
    },
  };
}

interface Openings {
  readonly ms: readonly number[];
  readonly refused: readonly string[];
}

/** Every second one, whether or not the last has ended; one after another where there is no period. */
async function openings(scene: Scene, count: number, periodMs = PERIOD_MS): Promise<Openings> {
  const ms: number[] = [];
  const refused: string[] = [];
  const begun: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    begun.push(
      open(scene).then((one) => {
        ms.push(one.ms);
        refused.push(...one.refused);
      }),
    );
    await (periodMs === 0 ? begun.at(-1) : delay(periodMs));
  }
  await Promise.all(begun);
  return { ms, refused };
}

/** What the viewer asks for when a study is opened from the list. */
async function open({ doctor, studyPath, framePaths }: Scene): Promise<{ readonly ms: number; readonly refused: readonly string[] }> {
  const start = performance.now();
  const refused: string[] = [];
  const ask = async (path: string, accept: string) => {
    try {
      const answer = await doctor.fetch(path, { headers: { accept }, signal: AbortSignal.timeout(OPEN_MS_MAX) });
      await answer.arrayBuffer();
      if (!answer.ok) refused.push(`${answer.status}`);
    } catch (thrown) {
      refused.push((thrown as Error).name);
    }
  };
  await ask('/api/studies', 'application/json');
  await ask(`${studyPath}/series`, 'application/dicom+json');
  await ask(`${studyPath}/metadata`, 'application/dicom+json');
  await Promise.all(framePaths.map((path) => ask(path, HTJ2K)));
  return { ms: performance.now() - start, refused };
}

function spreadOf(ms: readonly number[]): string {
  return `p95 ${p95(ms).toFixed(0)} ms (median ${median(ms).toFixed(0)}, worst ${Math.max(...ms).toFixed(0)})`;
}

function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.95) - 1)] ?? Number.NaN;
}
