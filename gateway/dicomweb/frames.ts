import type { ByteStream } from '../domain/byte-stream.ts';
import { DomainError } from '../domain/errors.ts';
import type { ByteRange } from '../domain/imaging/object-store.ts';
import type { HttpAnswer, HttpRequest } from '../doorstep/exchange.ts';
import { type FrameBytesAt, type OpenInstance, pixelSyntax, type StoredFrames } from '../usecases/retrieve/retrieve-frames.ts';
import { contentTypeOf, type FrameOffer, frameOffers } from './media/frame-media.ts';
import { parseAccept } from './media/media-types.ts';
import { multipartRelated, newBoundary, type OutgoingPart, writeMultipart } from './media/multipart-writer.ts';
import { CACHE_CONTROL, entityTag, heldAnswer, holdUntilSent, notModified, piecesOf, rangeable, streamed } from './media/outgoing.ts';
import { acceptOf, addressOf, frameParams, type InstanceParams, onceEach } from './parameters.ts';
import { type Call, type DicomwebPorts, type DicomwebRoute, studyRoute } from './route.ts';

/** A frame up to this is read whole and sent with one write; a larger one streams. */
export const FRAME_WHOLE_BYTES_MAX = 4 * 1024 * 1024;

type Ports = Pick<DicomwebPorts, 'frames' | 'codec' | 'objects' | 'looks'>;
type FrameCall = Call<InstanceParams, unknown>;

/** PS3.18 10.4.1.1.6: frames, as stored, uncompressed, or in HTJ2K. */
export const FRAME_ROUTES: readonly DicomwebRoute[] = [
  studyRoute({
    method: 'GET',
    path: '/studies/:study/series/:series/instances/:instance/frames/:frames',
    action: 'study.view',
    params: frameParams,
    query: onceEach('accept'),
    study: ({ params }) => addressOf(params),
    handle: async (ports: Ports, call) => {
      const numbers = call.params.frames;
      const ranges = parseAccept(acceptOf(call));
      const instance = await openInstance(ports, call, call.params);
      for (const number of numbers) {
        if (number > instance.frames) throw new DomainError('not-found', 'there is no such frame');
      }
      checkOrder(numbers, instance);
      const stored = pixelSyntax(instance.pixels);
      const offers = frameOffers(ranges, stored, ports.codec.canDecode(stored), numbers.length === 1);
      return firstThatIsThere(ports, call, instance, offers, numbers);
    },
  }),
];

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
  return { ...params, of: { ownerCode: record.owner.code, ordinal: record.ordinal } };
}

/** @throws not-found, denied, unavailable */
export function openInstance(
  { frames }: Pick<DicomwebPorts, 'frames'>,
  { actor }: Pick<FrameCall, 'actor'>,
  params: InstanceParams,
  only?: 'thumbnail',
): Promise<OpenInstance> {
  return frames.open(actor, addressOf(params), params.series, params.instance, only);
}

/** Frames in HTJ2K may not be derived yet, or be damaged; then the next offer is taken. @throws not-acceptable */
async function firstThatIsThere(
  ports: Ports,
  call: FrameCall,
  instance: OpenInstance,
  offers: readonly FrameOffer[],
  numbers: readonly number[],
): Promise<HttpAnswer> {
  const { sending } = call.request;
  const first = numbers[0] as number;
  for (const offer of offers) {
    const at =
      offer.form === 'htj2k'
        ? (ports.frames.knownHtj2kAt(instance, first - 1) ?? (await ports.frames.htj2kAt(instance, first - 1, sending.leaving)))
        : undefined;
    if (offer.form === 'htj2k' && at === undefined) continue;
    try {
      if (!offer.multipart) return await single(ports, call.request, instance, offer, first, at);
      const boundary = newBoundary();
      const exact = { ...call, params: exactParams(call.params, instance) };
      return await streamed(
        call.request,
        { 'content-type': multipartRelated(offer.mediaType, boundary), 'cache-control': CACHE_CONTROL, vary: 'accept' },
        writeMultipart(boundary, parts(ports, exact, offer, numbers)),
      );
    } catch (thrown) {
      if (at === undefined || !isLostDerived(thrown)) throw thrown;
      ports.frames.forget(at);
    }
  }
  throw new DomainError('not-acceptable', 'the frames are not there in any transfer syntax that is accepted');
}

function isLostDerived(thrown: unknown): boolean {
  return thrown instanceof DomainError && (thrown.kind === 'damaged' || thrown.kind === 'not-found');
}

