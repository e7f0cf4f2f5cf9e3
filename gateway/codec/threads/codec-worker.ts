import { DomainError } from '../../domain/errors.ts';
import type { RenderOptions } from '../../domain/imaging/rendering.ts';
import { withoutCodecTransform } from '../pixels/codestream/wasm-decoders.ts';
import type { DecodedFrame, FrameToDecode } from '../pixels/frame.ts';
import { type OfRange, overRange } from '../pixels/loop.ts';
import { modalityValues } from '../pixels/modality.ts';
import { type Presentation, present } from '../pixels/presentation.ts';
import type { Drawing } from '../pixels/scale.ts';
import { encodeImage } from '../render/picture.ts';
import { decode } from '../wasm/decode.ts';
import { encodeHtj2k } from '../wasm/htj2k-encoder.ts';
import { serveTasks } from './worker-tasks.ts';

export type WorkerRequest =
  | { readonly task: 'decode'; readonly frame: FrameToDecode }
  | {
      readonly task: 'render';
      readonly frame: FrameToDecode;
      readonly presentation: Presentation;
      /** Of a loop; without `toDecode` it is the frame itself. */
      readonly beside: readonly { readonly toDecode: FrameToDecode | undefined; readonly presentation: Presentation }[];
      readonly drawing: Drawing;
      readonly encoding: Pick<RenderOptions, 'format' | 'quality'>;
    }
  | { readonly task: 'encode-htj2k'; readonly frame: FrameToDecode };

serveTasks(perform);

async function perform(request: WorkerRequest): Promise<{ result: unknown; memory: ArrayBuffer[] }> {
  const decoded = await decode(request.frame);
  switch (request.task) {
    case 'decode': {
      const bytes = ownMemory(decoded.bytes);
      return { result: { ...decoded, bytes }, memory: [bytes.buffer] };
    }
    case 'render': {
      const presentation = overRange(request.presentation, await rangesBeside(request, decoded));
      const image = encodeImage(present(decoded, presentation), request.drawing, request.encoding);
      return { result: image, memory: [image.buffer] };
    }
    case 'encode-htj2k': {
      if (decoded.photometricInterpretation !== withoutCodecTransform(request.frame)) {
        // Viewers go by the data set and would show these samples in false colours.
        throw new DomainError('unsupported', 'the stream holds other colours than the data set says');
      }
      const codestream = await encodeHtj2k(decoded);
      return { result: codestream, memory: [codestream.buffer] };
    }
  }
}

/** One after the other; what cannot be decoded has no part in the range. */
async function rangesBeside({ beside }: WorkerRequest & { task: 'render' }, decoded: DecodedFrame): Promise<readonly OfRange[]> {
  const found: OfRange[] = [];
  for (const { toDecode, presentation } of beside) {
    if (presentation.kind !== 'grey') continue;
    try {
      const { range, padding } = modalityValues(toDecode === undefined ? decoded : await decode(toDecode), presentation);
      found.push({ range, padding });
    } catch (thrown) {
      if (!(thrown instanceof DomainError)) throw thrown;
    }
  }
  return found;
}

/** Bytes whose buffer holds nothing else, so that it can be given away. */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
