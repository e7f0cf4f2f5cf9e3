import type { DecodedFrame } from '../../codec/threads/codec.ts';
import { imageHeader } from '../../codec/threads/image-header.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN, knownTransferSyntax, transferSyntax } from '../../dicom/dictionary/transfer-syntax.ts';
import { frameCount } from '../../dicom/frames/frame-index.ts';
import { writeFileMeta } from '../../dicom/parse/part10.ts';
import { explicitLittleEndian, type PixelReplacement } from '../../dicom/transcode/explicit-little-endian.ts';
import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import type { SeriesInstanceUID, SOPInstanceUID, TransferSyntaxUID } from '../../domain/identifiers.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import type { ByteRange, ObjectStore } from '../../domain/imaging/object-store.ts';
import { pixelDescription } from '../../domain/imaging/pixel-description.ts';
import type { IndexedInstance, InstancePixels } from '../../domain/imaging/study.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { partOfOriginal, wholeDataSet, wholeOriginal } from '../../instances/instance-bytes.ts';
import { objectAccess } from '../../instances/object-access.ts';
import { storedImage } from '../../instances/stored-image.ts';
import { actorKey, type SeenStudy, type StudyAccess, seeAgain } from '../access/see-study.ts';
import type { ViewRecorder } from '../record/record-view.ts';
import { decodeHeld, type Held, type Looks } from './looks.ts';
import type { Representation } from './representation.ts';
import type { FrameCodec } from './retrieve-frames.ts';

/**
 * How an instance is wanted: as it is stored, in one transfer syntax, or in the default, which is Explicit VR Little Endian unless only a
 * lossy form is kept or it cannot be decoded (PS3.18 8.7.3.5.2).
 */
export type SyntaxWish = '*' | 'default' | TransferSyntaxUID;

/** A study, or one series or instance of it. */
export interface RetrievedPart {
  readonly seriesInstanceUID?: SeriesInstanceUID;
  readonly sopInstanceUID?: SOPInstanceUID;
}

export interface RetrieveTarget extends RetrievedPart {
  readonly seen: SeenStudy<'study.download'>;
  /** They go out as a file-set for a medium: so the record says. */
  readonly media?: true;
}

export interface RetrievedInstance {
  readonly indexed: IndexedInstance;
  readonly transferSyntaxUID: TransferSyntaxUID;
  /** The same bytes, when it is given as stored; otherwise it is made while it is sent. */
  readonly stored: Representation | undefined;
  /** A DICOM file, PS3.10 section 7. */
  open(): Promise<ByteStream>;
}

export interface Retrieval {
  readonly seen: SeenStudy<'study.download'>;
  /** One after another. Access is asked again before each: who loses the right in the middle gets no further instance. */
  instances(): AsyncGenerator<RetrievedInstance>;
}

export interface RetrievePorts {
  readonly access: StudyAccess;
  readonly recorder: ViewRecorder;
  readonly studies: Pick<StudyIndex, 'instancesOf' | 'seriesOf' | 'seriesByUID' | 'pixels'>;
  readonly objects: Pick<ObjectStore, 'get' | 'read'>;
  readonly codec: FrameCodec;
  readonly looks: Looks;
}

/** Implicit little endian around big endian pixels: no other program would read what we made of it. */
const GE_PRIVATE_BIG_ENDIAN_PIXELS = '1.2.840.113619.5.2';
const VALUE_BYTES_MAX = 0xfffffffe;
/** Pieces in which a decoded frame is handed on. */
const PIECE_BYTES = 256 * 1024;

interface AskedPorts extends RetrievePorts {
  readonly asker: string;
}

/** In which form an instance in this syntax is given to someone with these wishes, best first; undefined: in none. */
function chooseForm(
  stored: TransferSyntaxUID,
  wishes: readonly SyntaxWish[],
  canDecode: (transferSyntaxUID: string) => boolean,
): 'stored' | 'explicit' | undefined {
  const syntax = knownTransferSyntax(stored);
  const canBeExplicit =
    syntax !== undefined && !syntax.video && stored !== GE_PRIVATE_BIG_ENDIAN_PIXELS && (!syntax.encapsulated || canDecode(stored));
  for (const wish of wishes) {
    if (wish === '*' || wish === stored) return 'stored';
    if (wish === EXPLICIT_VR_LITTLE_ENDIAN && canBeExplicit) return 'explicit';
    if (wish === 'default') return canBeExplicit && !syntax.lossy && stored !== EXPLICIT_VR_LITTLE_ENDIAN ? 'explicit' : 'stored';
  }
  return undefined;
}

