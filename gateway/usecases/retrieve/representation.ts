import type { ByteStream } from '../../domain/byte-stream.ts';
import type { ByteRange } from '../../domain/imaging/object-store.ts';

/** What a door needs of something that is kept: of known length, read from any place, and where it lies stays inside. */
export interface Representation {
  /** Another one when the bytes are others; the text of an entity tag, without its quotes. */
  readonly etag: string;
  readonly bytes: number;
  open(range?: Pick<ByteRange, 'offset' | 'length'>): Promise<ByteStream | Uint8Array> | ByteStream | Uint8Array;
}
