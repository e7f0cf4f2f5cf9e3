import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { describeHeader } from '../../dicom/parse/describe.ts';
import { locateValue } from '../../dicom/parse/part10.ts';
import type { RandomAccess } from '../../dicom/parse/random-access.ts';
import { DomainError } from '../../domain/errors.ts';
import type { DicomJson, FrameIndex } from '../../domain/imaging/dataset.ts';
import { HEADER_JSON_BYTES_MAX } from './image-header.ts';
import { imagePart } from './image-part.ts';
import { packFrames } from './packed-frames.ts';
import { serveTasks } from './worker-tasks.ts';

/** A large header, read in a thread. The bytes are fetched from the main thread one read at a time; see header-threads.ts. */
export type HeaderRequest = HeaderTask & {
  /** Length of the object. */
  readonly bytes: number;
  /** Asks for `{ offset, length }`, is given the bytes or null. */
  readonly port: MessagePort;
  /** Two 32-bit words. The first is set to 1 and woken when the answer has been sent; the second is 1 once there will be no more answers. */
  readonly answered: SharedArrayBuffer;
};
export type HeaderTask =
  | { readonly task: 'describe' }
  | { readonly task: 'image-header'; readonly metadataGzip: Uint8Array }
  | { readonly task: 'locate'; readonly path: string; readonly transferSyntaxUID: string | undefined };

serveTasks((request: HeaderRequest) => perform(request).finally(() => request.port.close()));

async function perform(request: HeaderRequest): Promise<{ result: unknown; memory: ArrayBuffer[] }> {
  const source = fetched(request);
  if (request.task === 'locate') {
    const { path, transferSyntaxUID } = request;
    return { result: await locateValue(source, path, transferSyntaxUID === undefined ? {} : { transferSyntaxUID }), memory: [] };
  }
  if (request.task === 'image-header') {
    const text = gunzipSync(request.metadataGzip, { maxOutputLength: HEADER_JSON_BYTES_MAX });
    return { result: imagePart(JSON.parse(text.toString('utf8')) as DicomJson), memory: [] };
  }
  const described = await describeHeader(source);
  if (described.kind !== 'instance') {
    // What was thrown stays here: not everything that can be thrown can be sent.
    const { cause, ...rest } = described;
    return { result: { ...rest, ...(cause === undefined ? {} : { cause: String(cause) }) }, memory: [] };
  }
  const metadataGzip = new Uint8Array(described.metadataGzip);
  const { frames, memory } = packFrames(described.frames as FrameIndex);
  return { result: { ...described, metadataGzip, frames }, memory: [metadataGzip.buffer, ...memory] };
}

/** The object's bytes from the main thread, at once: the thread sleeps until they are there. */
function fetched({ bytes, port, answered }: HeaderRequest): RandomAccess {
  const word = new Int32Array(answered);
  const readSync = (offset: number, length: number): Uint8Array => {
    Atomics.store(word, 0, 0);
    port.postMessage({ offset, length });
    if (Atomics.load(word, 1) === 0) Atomics.wait(word, 0, 0);
    const given = receiveMessageOnPort(port)?.message as Uint8Array | null | undefined;
    if (given === null || given === undefined) throw new DomainError('unavailable', 'the source failed');
    return given;
  };
  return { bytes, readSync, read: async (offset, length) => readSync(offset, length) };
}
