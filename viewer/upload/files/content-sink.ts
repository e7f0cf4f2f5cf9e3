/** Bounds of what is unpacked, and the place where a file's bytes are gathered. */
import { type Content, UnreadableFile } from './upload-items.ts';

/** Of one packed file. Beyond it a browser could not hold it; one that is only stored, not compressed, is never held. */
export const ENTRY_BYTES_MAX = 2 * 2 ** 30;
/** What one dropped archive may become in all: so many times its size, at least so many bytes. */
const INFLATED_RATIO_MAX = 100;
const INFLATED_BYTES_MIN = 16 * 2 ** 30;
/** Pieces are handed to the browser, which may put them on disk, when they have come to this. */
export const HELD_BYTES_MAX = 32 * 2 ** 20;

/** Shared by an archive and all within it. */
export interface Budget {
  readonly depth: number;
  readonly inflated: { left: number };
}

export function budgetFor(bytes: number): Budget {
  return { depth: 0, inflated: { left: Math.max(INFLATED_BYTES_MIN, bytes * INFLATED_RATIO_MAX) } };
}

/** Gathers a file's bytes; what grows beyond HELD_BYTES_MAX becomes a Blob. */
export class ContentSink {
  bytes = 0;
  private pieces: Uint8Array<ArrayBuffer>[] = [];
  private held = 0;
  private readonly handed: Blob[] = [];
  private readonly bytesMax: number;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  writable(): WritableStream<Uint8Array> {
    return new WritableStream({ write: (piece) => this.add(piece as Uint8Array<ArrayBuffer>) });
  }

  content(): Content {
    if (this.handed.length > 0) return new Blob([...this.handed, ...this.pieces]);
    const whole = new Uint8Array(this.bytes);
    let at = 0;
    for (const piece of this.pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  /** @throws UnreadableFile too-large */
  private add(piece: Uint8Array<ArrayBuffer>): void {
    this.bytes += piece.length;
    if (this.bytes > this.bytesMax) throw new UnreadableFile('too-large');
    this.pieces.push(piece);
    this.held += piece.length;
    if (this.held < HELD_BYTES_MAX) return;
    this.handed.push(new Blob(this.pieces));
    this.pieces = [];
    this.held = 0;
  }
}
