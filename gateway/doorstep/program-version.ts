import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** As package.json says. */
export const PROGRAM_VERSION = (JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string }).version;

let build: string | undefined;

/** Another one whenever the gateway's sources or its packages are others, also between two releases: what it makes may be other bytes then. */
export function programBuild(): string {
  build ??= digestOfSources();
  return build;
}

function digestOfSources(): string {
  const sources = readdirSync(`${ROOT}gateway`, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mjs)$/.test(path) && !path.endsWith('.test.ts'))
    .sort()
    .map((path) => `gateway/${path}`);
  const digest = createHash('sha256');
  for (const path of [...sources, 'package-lock.json']) digest.update(`${path}\0`).update(readFileSync(`${ROOT}${path}`));
  return digest.digest('hex').slice(0, 16);
}
