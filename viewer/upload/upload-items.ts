/** One file to be looked at, wherever it lies. Its bytes are read when they are needed and not before. */
export interface UploadItem {
  /** As the person knows it: folder, archive, name. */
  readonly path: string;
  readonly bytes: number;
  head(): Promise<Uint8Array>;
  content(): Promise<Blob | Uint8Array<ArrayBuffer>>;
}

export interface ItemSource {
  readonly name: string;
  items(signal: AbortSignal): AsyncIterable<UploadItem>;
}
