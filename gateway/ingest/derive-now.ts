import { createCodec } from '../codec/threads/codec.ts';
import type { ByteBudget } from '../domain/bounds/byte-budget.ts';
import type { SeriesId } from '../domain/identifiers.ts';
import { NO_LOG } from '../domain/operation/log.ts';
import { createSeriesDerivation, type DeriveSeriesParts } from './derive-series.ts';

/** Series anew and each to its end, with a codec that is there as long as the work: for a command. */
export function derivationFor(parts: Omit<DeriveSeriesParts, 'codec' | 'log' | 'budget'>, budget: () => ByteBudget) {
  return async <T>(work: (derive: (series: SeriesId) => Promise<unknown>) => Promise<T>): Promise<T> => {
    const codec = createCodec();
    const derive = createSeriesDerivation({ ...parts, codec, log: NO_LOG, budget: budget() });
    const turn = { signal: new AbortController().signal, until: new Date(8.64e15), anew: true };
    try {
      return await work((series) => derive(series, turn));
    } finally {
      await codec.close();
    }
  };
}
