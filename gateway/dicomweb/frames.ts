import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ByteStream } from '../domain/byte-stream.ts';
import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID, SOPInstanceUID } from '../domain/identifiers.ts';
import type { ByteRange } from '../domain/imaging/object-store.ts';
import { formatStudyOf } from '../domain/imaging/study-address.ts';
import { type FrameBytesAt, type OpenInstance, pixelSyntax, type StoredFrames } from '../usecases/retrieve/retrieve-frames.ts';
import type { Door } from './context.ts';
import { contentTypeOf, type FrameOffer, frameOffers } from './frame-media.ts';
import { parseAccept } from './media-types.ts';
import { multipartRelated, newBoundary, type OutgoingPart, writeMultipart } from './multipart-writer.ts';
import {
  CACHE_CONTROL,
  entityTag,
  holdUntilSent,
  leaving,
  notModified,
  piecesOf,
  sendHeld,
  sendRangeable,
  sendStream,
} from './outgoing.ts';
import { acceptOf, frameList, type StudyParams, studyAddress, uidParameter } from './request.ts';

/** A frame up to this is read whole and sent with one write; a larger one streams. */
export const FRAME_WHOLE_BYTES_MAX = 4 * 1024 * 1024;

export interface InstanceParams extends StudyParams {
  readonly series: string;
  readonly instance: string;
}

export interface FrameParams extends InstanceParams {
  readonly frames: string;
}

/** PS3.18 10.4.1.1.6: frames, as stored, uncompressed, or in HTJ2K. */
export function registerFrames(app: FastifyInstance, door: Door): void {
  app.get<{ Params: FrameParams }>(
    '/studies/:study/series/:series/instances/:instance/frames/:frames',
    { config: { action: 'study.view' } },
    async (request, reply) => {
      const numbers = frameList(request.params.frames);
      const ranges = parseAccept(acceptOf(request));
      const instance = await openInstance(door, request, request.params);
      const signal = leaving(reply);
      for (const number of numbers) {
        if (number > instance.frames) throw new DomainError('not-found', 'there is no such frame');
      }
      checkOrder(numbers, instance);
      const stored = pixelSyntax(instance.pixels);
      const offers = frameOffers(ranges, stored, door.codec.canDecode(stored), numbers.length === 1);
      return sendFirstThatIsThere(door, request, reply, instance, offers, numbers, signal);
    },
  );
}

/** Each step back in a deflated object costs a pass from its beginning. */
const STEPS_BACK_MAX = 8;

/** @throws invalid */
function checkOrder(numbers: readonly number[], { pixels }: OpenInstance): void {
  const back = numbers.filter((number, n) => number <= (numbers[n - 1] ?? 0)).length;
  if (pixels.frames.kind === 'deflated' && back > STEPS_BACK_MAX) {
    throw new DomainError('invalid', 'frames of a deflated object are given in their order');
  }
}

/** That instance's study and no other, should its UID mean another study before the answer is out. */
export function exactParams<Params extends InstanceParams>(params: Params, { seen: { record } }: Pick<OpenInstance, 'seen'>): Params {
  return { ...params, of: formatStudyOf({ ownerCode: record.owner.code, ordinal: record.ordinal }) };
}

/** @throws not-found, denied, unavailable */
export function openInstance(door: Door, request: FastifyRequest, params: InstanceParams, only?: 'thumbnail'): Promise<OpenInstance> {
  return door.frames.open(
    door.actor(request),
    studyAddress(params),
    uidParameter<SeriesInstanceUID>(params.series),
    uidParameter<SOPInstanceUID>(params.instance),
    only,
  );
}

/** Frames in HTJ2K may not be derived yet, or be damaged; then the next offer is taken. @throws not-acceptable */
async function sendFirstThatIsThere(
  door: Door,
  request: FastifyRequest<{ Params: FrameParams }>,
  reply: FastifyReply,
  instance: OpenInstance,
  offers: readonly FrameOffer[],
  numbers: readonly number[],
  signal: AbortSignal,
): Promise<FastifyReply> {
  const first = numbers[0] as number;
  for (const offer of offers) {
    const at = offer.form === 'htj2k' ? await door.frames.htj2kAt(instance, first - 1, signal) : undefined;
    if (offer.form === 'htj2k' && at === undefined) continue;
    try {
      reply.header('vary', 'accept');
      if (!offer.multipart) return await sendSingle(door, request, reply, instance, offer, first, at, signal);
      const boundary = newBoundary();
      reply.header('cache-control', CACHE_CONTROL).header('content-type', multipartRelated(offer.mediaType, boundary));
      return await sendStream(
        request,
        reply,
        writeMultipart(boundary, parts(door, request, exactParams(request.params, instance), offer, numbers, signal)),
      );
    } catch (thrown) {
      if (at === undefined || !isLostDerived(thrown) || reply.sent) throw thrown;
      door.frames.forget(at);
      for (const name of ['etag', 'content-length', 'content-range', 'accept-ranges']) reply.removeHeader(name);
      reply.code(200);
    }
  }
  throw new DomainError('not-acceptable', 'the frames are not there in any transfer syntax that is accepted');
}

function isLostDerived(thrown: unknown): boolean {
  return thrown instanceof DomainError && (thrown.kind === 'damaged' || thrown.kind === 'not-found');
}

