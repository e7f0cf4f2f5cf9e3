/** Bytes that are produced only when they are asked for: a slow consumer slows the producer. */
export type ByteStream = AsyncIterable<Uint8Array>;