/** @throws not-found, not-acceptable when an instance cannot be given in any form that is wished, unavailable */
export async function retrieveInstances(
  ports: RetrievePorts,
  actor: Actor,
  target: RetrieveTarget,
  wishes: readonly SyntaxWish[],
  signal: AbortSignal,
): Promise<Retrieval> {
  const { access, recorder, studies, codec } = ports;
  const { seen, seriesInstanceUID, sopInstanceUID } = target;
  const narrow = { ...(seriesInstanceUID && { seriesInstanceUID }), ...(sopInstanceUID && { sopInstanceUID }) };
  const count = await countOf(ports, target);
  const always = wishes.includes('*') || wishes.includes('default');
  let found = false;
  for await (const { object } of studies.instancesOf(seen.part, narrow)) {
    found = true;
    if (always) break;
    if (chooseForm(object.transferSyntaxUID, wishes, codec.canDecode) === undefined) {
      throw new DomainError('not-acceptable', 'an instance cannot be made in any transfer syntax that is accepted');
    }
  }
  if (!found) throw new DomainError('not-found', 'there is no such thing here');
  const what = { ...narrow, ...(target.media && { media: target.media }), count };
  await recorder.downloaded(actor, seen, what);
  const tally = tallySent((sent) => recorder.brokenOff(actor, seen, what, sent));
  if (signal.aborted) tally.brokenOff();
  else signal.addEventListener('abort', tally.brokenOff, { once: true });

  return {
    seen,
    async *instances() {
      try {
        for await (const instance of studies.instancesOf(seen.part, narrow)) {
          signal.throwIfAborted();
          await seeAgain(access, actor, seen);
          yield tally.counted(asWished({ ...ports, asker: actorKey(actor) }, seen, instance, wishes, signal));
        }
      } catch (thrown) {
        tally.brokenOff();
        throw thrown;
      }
    },
  };
}

/**
 * The record names the instances of a download before the first byte goes out. How many went out whole is counted here; when it ends early
 * that is put on record too, once. If that fails the record says more than went out, never less.
 */
function tallySent(record: (sent: number) => Promise<void>): {
  readonly brokenOff: () => void;
  readonly counted: (instance: RetrievedInstance) => RetrievedInstance;
} {
  let sent = 0;
  let over = false;
  const brokenOff = () => {
    if (over) return;
    over = true;
    void record(sent).catch(() => {});
  };
  async function* toItsEnd(bytes: ByteStream): AsyncGenerator<Uint8Array> {
    yield* bytes;
    sent += 1;
  }
  return {
    brokenOff,
    counted: (instance) => {
      const open = async () => {
        try {
          return toItsEnd(await instance.open());
        } catch (thrown) {
          brokenOff();
          throw thrown;
        }
      };
      const { stored } = instance;
      return { ...instance, open, stored: stored && { ...stored, open: (range) => (range === undefined ? open() : stored.open(range)) } };
    },
  };
}

async function countOf({ studies }: RetrievePorts, { seen, ...target }: RetrieveTarget): Promise<number> {
  if (target.sopInstanceUID !== undefined) return 1;
  if (target.seriesInstanceUID !== undefined)
    return (await studies.seriesByUID(seen.part, target.seriesInstanceUID))?.numberOfSeriesRelatedInstances ?? 0;
  if (seen.part.heldBack.length === 0) return seen.study.numberOfStudyRelatedInstances;
  // More may be held back from who takes it than from who looks.
  const series = await studies.seriesOf(seen.part);
  return series.reduce((sum, { numberOfSeriesRelatedInstances }) => sum + numberOfSeriesRelatedInstances, 0);
}

function asWished(
  ports: AskedPorts,
  seen: SeenStudy<'study.download'>,
  indexed: IndexedInstance,
  wishes: readonly SyntaxWish[],
  signal: AbortSignal,
): RetrievedInstance {
  const { object, instance } = indexed;
  if (chooseForm(object.transferSyntaxUID, wishes, ports.codec.canDecode) === 'explicit') {
    return {
      indexed,
      transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
      stored: undefined,
      open: async () => {
        const pixels = await ports.studies.pixels(seen.part, indexed.seriesInstanceUID, instance.sopInstanceUID);
        if (pixels === undefined) throw new DomainError('not-found', 'there is no such thing here');
        return transcoded(ports, pixels, signal);
      },
    };
  }
  // A bare data set becomes a file only with what PS3.10 puts before it.
  const prefix =
    object.dataSetOffset === 0
      ? writeFileMeta({
          sopClassUID: instance.sopClassUID,
          sopInstanceUID: instance.sopInstanceUID,
          transferSyntaxUID: object.transferSyntaxUID,
        })
      : new Uint8Array();
  const whole = async () => {
    const bytes = await wholeOriginal(ports.objects, object, signal);
    return prefix.length === 0 ? bytes : after(prefix, bytes);
  };
  return {
    indexed,
    transferSyntaxUID: object.transferSyntaxUID,
    stored: {
      etag: object.sha256,
      bytes: prefix.length + object.bytes,
      open: (range) => {
        if (range === undefined) return whole();
        return prefix.length === 0 ? partOfOriginal(ports.objects, object, range, signal) : rangeOf(whole, range);
      },
    },
    open: whole,
  };
}

