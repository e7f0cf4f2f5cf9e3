import { decodePdu, PDU_HEADER_BYTES, PDU_TYPE, PDV_HEADER_BYTES, type Pdu, type PduBounds, PduError } from './pdu.ts';

/** What a reader finds, in the order of the wire. */
export interface PduSink {
  pdu(pdu: Pdu): void;
  /** The header of a P-DATA-TF has come; its fragments follow. */
  pDataBegins(): void;
  /** A piece of a presentation data value, not copied. `isLast`: it ends the command or data set (PS3.8 E.2). */
  fragment(contextId: number, isCommand: boolean, isLast: boolean, bytes: Buffer): void;
  /** After this nothing more is reported. */
  invalid(error: PduError): void;
}

/** Peers that leave a PDU or PDV header out of their sum overshoot the negotiated length by as much. */
const PDU_BYTES_SLACK = PDU_HEADER_BYTES + PDV_HEADER_BYTES;

const LENGTH_OF_SHORT_PDUS = 4;
const BODY_BYTES_MIN = 4096;
const EMPTY = Buffer.alloc(0);
const SHORT_PDUS: ReadonlySet<number> = new Set([
  PDU_TYPE['A-ASSOCIATE-RJ'],
  PDU_TYPE['A-RELEASE-RQ'],
  PDU_TYPE['A-RELEASE-RP'],
  PDU_TYPE['A-ABORT'],
]);

/**
 * Cuts a byte stream into PDUs. P-DATA-TF is never gathered: what a socket chunk holds of it is passed on as subarrays.
 * Holds at most one A-ASSOCIATE body.
 */
export class PduReader {
  readonly #sink: PduSink;
  readonly #bounds: PduBounds;
  #phase: 'header' | 'body' | 'pdv-header' | 'fragment' | 'discard' = 'header';
  #stopped = false;
  /** Header bytes that a chunk boundary split. */
  readonly #scratch = Buffer.alloc(PDU_HEADER_BYTES);
  #scratchBytes = 0;
  #pduType = 0;
  /** Bytes of the PDU still to come. */
  #pduRemaining = 0;
  /** What has come of an A-ASSOCIATE; it grows with what comes, not with what is announced. */
  #body: Buffer = EMPTY;
  #bodyBytes = 0;
  #fragmentRemaining = 0;
  #contextId = 0;
  #control = 0;

  constructor(sink: PduSink, bounds: PduBounds) {
    this.#sink = sink;
    this.#bounds = bounds;
  }

  /** Makes `read` return after the report it is in. */
  stop(): void {
    this.#stopped = true;
  }

  /** What still comes is of no interest. */
  discard(): void {
    this.#phase = 'discard';
    this.#body = EMPTY;
    this.#bodyBytes = 0;
  }

  /** @returns how many bytes were used; fewer than given only after `stop`: give the rest again later. */
  read(chunk: Buffer): number {
    this.#stopped = false;
    let at = 0;
    try {
      while (at < chunk.length && !this.#stopped) {
        switch (this.#phase) {
          case 'discard':
            return chunk.length;
          case 'header':
            at = this.#fill(chunk, at);
            if (this.#scratchBytes === PDU_HEADER_BYTES) this.#beginPdu();
            break;
          case 'body':
            at = this.#gather(chunk, at);
            break;
          case 'pdv-header':
            at = this.#fill(chunk, at);
            if (this.#scratchBytes === PDV_HEADER_BYTES) this.#beginPdv();
            break;
          case 'fragment': {
            const bytes = chunk.subarray(at, at + this.#fragmentRemaining);
            at += bytes.length;
            this.#passFragment(bytes);
            break;
          }
        }
      }
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
      this.discard();
      this.#sink.invalid(error);
      return chunk.length;
    }
    return at;
  }

  #fill(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + PDU_HEADER_BYTES - this.#scratchBytes);
    chunk.copy(this.#scratch, this.#scratchBytes, at, end);
    this.#scratchBytes += end - at;
    return end;
  }

  #beginPdu(): void {
    this.#scratchBytes = 0;
    const type = this.#scratch.readUInt8(0);
    const length = this.#scratch.readUInt32BE(2);
    this.#pduType = type;
    this.#pduRemaining = length;
    if (type === PDU_TYPE['P-DATA-TF']) {
      if (length < PDV_HEADER_BYTES || length > this.#bounds.pduBytesMax + PDU_BYTES_SLACK) {
        throw new PduError('invalid-pdu-parameter-value', `P-DATA-TF of ${length} bytes`);
      }
      this.#phase = 'pdv-header';
      this.#sink.pDataBegins();
      return;
    }
    if (type < PDU_TYPE['A-ASSOCIATE-RQ'] || type > PDU_TYPE['A-ABORT']) throw new PduError('unrecognized-pdu', `PDU type ${type}`);
    const fits = SHORT_PDUS.has(type) ? length === LENGTH_OF_SHORT_PDUS : length > 0 && length <= this.#bounds.associatePduBytesMax;
    if (!fits) throw new PduError('invalid-pdu-parameter-value', `PDU type ${type} of ${length} bytes`);
    this.#phase = 'body';
  }

  /** Copied together: a peer that sends byte by byte would otherwise cost a hundred times what it sends, before anybody knows who it is. */
  #gather(chunk: Buffer, at: number): number {
    const part = chunk.subarray(at, at + this.#pduRemaining);
    this.#pduRemaining -= part.length;
    const isWhole = this.#pduRemaining === 0;
    if (isWhole && this.#bodyBytes === 0) {
      this.#passBody(part);
      return at + part.length;
    }
    if (this.#bodyBytes + part.length > this.#body.length) {
      const grown = Buffer.alloc(Math.max(BODY_BYTES_MIN, 2 * this.#body.length, this.#bodyBytes + part.length));
      this.#body.copy(grown, 0, 0, this.#bodyBytes);
      this.#body = grown;
    }
    part.copy(this.#body, this.#bodyBytes);
    this.#bodyBytes += part.length;
    if (isWhole) this.#passBody(this.#body.subarray(0, this.#bodyBytes));
    return at + part.length;
  }

  #passBody(body: Buffer): void {
    this.#body = EMPTY;
    this.#bodyBytes = 0;
    this.#phase = 'header';
    this.#sink.pdu(decodePdu(this.#pduType, body, this.#bounds));
  }

  #beginPdv(): void {
    this.#scratchBytes = 0;
    const length = this.#scratch.readUInt32BE(0);
    if (length < 2 || length + 4 > this.#pduRemaining) throw new PduError('invalid-pdu-parameter-value', `PDV of ${length} bytes`);
    this.#contextId = this.#scratch.readUInt8(4);
    this.#control = this.#scratch.readUInt8(5);
    this.#pduRemaining -= length + 4;
    this.#fragmentRemaining = length - 2;
    if (this.#pduRemaining > 0 && this.#pduRemaining < PDV_HEADER_BYTES) {
      throw new PduError('invalid-pdu-parameter-value', 'bytes after the last PDV');
    }
    this.#phase = 'fragment';
    if (this.#fragmentRemaining === 0) this.#passFragment(Buffer.alloc(0));
  }

  #passFragment(bytes: Buffer): void {
    this.#fragmentRemaining -= bytes.length;
    const ends = this.#fragmentRemaining === 0;
    if (ends) this.#phase = this.#pduRemaining === 0 ? 'header' : 'pdv-header';
    this.#sink.fragment(this.#contextId, (this.#control & 1) === 1, ends && (this.#control & 2) === 2, bytes);
  }
}
