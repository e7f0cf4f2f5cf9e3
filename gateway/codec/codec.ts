import { availableParallelism } from 'node:os';
import type { DicomJson } from '../domain/dataset.ts';
import { DomainError } from '../domain/errors.ts';
import type { RenderOptions } from '../domain/ports.ts';
import type { WorkerRequest } from './codec-worker.ts';
import { canDecode, isNative } from './decode.ts';
import { checkDescription, type DecodedFrame, type FrameToDecode } from './frame.ts';
import { nativeFrame } from './native.ts';
import { encodeImage } from './picture.ts';
import { type Picture, presentationOf } from './presentation.ts';
import { WorkerPool } from './worker-pool.ts';

export type { DecodedFrame } from './frame.ts';

/** One frame's bytes as stored (fragments joined), its transfer syntax and its Image Pixel module. Deflated data sets are inflated before. */
export type FrameRequest = FrameToDecode;

export interface RenderRequest extends FrameToDecode {
  /** The instance's header: modality and VOI LUT, palette, functional groups. */
  readonly header: DicomJson;
  /** From 0; chooses the per-frame functional group. */
  readonly frame: number;
}

export interface Codec {
  /** The frame in Explicit VR Little Endian; see DecodedFrame for what colour and layout it has. @throws invalid, unsupported, too-large, busy */
  decodeFrame(request: FrameRequest, signal?: AbortSignal): Promise<DecodedFrame>;
  /** A JPEG or PNG of the frame as a person should see it, PS3.18 8.3.5. @throws invalid, unsupported, too-large, busy */
  renderFrame(request: RenderRequest, options: RenderOptions, signal?: AbortSignal): Promise<Uint8Array>;
  /** HTJ2K Lossless RPCL (1.2.840.10008.1.2.4.202) codestream of the frame. @throws invalid, unsupported, too-large, busy */
  encodeHtj2k(request: FrameRequest, signal?: AbortSignal): Promise<Uint8Array>;
  canDecode(transferSyntaxUID: string): boolean;
  close(): Promise<void>;
}

export interface CodecOptions {
  /** Threads. Default: one less than the processors, at least 1, at most WORKERS_MAX. */
  readonly workers?: number;
  /** Frames that may wait for a thread before the next is `busy`. Default QUEUE_DEFAULT. */
  readonly queueMax?: number;
  /** Default TASK_MS_MAX. */
  readonly taskMsMax?: number;
}

export const WORKERS_MAX = 16;
export const QUEUE_DEFAULT = 64;
/** The slowest frame known here (1760×1760, 16 bit) takes under a second. */
export const TASK_MS_MAX = 60_000;

export function createCodec(options: CodecOptions = {}): Codec {
  const workers = Math.min(WORKERS_MAX, Math.max(1, options.workers ?? availableParallelism() - 1));
  const queueMax = options.queueMax ?? QUEUE_DEFAULT;
  const pool = new WorkerPool(new URL('./codec-worker.ts', import.meta.url), {
    workers,
    queueMax,
    taskMsMax: options.taskMsMax ?? TASK_MS_MAX,
  });
  /** Pictures being compressed outside of the pool; they count against the same bound. */
  let compressing = 0;

  const run = (request: WorkerRequest, signal: AbortSignal | undefined): Promise<unknown> => {
    if (!canDecode(request.frame.transferSyntaxUID)) {
      return Promise.reject(new DomainError('unsupported', 'no decoder for this transfer syntax'));
    }
    // A copy is transferred: the caller keeps its bytes, and a small view does not drag its whole buffer along.
    const bytes = new Uint8Array(request.frame.bytes);
    return pool.run({ ...request, frame: { ...only(request.frame), bytes } }, [bytes.buffer], signal);
  };

  return {
    canDecode,
    async decodeFrame(request, signal) {
      signal?.throwIfAborted();
      if (isNative(request.transferSyntaxUID)) {
        checkDescription(request.pixel);
        return nativeFrame(request);
      }
      return (await run({ task: 'decode', frame: request }, signal)) as DecodedFrame;
    },
    async renderFrame(request, renderOptions, signal) {
      signal?.throwIfAborted();
      if (compressing >= workers + queueMax) throw new DomainError('busy', 'too many images are being processed');
      compressing++;
      try {
        const presentation = presentationOf(request.header, request.frame, request.pixel, renderOptions.window);
        const picture = (await run({ task: 'render', frame: request, presentation }, signal)) as Picture;
        signal?.throwIfAborted();
        return await encodeImage(picture, renderOptions);
      } finally {
        compressing--;
      }
    },
    async encodeHtj2k(request, signal) {
      return (await run({ task: 'encode-htj2k', frame: request }, signal)) as Uint8Array;
    },
    close: () => pool.close(),
  };
}

/** The members a worker needs; a RenderRequest's header stays here. */
function only({ bytes, transferSyntaxUID, pixel, pixelDataVR }: FrameToDecode): FrameToDecode {
  return { bytes, transferSyntaxUID, pixel, ...(pixelDataVR === undefined ? {} : { pixelDataVR }) };
}
