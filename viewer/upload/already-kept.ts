/** What of the images that were found the facility keeps already. */
import type { KeptAnswer, KeptQuestion } from '../../gateway/api/contract/uploads.ts';
import type { PatientOnDisc } from './patients/patients-on-disc.ts';

export interface Kept {
  readonly held: number;
  /** Where they are, when the UID alone means another study. */
  readonly of: string | null;
  /** Under the patient ID the facility keeps images of somebody with another birth date. */
  readonly otherBirthDate: boolean;
}
/** By `keptKey`. */
export type KeptStudies = ReadonlyMap<string, Kept>;

export const keptKey = (patient: number, studyInstanceUID: string) => `${patient} ${studyInstanceUID}`;

/** The contract's bounds of one question. */
export const INSTANCES_ASKED_MAX = 1000;
export const STUDIES_ASKED_MAX = 200;

type Ask = (studies: KeptQuestion['studies'], signal: AbortSignal) => Promise<KeptAnswer['studies']>;
type Part = KeptQuestion['studies'][number] & { readonly key: string };

/** @throws what `ask` throws */
export async function askKept(patients: readonly PatientOnDisc[], ask: Ask, signal: AbortSignal): Promise<KeptStudies> {
  const found = new Map<string, Kept>();
  for (const parts of questions(patients)) {
    const answers = await ask(
      parts.map(({ key: _, ...study }) => study),
      signal,
    );
    for (const [at, { key }] of parts.entries()) {
      const answer = answers[at];
      if (answer !== undefined) found.set(key, together(found.get(key), answer));
    }
  }
  return found;
}

function* questions(patients: readonly PatientOnDisc[]): Generator<Part[]> {
  let parts: Part[] = [];
  let room = INSTANCES_ASKED_MAX;
  for (const part of allParts(patients)) {
    if (part.sopInstanceUIDs.length > room || parts.length === STUDIES_ASKED_MAX) {
      yield parts;
      parts = [];
      room = INSTANCES_ASKED_MAX;
    }
    parts.push(part);
    room -= part.sopInstanceUIDs.length;
  }
  if (parts.length > 0) yield parts;
}

function* allParts(patients: readonly PatientOnDisc[]): Generator<Part> {
  for (const [number, { patientID, patientBirthDate, studies }] of patients.entries()) {
    for (const { studyInstanceUID, sopInstanceUIDs } of studies) {
      const uids = [...new Set(sopInstanceUIDs)];
      for (let from = 0; from < uids.length; from += INSTANCES_ASKED_MAX) {
        const some = uids.slice(from, from + INSTANCES_ASKED_MAX);
        yield { key: keptKey(number, studyInstanceUID), studyInstanceUID, patientID, patientBirthDate, sopInstanceUIDs: some };
      }
    }
  }
}

function together(before: Kept | undefined, answer: Kept): Kept {
  if (before === undefined) return answer;
  return {
    held: before.held + answer.held,
    of: before.held > 0 ? before.of : answer.of,
    otherBirthDate: before.otherBirthDate || answer.otherBirthDate,
  };
}

/** Whom a person who drops one disc means: its one patient, unless the ID is somebody else's here. Of several they choose. */
export function chosenAtFirst(patients: readonly PatientOnDisc[], held: KeptStudies | undefined): ReadonlySet<number> {
  const sure = patients.length === 1 && !isOthersID(patients[0] as PatientOnDisc, 0, held);
  return new Set(sure ? [0] : []);
}

export function isOthersID({ studies }: PatientOnDisc, number: number, held: KeptStudies | undefined): boolean {
  return studies.some(({ studyInstanceUID }) => held?.get(keptKey(number, studyInstanceUID))?.otherBirthDate === true);
}
