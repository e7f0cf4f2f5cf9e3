import { createFairTurns, type FairTurns } from '../../domain/bounds/fair-turns.ts';
import type { StreamPace } from '../../domain/bounds/stream-pace.ts';
import { DomainError } from '../../domain/errors.ts';

/** Exports under way in a process: each may hold what EXPORT_INSTANCES_MAX comes to, and reads as fast as it is taken. */
export const EXPORTS_AT_ONCE_MAX = 8;
export const EXPORTS_OF_ONE_AT_ONCE_MAX = 2;

/** Nobody waits for a place: a browser shows a download that has not begun as nothing at all. */
const EXPORT_TURNS = {
  atOnce: EXPORTS_AT_ONCE_MAX,
  atOnceOfOne: EXPORTS_OF_ONE_AT_ONCE_MAX,
  waitingMax: 0,
  waitingOfOneMax: 0,
  waitMsMax: 0,
};

export interface ExportTurns {
  /** The function gives the place back and must be called once. @throws busy */
  enter(asker: string): () => void;
  /** Streams give way to whoever asks. */
  paced(asker: string, bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array>;
}

export function createExportTurns(pace: Pick<StreamPace, 'pass'>): ExportTurns {
  const turns: FairTurns = createFairTurns(EXPORT_TURNS);
  return {
    enter(asker) {
      const leave = turns.takeNow(asker);
      if (leave === undefined) throw new DomainError('busy', 'other exports are under way: try again', { ids: { reason: 'exports-busy' } });
      return leave;
    },
    async *paced(asker, bytes) {
      for await (const piece of bytes) {
        yield piece;
        await pace.pass(asker, piece.length);
      }
    },
  };
}
