/** A study as the gateway is asked for it: `of` is set when several go by the UID and the UID alone means another one. */
export interface StudyAddress {
  readonly studyInstanceUID: string;
  readonly of: string | null;
}

/** That study and no other, whatever goes by its UID while it is on screen. */
export function exactly({ studyInstanceUID, exact }: { studyInstanceUID: string; exact: string }): StudyAddress {
  return { studyInstanceUID, of: exact };
}

/** One text for each study: a key of a cache or of a list. */
export function studyAddressKey({ studyInstanceUID, of }: StudyAddress): string {
  return of === null ? studyInstanceUID : `${studyInstanceUID} ${of}`;
}

/** The reverse of `studyAddressKey`. */
export function readStudyAddressKey(key: string): StudyAddress {
  const [studyInstanceUID = '', of = null] = key.split(' ');
  return { studyInstanceUID, of };
}

/** What goes into a link's query beside the UID. */
export function studySearch({ of }: StudyAddress): { of?: string } {
  return of === null ? {} : { of };
}
