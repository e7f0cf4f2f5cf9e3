/** What a browser takes of the machine's memory, all its processes together. Linux only. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { BareTab } from './bare-tab.ts';

/** The browser starts it by itself some minutes after its own start, whatever page is open. */
const NO_PART = 'on_device_model.mojom.OnDeviceModelService';
/** How often it is looked at while something goes on; each look stops a process for some milliseconds. */
const LOOK_MS = 500;

/**
 * MB (10⁶) by process type (browser, renderer, GPU …). Memory that processes share counts once (proportional set size); mapped files, the browser's
 * program above all, count in each process that has read them, as otherwise other browsers on the machine would make this one lighter.
 */
export type Weight = ReadonlyMap<string, number>;

export async function weightOf(tab: BareTab): Promise<Weight> {
  const mb = new Map<string, number>();
  for (const { type, id } of await tab.processes()) if (type !== NO_PART) mb.set(type, (mb.get(type) ?? 0) + megabytesOf(id));
  return mb;
}

export function sum(mb: Weight): number {
  return [...mb.values()].reduce((total, one) => total + one, 0);
}

function megabytesOf(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = (text: string, name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
    return ((kib(rollup, 'Pss_Anon') + kib(rollup, 'Pss_Shmem') + kib(status, 'RssFile')) * 1024) / 1e6;
  } catch {
    // It ended between the two looks.
    return 0;
  }
}

/** The most that the browser took at any look while `act` went on. */
export async function peakDuring(tab: BareTab, act: () => Promise<void>): Promise<Weight> {
  let peak: Weight = new Map();
  const look = async () => {
    const now = await weightOf(tab);
    if (sum(now) > sum(peak)) peak = now;
  };
  let going = true;
  const looking = (async () => {
    while (going) {
      await look();
      await delay(LOOK_MS);
    }
  })();
  try {
    await act();
  } finally {
    going = false;
    await looking;
  }
  await look();
  return peak;
}
