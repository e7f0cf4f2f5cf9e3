import { asDomainError } from './domain/errors.ts';

/** Probes write to disk: however often somebody asks, they run once in this time. */
const REMEMBERED_MS = 1000;
const PROBE_MS_MAX = 3000;

export interface Readiness {
  readonly ready: boolean;
  /** What does not answer, and why in an operator's words. */
  readonly down: readonly { readonly what: string; readonly why: string }[];
}

/** Can it store and find? Each probe throws when its store cannot. */
export function createReadiness(probes: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>): () => Promise<Readiness> {
  let last: { at: number; answer: Promise<Readiness> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.at > REMEMBERED_MS) last = { at: performance.now(), answer: probeAll(probes) };
    return last.answer;
  };
}

async function probeAll(probes: Readonly<Record<string, (signal: AbortSignal) => Promise<void>>>): Promise<Readiness> {
  const answers = await Promise.all(Object.entries(probes).map(([what, probe]) => probeOne(what, probe)));
  const down = answers.filter((answer) => answer !== undefined);
  return { ready: down.length === 0, down };
}

async function probeOne(what: string, probe: (signal: AbortSignal) => Promise<void>): Promise<{ what: string; why: string } | undefined> {
  const signal = AbortSignal.timeout(PROBE_MS_MAX);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
  });
  try {
    await Promise.race([probe(signal), late]);
    return undefined;
  } catch (thrown) {
    const error = asDomainError(thrown);
    return { what, why: error.kind === 'internal' ? 'does not answer' : error.message };
  }
}
