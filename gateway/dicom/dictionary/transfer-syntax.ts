import type { TransferSyntaxUID } from '../../domain/identifiers.ts';

/** What a transfer syntax says about bytes. PS3.5 section 10 and annex A; media types PS3.18 tables 8.7.3-1 to -5. */
export interface TransferSyntax {
  readonly uid: TransferSyntaxUID;
  readonly name: string;
  readonly explicitVR: boolean;
  readonly bigEndian: boolean;
  readonly deflated: boolean;
  /** Pixel Data is in fragments. */
  readonly encapsulated: boolean;
  /** The fragments are one stream: a frame cannot be taken out by offset. */
  readonly video: boolean;
  /** Pixels may have lost something: they are not decompressed unless asked for by name. PS3.5 annex A. */
  readonly lossy: boolean;
  /** Of one frame (or the stream) as bulk data. */
  readonly mediaType: string;
}

export const IMPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2' as TransferSyntaxUID;
export const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1' as TransferSyntaxUID;
export const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1.99' as TransferSyntaxUID;
export const EXPLICIT_VR_BIG_ENDIAN = '1.2.840.10008.1.2.2' as TransferSyntaxUID;
export const RLE_LOSSLESS = '1.2.840.10008.1.2.5' as TransferSyntaxUID;

const OCTETS = 'application/octet-stream';

function encapsulated(uid: string, name: string, mediaType: string, kind?: 'lossy' | 'video'): TransferSyntax {
  return {
    uid: uid as TransferSyntaxUID,
    name,
    explicitVR: true,
    bigEndian: false,
    deflated: false,
    encapsulated: true,
    video: kind === 'video',
    lossy: kind === 'lossy',
    mediaType,
  };
}

function native(
  uid: TransferSyntaxUID,
  name: string,
  is: { explicitVR?: boolean; bigEndian?: boolean; deflated?: boolean } = {},
): TransferSyntax {
  const { explicitVR = true, bigEndian = false, deflated = false } = is;
  return { uid, name, explicitVR, bigEndian, deflated, encapsulated: false, video: false, lossy: false, mediaType: OCTETS };
}

/** Every transfer syntax this program can name. Others are kept and handed out too. */
export const KNOWN_TRANSFER_SYNTAXES: readonly TransferSyntax[] = [
  native(IMPLICIT_VR_LITTLE_ENDIAN, 'Implicit VR Little Endian', { explicitVR: false }),
  native(EXPLICIT_VR_LITTLE_ENDIAN, 'Explicit VR Little Endian'),
  encapsulated('1.2.840.10008.1.2.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian', OCTETS),
  native(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, 'Deflated Explicit VR Little Endian', { deflated: true }),
  native(EXPLICIT_VR_BIG_ENDIAN, 'Explicit VR Big Endian', { bigEndian: true }),
  native('1.2.840.113619.5.2' as TransferSyntaxUID, 'GE Private Implicit VR Big Endian Pixel Data', { explicitVR: false }),
  encapsulated('1.2.840.10008.1.2.4.50', 'JPEG Baseline (Process 1)', 'image/jpeg', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.51', 'JPEG Extended (Process 2 and 4)', 'image/jpeg', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.52', 'JPEG Extended (Process 3 and 5)', 'image/jpeg'),
  encapsulated('1.2.840.10008.1.2.4.53', 'JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)', 'image/jpeg', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.55', 'JPEG Full Progression, Non-Hierarchical (Process 10 and 12)', 'image/jpeg', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.57', 'JPEG Lossless, Non-Hierarchical (Process 14)', 'image/jpeg'),
  encapsulated('1.2.840.10008.1.2.4.70', 'JPEG Lossless, Non-Hierarchical, First-Order Prediction', 'image/jpeg'),
  encapsulated('1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless', 'image/jls'),
  encapsulated('1.2.840.10008.1.2.4.81', 'JPEG-LS Near-Lossless', 'image/jls', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.90', 'JPEG 2000 (Lossless Only)', 'image/jp2'),
  encapsulated('1.2.840.10008.1.2.4.91', 'JPEG 2000', 'image/jp2', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.92', 'JPEG 2000 Part 2 Multi-component (Lossless Only)', 'image/jpx'),
  encapsulated('1.2.840.10008.1.2.4.93', 'JPEG 2000 Part 2 Multi-component', 'image/jpx', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.94', 'JPIP Referenced', 'image/jpx'),
  encapsulated('1.2.840.10008.1.2.4.100', 'MPEG2 Main Profile / Main Level', 'video/mpeg', 'video'),
  encapsulated('1.2.840.10008.1.2.4.100.1', 'Fragmentable MPEG2 Main Profile / Main Level', 'video/mpeg', 'video'),
  encapsulated('1.2.840.10008.1.2.4.101', 'MPEG2 Main Profile / High Level', 'video/mpeg', 'video'),
  encapsulated('1.2.840.10008.1.2.4.101.1', 'Fragmentable MPEG2 Main Profile / High Level', 'video/mpeg', 'video'),
  encapsulated('1.2.840.10008.1.2.4.102', 'MPEG-4 AVC/H.264 High Profile / Level 4.1', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.102.1', 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.103', 'MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.103.1', 'Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.104', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.104.1', 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.105', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.105.1', 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.106', 'MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.106.1', 'Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.107', 'HEVC/H.265 Main Profile / Level 5.1', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.108', 'HEVC/H.265 Main 10 Profile / Level 5.1', 'video/mp4', 'video'),
  encapsulated('1.2.840.10008.1.2.4.110', 'JPEG XL Lossless', 'image/jxl'),
  encapsulated('1.2.840.10008.1.2.4.111', 'JPEG XL JPEG Recompression', 'image/jxl', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.112', 'JPEG XL', 'image/jxl', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.201', 'High-Throughput JPEG 2000 (Lossless Only)', 'image/jphc'),
  encapsulated('1.2.840.10008.1.2.4.202', 'High-Throughput JPEG 2000 with RPCL Options (Lossless Only)', 'image/jphc'),
  encapsulated('1.2.840.10008.1.2.4.203', 'High-Throughput JPEG 2000', 'image/jphc', 'lossy'),
  encapsulated('1.2.840.10008.1.2.4.204', 'JPIP HTJ2K Referenced', 'image/jphc'),
  encapsulated(RLE_LOSSLESS, 'RLE Lossless', 'image/dicom-rle'),
  encapsulated('1.2.840.10008.1.2.8.1', 'Deflated Image Frame Compression', 'application/x-deflate'),
];

const byUID: ReadonlyMap<string, TransferSyntax> = new Map(KNOWN_TRANSFER_SYNTAXES.map((syntax) => [syntax.uid, syntax]));

export function knownTransferSyntax(uid: string): TransferSyntax | undefined {
  return byUID.get(uid);
}

/** An unknown UID is read as Explicit VR Little Endian, the form every private and future compressed syntax takes (PS3.5 A.4). */
export function transferSyntax(uid: string): TransferSyntax {
  return byUID.get(uid) ?? encapsulated(uid, 'unknown', OCTETS);
}

export function isEncapsulated(uid: string): boolean {
  return transferSyntax(uid).encapsulated;
}

export function isBigEndian(uid: string): boolean {
  return transferSyntax(uid).bigEndian;
}
