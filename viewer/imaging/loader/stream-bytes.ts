import { memoryOf, spareMemory } from './spare-memory.ts';

/**
 * All bytes of a stream, by a reader: Safari cannot walk a stream by `for await`. `onPiece` hears how many there are so far, and may throw.
 * Of one that is as long as it was said to be (`lengthSaid`), nothing is held twice; where the browser can, it fills our memory itself.
 */
export async function bytesOfStream(
  stream: ReadableStream<Uint8Array>,
  onPiece: (length: number) => void,
  lengthSaid = 0,
): Promise<Uint8Array<ArrayBuffer>> {
  const filling = lengthSaid > 0 ? fillingReader(stream) : undefined;
  return filling === undefined ? inPieces(stream.getReader(), onPiece, lengthSaid) : filled(filling, onPiece, lengthSaid);
}

/** Undefined where the stream hands out memory of its own. */
function fillingReader(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return stream.getReader({ mode: 'byob' });
  } catch {
    return undefined;
  }
}

/** The memory is the stream's while it is filled: when it breaks off, it is not had back. */
async function filled(
  reader: ReadableStreamBYOBReader,
  onPiece: (length: number) => void,
  lengthSaid: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let memory = memoryOf(lengthSaid);
  let length = 0;
  while (length < lengthSaid) {
    const { value } = await reader.read(new Uint8Array(memory, length));
    if (value === undefined) throw new Error('the stream was given up');
    memory = value.buffer;
    if (value.length === 0) return copied(new Uint8Array(memory, 0, length), length);
    length += value.length;
    onPiece(length);
  }
  if (!(await reader.read(new Uint8Array(1))).done) throw new Error('longer than it was said to be');
  return new Uint8Array(memory);
}

async function inPieces(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  onPiece: (length: number) => void,
  lengthSaid: number,
): Promise<Uint8Array<ArrayBuffer>> {
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