/** Of bytes that can only be read from their beginning. */
async function* rangeOf(
  open: () => Promise<ByteStream>,
  { offset, length }: Pick<ByteRange, 'offset' | 'length'>,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  const end = offset + length;
  for await (const chunk of await open()) {
    const piece = chunk.subarray(Math.max(0, offset - at), Math.max(0, Math.min(chunk.length, end - at)));
    at += chunk.length;
    if (piece.length > 0) yield piece;
    if (at >= end) return;
  }
}

/** The first frame is decoded before the first byte goes out, so that its failure can still be an error status. */
async function transcoded(ports: AskedPorts, pixels: InstancePixels, signal: AbortSignal): Promise<ByteStream> {
  const { object, instance } = pixels;
  const parsed = await imageHeader(pixels.metadataGzip, signal);
  const replacement = pixels.frames.kind === 'encapsulated' ? await decodedPixels(ports, pixels, parsed, signal) : undefined;
  const sampleBytes = (pixelDescription(parsed)?.bitsAllocated ?? 8) / 8;
  const dataSet = await wholeDataSet(ports.objects, object, signal);
  const meta = writeFileMeta({
    sopClassUID: instance.sopClassUID,
    sopInstanceUID: instance.sopInstanceUID,
    transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
  });
  const stored = {
    transferSyntax: transferSyntax(object.transferSyntaxUID),
    bytes: object.bytes - object.dataSetOffset,
    behindMeta: object.dataSetOffset > 0,
    sampleBytes,
  };
  return after(meta, explicitLittleEndian(dataSet, stored, replacement, ports.asker));
}

async function decodedPixels(
  { objects, codec, looks, asker }: AskedPorts,
  pixels: InstancePixels,
  parsed: DicomJson,
  signal: AbortSignal,
): Promise<PixelReplacement | undefined> {
  const frames = frameCount(pixels.frames);
  const image = storedImage(pixels, objectAccess(objects, pixels.object, { asker, signal }), parsed);
  if (image === undefined || frames === 0) return undefined;
  const decode = (frame: number) => decodeHeld({ looks, codec }, asker, image, frame, signal);
  const held = await decode(0);
  const first = held.value;
  const frameBytes = first.bytes.length;
  const bytes = frameBytes * frames;
  if (bytes > VALUE_BYTES_MAX) {
    held.release();
    throw new DomainError('not-acceptable', 'the decoded pixels do not fit one value of a data set');
  }
  return {
    attributes: imagePixelAttributes(first),
    vr: first.bitsAllocated > 8 ? 'OW' : 'OB',
    bytes,
    frames: (async function* () {
      yield* piecesOf(held);
      for (let frame = 1; frame < frames; frame++) {
        const next = await decode(frame);
        if (next.value.bytes.length !== frameBytes) {
          next.release();
          throw new DomainError('invalid', 'frames differ in size');
        }
        yield* piecesOf(next);
      }
    })(),
  };
}

/** A frame no faster than it is taken, let go behind its last piece. */
async function* piecesOf(held: Held<DecodedFrame>): AsyncGenerator<Uint8Array> {
  const { bytes } = held.value;
  try {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
  } finally {
    held.release();
  }
}

/** What decoding changes of the Image Pixel module, PS3.3 C.7.6.3. */
function imagePixelAttributes(frame: DecodedFrame): PixelReplacement['attributes'] {
  const short = (value: number) => ({ vr: 'US', value: new Uint8Array([value & 0xff, value >> 8]) });
  const { photometricInterpretation: photometric } = frame;
  const text = Buffer.from(photometric.length % 2 === 0 ? photometric : `${photometric} `, 'latin1');
  const attributes = new Map<number, { readonly vr: string; readonly value: Uint8Array }>([
    [0x00280002, short(frame.samplesPerPixel)],
    [0x00280004, { vr: 'CS', value: text }],
    [0x00280100, short(frame.bitsAllocated)],
    [0x00280101, short(frame.bitsStored)],
    [0x00280102, short(frame.highBit)],
    [0x00280103, short(frame.pixelRepresentation)],
  ]);
  if (frame.samplesPerPixel > 1) attributes.set(0x00280006, short(frame.planarConfiguration));
  return attributes;
}

async function* after(prefix: Uint8Array, bytes: ByteStream): AsyncGenerator<Uint8Array> {
  yield prefix;
  yield* bytes;
}
