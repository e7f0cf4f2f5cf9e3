import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FOREIGN_STAGE_IDLE_MS, isStageAbandoned, newStageName } from './stage-owner.ts';

const LONG_AGO = FOREIGN_STAGE_IDLE_MS + 1;

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
    { what: 'an earlier boot of this host', name: () => nameWith({ 1: 'feed' }), idleMs: 0, abandoned: true },
    { what: 'another container here, lately', name: () => nameWith({ 2: '1' }), idleMs: 1000, abandoned: false },
    { what: 'another container here, long ago', name: () => nameWith({ 2: '1' }), idleMs: LONG_AGO, abandoned: true },
    { what: 'another host, lately', name: () => nameWith({ 0: 'other', 1: 'feed' }), idleMs: 1000, abandoned: false },
    { what: 'another host, long ago', name: () => nameWith({ 0: 'other', 1: 'feed' }), idleMs: LONG_AGO, abandoned: true },
    { what: 'a name of another make, lately', name: () => 'lost+found', idleMs: 1000, abandoned: false },
    { what: 'a name of another make, long ago', name: () => 'a_b_c_not-a-pid_e_f', idleMs: LONG_AGO, abandoned: true },
  ])('$what: abandoned = $abandoned', ({ name, idleMs, abandoned }) => {
    expect(isStageAbandoned(name(), idleMs)).toBe(abandoned);
  });

  it('is known of another process for as long as that lives', async () => {
    const other = spawn('sleep', ['60']);
    await once(other, 'spawn');
    const name = nameWith({ 3: String(other.pid), 4: startOf(other.pid ?? 0) });
    expect(isStageAbandoned(name, LONG_AGO)).toBe(false);
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(isStageAbandoned(name, 0)).toBe(true);
  });
});
