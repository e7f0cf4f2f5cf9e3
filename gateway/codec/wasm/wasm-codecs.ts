import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { WasmCodec } from '../pixels/codestream/wasm-codec.ts';

const require = createRequire(import.meta.url);

function codecOf<Module extends CodecModule>(wasm: string, load: () => Promise<CodecFactory<Module>>): WasmCodec<Module> {
  const quiet = () => undefined;
  return new WasmCodec(wasm.split('/')[1] ?? 'codec', async () => {
    const factory = await load();
    return factory({ wasmBinary: await readFile(require.resolve(wasm)), print: quiet, printErr: quiet });
  });
}

export const charls = codecOf(
  '@cornerstonejs/codec-charls/decodewasm',
  async () => (await import('@cornerstonejs/codec-charls/decodewasmjs')).default,
);
export const openjpeg = codecOf(
  '@cornerstonejs/codec-openjpeg/decodewasm',
  async () => (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default,
);
export const openjph = codecOf(
  '@cornerstonejs/codec-openjph/wasm',
  async () => (await import('@cornerstonejs/codec-openjph/wasmjs')).default,
);
export const libjxl = codecOf(
  '@cornerstonejs/codec-libjxl/decodewasm',
  async () => (await import('@cornerstonejs/codec-libjxl/decodewasmjs')).default,
);
