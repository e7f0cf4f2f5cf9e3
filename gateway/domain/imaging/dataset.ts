/** DICOM JSON model, PS3.18 Annex F. Tags are eight upper-case hexadecimal digits. */
export type DicomJson = { [tag: string]: DicomJsonElement };

export interface DicomJsonElement {
  vr: string;
  Value?: DicomJsonValue[];
  InlineBinary?: string;
  BulkDataURI?: string;
}

export type DicomJsonValue = string | number | null | DicomJson | PersonNameJson;

/** PS3.18 F.2.2. A group that is empty is absent. */
export interface PersonNameJson {
  Alphabetic?: string;
  Ideographic?: string;
  Phonetic?: string;
}

/**
 * Where the pixels of each frame are in the original object, so that a frame is one ranged read.
 * Offsets are bytes from the start of the object (preamble included). PS3.5 A.4.
 * `checksums`: CRC-32 of each piece that is read, frame after frame and fragment after fragment; absent where they were not taken.
 */
export type FrameIndex =
  | { readonly kind: 'none' }
  /** Pixel Data in native form: frame n (from 0) starts at bit `offset * 8 + n * frameBits`. */
  | {
      readonly kind: 'native';
      readonly frames: number;
      readonly offset: number;
      readonly frameBits: number;
      readonly tag: NativePixelTag;
      readonly checksums?: readonly number[];
    }
  /** One entry a frame: the fragments' [offset, length] without item headers, flattened: [o1, l1, o2, l2, …]. */
  | { readonly kind: 'encapsulated'; readonly frames: readonly (readonly number[])[]; readonly checksums?: readonly number[] }
  /** Deflated transfer syntax: offsets count in the inflated data set, which must be inflated to be read. */
  | { readonly kind: 'deflated'; readonly dataSetOffset: number; readonly within: FrameIndex };

/** Pixel Data, Float Pixel Data, Double Float Pixel Data. */
export type NativePixelTag = '7FE00010' | '7FE00008' | '7FE00009';

/** What a decoder must know of the Image Pixel module, PS3.3 C.7.6.3. Absent attributes take the standard's default. */
export interface PixelDescription {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly photometricInterpretation: string;
  readonly planarConfiguration: 0 | 1;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly pixelRepresentation: 0 | 1;
  readonly numberOfFrames: number;
  /** The samples are IEEE 754 numbers: Float or Double Float Pixel Data. */
  readonly floatingPoint?: boolean;
}
