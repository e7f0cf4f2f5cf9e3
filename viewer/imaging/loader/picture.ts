/** A decoded picture as plain data: it crosses from a worker to the page. */
import type { FrameToDecode, ModalityValues, OverlayMask, OverlayPlane, Presentation } from './pixels.ts';

export type DecodedPicture = (
  | { readonly kind: 'grey'; readonly values: ModalityValues }
  /** Three bytes a pixel. `width` and `height` are the image's own unless the gateway drew it smaller. */
  | { readonly kind: 'colour'; readonly width: number; readonly height: number; readonly rgb: Uint8Array }
) & {
  /** What the file draws over it. */
  readonly overlay?: OverlayMask | undefined;
};

export interface DecodeRequest {
  readonly frame: FrameToDecode;
  readonly presentation: Presentation;
  readonly overlays: readonly OverlayPlane[];
  /** How much the picture will probably take. */
  readonly pictureBytes?: number;
}

export type DecodeReply =
  /** `spare`: memory that was given away with the frame and has not become the picture's. */
  | { readonly id: number; readonly picture: DecodedPicture; readonly spare?: ArrayBuffer | undefined }
  /** What the room threw, in its words; they are for the console. */
  | { readonly id: number; readonly refusal: string };

export function pixelsOf(picture: DecodedPicture): ModalityValues['values'] {
  return picture.kind === 'grey' ? picture.values.values : picture.rgb;
}
