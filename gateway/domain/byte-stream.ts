/** Bytes that are produced only when they are asked for: a slow consumer slows the producer. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** Of a platform's stream, what `piped` asks of it. */
interface Destroyable {
  destroy(error?: Error): unknown;
}

/** What a transform makes of the source that is piped into it. The source's failure is the transform's; whoever leaves ends both. */
export async function* piped<Piece extends Uint8Array>(
  source: Destroyable & { on(event: 'error', heard: (error: Error) => void): unknown },
  transform: Destroyable & AsyncIterable<unknown>,
): AsyncGenerator<Piece> {
  source.on('error', (error) => transform.destroy(error));
  try {
    yield* transform as AsyncIterable<Piece>;
  } finally {
    source.destroy();
    transform.destroy();
  }
}
