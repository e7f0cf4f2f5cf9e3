/** Bytes of a file's beginning that are enough to judge it. */
export const HEAD_BYTES = 136;

/**
 * A Part 10 file says DICM after its preamble (PS3.10 7.1). Old devices write the data set alone: it then begins with an element of
 * group 0002 or 0008, little or big endian, whose VR or length is plausible. In doubt the gateway decides.
 */
export function looksLikeDicom(head: Uint8Array): boolean {
  if (head.length >= 132 && head[128] === 0x44 && head[129] === 0x49 && head[130] === 0x43 && head[131] === 0x4d) return true;
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
