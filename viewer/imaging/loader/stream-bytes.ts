import { memoryOf, spareMemory } from './spare-memory.ts';

/**
 * All bytes of a stream, by a reader: Safari cannot walk a stream by `for await`. `onPiece` hears how many there are so far, and may throw.
 * Of one that is as long as it was said to be (`lengthSaid`), nothing is held twice.
 */
export async function bytesOfStream(
  stream: ReadableStream<Uint8Array>,
  onPiece: (length: number) => void,
  lengthSaid = 0,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  let bytes = new Uint8Array(memoryOf(lengthSaid));
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const end = length + read.value.length;
      if (end > bytes.length) bytes = copied(bytes.subarray(0, length), Math.max(end, bytes.length * 2));
      bytes.set(read.value, length);
      length = end;
      onPiece(length);
    }
  } catch (thrown) {
    spareMemory(bytes.buffer);
    throw thrown;
  }
  return length === bytes.length ? bytes : copied(bytes.subarray(0, length), length);
}

function copied(from: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(length);
  to.set(from);
  return to;
}