async function single(
  ports: Ports,
  request: HttpRequest,
  instance: OpenInstance,
  offer: FrameOffer,
  number: number,
  htj2k: FrameBytesAt | undefined,
): Promise<HttpAnswer> {
  const { sending } = request;
  const headers = { 'content-type': contentTypeOf(offer), vary: 'accept' };
  const etag = entityTag(instance.etag, number, offer.transferSyntaxUID);
  const at = htj2k ?? (isAsStored(offer, instance) ? ports.frames.storedAt(instance, number - 1) : undefined);
  if (at !== undefined) {
    return rangeable(request, headers, {
      etag,
      bytes: at.range.length,
      open: (part) => readOrStream(ports, request, instance.asker, at, part),
    });
  }
  if (isAsStored(offer, instance)) {
    const frames = await ports.frames.stored(instance, sending.leaving);
    sending.onceOver(frames.close);
    return rangeable(request, headers, { etag, bytes: frames.bytes(number - 1), open: (part) => frames.read(number - 1, part) });
  }
  // Who has it already need not have it decoded.
  const unchanged = notModified(request, etag, headers);
  if (unchanged !== undefined) return unchanged;
  const { value, bytes, release } = await ports.frames.native(instance, number - 1, sending.leaving);
  return heldAnswer(request, headers, etag, { value: value.bytes, bytes, release });
}

/**
 * A small frame is read whole, whatever part of it is asked for, as only then it is known to be the frame that was kept, and sent with one write;
 * a larger one streams, and so does any while there is no memory for it.
 */
async function readOrStream(
  { looks, objects }: Ports,
  { sending }: HttpRequest,
  asker: string,
  { key, range }: FrameBytesAt,
  part: ByteRange | undefined,
): Promise<ByteStream | Uint8Array> {
  const lease = range.length <= FRAME_WHOLE_BYTES_MAX ? looks.budget.takeNow(asker, range.length) : undefined;
  if (lease === undefined) return objects.get(key, partOf(range, part), sending.leaving);
  holdUntilSent(sending, range.length, lease.release);
  const buffer = looks.buffers.take(range.length);
  const frame = objects.readNow?.(key, range, buffer) ?? (await objects.read(key, range, sending.leaving, buffer));
  sending.onceOver(() => {
    if (sending.isOut()) looks.buffers.giveBack(buffer);
  });
  return part === undefined ? frame : frame.subarray(part.offset, part.offset + part.length);
}

/** The same as a part of several, let go once it has gone out. */
async function* storedPart(
  { looks, objects }: Ports,
  asker: string,
  headers: OutgoingPart['headers'],
  { key, range }: FrameBytesAt,
  signal: AbortSignal,
): AsyncGenerator<OutgoingPart> {
  const lease = range.length <= FRAME_WHOLE_BYTES_MAX ? looks.budget.takeNow(asker, range.length) : undefined;
  try {
    yield {
      headers,
      body: lease === undefined ? await objects.get(key, range, signal) : piecesOf(await objects.read(key, range, signal)),
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
async function* parts(ports: Ports, call: FrameCall, offer: FrameOffer, numbers: readonly number[]): AsyncGenerator<OutgoingPart> {
  const { params } = call;
  const { leaving: signal } = call.request.sending;
  const opened: { version?: string; frames?: StoredFrames } = {};
  const storedOf = async (instance: OpenInstance): Promise<StoredFrames> => {
    const { versionId } = instance.pixels;
    if (opened.frames !== undefined && opened.version === versionId) return opened.frames;
    opened.frames?.close();
    opened.version = versionId;
    opened.frames = await ports.frames.stored(instance, signal);
    return opened.frames;
  };
  try {
    for (const number of numbers) {
      signal.throwIfAborted();
      const instance = await openInstance(ports, call, params);
      const headers = {
        'Content-Type': contentTypeOf(offer),
        'Content-Location': `${call.base()}/studies/${params.study}/series/${params.series}/instances/${params.instance}/frames/${number}`,
      };
      if (offer.form === 'htj2k') {
        const at = await ports.frames.htj2kAt(instance, number - 1, signal);
        if (at === undefined) throw new DomainError('not-acceptable', 'the frame is not there in this transfer syntax');
        yield* storedPart(ports, instance.asker, headers, at, signal);
      } else if (isAsStored(offer, instance)) {
        const at = ports.frames.storedAt(instance, number - 1);
        if (at !== undefined) yield* storedPart(ports, instance.asker, headers, at, signal);
        else yield { headers, body: await begun((await storedOf(instance)).read(number - 1)) };
      } else {
        const held = await ports.frames.native(instance, number - 1, signal);
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
