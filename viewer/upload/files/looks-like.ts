/**
 * A Part 10 file says DICM after its preamble (PS3.10 7.1). Old devices write the data set alone: it then begins with an element of
 * group 0002 or 0008, little or big endian, whose VR or length is plausible. In doubt the gateway decides.
 */
export function looksLikeDicom(head: Uint8Array): boolean {
  if (isPart10(head)) return true;
  if (head.length < 8) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return [true, false].some((little) => {
    const group = view.getUint16(0, little);
    if (group !== 0x0002 && group !== 0x0008) return false;
    if (view.getUint16(2, little) > 0x0100) return false;
    const explicit = /^[A-Z]{2}$/.test(String.fromCharCode(view.getUint8(4), view.getUint8(5)));
    return explicit || view.getUint32(4, little) <= 0x400;
  });
}

export const isPart10 = (head: Uint8Array) => startsWith(head.subarray(128), [0x44, 0x49, 0x43, 0x4d]);

const ZIP_NAME = /\.zip$/i;
/** Formats of other programs that are ZIPs within; what lies in them is no image of a study. */
const ZIP_OF_A_PROGRAM = /\.(docx|xlsx|pptx|od[tsp]|jar|epub|apk)$/i;

/** How a file is opened. A preamble may begin with anything, so DICOM is asked first. APPNOTE 4.3.7, 4.3.16; RFC 1952 2.3.1. */
export function packingOf(head: Uint8Array, path: string): 'zip' | 'gzip' | 'none' {
  if (isPart10(head)) return 'none';
  if (ZIP_NAME.test(path)) return 'zip';
  const zipSignature = startsWith(head, [0x50, 0x4b, 3, 4]) || startsWith(head, [0x50, 0x4b, 5, 6]);
  if (zipSignature && !ZIP_OF_A_PROGRAM.test(path)) return 'zip';
  return startsWith(head, [0x1f, 0x8b, 8]) ? 'gzip' : 'none';
}

/** What a Mac adds beside each file: its window positions and colours, never an image. */
export function isMacMetadata(path: string): boolean {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  return parts.includes('__MACOSX') || name.startsWith('._') || name === '.DS_Store';
}

export function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return bytes.length >= signature.length && signature.every((byte, at) => bytes[at] === byte);
}
