import type { DuplexOptions } from 'node:stream';
import { createInflateRaw, type InflateRaw, type ZlibOptions, constants as zlib } from 'node:zlib';
import { createFairTurns, type FairTurns, type TurnLimits } from '../../domain/bounds/fair-turns.ts';
import { inPacedTurn, type Rest } from '../../domain/bounds/paced-turn.ts';
import type { ByteStream } from '../../domain/byte-stream.ts';

/**
 * A few kilobytes inflate to hundreds of megabytes, as fast as a processor can, on the threads that read files. So two pieces are inflated at
 * a time, one of whoever asks, however many streams there are, and the next turn comes no sooner than INFLATED_BYTES_A_MS_MAX allows.
 */
export const INFLATING_TURNS: TurnLimits = { atOnce: 2, atOnceOfOne: 1, waitingMax: 4096, waitingOfOneMax: 1024, waitMsMax: 60_000 };

/** Bytes that one turn inflates at most. */
export const INFLATED_PIECE_BYTES = 512 * 1024;

/** Of one asker, 17 MB a second; twice as many in all. At four times this pace eight readers more than doubled the wait of others. */
export const INFLATED_BYTES_A_MS_MAX = 16 * 1024;

const turnsOfProcess = createFairTurns(INFLATING_TURNS);

interface InflatingOptions {
  /** What there is of a stream that is cut is given. */
  readonly mayBeCut?: boolean;
  readonly turns?: FairTurns;
  readonly rest?: Rest;
}

/**
 * A raw deflate stream (RFC 1951) in pieces of up to INFLATED_PIECE_BYTES that the receiver may keep. Nothing is inflated before it is asked
 * for. `deflated` is closed when no more of it is wanted.
 * @param asker for whom
 * @throws zlib's errors (code Z_…) where the stream is wrong or, unless `mayBeCut`, ends early; busy when others take too long; what `deflated` throws
 */
export async function* inflateInTurns(
  deflated: ByteStream,
  asker: string,
  { mayBeCut = false, turns = turnsOfProcess, rest }: InflatingOptions = {},
): AsyncGenerator<Buffer> {
  const inflater = new Inflater(mayBeCut);
  const source = deflated[Symbol.asyncIterator]();
  try {
    for (;;) {
      // Read before the turn: a slow store keeps nobody else waiting.
      const input = inflater.hungry ? await source.next() : undefined;
      let began = 0;
      const next = () => {
        began = performance.now();
        return inflater.next(input?.done === true ? 'no more' : input?.value);
      };
      const restMs = (made: Piece) => (Buffer.isBuffer(made) ? made.length : 0) / INFLATED_BYTES_A_MS_MAX - (performance.now() - began);
      const piece = await inPacedTurn(turns, asker, next, restMs, rest);
      if (piece === 'end') return;
      if (piece !== undefined) yield piece;
    }
  } finally {
    inflater.close();
    await source.return?.();
  }
}

type Piece = Buffer | 'end' | undefined;

/** zlib's stream, made to work only when asked: its readable side keeps nothing in store. */
class Inflater {
  readonly #stream: InflateRaw;
  #failed: Error | undefined;
  /** Looks whether what was asked for is there. */
  #look: () => void = () => {};
  hungry = true;

  constructor(mayBeCut: boolean) {
    const options: ZlibOptions & Pick<DuplexOptions, 'readableHighWaterMark'> = {
      // With this flush mode a stream that is cut gives what it has.
      finishFlush: mayBeCut ? zlib.Z_SYNC_FLUSH : zlib.Z_FINISH,
      chunkSize: INFLATED_PIECE_BYTES,
      readableHighWaterMark: 0,
    };
    this.#stream = createInflateRaw(options);
    const look = () => this.#look();
    this.#stream.on('readable', look).on('end', look);
    this.#stream.on('error', (error) => {
      this.#failed = error;
      look();
    });
  }

  /**
   * The next piece; undefined when it has first to be given more.
   * @param input the next bytes when it is hungry
   */
  next(input: Uint8Array | 'no more' | undefined): Promise<Piece> {
    const stream = this.#stream;
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const piece = this.#failed === undefined ? (stream.read() as Buffer | null) : null;
        if (this.#failed !== undefined) reject(this.#failed);
        else if (piece !== null) resolve(piece);
        else if (stream.readableEnded) resolve('end');
        else if (this.hungry) resolve(undefined);
        else return;
        this.#look = () => {};
      };
      if (input !== undefined) this.#give(input);
      this.#look();
    });
  }

  #give(input: Uint8Array | 'no more'): void {
    this.hungry = false;
    if (input === 'no more') {
      this.#stream.end();
      return;
    }
    this.#stream.write(input, () => {
      this.hungry = true;
      this.#look();
    });
  }

  close(): void {
    this.#stream.destroy();
  }
}
