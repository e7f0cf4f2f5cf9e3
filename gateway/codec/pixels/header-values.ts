import type { DicomJson, DicomJsonElement } from '../../domain/imaging/dataset.ts';

/** A DS, IS, US, SS or FL value; text is read as a number. */
export function numberOf(header: DicomJson | undefined, tag: string, index = 0): number | undefined {
  const value = header?.[tag]?.Value?.[index];
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

export function textOf(header: DicomJson | undefined, tag: string): string | undefined {
  const value = header?.[tag]?.Value?.[0];
  return typeof value === 'string' ? value.trim() : undefined;
}

/** An item of a sequence. */
export function itemOf(header: DicomJson | undefined, tag: string, index = 0): DicomJson | undefined {
  const element = header?.[tag];
  const item = element?.vr === 'SQ' ? element.Value?.[index] : undefined;
  return item !== null && typeof item === 'object' ? (item as DicomJson) : undefined;
}

/** LUT data as 16-bit words, whether it is US/SS (values) or OW (inline binary, little endian). */
export function wordsOf(element: DicomJsonElement | undefined): Uint16Array | undefined {
  if (element?.InlineBinary !== undefined) {
    const bytes = Buffer.from(element.InlineBinary, 'base64');
    return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readUInt16LE(i * 2));
  }
  const values = element?.Value;
  return values === undefined ? undefined : Uint16Array.from(values, (value) => Number(value) & 0xffff);
}
