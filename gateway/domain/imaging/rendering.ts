export type RenderFormat = 'image/jpeg' | 'image/png';

/** PS3.18 8.3.5.1. */
export interface RenderOptions {
  readonly format: RenderFormat;
  /** JPEG quality 1–100. */
  readonly quality: number;
  readonly window?: { readonly center: number; readonly width: number; readonly function: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID' };
  /** Output no larger than this, pixels; aspect kept. Source region in image pixels, negative width/height flips. */
  readonly viewport?: {
    readonly columns: number;
    readonly rows: number;
    readonly source?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  };
}
