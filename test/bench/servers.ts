/** What is measured: our gateway and its peers, each in processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSmallRegion, SMALL_REGION, type SmallRegion } from '../fixtures/api-client.ts';
import { type GatewayProcess, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';
import { freePort } from '../fixtures/servers/free-port.ts';
import { embeddedPostgresPid } from './process-usage.ts';

const START_MS_MAX = 30_000;
const ORTHANC_WEB = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
/** DCMTK's largest; both peers are set to it, so that none is slowed by its default of 16 KiB. */
const PEER_PDU_BYTES = 131_072;

/** Something that takes C-STORE. */
export interface Server {
  readonly name: string;
  readonly dimse: number;
  readonly aeTitle: string;
  /** Roots of its process trees, the database's included. */
  readonly pids: readonly number[];
  readonly program: readonly number[];
  /** The database's part, which may descend from the program. */
  readonly database: readonly number[];
  close(): Promise<void>;
}

export interface BenchGateway extends Server {
  readonly gateway: GatewayProcess;
  readonly region: SmallRegion;
}

/** Our gateway with its embedded database, and three facilities; senders call as `SENDER`. */
export const SENDER = SMALL_REGION.hospital.aeTitle;

export async function startBenchGateway(name: string, settings: Readonly<Record<string, string>> = {}): Promise<BenchGateway> {
  const folder = temporaryFolder('bench');
  const gateway = await startGatewayProcess(folder, settings);
  const left = () => void process.kill(gateway.pid);
  process.once('exit', left);
  const region = await createSmallRegion(gateway.url);
  const database = [embeddedPostgresPid(folder)];
  return {
    name,
    gateway,
    region,
    dimse: gateway.dimse,
    aeTitle: 'RENKEI',
    pids: [gateway.pid, ...database],
    program: [gateway.pid],
    database,
    close: async () => {
      process.removeListener('exit', left);
      await gateway.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** DCMTK's storescp: writes each data set as a file, does not sync it, keeps no index; a process an association. */
export async function startStorescp(): Promise<Server> {
  const folder = temporaryFolder('bench-storescp');
  const port = await freePort();
  const args = ['--fork', '-pdu', String(PEER_PDU_BYTES), '-od', folder, '-aet', 'STORESCP', String(port)];
  const child = await listening(spawn('storescp', args, { stdio: 'ignore' }), port);
  return { name: 'storescp', dimse: port, aeTitle: 'STORESCP', ...ended(child, folder) };
}

export interface Orthanc extends Server {
  readonly http: number;
}

/** Orthanc as it comes: files synced (SyncStorageArea), index in SQLite. */
export async function startOrthanc(): Promise<Orthanc> {
  const folder = temporaryFolder('bench-orthanc');
  const [dimse, http] = [await freePort(), await freePort()];
  const configuration = {
    Name: 'bench',
    StorageDirectory: folder,
    IndexDirectory: folder,
    DicomAet: 'ORTHANC',
    DicomPort: dimse,
    HttpPort: http,
    DicomAlwaysAllowStore: true,
    MaximumPduLength: PEER_PDU_BYTES,
    AuthenticationEnabled: false,
    ...(existsSync(ORTHANC_WEB) ? { Plugins: [ORTHANC_WEB], DicomWeb: { Enable: true } } : {}),
  };
  const file = join(folder, 'orthanc.json');
  writeFileSync(file, JSON.stringify(configuration));
  const child = await listening(spawn('Orthanc', [file], { stdio: 'ignore' }), dimse);
  return { name: 'Orthanc', dimse, http, aeTitle: 'ORTHANC', ...ended(child, folder) };
}

/** nginx with one worker, as the gateway is one process, serving a folder with sendfile. `server`: more lines of its server block. */
export async function startNginx(folder: string, server = ''): Promise<{ url: string; pids: readonly number[]; close(): Promise<void> }> {
  const work = temporaryFolder('bench-nginx');
  const port = await freePort();
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(work, name));
  const file = join(work, 'nginx.conf');
  writeFileSync(
    file,
    `user root;
daemon off;
worker_processes 1;
pid ${work}/pid;
error_log ${work}/error.log;
events { worker_connections 256; }
http {
  include /etc/nginx/mime.types; default_type application/octet-stream;
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path ${work}/body; proxy_temp_path ${work}/proxy; fastcgi_temp_path ${work}/fastcgi;
  uwsgi_temp_path ${work}/uwsgi; scgi_temp_path ${work}/scgi;
  server { listen 127.0.0.1:${port}; root ${folder}; ${server} }
}
`,
  );
  const child = await listening(spawn('nginx', ['-p', work, '-c', file, '-e', join(work, 'error.log')], { stdio: 'ignore' }), port);
  return { url: `http://127.0.0.1:${port}`, ...ended(child, work) };
}

/** A Node server of the bare `http` module that reads and sends the files of a folder, in one process. */
export async function startBareNode(folder: string): Promise<{ url: string; pids: readonly number[]; close(): Promise<void> }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./bare-server.mjs', import.meta.url)), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${Number(port)}`,
    pids: [child.pid ?? 0],
    close: async () => {
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

function ended(child: ChildProcess, folder: string) {
  const pids = [child.pid ?? 0];
  return {
    pids,
    program: pids,
    database: [],
    close: async () => {
      const exited = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(child: ChildProcess, port: number): Promise<ChildProcess> {
  let failure: unknown;
  child.once('error', (error) => {
    failure = error;
  });
  const left = () => void child.kill();
  process.once('exit', left);
  child.once('exit', () => process.removeListener('exit', left));
  const deadline = Date.now() + START_MS_MAX;
  while (!(await answers(port))) {
    if (failure !== undefined || child.exitCode !== null || Date.now() > deadline) {
      child.kill();
      throw new Error(`${child.spawnfile} does not start`, { cause: failure });
    }
    await delay(20);
  }
  return child;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Resolves when the gateway has no derived work left. @throws after `waitMsMax` */
export async function derived(url: string, waitMsMax: number): Promise<void> {
  const deadline = Date.now() + waitMsMax;
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const waiting = Number(/^renkei_tasks_waiting (\S+)$/m.exec(text)?.[1]);
    if (waiting === 0) return;
    if (Date.now() > deadline) throw new Error(`derived work still waiting: ${waiting}`);
    await delay(100);
  }
}
