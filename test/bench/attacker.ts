/**
 * The attacker's own process, which gives way to all others: an attacker has a machine of his own, so what it costs to attack is no wait of the
 * doctor's. It is sent its `Target`, says 'attacking', tells how many of its requests have ended when it is asked, and goes on until its channel closes.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WITH_TYPESCRIPT } from '../fixtures/servers/typescript-child.ts';
import { ATTACKS, sent, type Target } from './attacks.ts';

const ATTACKER = fileURLToPath(import.meta.url);
const LEAST_PRIORITY = '19';

/** By `nice`, so that every thread of it gives way from the start. */
export function startAttacker(attack: string): ChildProcess {
  return fork(ATTACKER, [attack], { execPath: 'nice', execArgv: ['-n', LEAST_PRIORITY, process.execPath, ...WITH_TYPESCRIPT] });
}

if (process.argv[1] === ATTACKER) {
  const attack = ATTACKS.find(({ name }) => name === process.argv[2]);
  if (attack === undefined) throw new Error(`there is no attack ${process.argv[2]}`);
  const stop = new AbortController();
  // Each worker of an attack listens while it waits.
  setMaxListeners(0, stop.signal);
  process.once('disconnect', () => {
    stop.abort();
    process.exit();
  });
  process.once('message', (target: Target) => {
    process.on('message', () => process.send?.(sent.ended));
    attack.run(target, stop.signal).catch((thrown: unknown) => {
      if (!stop.signal.aborted) throw thrown;
    });
    process.send?.('attacking');
  });
}
