import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'renkei-typescript-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a process prints that reads TypeScript as the program does. */
async function printed(script: string): Promise<string> {
  const read = `const { readTypeScript, withoutTypes } = await import('./gateway/codec/threads/read-typescript.mjs'); readTypeScript();`;
  const args = ['--input-type=module', '-e', `${read}${script}`];
  return (await promisify(execFile)(process.execPath, args, { cwd: ROOT })).stdout.trim();
}

function source(name: string, ...lines: readonly string[]): string {
  writeFileSync(join(folder, name), lines.join('\n'));
  return JSON.stringify(join(folder, name));
}

describe('TypeScript as Node reads it here', () => {
  it('keeps lines and columns: a trace names the place in the source', async () => {
    const path = source(
      'trace.ts',
      'interface Gone {',
      '  readonly a: string;',
      '}',
      'type 患者 = Gone; throw new Error(String(1 as number));',
    );
    expect(await printed(`await import(${path}).catch(({ stack }) => console.log(stack))`)).toContain('trace.ts:4:23');
  });

  it('names functions as the source does', async () => {
    const path = source('named.ts', 'export const made = (): (() => void) => { const inner = (): void => {}; return inner; };');
    expect(await printed(`console.log((await import(${path})).made().name)`)).toBe('inner');
  });

  it('says which file it cannot read', async () => {
    const path = source('wrong.ts', 'const a: = 1;');
    expect(await printed(`await import(${path}).catch(({ name, message }) => console.log(name, message))`)).toMatch(
      /^SyntaxError .*wrong\.ts: /,
    );
  });

  it('does not believe what was kept of another text', async () => {
    const kept = join(ROOT, 'node_modules/.renkei-typescript/gateway~domain~clock.ts');
    const script = `console.log(withoutTypes(${JSON.stringify(join(ROOT, 'gateway/domain/clock.ts'))}))`;
    const made = await printed(script);
    for (const text of ['', 'throw new Error();', readFileSync(kept, 'utf8').slice(0, -3), `${readFileSync(kept, 'utf8')} `]) {
      writeFileSync(kept, text);
      expect(await printed(script)).toBe(made);
      expect(readFileSync(kept, 'utf8').trim()).toBe(made);
    }
  });
});
