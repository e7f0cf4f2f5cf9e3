import { availableParallelism } from 'node:os';
import { DomainError } from '../../domain/errors.ts';
import type { DicomJson, PixelDescription } from '../../domain/imaging/dataset.ts';
import type { RenderOptions } from '../../domain/imaging/rendering.ts';
import type { Log } from '../../domain/operation/log.ts';
import { canDecode, isNative } from '../pixels/decode.ts';
import { checkDescription, type DecodedFrame, type FrameToDecode } from '../pixels/frame.ts';
import { nativeFrame } from '../pixels/native.ts';
import { presentationOf } from '../pixels/presentation.ts';
import { drawingOf } from '../pixels/scale.ts';
import type { WorkerRequest } from './codec-worker.ts';
import { decodedBytes, decodingBytes, renderingBytes } from './cost.ts';
import { WorkerPool } from './worker-pool.ts';

export type { DecodedFrame } from '../pixels/frame.ts';

/** One frame's bytes as stored (fragments joined), its transfer syntax and its Image Pixel module. Deflated data sets are inflated before. */
export type FrameRequest = FrameToDecode;

export interface RenderRequest extends FrameToDecode {
  /** The instance's header: modality and VOI LUT, palette, functional groups. */
  readonly header: DicomJson;
  /** From 0; chooses the per-frame functional group. */
  readonly frame: number;
  /** Of a loop for which the header names no window: the frames whose values it is stretched over, see loop.ts. */
  readonly beside?: readonly LoopFrame[];
}

export interface LoopFrame {
  /** From 0. */
  readonly frame: number;
  /** Undefined: the frame that is rendered. */
  readonly toDecode: FrameToDecode | undefined;
}

/** A frame before its bytes are read: enough to say what they will cost. */
export interface FrameToCome {
  readonly pixel: PixelDescription;
  readonly transferSyntaxUID: string;
  /** Bytes of the frame as stored, fragments joined, inflated. */
  readonly storedBytes: number;
  /** Frames that are decoded with it for the range of a loop, one after the other. */
  readonly beside?: number;
}

export interface Codec {
  /** The frame in Explicit VR Little Endian; see DecodedFrame for what colour and layout it has. @throws invalid, unsupported, too-large, busy */
  decodeFrame(request: FrameRequest, signal?: AbortSignal): Promise<DecodedFrame>;
  /** A JPEG or PNG of the frame as a person should see it, PS3.18 8.3.5. @throws invalid, unsupported, too-large, busy */
  renderFrame(request: RenderRequest, options: RenderOptions, signal?: AbortSignal): Promise<Uint8Array>;
  /** HTJ2K Lossless RPCL (1.2.840.10008.1.2.4.202) codestream of the frame. @throws invalid, unsupported, too-large, busy */
  encodeHtj2k(request: FrameRequest, signal?: AbortSignal): Promise<Uint8Array>;
  canDecode(transferSyntaxUID: string): boolean;
  /**
   * Bytes that decoding, or rendering with these options, may hold, its input and its result included; to be taken from a budget before the
   * input is read. @throws invalid, unsupported, too-large
   */
  costOf(frame: FrameToCome, rendering?: RenderOptions): number;
  close(): Promise<void>;
}

export interface CodecOptions {
  /** Threads that decode. Default: one less than the processors, at least 1, at most WORKERS_MAX. */
  readonly workers?: number;
  /** Threads that render. Default RENDERERS_DEFAULT. */
  readonly renderers?: number;
  /** Frames that may wait for a thread before the next is `busy`. Default QUEUE_DEFAULT. */
  readonly queueMax?: number;
  /** Default TASK_CPU_MS_MAX. */
  readonly taskCpuMsMax?: number;
  readonly log?: Pick<Log, 'error'>;
}

export const WORKERS_MAX = 16;
/** Renderings at once. They have threads of their own, so that frames, which a reader waits for, do not wait for pictures. */
export const RENDERERS_DEFAULT = 2;
export const QUEUE_DEFAULT = 64;
/** Processor time. The slowest frame known here (1760×1760, 16 bit) takes under a second. */
export const TASK_CPU_MS_MAX = 60_000;
/** How long a task may be without a thread or a processor; then it is `busy`. */
export const TASK_WAIT_MS_MAX = 300_000;
/** What a task may take of memory and its thread still be kept for the next; the thread of a larger one ends with it. */
export const KEPT_TASK_BYTES_MAX = 64 * 1024 * 1024;

