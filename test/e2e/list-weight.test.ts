import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Desk, openDesk, personAt, storeAll } from '../fixtures/desk.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';

/**
 * What the page that everybody opens first costs on a slow line: the scripts it asks for, as they are sent (brotli). Bytes of files, no timing.
 * What it asks for once its reader pauses (the imaging code, the account menu) belongs to what comes next: here no reader pauses.
 */
const LIST_BYTES_MAX = 150_000;
const LIST_SCRIPTS_MAX = 6;

const BUILT = fileURLToPath(new URL('../../dist/viewer/assets', import.meta.url));

let desk: Desk;

beforeAll(async () => {
  desk = await openDesk('list-weight');
  expect(await storeAll(desk, [smallFile({})])).toBe(200);
});
afterAll(() => desk?.close());

/** Bytes as they are sent; a file too small to be worth it is sent as it is. */
function sentBytes(name: string): number {
  const path = join(BUILT, name);
  return statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size;
}

test.each(['ja', 'en'] as const)('the list page asks for few scripts and little of them, %s', async (language) => {
  const visitor = await personAt(desk, 'hospital', language);
  // Opened anew, by somebody who is signed in: what the sign-in page asked for is not among it.
  const page = await visitor.context.newPage();
  const asked = new Set<string>();
  page.on('request', (request) => (request.resourceType() === 'script' ? asked.add(basename(new URL(request.url()).pathname)) : undefined));
  await page.addInitScript(() => {
    window.requestIdleCallback = () => 0;
  });
  await page.goto(`${desk.url}/`);
  await page.getByTestId('study-row').first().waitFor();
  const bytes = [...asked].map((name) => [name, sentBytes(name)] as const).sort((a, b) => b[1] - a[1]);
  expect(
    bytes.reduce((sum, [, size]) => sum + size, 0),
    JSON.stringify(bytes),
  ).toBeLessThanOrEqual(LIST_BYTES_MAX);
  expect(bytes.length, JSON.stringify(bytes)).toBeLessThanOrEqual(LIST_SCRIPTS_MAX);
  await visitor.context.close();
});

describe('what is built', () => {
  const scripts = readdirSync(BUILT).filter((name) => name.endsWith('.js'));
  const SIGNS: readonly (readonly [string, RegExp])[] = [
    ['react-dom', /__reactContainer\$/],
    ['zod', /_zod\.def/],
    ['i18next', /i18next: /],
    ['query', /refetchOnReconnect/],
  ];
  test.each(SIGNS)('%s stands in one file', (_name, sign) => {
    expect(scripts.filter((name) => sign.test(readFileSync(join(BUILT, name), 'utf8'))).length).toBeLessThanOrEqual(1);
  });
});
