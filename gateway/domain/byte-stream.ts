/** Bytes that arrive when they are asked for. The consumer's pace is the producer's. */
export type ByteStream = AsyncIterable<Uint8Array>;
