/** A few workers that decode; the picture the reader waits for goes first. */
import type { DecodedPicture, DecodeReply, DecodeRequest } from './picture.ts';
import type { FrameToDecode } from './pixels.ts';
import { memoryOf, SPARE_BYTES_MAX, spareMemory } from './spare-memory.ts';
import { deferred, type Urgency, WaitingLine } from './urgency.ts';

const DECODERS_MAX = 4;
/** A forged file can keep a codec busy for ever. */
const DECODING_MS_MAX = 30_000;

interface Task {
  readonly request: DecodeRequest;
  resolve(picture: DecodedPicture): void;
  reject(thrown: unknown): void;
}

/** What a codec or the room refuses: the picture cannot be decoded here. */
export class NotDecodable extends Error {}

export interface Decoding {
  readonly picture: Promise<DecodedPicture>;
  hasten(): void;
}

export class DecoderPool {
  readonly #size = Math.max(1, Math.min(DECODERS_MAX, Math.floor((navigator.hardwareConcurrency || 2) / 2)));
  readonly #idle: Worker[] = [];
  #workers = 0;
  readonly #line = new WaitingLine<Task>();
  #id = 0;

  /** Starts one worker and its most used codec, so that the first picture need not wait for them. */
  makeReady(): void {
    const worker = this.#start();
    worker.postMessage('make-ready');
    this.#rest(worker);
  }

  /** `picture` rejects with NotDecodable. */
  decode(request: DecodeRequest, urgency: Urgency): Decoding {
    const { promise, resolve, reject } = deferred<DecodedPicture>();
    const task: Task = { request, resolve, reject };
    this.#line.add(task, urgency);
    this.#next();
    return { picture: promise, hasten: () => this.#line.hasten(task) };
  }

  #start(): Worker {
    this.#workers += 1;
    return new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module' });
  }

  /** It waits for its next task. One that fails meanwhile, as when its script cannot be loaded, gets none. */
  #rest(worker: Worker): void {
    worker.onmessage = null;
    worker.onerror = (event) => {
      event.preventDefault();
      this.#idle.splice(this.#idle.indexOf(worker), 1);
      this.#end(worker);
    };
    this.#idle.push(worker);
  }

  #end(worker: Worker): void {
    worker.onmessage = null;
    worker.onerror = null;
    worker.terminate();
    this.#workers -= 1;
  }

  #next(): void {
    while (this.#line.size > 0) {
      const worker = this.#idle.pop() ?? (this.#workers < this.#size ? this.#start() : undefined);
      if (worker === undefined) return;
      const task = this.#line.take();
      if (task !== undefined) this.#run(worker, task);
    }
  }

  #run(worker: Worker, task: Task): void {
    this.#id += 1;
    const id = this.#id;
    const finish = (healthy: boolean) => {
      clearTimeout(timer);
      if (healthy) this.#rest(worker);
      else this.#end(worker);
      this.#next();
    };
    const timer = setTimeout(() => {
      task.reject(new NotDecodable('decoding takes too long'));
      finish(false);
    }, DECODING_MS_MAX);
    worker.onmessage = ({ data: reply }: MessageEvent<DecodeReply>) => {
      if (reply.id !== id) return;
      if ('picture' in reply) {
        if (reply.spare !== undefined) spareMemory(reply.spare);
        task.resolve(reply.picture);
      } else task.reject(new NotDecodable(reply.refusal));
      finish(true);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      task.reject(new NotDecodable(event.message));
      finish(false);
    };
    const frame = carried(task.request);
    worker.postMessage({ ...task.request, frame, id }, frame.mayBeGivenAway === true ? [frame.bytes.buffer as ArrayBuffer] : []);
  }
}

/** A frame that is kept goes as a copy in memory of the size of its picture, which comes back in it. */
function carried({ frame, pictureBytes = 0 }: DecodeRequest): FrameToDecode {
  const { length } = frame.bytes;
  if (frame.mayBeGivenAway === true || pictureBytes < length || pictureBytes > SPARE_BYTES_MAX) return frame;
  const bytes = new Uint8Array(memoryOf(pictureBytes), 0, length);
  bytes.set(frame.bytes);
  return { ...frame, bytes, mayBeGivenAway: true };
}
