/**
 * Two processes of one region, on one PostgreSQL and one S3 server, beside one of them alone. Two cores carry clients and stores too, so requests a
 * second do not tell what a second process adds; what a request costs the processes does, where they are what is short.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSmallRegion, type SmallRegion } from '../fixtures/api-client.ts';
import { type GatewayProcess, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { startPostgresServer } from '../fixtures/servers/postgres-server.ts';
import { s3Settings, startS3Server } from '../fixtures/servers/s3-server.ts';
import { type Load, script, wrk } from './frames.ts';
import { renewedInstances } from './renewed-series.ts';
import { type Bench, median, spread } from './report.ts';

/** N processes on N cores answer at least 0.8 N times as many when a request costs each of them at most this much more than one alone. */
const COST_GOAL = { atMost: 1 / 0.8 };

interface Sizes {
  readonly frames: number;
  readonly seconds: number;
  readonly rounds: number;
}

export async function processes({ frames, seconds, rounds }: Sizes): Promise<Bench> {
  const folder = temporaryFolder('bench-processes');
  const [postgres, s3] = await Promise.all([startPostgresServer(), startS3Server()]);
  const nodes: GatewayProcess[] = [];
  try {
    await s3.createBucket('renkei');
    const together = { RENKEI_DATABASE_URL: await postgres.createDatabase(), ...s3Settings(s3, 'renkei/region') };
    const first = await startGatewayProcess(join(folder, 'first'), together);
    nodes.push(first);
    const region = await createSmallRegion(first.url);
    const key = { RENKEI_RECORD_KEY: join(first.dataFolder, 'record-key.pem') };
    nodes.push(await startGatewayProcess(join(folder, 'second'), { ...together, ...key }));
    const lua = join(folder, 'frames.lua');
    const headers = { authorization: `Bearer ${region.hospital.token}`, accept: 'application/octet-stream' };
    writeFileSync(lua, script(await stored(region, frames), headers));
    const ask = (node: GatewayProcess, forSeconds: number) => wrk(node.url, lua, forSeconds, [node.pid]);
    for (const node of nodes) await ask(node, 1);
    const alone: Load[] = [];
    const both: Load[] = [];
    for (let round = 0; round < rounds; round += 1) {
      alone.push(await ask(first, seconds));
      both.push(sumOf(await Promise.all(nodes.map((node) => ask(node, seconds)))));
    }
    const of = (loads: readonly Load[], field: keyof Load) => loads.map((load) => load[field]);
    return {
      title: `Two processes on one PostgreSQL and one S3 server (${rounds} rounds of ${seconds} s, ${frames} native frames)`,
      rows: [
        {
          what: 'CPU a request, both at work, to one alone',
          ours: spread(of(both, 'cpuMs'), 'ms', 3),
          peer: `one ${spread(of(alone, 'cpuMs'), 'ms', 3)}`,
          ratio: median(both.map(({ cpuMs }, round) => cpuMs / (alone[round]?.cpuMs ?? Number.NaN))),
          goal: COST_GOAL,
          limit: 'shared caches of the processor; each process asks the database for itself',
        },
        {
          what: '…requests a second, with clients and stores on the same two cores',
          ours: spread(of(both, 'requests'), '/s', 0),
          peer: `one ${spread(of(alone, 'requests'), '/s', 0)}`,
          limit: 'two cores: clients and the S3 server have the second already',
        },
      ],
    };
  } finally {
    for (const node of nodes) await node.stop();
    await s3.remove();
    await postgres.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns where the frames of so many new slices are */
async function stored({ hospital }: SmallRegion, count: number): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { bytes, uids } of renewedInstances(count)) {
    const answer = await hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([bytes]) });
    if (answer.status !== 200) throw new Error(`a slice is answered ${answer.status}`);
    const { '0020000d': study, '0020000e': series, '00080018': instance } = uids;
    paths.push(`/dicom-web/studies/${study}/series/${series}/instances/${instance}/frames/1`);
  }
  return paths;
}

/** Of processes at the same time. */
function sumOf(loads: readonly Load[]): Load {
  const requests = loads.reduce((sum, load) => sum + load.requests, 0);
  return {
    requests,
    megabytes: loads.reduce((sum, load) => sum + load.megabytes, 0),
    cpuMs: loads.reduce((sum, load) => sum + load.cpuMs * load.requests, 0) / requests,
  };
}
