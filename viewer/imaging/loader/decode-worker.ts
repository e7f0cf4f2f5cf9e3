/** Decodes frames away from the page's own thread. */
import { CODECS } from './browser-codecs.ts';
import { type DecodedPicture, type DecodeReply, type DecodeRequest, pixelsOf } from './picture.ts';
import { type DecodedFrame, decode, modalityValues, overlayMask, type Presentation, presentColour, presentPalette } from './pixels.ts';

/** The names of Web Worker globals clash with those of the page in one set of types. */
const worker = globalThis as unknown as {
  onmessage: ((event: MessageEvent<(DecodeRequest & { id: number }) | 'make-ready'>) => void) | null;
  postMessage(reply: DecodeReply, transfer: Transferable[]): void;
};

worker.onmessage = ({ data: request }) => {
  if (request === 'make-ready') {
    // HTJ2K is what the gateway serves whenever it can.
    void CODECS.openjph.use(() => undefined).catch(() => undefined);
    return;
  }
  const { id, frame } = request;
  const given = frame.mayBeGivenAway === true ? (frame.bytes.buffer as ArrayBuffer) : undefined;
  decoded(request).then(
    (made) => {
      const picture = given === undefined ? made : movedInto(given, made);
      const spare = given === memoryOf(picture) ? undefined : given;
      worker.postMessage({ id, picture, spare }, spare === undefined ? [memoryOf(picture)] : [memoryOf(picture), spare]);
    },
    (thrown: unknown) => worker.postMessage({ id, refusal: String(thrown) }, []),
  );
};

async function decoded({ frame, presentation, overlays }: DecodeRequest): Promise<DecodedPicture> {
  const native = await decode(frame, CODECS);
  // Before the picture is made: the frame's memory may become the picture's.
  const overlay = overlayMask(overlays, native);
  const picture = { ...pictureOf(native, presentation), overlay };
  const { buffer } = native.bytes;
  if (buffer !== frame.bytes.buffer && buffer !== memoryOf(picture)) free(buffer);
  return picture;
}

/** The picture in the memory that its frame came in, if it just fills that. */
function movedInto(memory: ArrayBuffer, picture: DecodedPicture): DecodedPicture {
  const pixels = pixelsOf(picture);
  if (pixels.buffer === memory || pixels.byteLength !== memory.byteLength) return picture;
  const moved = new (pixels.constructor as new (memory: ArrayBuffer) => typeof pixels)(memory);
  moved.set(pixels);
  free(pixels.buffer);
  return picture.kind === 'grey' ? { ...picture, values: { ...picture.values, values: moved } } : { ...picture, rgb: moved as Uint8Array };
}

/** Made here and held by nobody. A worker that waits for its next frame would free it only much later. */
function free(memory: ArrayBufferLike): void {
  (memory as { transfer?: (bytes: number) => unknown }).transfer?.(0);
}

function pictureOf(native: DecodedFrame, presentation: Presentation): DecodedPicture {
  if (presentation.kind === 'grey') return { kind: 'grey', values: modalityValues(native, presentation) };
  const { width, height, data } = presentation.kind === 'palette' ? presentPalette(native, presentation) : presentColour(native);
  return { kind: 'colour', width, height, rgb: data };
}

function memoryOf(picture: DecodedPicture): ArrayBuffer {
  return pixelsOf(picture).buffer as ArrayBuffer;
}
