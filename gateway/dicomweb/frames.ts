import type { ByteStream } from '../domain/byte-stream.ts';
import { DomainError } from '../domain/errors.ts';
import type { InstanceVersion } from '../domain/imaging/study-address.ts';
import type { HttpAnswer, HttpRequest } from '../doorstep/exchange.ts';
import type { KeptFrame, Taker } from '../usecases/retrieve/kept-frame.ts';
import type { Held } from '../usecases/retrieve/looks.ts';
import type { DerivedFrame, OpenInstance, StoredFrames } from '../usecases/retrieve/retrieve-frames.ts';
import { contentTypeOf, type FrameOffer, frameOffers } from './media/frame-media.ts';
import { parseAccept } from './media/media-types.ts';
import { multipartRelated, newBoundary, type OutgoingPart, writeMultipart } from './media/multipart-writer.ts';
import { CACHE_CONTROL, heldAnswer, madeEntityTag, notModified, piecesOf, rangeable, streamed } from './media/outgoing.ts';
import { acceptOf, addressOf, frameParams, type InstanceParams, onceEach, versionQuery } from './parameters.ts';
import { type DicomwebPorts, type DicomwebRoute, type StudyCall, studyRoute } from './route.ts';

type Ports = Pick<DicomwebPorts, 'frames'> & { readonly codec: Pick<DicomwebPorts['codec'], 'canDecode'> };
type FrameCall = StudyCall<InstanceParams, Versioned>;

/** PS3.18 10.4.1.1.6: frames, as stored, uncompressed, or in HTJ2K. */
export const FRAME_ROUTES: readonly DicomwebRoute[] = [
  studyRoute({
    method: 'GET',
    path: '/studies/:study/series/:series/instances/:instance/frames/:frames',
    action: 'study.view',
    params: frameParams,
    query: onceEach('accept').extend(versionQuery),
    study: ({ params }) => addressOf(params),
    handle: async (ports: Ports, call) => {
      const numbers = call.params.frames;
      const ranges = parseAccept(acceptOf(call));
      const instance = await openInstance(ports, call);
      for (const number of numbers) {
        if (number > instance.frames) throw new DomainError('not-found', 'there is no such frame');
      }
      checkOrder(numbers, instance);
      const { pixelSyntax } = instance;
      const offers = frameOffers(ranges, pixelSyntax, ports.codec.canDecode(pixelSyntax), numbers.length === 1);
      return firstThatIsThere(ports, call, instance, offers, numbers);
    },
  }),
];

/** Each step back in a deflated object costs a pass from its beginning. */
const STEPS_BACK_MAX = 8;

/** @throws invalid */
function checkOrder(numbers: readonly number[], { isDeflated }: OpenInstance): void {
  const back = numbers.filter((number, n) => number <= (numbers[n - 1] ?? 0)).length;
  if (isDeflated && back > STEPS_BACK_MAX) {
    throw new DomainError('invalid', 'frames of a deflated object are given in their order');
  }
}

interface Versioned {
  readonly version?: InstanceVersion | undefined;
}

/** For an answer of several parts, whose first is this: should another version come, the answer is broken off instead of going on with that one. */
export function boundTo<Query extends Versioned, Asked extends { readonly query: Query }>({ version }: OpenInstance, call: Asked): Asked {
  return { ...call, query: { ...call.query, version } };
}

/** @throws not-found, unavailable, conflict */
export function openInstance(
  { frames }: Pick<DicomwebPorts, 'frames'>,
  {
    actor,
    seen,
    params,
    query: { version },
  }: Pick<FrameCall, 'actor' | 'seen' | 'query'> & { readonly params: Pick<InstanceParams, 'series' | 'instance'> },
  only?: 'thumbnail',
): Promise<OpenInstance> {
  return frames.open(actor, seen, params.series, params.instance, { only, version });
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
    const derived = offer.form === 'htj2k' ? await instance.htj2k(first - 1, sending) : undefined;
    if (offer.form === 'htj2k' && derived === undefined) continue;
    try {
      if (!offer.multipart) return await single(call.request, instance, offer, first, derived);
      const boundary = newBoundary();
      return await streamed(
        call.request,
        { 'content-type': multipartRelated(offer.mediaType, boundary), 'cache-control': CACHE_CONTROL, vary: 'accept' },
        writeMultipart(boundary, parts(ports, boundTo(instance, call), offer, numbers)),
      );
    } catch (thrown) {
      if (derived === undefined || !isLostDerived(thrown)) throw thrown;
      derived.lost();
    }
  }
  throw new DomainError('not-acceptable', 'the frames are not there in any transfer syntax that is accepted');
}

