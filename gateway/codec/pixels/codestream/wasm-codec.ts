import { DomainError } from '../../../domain/errors.ts';

/** WASM memory never shrinks. An instance that has grown past this is dropped after use, and its memory with it. */
export const WASM_BYTES_KEPT_MAX = 64 * 1024 * 1024;

/** What is used of a decoder in WebAssembly, whichever program loads it. */
export interface WasmDecoder {
  /** A view into WASM memory of `byteLength` bytes; valid until the next allocation. */
  getEncodedBuffer(byteLength: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned?: boolean };
  delete(): void;
}

export interface WasmModule {
  readonly HEAPU8: Uint8Array;
  getExceptionMessage?(thrown: unknown): unknown;
}

export type CharlsModule = WasmModule & { JpegLSDecoder: new () => WasmDecoder & { getInterleaveMode(): number } };
export type OpenJpegModule = WasmModule & { J2KDecoder: new () => WasmDecoder };
export type OpenJphModule = WasmModule & { HTJ2KDecoder: new () => WasmDecoder };
export type LibjxlModule = WasmModule & { JpegXLDecoder: new () => WasmDecoder & { releaseBuffers(): void } };

/** One instance of a WASM codec, made when first used and made anew after it grew or failed. Not for concurrent use. */
export class WasmCodec<Module extends WasmModule> {
  readonly #instantiate: () => Promise<Module>;
  readonly #name: string;
  #instance: Promise<Module> | undefined;

  /** `name` is for messages; `instantiate` fetches and starts the module. */
  constructor(name: string, instantiate: () => Promise<Module>) {
    this.#name = name;
    this.#instantiate = instantiate;
  }

  /** @throws invalid for whatever the codec throws: it has only the codestream to complain about. And what `instantiate` throws. */
  async use<Result>(work: (module: Module) => Result): Promise<Result> {
    const starting = this.#instance ?? this.#instantiate();
    this.#instance = starting;
    const module = await starting.catch((thrown: unknown) => {
      // What could not be fetched is fetched again the next time.
      this.#instance = undefined;
      throw thrown;
    });
    try {
      const result = work(module);
      if (module.HEAPU8.byteLength > WASM_BYTES_KEPT_MAX) this.#instance = undefined;
      return result;
    } catch (thrown) {
      // After an exception or a trap the instance's heap is not to be trusted.
      this.#instance = undefined;
      if (thrown instanceof DomainError) throw thrown;
      throw new DomainError('invalid', `codestream refused by ${this.#name}`, {
        cause: typeof thrown === 'number' ? module.getExceptionMessage?.(thrown) : thrown,
      });
    }
  }
}
