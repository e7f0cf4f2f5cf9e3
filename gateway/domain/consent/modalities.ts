/** Accompany images of other modalities, and go where those go: presentation states, key images, structured reports, segmentations, registrations. */
export const ACCOMPANYING_MODALITIES: readonly string[] = ['PR', 'KO', 'SR', 'SEG', 'REG'];

/** A study of several modalities is given when each was named: PET and CT are more than CT. One that holds no image yet is not given. */
export function coversModalities(named: readonly string[], ofStudy: readonly string[]): boolean {
  if (named.length === 0) return true;
  const own = ofStudy.filter((modality) => !ACCOMPANYING_MODALITIES.includes(modality));
  return own.length > 0 && own.every((modality) => named.includes(modality));
}
