/** One thread answers everybody: between so many pieces of long work, or so many bytes of them, others have their turn. */
import { setImmediate } from 'node:timers/promises';

export const TURN_PIECES = 200;
export const TURN_BYTES = 64 * 1024;

export class Turns {
  readonly #piecesMax: number;
  #pieces = 0;
  #bytes = 0;

  constructor(piecesMax = TURN_PIECES) {
    this.#piecesMax = piecesMax;
  }

  /** After each piece. */
  async pass(bytes = 0): Promise<void> {
    this.#pieces++;
    this.#bytes += bytes;
    if (this.#pieces < this.#piecesMax && this.#bytes < TURN_BYTES) return;
    this.#pieces = 0;
    this.#bytes = 0;
    await setImmediate();
  }
}
