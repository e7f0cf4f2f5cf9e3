/** Finished answers that are asked for again soon, by a key that changes with their content. The least recently used go first. */
export interface RecentAnswers {
  get(key: string): Uint8Array | undefined;
  /** Passes a stream on; what came through is kept when it came to its end and is not larger than an answer may be. */
  keeping(key: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
}

export const RECENT_BYTES_MAX = 64 * 1024 * 1024;
export const RECENT_ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** Of all answers that are gathered while they go out; past it an answer is not kept. */
export const GATHERING_BYTES_MAX = 32 * 1024 * 1024;

export function createRecentAnswers(bytesMax = RECENT_BYTES_MAX, answerBytesMax = RECENT_ANSWER_BYTES_MAX): RecentAnswers {
  const answers = new Map<string, Uint8Array>();
  let held = 0;
  let gathering = 0;

  function keep(key: string, bytes: Uint8Array): void {
    held += bytes.length - (answers.get(key)?.length ?? 0);
    answers.delete(key);
    answers.set(key, bytes);
    for (const [oldest, { length }] of answers) {
      if (held <= bytesMax) return;
      answers.delete(oldest);
      held -= length;
    }
  }

  return {
    get(key) {
      const bytes = answers.get(key);
      if (bytes === undefined) return undefined;
      answers.delete(key);
      answers.set(key, bytes);
      return bytes;
    },
    async *keeping(key, bytes) {
      let pieces: Uint8Array[] | undefined = [];
      let length = 0;
      let counted = 0;
      const count = (to: number) => {
        gathering += to - counted;
        counted = to;
      };
      try {
        for await (const piece of bytes) {
          length += piece.length;
          if (length > answerBytesMax || gathering + piece.length > GATHERING_BYTES_MAX) {
            pieces = undefined;
            count(0);
          }
          if (pieces !== undefined) {
            pieces.push(piece);
            count(length);
          }
          yield piece;
        }
        if (pieces !== undefined) keep(key, Buffer.concat(pieces));
      } finally {
        count(0);
      }
    },
  };
}
