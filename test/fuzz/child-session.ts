import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WITH_TYPESCRIPT } from '../fixtures/servers/typescript-child.ts';
import type { FuzzInput, FuzzSession } from './target.ts';

/** An input that has no end after this has none. Far more than any takes: the machine may be busy. */
const INPUT_MS_MAX = 60_000;
const HEAP_MEGABYTES_MAX = 512;
const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

export interface ChildReply {
  readonly problems: readonly string[];
}

/** Inputs one after another in a process of its own, so that one that kills or never ends is an answer like any other. */
export async function openChild(target: string): Promise<FuzzSession> {
  let child = await start(target);
  return {
    lanes: 1,
    async try(input) {
      const problems = await answerOf(child, input);
      if (child.exitCode !== null || child.signalCode !== null) child = await start(target);
      return problems;
    },
    check: async () => [],
    async close() {
      child.disconnect();
      if (child.exitCode === null) await once(child, 'exit');
      return [];
    },
  };
}

async function start(target: string): Promise<ChildProcess> {
  const child = fork(CHILD, [target], {
    execArgv: [...WITH_TYPESCRIPT, `--max-old-space-size=${HEAP_MEGABYTES_MAX}`],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

async function answerOf(child: ChildProcess, input: FuzzInput): Promise<readonly string[]> {
  const over = new AbortController();
  const exit = once(child, 'exit', { signal: over.signal }).then(([code, signal]) => [`the process ended: ${code ?? signal}`]);
  const late = setTimeout(() => child.kill('SIGKILL'), INPUT_MS_MAX);
  const reply = once(child, 'message', { signal: over.signal }).then(([message]) => (message as ChildReply).problems);
  child.send(input);
  try {
    return await Promise.race([reply, exit]);
  } finally {
    clearTimeout(late);
    over.abort();
    await Promise.allSettled([reply, exit]);
  }
}
