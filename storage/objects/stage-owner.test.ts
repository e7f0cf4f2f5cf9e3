import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLock } from '../file-lock.ts';
import { abandonedIn, FOREIGN_STAGE_IDLE_MS, newStageName, showAsOwner, sweepOwners } from './stage-owner.ts';

const LONG_AGO = FOREIGN_STAGE_IDLE_MS + 1;
const LATELY = 1000;

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'renkei-owner-'));
  folder = join(parent, 'staging');
  mkdirSync(folder);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const isAbandoned = (name: string, idleMs: number) => abandonedIn(folder)(name, idleMs);
/** The file by which the owner of a stage shows that it lives. */
function markOf(stage: string): string {
  mkdirSync(`${folder}.owners`, { recursive: true });
  const path = join(`${folder}.owners`, stage.slice(0, stage.lastIndexOf('_')));
  writeFileSync(path, '');
  return path;
}

/** This process's name with some of its parts changed. Order: host, boot, namespace, PID, start, serial. */
function nameWith(changes: Readonly<Record<number, string>>): string {
  return newStageName()
    .split('_')
    .map((part, index) => changes[index] ?? part)
    .join('_');
}

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

describe('whose a stage is', () => {
  it('is never told twice, and stands in a file name', () => {
    const names = Array.from({ length: 100 }, newStageName);
    expect(new Set(names).size).toBe(100);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,200}$/);
  });

  it.each([
    { what: 'this process', name: () => nameWith({}), idleMs: LONG_AGO, abandoned: false },
    { what: 'this PID, but an earlier process', name: () => nameWith({ 4: '1' }), idleMs: 0, abandoned: true },
    { what: 'this process with a note beside', name: () => `${newStageName()}.upload`, idleMs: LONG_AGO, abandoned: false },
    // Two machines may have one name, and one network volume.
    { what: 'another boot of a host of this name, lately', name: () => nameWith({ 1: 'feed' }), idleMs: LATELY, abandoned: false },
    { what: 'another boot of a host of this name, long ago', name: () => nameWith({ 1: 'feed' }), idleMs: LONG_AGO, abandoned: true },
    { what: 'another container here, lately', name: () => nameWith({ 2: '1' }), idleMs: LATELY, abandoned: false },
    { what: 'another container here, long ago', name: () => nameWith({ 2: '1' }), idleMs: LONG_AGO, abandoned: true },
    { what: 'another host, lately', name: () => nameWith({ 0: 'other', 1: 'feed' }), idleMs: LATELY, abandoned: false },
    { what: 'another host, long ago', name: () => nameWith({ 0: 'other', 1: 'feed' }), idleMs: LONG_AGO, abandoned: true },
    { what: 'a name of another make, lately', name: () => 'lost+found', idleMs: LATELY, abandoned: false },
    { what: 'a name of another make, long ago', name: () => 'a_b_c_not-a-pid_e_f', idleMs: LONG_AGO, abandoned: true },
  ])('$what: abandoned = $abandoned', async ({ name, idleMs, abandoned }) => {
    expect(await isAbandoned(name(), idleMs)).toBe(abandoned);
  });

  it.each([
    { what: 'another container here', changes: { 2: '1' }, whenFree: true },
    { what: 'another container here with another host name', changes: { 0: 'other', 2: '1' }, whenFree: true },
    // A lock may not reach from another machine to here: only a held one says something.
    { what: 'another host', changes: { 0: 'other', 1: 'feed' }, whenFree: false },
    { what: 'another machine of this name', changes: { 1: 'feed' }, whenFree: false },
  ])('$what holds its lock: not abandoned however long; lets go of it: abandoned lately = $whenFree', async ({ changes, whenFree }) => {
    const name = nameWith(changes);
    const lock = await tryLock(markOf(name));
    expect(lock).toBeDefined();
    expect(await isAbandoned(name, LONG_AGO)).toBe(false);
    await sweepOwners(folder);
    expect(readdirSync(`${folder}.owners`)).toHaveLength(1);
    await lock?.release();
    expect(await isAbandoned(name, LATELY)).toBe(whenFree);
    expect(await isAbandoned(name, LONG_AGO)).toBe(true);
    await sweepOwners(folder);
    expect(readdirSync(`${folder}.owners`)).toHaveLength(whenFree ? 0 : 1);
  });

  it('is shown by a lock for as long as one store of the process is open', async () => {
    const [first, second] = await Promise.all([showAsOwner(folder), showAsOwner(folder)]);
    const [mark = ''] = readdirSync(`${folder}.owners`);
    await first();
    expect(await tryLock(join(`${folder}.owners`, mark))).toBeUndefined();
    await second();
    expect(readdirSync(`${folder}.owners`)).toEqual([]);
  });

  it('is known of another process for as long as that lives', async () => {
    const other = spawn('sleep', ['60']);
    await once(other, 'spawn');
    const name = nameWith({ 3: String(other.pid), 4: startOf(other.pid ?? 0) });
    expect(await isAbandoned(name, LONG_AGO)).toBe(false);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(await isAbandoned(name, 0)).toBe(true);
  });
});
