import { DomainError } from '../../domain/errors.ts';

const PIECE_BYTES = 64 * 1024;

/** Gathers what an encoder writes, in pieces, up to a bound. */
export interface ImageSink {
  /** Copied. @throws too-large */
  write(bytes: Uint8Array): void;
  byte(value: number): void;
  /** All of it in memory of its own. */
  take(): Uint8Array<ArrayBuffer>;
}

export function createImageSink(bytesMax: number): ImageSink {
  const pieces: Uint8Array[] = [];
  let piece = new Uint8Array(PIECE_BYTES);
  let filled = 0;
  let whole = 0;
  const next = () => {
    pieces.push(piece);
    whole += piece.length;
    if (whole > bytesMax) throw new DomainError('too-large', 'the rendered image takes more bytes than it may');
    piece = new Uint8Array(PIECE_BYTES);
    filled = 0;
  };
  return {
    write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (filled === PIECE_BYTES) next();
        const part = bytes.subarray(at, at + PIECE_BYTES - filled);
        piece.set(part, filled);
        filled += part.length;
        at += part.length;
      }
    },
    byte(value) {
      if (filled === PIECE_BYTES) next();
      piece[filled++] = value;
    },
    take() {
      const all = new Uint8Array(whole + filled);
      let at = 0;
      for (const one of pieces.splice(0)) {
        all.set(one, at);
        at += one.length;
      }
      all.set(piece.subarray(0, filled), at);
      return all;
    },
  };
}