function isLostDerived(thrown: unknown): boolean {
  return thrown instanceof DomainError && (thrown.kind === 'damaged' || thrown.kind === 'not-found');
}

async function single(
  request: HttpRequest,
  instance: OpenInstance,
  offer: FrameOffer,
  number: number,
  derived: DerivedFrame | undefined,
): Promise<HttpAnswer> {
  const { sending } = request;
  const headers = { 'content-type': contentTypeOf(offer), vary: 'accept' };
  const etag = madeEntityTag(instance.etag, number, offer.transferSyntaxUID);
  const kept = derived ?? (isAsStored(offer, instance) ? instance.stored(number - 1) : undefined);
  if (kept !== undefined) return rangeable(request, headers, { etag, bytes: kept.bytes, open: (part) => kept.open(sending, part) });
  if (isAsStored(offer, instance)) {
    const frames = await instance.storedFrames(sending.leaving);
    sending.onceOver(frames.close);
    return rangeable(request, headers, { etag, bytes: frames.bytes(number - 1), open: (part) => frames.read(number - 1, part) });
  }
  // Who has it already need not have it decoded.
  const unchanged = notModified(request, etag, headers);
  if (unchanged !== undefined) return unchanged;
  const { value, bytes, release } = await instance.native(number - 1, sending.leaving);
  return heldAnswer(request, headers, etag, { value: value.bytes, bytes, release });
}

/** As a part of several, let go once it has gone out. */
async function* keptPart(headers: OutgoingPart['headers'], frame: KeptFrame, taker: Taker): AsyncGenerator<OutgoingPart> {
  const bytes = await frame.open(taker);
  if ('release' in bytes) yield* heldPart(headers, bytes.value, bytes);
  else yield { headers, body: bytes };
}

async function* heldPart(headers: OutgoingPart['headers'], bytes: Uint8Array, held: Held<unknown>): AsyncGenerator<OutgoingPart> {
  try {
    yield { headers, body: piecesOf(bytes) };
  } finally {
    held.release();
  }
}

/** Of one version. Access is asked again for each frame: who loses the right in the middle gets no further one. */
async function* parts(ports: Ports, call: FrameCall, offer: FrameOffer, numbers: readonly number[]): AsyncGenerator<OutgoingPart> {
  const { params } = call;
  const { sending } = call.request;
  const opened: { frames?: StoredFrames } = {};
  const storedOf = async (instance: OpenInstance): Promise<StoredFrames> => {
    opened.frames ??= await instance.storedFrames(sending.leaving);
    return opened.frames;
  };
  try {
    for (const number of numbers) {
      sending.leaving.throwIfAborted();
      const instance = await openInstance(ports, { ...call, seen: await call.seeAgain() });
      const headers = {
        'Content-Type': contentTypeOf(offer),
        'Content-Location': `${call.base()}/studies/${params.study}/series/${params.series}/instances/${params.instance}/frames/${number}`,
      };
      if (offer.form === 'htj2k') {
        const derived = await instance.htj2k(number - 1, sending);
        if (derived === undefined) throw new DomainError('not-acceptable', 'the frame is not there in this transfer syntax');
        yield* keptPart(headers, derived, sending);
      } else if (isAsStored(offer, instance)) {
        const kept = instance.stored(number - 1);
        if (kept !== undefined) yield* keptPart(headers, kept, sending);
        else yield { headers, body: await begun((await storedOf(instance)).read(number - 1)) };
      } else {
        const native = await instance.native(number - 1, sending.leaving);
        yield* heldPart(headers, native.value.bytes, native);
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
function isAsStored(offer: FrameOffer, { pixelSyntax }: OpenInstance): boolean {
  return offer.form === 'stored' || NATIVE_LITTLE_ENDIAN.has(pixelSyntax);
}

const NATIVE_LITTLE_ENDIAN: ReadonlySet<string> = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99']);
