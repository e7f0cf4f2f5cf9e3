/** A string that cannot be mistaken for another kind of string. Costs nothing at run time. */
export type Brand<Base, Name extends string> = Base & { readonly __brand: Name };

/** Primary keys of the index, as decimal strings: PostgreSQL bigint does not fit a JavaScript number. */
export type FacilityId = Brand<string, 'FacilityId'>;
export type UserId = Brand<string, 'UserId'>;
export type StudyId = Brand<string, 'StudyId'>;
export type SeriesId = Brand<string, 'SeriesId'>;
export type InstanceId = Brand<string, 'InstanceId'>;
export type VersionId = Brand<string, 'VersionId'>;
export type ShareId = Brand<string, 'ShareId'>;
export type ClaimId = Brand<string, 'ClaimId'>;
export type QuarantineId = Brand<string, 'QuarantineId'>;
export type NoticeId = Brand<string, 'NoticeId'>;
export type PatientNo = Brand<string, 'PatientNo'>;
export type PersonId = Brand<string, 'PersonId'>;
export type LinkId = Brand<string, 'LinkId'>;
/** The number of the grant that the consent makes. */
export type ConsentId = Brand<string, 'ConsentId'>;
/** The number of the grant that the emergency access makes. */
export type EmergencyId = Brand<string, 'EmergencyId'>;
export type PostedNoticeId = Brand<string, 'PostedNoticeId'>;
export type LetterId = Brand<string, 'LetterId'>;
export type LetterFileId = Brand<string, 'LetterFileId'>;
export type LetterTemplateId = Brand<string, 'LetterTemplateId'>;

/** UIDs as PS3.5 section 9 defines them, trailing padding removed. */
export type StudyInstanceUID = Brand<string, 'StudyInstanceUID'>;
export type SeriesInstanceUID = Brand<string, 'SeriesInstanceUID'>;
export type SOPInstanceUID = Brand<string, 'SOPInstanceUID'>;
export type SOPClassUID = Brand<string, 'SOPClassUID'>;
export type TransferSyntaxUID = Brand<string, 'TransferSyntaxUID'>;

/** Lower-case hexadecimal SHA-256. */
export type Sha256 = Brand<string, 'Sha256'>;

/** A name in the object store: slash-separated, relative, made only by `objectKeys`. */
export type ObjectKey = Brand<string, 'ObjectKey'>;

/** The text a facility is known by in keys and on screen: 1 to 32 of A–Z a–z 0–9 _ and -. */
export type FacilityCode = Brand<string, 'FacilityCode'>;