export function createCodec(options: CodecOptions = {}): Codec {
  const { queueMax = QUEUE_DEFAULT, taskCpuMsMax = TASK_CPU_MS_MAX, renderers = RENDERERS_DEFAULT, log } = options;
  const limits = { cpuMsMax: taskCpuMsMax, waitMsMax: TASK_WAIT_MS_MAX };
  const threads = (workers: number) => new WorkerPool(new URL('./codec-worker.ts', import.meta.url), { workers, queueMax, limits, log });
  const decoders = threads(Math.min(WORKERS_MAX, Math.max(1, options.workers ?? availableParallelism() - 1)));
  const painters = threads(renderers);

  function run(pool: WorkerPool, request: WorkerRequest, cost: number, signal: AbortSignal | undefined): Promise<unknown> {
    if (!canDecode(request.frame.transferSyntaxUID)) {
      return Promise.reject(new DomainError('unsupported', 'no decoder for this transfer syntax'));
    }
    const bytes = memoryOf(request.frame);
    return pool.run({ ...request, frame: { ...only(request.frame), bytes } }, [bytes.buffer], signal, cost > KEPT_TASK_BYTES_MAX);
  }

  const codec: Codec = {
    canDecode,
    costOf({ pixel, transferSyntaxUID, storedBytes, beside = 0 }, rendering) {
      checkDescription(pixel);
      if (rendering === undefined) return decodingBytes(pixel, transferSyntaxUID, storedBytes);
      const drawing = drawingOf(pixel.columns, pixel.rows, rendering.viewport);
      const own = renderingBytes(pixel, transferSyntaxUID, storedBytes, drawing, rendering.format);
      // Another frame and its modality values, at most of eight bytes, while this one waits.
      return beside === 0 ? own : own + decodingBytes(pixel, transferSyntaxUID, 0) + 8 * pixel.rows * pixel.columns;
    },
    async decodeFrame(request, signal) {
      signal?.throwIfAborted();
      if (isNative(request.transferSyntaxUID)) {
        checkDescription(request.pixel);
        return nativeFrame(request);
      }
      return (await run(decoders, { task: 'decode', frame: request }, costOfTask(codec, request), signal)) as DecodedFrame;
    },
    async renderFrame(request, { viewport, window, format, quality }, signal) {
      signal?.throwIfAborted();
      checkDescription(request.pixel);
      const drawing = drawingOf(request.pixel.columns, request.pixel.rows, viewport);
      const presentation = presentationOf(request.header, request.frame, request.pixel, window);
      const beside = (presentation.kind === 'grey' && presentation.voi.kind === 'contents' ? (request.beside ?? []) : []).map(
        ({ frame, toDecode }) => ({
          toDecode: toDecode && { ...only(toDecode), bytes: memoryOf(toDecode) },
          presentation: presentationOf(request.header, frame, request.pixel),
        }),
      );
      const task = { task: 'render', frame: request, presentation, beside, drawing, encoding: { format, quality } } as const;
      const cost = renderingBytes(request.pixel, request.transferSyntaxUID, request.bytes.length, drawing, format);
      return (await run(painters, task, cost, signal)) as Uint8Array;
    },
    async encodeHtj2k(request, signal) {
      const cost = costOfTask(codec, request) + 5 * decodedBytes(request.pixel);
      return (await run(decoders, { task: 'encode-htj2k', frame: request }, cost, signal)) as Uint8Array;
    },
    async close() {
      await Promise.all([decoders.close(), painters.close()]);
    },
  };
  return codec;
}

function costOfTask(codec: Codec, { pixel, transferSyntaxUID, bytes }: FrameToDecode): number {
  return codec.costOf({ pixel, transferSyntaxUID, storedBytes: bytes.length });
}

/**
 * Memory that can be given to a thread. What the caller has no more use for is given as it is; otherwise a copy: the caller keeps its bytes, and a
 * small view does not drag its whole buffer along.
 */
function memoryOf({ bytes, mayBeGivenAway }: FrameToDecode): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const whole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return mayBeGivenAway === true && whole ? new Uint8Array(buffer) : new Uint8Array(bytes);
}

/** The members a worker needs; a RenderRequest's header stays here. */
function only({ bytes, transferSyntaxUID, pixel, pixelDataVR }: FrameToDecode): FrameToDecode {
  return { bytes, transferSyntaxUID, pixel, ...(pixelDataVR === undefined ? {} : { pixelDataVR }) };
}
