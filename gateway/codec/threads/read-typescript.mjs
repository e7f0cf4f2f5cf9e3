/**
 * Lets Node 20 read the TypeScript sources as newer ones do by themselves: types are overwritten with blanks, so that every line and column stays
 * where it was. What came of a source is kept beside the packages, where only those write who may change the program: a start reads hundreds.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const require = createRequire(import.meta.url);
const STRIPPER = '@swc/wasm-typescript';
const KEPT = `${ROOT}node_modules/.renkei-typescript/`;
const version = versionOf(STRIPPER);

/** In this thread, from now on. */
export function readTypeScript() {
  register(import.meta.url);
}

/** As a hook of Node's modules this runs in a thread of its own. Sources name one another by their files, so nothing is to be looked for. */
export async function resolve(specifier, context, next) {
  if (!specifier.endsWith('.ts') || !/^(\.|file:)/.test(specifier)) return next(specifier, context);
  return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true };
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  return { format: 'module', source: withoutTypes(fileURLToPath(url)), shortCircuit: true };
}

/** A source as JavaScript, with the digest of what it was made from at its end. @throws SyntaxError */
export function withoutTypes(path) {
  const text = readFileSync(path, 'utf8');
  const end = `\n// ${createHash('sha256').update(version).update(text).digest('hex')}\n`;
  const place = path.startsWith(ROOT) ? `${KEPT}${path.slice(ROOT.length).replaceAll(/[\\/]/g, '~')}` : undefined;
  const kept = place === undefined ? undefined : read(place);
  if (kept?.endsWith(end)) return kept;
  const made = strip(text, path) + end;
  if (place !== undefined) keep(place, made);
  return made;
}

function strip(text, path) {
  try {
    return require(STRIPPER).transformSync(text, { mode: 'strip-only', module: true, filename: path }).code;
  } catch (thrown) {
    throw new SyntaxError(`${path}: ${thrown?.message ?? thrown}`, { cause: thrown });
  }
}

function versionOf(name) {
  const about = read(`${ROOT}node_modules/${name}/package.json`);
  if (about === undefined) throw new Error(`${name} is not installed; npm run build installs what the program needs`);
  return JSON.parse(about).version;
}

function read(place) {
  try {
    return readFileSync(place, 'utf8');
  } catch {
    return undefined;
  }
}

/** One file a source, whole or not at all. Who may not write there does without. */
function keep(place, made) {
  const beside = `${place}.${process.pid}.${threadId}`;
  try {
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(beside, made);
    renameSync(beside, place);
  } catch {
    // It is made again by the next start.
  }
}
