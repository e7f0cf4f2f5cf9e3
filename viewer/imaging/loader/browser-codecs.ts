/** The codecs in WebAssembly as a browser loads them: each fetched when a picture first needs it. */
import charlsWasm from '@cornerstonejs/codec-charls/decodewasm?url';
import libjxlWasm from '@cornerstonejs/codec-libjxl/decodewasm?url';
import openjpegWasm from '@cornerstonejs/codec-openjpeg/decodewasm?url';
import openjphWasm from '@cornerstonejs/codec-openjph/wasm?url';
import { type Codecs, WasmCodec } from './pixels.ts';
import { bytesOfStream } from './stream-bytes.ts';

function codecOf<Module extends CodecModule>(name: string, url: string, load: () => Promise<CodecFactory<Module>>): WasmCodec<Module> {
  const quiet = () => undefined;
  return new WasmCodec(name, async () => {
    const [factory, answer] = await Promise.all([load(), fetch(url)]);
    if (!answer.ok) throw new Error(`${name} cannot be fetched`);
    return factory({ wasmBinary: new Uint8Array(await answer.arrayBuffer()), print: quiet, printErr: quiet });
  });
}

export const CODECS: Codecs = {
  charls: codecOf('charls', charlsWasm, async () => (await import('@cornerstonejs/codec-charls/decodewasmjs')).default),
  libjxl: codecOf('libjxl', libjxlWasm, async () => (await import('@cornerstonejs/codec-libjxl/decodewasmjs')).default),
  openjpeg: codecOf('openjpeg', openjpegWasm, async () => (await import('@cornerstonejs/codec-openjpeg/decodewasmjs')).default),
  openjph: codecOf('openjph', openjphWasm, async () => (await import('@cornerstonejs/codec-openjph/wasmjs')).default),
  inflateRaw,
};

/** @throws when it is corrupt or longer than `bytesMax` */
function inflateRaw(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  const inflated = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return bytesOfStream(inflated, (length) => {
    if (length > bytesMax) throw new Error('inflates to more than a frame');
  });
}
