import type { RenderOptions } from '../../domain/imaging/rendering.ts';
import type { Picture } from '../pixels/presentation.ts';
import { type Drawing, drawnRows } from '../pixels/scale.ts';
import { createImageSink } from './image-sink.ts';
import { encodeJpeg } from './jpeg-encoder.ts';
import { encodePng } from './png-encoder.ts';

/** What one output may weigh past its samples, for headers and for what does not compress. */
const OUTPUT_BYTES_SLACK = 256 * 1024;
/** Outputs of up to so many samples are never too large, however little they compress. */
const SMALL_SAMPLES = 8_000_000;

/** Bytes of the encoded image past which it is given up: a JPEG of many samples takes less than half a byte each unless it is noise. */
export function outputBytesMax(
  { columns, rows }: Pick<Drawing, 'columns' | 'rows'>,
  channels: number,
  format: RenderOptions['format'],
): number {
  const samples = columns * rows * channels;
  if (format === 'image/jpeg' && samples > SMALL_SAMPLES) return samples / 2 + OUTPUT_BYTES_SLACK;
  return Math.ceil(samples * 1.25) + OUTPUT_BYTES_SLACK;
}

/** JPEG or PNG of the picture as drawn, PS3.18 8.3.5. Works on the calling thread and no other. @throws too-large */
export function encodeImage(
  picture: Picture,
  drawing: Drawing,
  options: Pick<RenderOptions, 'format' | 'quality'>,
): Uint8Array<ArrayBuffer> {
  const { columns, rows } = drawing;
  const { channels } = picture;
  const sink = createImageSink(outputBytesMax(drawing, channels, options.format));
  const lines = drawnRows(picture, drawing);
  if (options.format === 'image/png') encodePng(lines, { columns, rows, channels }, sink);
  else encodeJpeg(lines, { columns, rows, channels }, Math.min(100, Math.max(1, Math.round(options.quality))), sink);
  return sink.take();
}
