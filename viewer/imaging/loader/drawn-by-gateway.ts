/** What cannot be decoded here is shown as the gateway draws it, and says so. PS3.18 10.4.1.1.3. */
import { frameUrl, type SeriesImage } from '../series-images.ts';
import { fetchRendered } from './frame-fetcher.ts';
import { type ShownPicture, shownPicture } from './image.ts';

/** @throws NotFetched when the gateway cannot either */
export async function drawnByGateway(imageId: string, image: SeriesImage): Promise<ShownPicture> {
  const bitmap = await createImageBitmap(await fetchRendered(frameUrl(image, '/rendered')));
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rgba = context.getImageData(0, 0, width, height).data;
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    rgb[to++] = rgba[from] as number;
    rgb[to++] = rgba[from + 1] as number;
    rgb[to++] = rgba[from + 2] as number;
  }
  return shownPicture(imageId, image, undefined, { kind: 'colour', width, height, rgb });
}
