/**
 * The first thing that runs on a machine with Node and nothing else: installs what package-lock.json names, builds the
 * viewer when its sources changed, then goes on in the same process (no second process to lose track of). Plain
 * JavaScript because nothing that could read TypeScript is installed yet; nothing but Node's own modules before `install`.
 *
 *   node gateway/setup.mjs start|build|demo|dev|check|test|bench|fuzz|pictures [argument …]
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NODE_MINIMUM = [20, 19];
const COMPRESS_BYTES_MIN = 1024;
/** The pages' own scripts are compressed as far as it goes; for the imaging code that would take half a minute and gain little. */
const COMPRESS_FULLY_BYTES_MAX = 500_000;
const LINGER_MS_MAX = 3000;
/** A full collection is due when as much again has been allocated as outlived the last one. */
const HEAP_GROWING_PERCENT = 100;
/** What the viewer's build takes from other rooms. */
const VIEWER_READS = ['gateway/api/contract', 'gateway/codec/pixels', 'gateway/domain'];

/** What tests and benches run against, as Debian names it, and a file that shows it is there. */
const PEERS = {
  dcmtk: '/usr/bin/storescu',
  orthanc: '/usr/sbin/Orthanc',
  'orthanc-dicomweb': '/usr/share/orthanc/plugins/libOrthancDicomWeb.so',
  dicom3tools: '/usr/bin/dciodvfy',
  chromium: '/usr/bin/chromium',
  'firefox-esr': '/usr/bin/firefox-esr',
  'webkit2gtk-driver': '/usr/bin/WebKitWebDriver',
  xvfb: '/usr/bin/Xvfb',
  postgresql: '/usr/lib/postgresql',
  radosgw: '/usr/bin/radosgw',
  'ceph-mon': '/usr/bin/ceph-mon',
  'ceph-osd': '/usr/bin/ceph-osd',
  nginx: '/usr/sbin/nginx',
  openssl: '/usr/bin/openssl',
  // The pages are Japanese; without this font characters are drawn as boxes.
  'fonts-noto-cjk': '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc',
  wrk: '/usr/bin/wrk',
};

/** What each word needs before it runs. */
const WORDS = {
  start: { viewer: true, run: () => importTypeScript('gateway/main.ts') },
  demo: { viewer: true, run: () => importTypeScript('test/fixtures/demo/demo.ts') },
  dev: { viewer: false, run: () => importTypeScript('test/fixtures/demo/dev.ts') },
  // Packages and the viewer, and no more: for who may write them, before a service starts that may not.
  build: { viewer: true, run: readSources },
  check: { viewer: false, run: () => steps([biome(), node('node_modules/typescript/bin/tsc', '-p', '.')]) },
  test: { viewer: true, peers: true, run: (args) => steps([node('node_modules/vitest/vitest.mjs', 'run', ...args)]) },
  bench: { viewer: true, peers: true, run: () => importTypeScript('test/bench/main.ts') },
  fuzz: { viewer: false, run: () => importTypeScript('test/fuzz/main.ts') },
  pictures: { viewer: true, peers: true, run: () => importTypeScript('test/fixtures/pictures.ts') },
};

// Each commit of an instance waits for the disk on one of these threads; read once, at the first asynchronous call.
process.env.UV_THREADPOOL_SIZE ??= '16';

// Bytes of buffers bring V8's next full collection nearer. With its own growing factor, which is close to 1 for a small heap that lives long,
// it marked the whole heap up to twenty times a second while a large body was read, on both processors (gateway/decisions/speed.md).
setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);

await main(process.argv[2], process.argv.slice(3));

async function main(name, args) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor < NODE_MINIMUM[1])) {
    fail(`Renkei needs Node ${NODE_MINIMUM.join('.')} or newer; this is ${process.versions.node}.`);
  }
  const word = WORDS[name];
  if (word === undefined) fail(`setup.mjs knows ${Object.keys(WORDS).join(', ')}; not ${name}.`);
  install();
  if (word.viewer && needsViewer(name, args)) buildViewer();
  if (word.peers) installPeers();
  process.argv.splice(2, 1);
  await word.run(args);
}

