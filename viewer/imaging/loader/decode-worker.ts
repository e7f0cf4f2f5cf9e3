/** Decodes frames away from the page's own thread. */
import { CODECS } from './browser-codecs.ts';
import type { DecodedPicture, DecodeReply, DecodeRequest } from './picture.ts';
import { decode, modalityValues, presentColour, presentPalette } from './pixels.ts';

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
  const { id } = request;
  decoded(request).then(
    (picture) => worker.postMessage({ id, picture }, [memoryOf(picture)]),
    (thrown: unknown) => worker.postMessage({ id, refusal: String(thrown) }, []),
  );
};

async function decoded({ frame, presentation }: DecodeRequest): Promise<DecodedPicture> {
  const native = await decode(frame, CODECS);
  if (presentation.kind === 'grey') return { kind: 'grey', values: modalityValues(native, presentation) };
  const { width, height, data } = presentation.kind === 'palette' ? presentPalette(native, presentation) : presentColour(native);
  return { kind: 'colour', width, height, rgb: data };
}

function memoryOf(picture: DecodedPicture): ArrayBuffer {
  return (picture.kind === 'grey' ? picture.values.values.buffer : picture.rgb.buffer) as ArrayBuffer;
}
