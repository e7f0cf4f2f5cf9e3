import { VR_FORMS } from '../dictionary/value-representations.ts';

/** VRs whose explicit form has a 32-bit length, PS3.5 table 7.1-1. */
const LONG_VRS: ReadonlySet<string> = new Set([...VR_FORMS.values()].flatMap(({ vr, long }) => (long ? [vr] : [])));

/** Elements of Explicit VR Little Endian, gathered until they are taken. */
export class ElementSink {
  #pieces: Uint8Array[] = [];
  bytes = 0;

  write(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.bytes += piece.length;
  }

  /** @param vr undefined for items and delimiters, which have none */
  header(tag: number, vr: string | undefined, length: number): void {
    const long = vr !== undefined && LONG_VRS.has(vr);
    const header = Buffer.alloc(long ? 12 : 8);
    header.writeUInt16LE(tag >>> 16, 0);
    header.writeUInt16LE(tag & 0xffff, 2);
    if (vr === undefined) header.writeUInt32LE(length, 4);
    else {
      header.write(vr, 4, 'latin1');
      if (long) header.writeUInt32LE(length, 8);
      else header.writeUInt16LE(length, 6);
    }
    this.write(header);
  }

  delimiter(tag: number): void {
    this.header(tag, undefined, 0);
  }

  take(): Uint8Array {
    const all = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.bytes = 0;
    return all;
  }
}
