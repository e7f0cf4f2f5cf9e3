/**
 * Memory of frames and pictures that are no longer kept, for those that come next: slices of a series are equally long. A browser frees what nobody holds
 * only when it next looks for it, often after a hundred megabytes and in each worker for itself. Given back by hand (`ArrayBuffer.transfer(0)`), what came from a worker
 * or a stream is freed no sooner and not even counted.
 */
export const SPARE_BYTES_MAX = 8 * 2 ** 20;

let spare: ArrayBuffer[] = [];
let spareBytes = 0;

/** Nobody else may hold it. */
export function spareMemory(memory: ArrayBuffer): void {
  if (memory.byteLength === 0 || memory.byteLength > SPARE_BYTES_MAX) return;
  spare.push(memory);
  spareBytes += memory.byteLength;
  while (spareBytes > SPARE_BYTES_MAX) spareBytes -= spare.shift()?.byteLength ?? 0;
}

/** Whoever holds it still, holds nothing from now on: should he look, he sees no pixel at all, and never those of another picture. */
export function reclaimMemory(memory: ArrayBuffer): void {
  if (memory.byteLength <= SPARE_BYTES_MAX) spareMemory(structuredClone(memory, { transfer: [memory] }));
}

/** Whatever was in it is still there: who takes it fills the whole of it. */
export function memoryOf(bytes: number): ArrayBuffer {
  const at = spare.findIndex(({ byteLength }) => byteLength === bytes);
  const found = spare[at];
  if (found === undefined) return new ArrayBuffer(bytes);
  spare = spare.filter((_, n) => n !== at);
  spareBytes -= bytes;
  return found;
}
