/** All bytes of a stream, by a reader: Safari cannot walk a stream by `for await`. `onPiece` hears how many there are so far, and may throw. */
export async function bytesOfStream(
  stream: ReadableStream<Uint8Array>,
  onPiece: (length: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    pieces.push(read.value);
    length += read.value.length;
    onPiece(length);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