/** `npm start -- token create …` serves no page; only the server itself does. */
function needsViewer(name, args) {
  return name !== 'start' || args.length === 0;
}

function install() {
  const lock = digest([join(ROOT, 'package-lock.json')]);
  const mark = join(ROOT, 'node_modules/.renkei-installed');
  if (readIfThere(mark) === lock) return;
  say('installing packages …');
  // Not `npm ci`: it refuses a lock file that leaves out another platform's optional binaries, which a mirror may not carry.
  // Every version is pinned, and --no-save leaves both files as they are.
  const flags = ['--no-save', '--include=dev', '--loglevel=error', '--no-fund', '--no-audit'];
  const done = spawnSync('npm', ['install', ...flags], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) fail('npm could not install the packages; its message is above.');
  // A copy of this tree made of hard links keeps its own.
  rmSync(mark, { force: true });
  writeFileSync(mark, lock);
}

/** Tests meet real servers and a real browser; on Debian and as root they are installed, elsewhere they are named. */
function installPeers() {
  const missing = Object.entries(PEERS)
    .filter(([, proof]) => !existsSync(proof))
    .map(([name]) => name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    fail(`the tests need these programs (Debian's names): ${missing.join(' ')}`);
  say(`installing ${missing.join(' ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => spawnSync('apt-get', args, { env, stdio: ['ignore', 2, 2] }).status === 0;
  if (!apt('-q', 'update') || !apt('-q', 'install', '-y', '--no-install-recommends', ...missing))
    fail('apt-get could not install them; its message is above.');
}

function buildViewer() {
  const mark = join(ROOT, 'dist/viewer/.renkei-built');
  const sources = digest([
    ...files(join(ROOT, 'viewer')),
    ...VIEWER_READS.flatMap((room) => files(join(ROOT, room))),
    join(ROOT, 'vite.config.ts'),
    join(ROOT, 'package-lock.json'),
  ]);
  if (readIfThere(mark) === sources) return;
  say('building the viewer …');
  const done = spawnSync(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'error'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    // Started by a test, it would be built for development and counted as built.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (done.status !== 0) fail('the viewer could not be built; the message is above.');
  compress(join(ROOT, 'dist/viewer'));
  writeFileSync(mark, sources);
}

/** Slow lines: every text asset is kept beside itself as brotli and gzip, once, at build time. */
function compress(folder) {
  for (const path of files(folder)) {
    if (!/\.(js|css|html|svg|json|wasm)$/.test(path)) continue;
    const bytes = readFileSync(path);
    if (bytes.length < COMPRESS_BYTES_MIN) continue;
    const quality = bytes.length <= COMPRESS_FULLY_BYTES_MAX ? 11 : 9;
    writeFileSync(
      `${path}.br`,
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: 22 } }),
    );
    writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

async function importTypeScript(path) {
  const { readTypeScript } = await import('./codec/threads/read-typescript.mjs');
  readTypeScript();
  const program = await import(new URL(`../${path}`, import.meta.url).href);
  process.exitCode = await program.main(process.argv.slice(2), process.env);
  // A connection that nobody closes must not keep the process; what is still being printed has its time.
  setTimeout(() => process.exit(), LINGER_MS_MAX).unref();
}

/** What Node makes of the sources is kept where a service may not write it. */
async function readSources() {
  const { withoutTypes } = await import('./codec/threads/read-typescript.mjs');
  for (const floor of ['gateway', 'storage'])
    for (const path of files(join(ROOT, floor))) if (/(?<!\.test)\.ts$/.test(path)) withoutTypes(path);
  say('ready to start.');
}

function steps(commands) {
  for (const [command, ...args] of commands) {
    const done = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
    if (done.status !== 0) process.exit(done.status ?? 1);
  }
}

function node(...args) {
  return [process.execPath, ...args];
}

function biome() {
  return node('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.');
}

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    if (existsSync(path) && statSync(path).isFile()) hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  return hash.digest('hex');
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function say(text) {
  process.stderr.write(`renkei: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
