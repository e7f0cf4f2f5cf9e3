import type { NativePixelTag } from '../../domain/imaging/dataset.ts';

/** A length that is not said: a delimiter ends it. PS3.5 7.1. */
export const UNDEFINED_LENGTH = 0xffffffff;

/** What a transfer syntax says about elements. */
export interface Encoding {
  readonly explicitVR: boolean;
  readonly bigEndian: boolean;
}

/** Where a value is. `length` in bytes, without header and closing delimiter. */
export interface ValuePlace {
  readonly vr: string;
  readonly offset: number;
  readonly length: number;
  readonly bigEndian: boolean;
}

/** Pixel Data as the top-level loop meets it. */
export interface PixelPlace {
  readonly tag: NativePixelTag;
  readonly vr: string;
  readonly offset: number;
  /** UNDEFINED_LENGTH: fragments follow. */
  readonly length: number;
}

export type Progress = { readonly kind: 'end' } | { readonly kind: 'fragments'; readonly pixel: PixelPlace };
