import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { DomainError } from '../../domain/errors.ts';

/** WASM memory never shrinks. An instance that has grown past this is dropped after use, and its memory with it. */
export const WASM_BYTES_KEPT_MAX = 64 * 1024 * 1024;

const require = createRequire(import.meta.url);

/** One instance of a WASM codec, made when first used and made anew after it grew or failed. Not for concurrent use. */
class WasmCodec<Module extends CodecModule> {
  readonly #load: () => Promise<CodecFactory<Module>>;
  readonly #wasm: string;
  #instance: Promise<Module> | undefined;

  constructor(wasm: string, load: () => Promise<CodecFactory<Module>>) {
    this.#wasm = wasm;
    this.#load = load;
  }

  /** @throws invalid for whatever the codec throws: it has only the codestream to complain about. */
  async use<Result>(work: (module: Module) => Result): Promise<Result> {
    this.#instance ??= this.#instantiate();
    const module = await this.#instance;
    try {
      const result = work(module);
      if (module.HEAPU8.byteLength > WASM_BYTES_KEPT_MAX) this.#instance = undefined;
      return result;
    } catch (thrown) {
      // After an exception or a trap the instance's heap is not to be trusted.
      this.#instance = undefined;
      if (thrown instanceof DomainError) throw thrown;
      throw new DomainError('invalid', `codestream refused by ${this.#wasm.split('/')[1] ?? 'codec'}`, {
        cause: typeof thrown === 'number' ? module.getExceptionMessage?.(thrown) : thrown,
      });
    }
  }

  async #instantiate(): Promise<Module> {
    const factory = await this.#load();
    const quiet = () => undefined;
    return factory({ wasmBinary: await readFile(require.resolve(this.#wasm)), print: quiet, printErr: quiet });
  }
}

export const charls = new WasmCodec(
  '@cornerstonejs/codec-charls/decodewasm',
  async () => (await import('@cornerstonejs/codec-charls/decodewasmjs')).default,
);
export const openjpeg = new WasmCodec(
  '@cornerstonejs/codec-openjpeg/decodewasm',
  async () => (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default,
);
export const openjph = new WasmCodec(
  '@cornerstonejs/codec-openjph/wasm',
  async () => (await import('@cornerstonejs/codec-openjph/wasmjs')).default,
);
export const libjxl = new WasmCodec(
  '@cornerstonejs/codec-libjxl/decodewasm',
  async () => (await import('@cornerstonejs/codec-libjxl/decodewasmjs')).default,
);
