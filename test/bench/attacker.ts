/**
 * The attacker's own process, so that what it costs to attack is not counted as the doctor's wait.
 * `fork(attacker.ts, [name of the attack])`; it is sent its `Target`, says 'attacking', and goes on until its channel closes.
 */
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ATTACKS, type Target } from './attacks.ts';

export const ATTACKER = fileURLToPath(import.meta.url);

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
    attack.run(target, stop.signal).catch((thrown: unknown) => {
      if (!stop.signal.aborted) throw thrown;
    });
    process.send?.('attacking');
  });
}
