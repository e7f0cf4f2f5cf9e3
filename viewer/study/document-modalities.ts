/** Objects without a picture of their own (PS3.3 C.7.3.1.1.1): their thumbnail would only be a symbol. */
const DOCUMENT_MODALITIES: ReadonlySet<string> = new Set([
  'SR',
  'DOC',
  'PR',
  'KO',
  'RTPLAN',
  'RTSTRUCT',
  'RTRECORD',
  'REG',
  'ECG',
  'EPS',
  'HD',
  'AU',
  'PLAN',
  'FID',
  'RWV',
  'SMR',
  'AR',
  'KER',
  'ANN',
  'M3D',
  'STAIN',
]);

export function isDocumentModality(modality: string): boolean {
  return DOCUMENT_MODALITIES.has(modality);
}

export function hasOnlyDocuments(modalities: readonly string[]): boolean {
  return modalities.length > 0 && modalities.every(isDocumentModality);
}
