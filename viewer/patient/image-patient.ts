import { type DicomObject, firstString } from '../api/dicom-json.ts';
import type { NameGroups } from './name-groups.ts';

/** Whose picture it is: Patient Module attributes of one image or one study, PS3.3 C.7.1.1. */
export interface ImagePatient {
  readonly patientName: NameGroups;
  readonly patientID: string;
  readonly patientBirthDate: string;
  readonly patientSex: string;
}

/**
 * What an image's own header says. The study's row says what its newest instance said, and a sender that gives two patients one Study
 * Instance UID must not make one's pictures bear the other's name.
 */
export function patientOfImage(metadata: DicomObject): ImagePatient {
  const name = metadata['00100010']?.Value?.[0];
  return {
    patientName: typeof name === 'object' && name !== null ? (name as NameGroups) : {},
    patientID: firstString(metadata, '00100020').trim(),
    patientBirthDate: firstString(metadata, '00100030').trim(),
    patientSex: firstString(metadata, '00100040').trim(),
  };
}

export function isOtherPatient(image: ImagePatient, study: Pick<ImagePatient, 'patientID'>): boolean {
  return image.patientID !== study.patientID.trim();
}