async function sendSingle(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  instance: OpenInstance,
  offer: FrameOffer,
  number: number,
  htj2k: FrameBytesAt | undefined,
  signal: AbortSignal,
): Promise<FastifyReply> {
  const { object } = instance.pixels;
  reply.header('content-type', contentTypeOf(offer));
  const etag = entityTag(object.sha256, number, offer.transferSyntaxUID);
  const at = htj2k ?? (isAsStored(offer, instance) ? door.frames.storedAt(instance, number - 1) : undefined);
  if (at !== undefined) {
    return sendRangeable(request, reply, {
      etag,
      bytes: at.range.length,
      open: (part) => readOrStream(door, reply, instance.asker, at, part, signal),
    });
  }
  if (isAsStored(offer, instance)) {
    const frames = await door.frames.stored(instance, signal);
    reply.raw.once('close', frames.close);
    return sendRangeable(request, reply, { etag, bytes: frames.bytes(number - 1), open: (part) => frames.read(number - 1, part) });
  }
  // Who has it already need not have it decoded.
  if (notModified(request, reply, etag)) return reply;
  const { value, bytes, release } = await door.frames.native(instance, number - 1, signal);
  return sendHeld(request, reply, etag, { value: value.bytes, bytes, release });
}

/**
 * A small frame is read whole, whatever part of it is asked for, as only then it is known to be the frame that was kept, and sent with one write;
 * a larger one streams, and so does any while there is no memory for it.
 */
async function readOrStream(
  door: Door,
  reply: FastifyReply,
  asker: string,
  { key, range }: FrameBytesAt,
  part: ByteRange | undefined,
  signal: AbortSignal,
): Promise<ByteStream | Uint8Array> {
  const lease = range.length <= FRAME_WHOLE_BYTES_MAX ? door.looks.budget.takeNow(asker, range.length) : undefined;
  if (lease === undefined) return door.objects.get(key, partOf(range, part), signal);
  holdUntilSent(reply, range.length, lease.release);
  const frame = await door.objects.read(key, range, signal);
  return part === undefined ? frame : frame.subarray(part.offset, part.offset + part.length);
}

/** The same as a part of several, let go once it has gone out. */
async function* storedPart(
  door: Door,
  asker: string,
  headers: OutgoingPart['headers'],
  { key, range }: FrameBytesAt,
  signal: AbortSignal,
): AsyncGenerator<OutgoingPart> {
  const lease = range.length <= FRAME_WHOLE_BYTES_MAX ? door.looks.budget.takeNow(asker, range.length) : undefined;
  try {
    yield {
      headers,
      body: lease === undefined ? await door.objects.get(key, range, signal) : piecesOf(await door.objects.read(key, range, signal)),
    };
  } finally {
    lease?.release();
  }
}

/** A part of a large frame has no checksum of its own. */
function partOf(frame: ByteRange, part: { readonly offset: number; readonly length: number } | undefined): ByteRange {
  if (part === undefined) return frame;
  const { of } = frame;
  return { offset: frame.offset + part.offset, length: part.length, ...(of === undefined ? {} : { of }) };
}

/** Access is asked again for each frame: who loses the right in the middle gets no further one. */
async function* parts(
  door: Door,
  request: FastifyRequest,
  params: InstanceParams,
  offer: FrameOffer,
  numbers: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<OutgoingPart> {
  const opened: { version?: string; frames?: StoredFrames } = {};
  const storedOf = async (instance: OpenInstance): Promise<StoredFrames> => {
    const { versionId } = instance.pixels;
    if (opened.frames !== undefined && opened.version === versionId) return opened.frames;
    opened.frames?.close();
    opened.version = versionId;
    opened.frames = await door.frames.stored(instance, signal);
    return opened.frames;
  };
  try {
    for (const number of numbers) {
      signal.throwIfAborted();
      const instance = await openInstance(door, request, params);
      const headers = {
        'Content-Type': contentTypeOf(offer),
        'Content-Location': `${door.base(request)}/studies/${params.study}/series/${params.series}/instances/${params.instance}/frames/${number}`,
      };
      if (offer.form === 'htj2k') {
        const at = await door.frames.htj2kAt(instance, number - 1, signal);
        if (at === undefined) throw new DomainError('not-acceptable', 'the frame is not there in this transfer syntax');
        yield* storedPart(door, instance.asker, headers, at, signal);
      } else if (isAsStored(offer, instance)) {
        const at = door.frames.storedAt(instance, number - 1);
        if (at !== undefined) yield* storedPart(door, instance.asker, headers, at, signal);
        else yield { headers, body: await begun((await storedOf(instance)).read(number - 1)) };
      } else {
        const held = await door.frames.native(instance, number - 1, signal);
        try {
          yield { headers, body: piecesOf(held.value.bytes) };
        } finally {
          held.release();
        }
      }
    }
  } finally {
    opened.frames?.close();
  }
}

/** The same stream, its first piece read: what fails at once fails before the part begins. */
async function begun(stream: AsyncGenerator<Uint8Array>): Promise<ByteStream> {
  const first = await stream.next();
  return (async function* () {
    if (first.done !== true) yield first.value;
    yield* stream;
  })();
}

/** Native little endian pixels are the same bytes in every native syntax, so they need no decoder. */
function isAsStored(offer: FrameOffer, { pixels }: OpenInstance): boolean {
  return offer.form === 'stored' || NATIVE_LITTLE_ENDIAN.has(pixelSyntax(pixels));
}

const NATIVE_LITTLE_ENDIAN: ReadonlySet<string> = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99']);
