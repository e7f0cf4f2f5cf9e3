import sharp from 'sharp';
import { DomainError } from '../domain/errors.ts';
import type { RenderOptions } from '../domain/ports.ts';
import type { Picture } from './presentation.ts';

/** Widest and highest output; the limit of JPEG is 65535, of a useful request far less. */
export const VIEWPORT_SIDE_MAX = 16_384;

interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** JPEG or PNG of the source region, scaled to fit the viewport with its aspect kept. PS3.18 8.3.5.1.3. @throws invalid, too-large */
export async function encodeImage(picture: Picture, options: RenderOptions): Promise<Uint8Array> {
  const { width, height, channels } = picture;
  const viewport = options.viewport;
  if (Math.max(viewport?.columns ?? width, viewport?.rows ?? height) > VIEWPORT_SIDE_MAX) {
    throw new DomainError('too-large', 'rendered image would be too wide or high');
  }
  if (viewport !== undefined && !(viewport.columns >= 1 && viewport.rows >= 1)) throw new DomainError('invalid', 'viewport is empty');
  let image = sharp(picture.data, { raw: { width, height, channels }, limitInputPixels: false });
  if (viewport !== undefined) {
    const { source } = viewport;
    if (source !== undefined) {
      image = image.extract(regionWithin(source, width, height));
      if (source.width < 0) image = image.flop();
      if (source.height < 0) image = image.flip();
    }
    image = image.resize({ width: Math.round(viewport.columns), height: Math.round(viewport.rows), fit: 'inside', kernel: 'lanczos3' });
  }
  image = image.toColourspace(channels === 1 ? 'b-w' : 'srgb');
  return options.format === 'image/png'
    ? image.png({ compressionLevel: 6 }).toBuffer()
    : image.jpeg({ quality: Math.min(100, Math.max(1, Math.round(options.quality))), chromaSubsampling: '4:4:4' }).toBuffer();
}

/** The part of the source that lies on the image, in whole pixels. */
function regionWithin(source: { x: number; y: number; width: number; height: number }, width: number, height: number): Region {
  const left = Math.max(0, Math.round(source.x));
  const top = Math.max(0, Math.round(source.y));
  const right = Math.min(width, Math.round(source.x + Math.abs(source.width)));
  const bottom = Math.min(height, Math.round(source.y + Math.abs(source.height)));
  if (!(right > left && bottom > top)) throw new DomainError('invalid', 'source region lies outside the image');
  return { left, top, width: right - left, height: bottom - top };
}
