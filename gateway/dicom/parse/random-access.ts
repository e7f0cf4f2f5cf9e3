/** Bytes that can be asked for by range: a staged upload, a stored object, a buffer. */
export interface RandomAccess {
  /** Length of the whole. */
  readonly bytes: number;
  /** For whom it is read, if that is known: what is costly to read takes turns by it. */
  readonly asker?: string;
  /**
   * Exactly `length` bytes from `offset`, or fewer where the end comes first. The caller may keep what it gets. `crc32`: the checksum these
   * bytes should have; a source that can tell throws `damaged` for others.
   */
  read(offset: number, length: number, crc32?: number): Promise<Uint8Array>;
  /** CRC-32 of these bytes where it can be had without taking them out; they are all there. */
  checksum?(offset: number, length: number): Promise<number>;
  /** From one byte to `lengthMax` of them, as they are at hand: for one who goes forward, without their being joined. None at the end. */
  readSome?(offset: number, lengthMax: number): Promise<Uint8Array>;
  /** The same as `read` at once, where that is possible; undefined when these bytes cannot be had so. A parser that has it never reads anything twice. */
  readSync?(offset: number, length: number): Uint8Array | undefined;
}

export function bufferAccess(bytes: Uint8Array): RandomAccess {
  return {
    bytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    readSync: (offset, length) => bytes.subarray(offset, offset + length),
  };
}
