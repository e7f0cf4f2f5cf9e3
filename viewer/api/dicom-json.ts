/** DICOM JSON model, PS3.18 F, as the viewer reads it. */
export interface DicomElement {
  vr?: string;
  Value?: unknown[];
  InlineBinary?: string;
  BulkDataURI?: string;
}
export type DicomObject = Record<string, DicomElement | undefined>;

export function firstString(object: DicomObject, tag: string): string {
  const value = object[tag]?.Value?.[0];
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value);
}

/** IS and DS may come as numbers or as text. */
export function firstNumber(object: DicomObject, tag: string): number | undefined {
  return numbers(object, tag)[0];
}

export function numbers(object: DicomObject, tag: string): number[] {
  return (object[tag]?.Value ?? []).flatMap((value) => {
    const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
    return Number.isFinite(number) ? [number] : [];
  });
}

export function items(object: DicomObject | undefined, tag: string): DicomObject[] {
  return (object?.[tag]?.Value ?? []).filter((value): value is DicomObject => typeof value === 'object' && value !== null);
}
