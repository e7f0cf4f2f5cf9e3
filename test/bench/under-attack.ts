/**
 * A doctor of a clinic opens a shared study every second while one person or machine of a hospital attacks. The peer is the same doctor on
 * the same gateway with nobody attacking, just before: her p95 may double, nothing may be refused to her, the program stays below 1 GB.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { SmallRegion } from '../fixtures/api-client.ts';
import { SMALL_REGION } from '../fixtures/api-client.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { ATTACKER } from './attacker.ts';
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
import { forgetPeak, peakMb } from './process-usage.ts';
import { renewedInstances } from './renewed-series.ts';
import { type Bench, progress, type Row } from './report.ts';
import { type BenchGateway, derived, startBenchGateway } from './servers.ts';

const P95_RATIO_GOAL = 2;
const MEGABYTES_GOAL = 1_000;
const PERIOD_MS = 1_000;
const OPEN_MS_MAX = 60_000;
const DERIVE_MS_MAX = 120_000;
const SETTLE_MS = 2_000;
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
      for (const { what, ours, ratio } of made) progress(`${what}: ${ours}; ${ratio?.toFixed(2)} ×`);
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

async function compare(server: BenchGateway, scene: Scene, attack: Attack, opens: number): Promise<readonly Row[]> {
  await openings(scene, 3);
  const quiet = await openings(scene, opens);
  forgetPeak(server.program, server.database);
  const stop = await begin(attack, scene.target);
  await delay(SETTLE_MS);
  const attacked = await openings(scene, opens);
  const megabytes = peakMb(server.program, server.database);
  await stop();
  return [
    {
      what: attack.name,
      ours: `p95 ${p95(attacked.ms).toFixed(0)} ms, refused ${attacked.refused.length === 0 ? 'nothing' : attacked.refused.join(', ')}`,
      peer: `quiet p95 ${p95(quiet.ms).toFixed(0)} ms`,
      ratio: attacked.refused.length > 0 ? Number.POSITIVE_INFINITY : p95(attacked.ms) / p95(quiet.ms),
      goal: { atMost: P95_RATIO_GOAL },
      limit: 'two cores are shared with the attacker, who has a process of its own',
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

/** @returns what ends it */
async function begin(attack: Attack, target: Target): Promise<() => Promise<void>> {
  const attacker = fork(ATTACKER, [attack.name], { execArgv: ['--import', 'tsx'] });
  const ended = once(attacker, 'exit');
  attacker.send(target);
  await Promise.race([once(attacker, 'message'), ended.then(() => Promise.reject(new Error(`no attack: ${attack.name}`)))]);
  return async () => {
    if (attacker.exitCode !== null) throw new Error(`the attack ended by itself: ${attack.name}`);
    attacker.disconnect();
    await ended;
  };
}

interface Openings {
  readonly ms: readonly number[];
  readonly refused: readonly string[];
}

/** Every second one, whether or not the last has ended. */
async function openings(scene: Scene, count: number): Promise<Openings> {
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
    await delay(PERIOD_MS);
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

function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.95) - 1)] ?? Number.NaN;
}
