/** The WASM builds ship no types. What this room uses of them, and nothing else. */

interface CodecFrameInfo {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned?: boolean;
  isUsingColorTransform?: boolean;
}

interface CodecDecoder {
  /** A view into WASM memory of `byteLength` bytes; valid until the next allocation. */
  getEncodedBuffer(byteLength: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): CodecFrameInfo;
  delete(): void;
}

interface CodecModule {
  readonly HEAPU8: Uint8Array;
  getExceptionMessage?(thrown: unknown): unknown;
}

type CodecFactory<Module> = (options: {
  wasmBinary: Uint8Array;
  print(text: string): void;
  printErr(text: string): void;
}) => Promise<Module>;

declare module '@cornerstonejs/codec-charls/decodewasmjs' {
  const factory: CodecFactory<CodecModule & { JpegLSDecoder: new () => CodecDecoder & { getInterleaveMode(): number } }>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjpeg/decodewasmjs' {
  const factory: CodecFactory<CodecModule & { J2KDecoder: new () => CodecDecoder & { getColorSpace(): number } }>;
  export default factory;
}

declare module '@cornerstonejs/codec-libjxl/decodewasmjs' {
  const factory: CodecFactory<CodecModule & { JpegXLDecoder: new () => CodecDecoder & { releaseBuffers(): void } }>;
  export default factory;
}

declare module '@cornerstonejs/codec-openjph/wasmjs' {
  interface Htj2kEncoder {
    getDecodedBuffer(info: CodecFrameInfo): Uint8Array;
    getEncodedBuffer(): Uint8Array;
    encode(): void;
    setDecompositions(levels: number): void;
    setTLMMarker(on: boolean): void;
    setTilePartDivisionsAtResolutions(on: boolean): void;
    /** `reversible`, and the quantisation step when not. */
    setQuality(reversible: boolean, step: number): void;
    /** 0 LRCP, 1 RLCP, 2 RPCL, 3 PCRL, 4 CPRL. */
    setProgressionOrder(order: number): void;
    setBlockDimensions(size: { width: number; height: number }): void;
    delete(): void;
  }
  const factory: CodecFactory<
    CodecModule & {
      HTJ2KDecoder: new () => CodecDecoder & { decodeSubResolution(level: number): void; getNumDecompositions(): number };
      HTJ2KEncoder: new () => Htj2kEncoder;
    }
  >;
  export default factory;
}
