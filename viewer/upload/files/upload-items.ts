/** One file to be looked at, wherever it lies. Its bytes are read when they are needed and not before. */
export interface UploadItem {
  /** As the person knows it: folder, archive, name. */
  readonly path: string;
  /** As far as it is known before it is read. */
  readonly bytes: number;
  /** At least so many first bytes, or all there are; of a packed file no more is unpacked than needed. @throws UnreadableFile */
  head(bytes: number): Promise<Uint8Array>;
  /** Whole, and checked where its archive tells a checksum. @throws UnreadableFile */
  content(): Promise<Content>;
}

export type Content = Blob | Uint8Array<ArrayBuffer>;

/** What cannot be read is an item too, one whose reading fails: nothing that was found goes uncounted. */
export interface ItemSource {
  readonly name: string;
  items(signal: AbortSignal): AsyncIterable<UploadItem>;
}

/**
 * Why a file that was found could not be read. `method`: packed in a way that is not read here, named by the detail. `checksum`: its
 * bytes are not those that were packed. `cut-short`, `split`: the archive's end is missing or in another file.
 */
export type UnreadableReason =
  | 'encrypted'
  | 'method'
  | 'checksum'
  | 'damaged'
  | 'cut-short'
  | 'split'
  | 'empty'
  | 'too-deep'
  | 'too-large'
  | 'not-readable';

export class UnreadableFile extends Error {
  readonly reason: UnreadableReason;
  readonly detail: string;
  constructor(reason: UnreadableReason, detail = '', cause?: unknown) {
    super(`${reason} ${detail}`.trim(), { cause });
    this.name = 'UnreadableFile';
    this.reason = reason;
    this.detail = detail;
  }
}

export function sizeOf(content: Content): number {
  return content instanceof Blob ? content.size : content.byteLength;
}

/** @throws UnreadableFile when the file has gone or its disc cannot be read */
export async function headOf(content: Content, bytes: number): Promise<Uint8Array> {
  if (!(content instanceof Blob)) return content.subarray(0, bytes);
  try {
    return new Uint8Array(await content.slice(0, bytes).arrayBuffer());
  } catch (thrown) {
    throw new UnreadableFile('not-readable', '', thrown);
  }
}

export function itemOf(content: Content, path: string): UploadItem {
  return { path, bytes: sizeOf(content), head: (bytes) => headOf(content, bytes), content: async () => content };
}

export function unreadableItem(path: string, bytes: number, error: UnreadableFile): UploadItem {
  const fail = async () => {
    throw error;
  };
  return { path, bytes, head: fail, content: fail };
}

/** Bytes of a file's beginning that are enough to judge it. */
export const HEAD_BYTES = 136;
