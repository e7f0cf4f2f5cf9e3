import type { Brand, FacilityCode, Sha256, StudyInstanceUID } from '../identifiers.ts';
import { FACILITY_CODE } from '../people/facility.ts';

/**
 * Which of the studies that go by one Study Instance UID is meant. A facility holds several when headers named several patients under it
 * (gateway/decisions/ingest.md), and another facility's study may go by the same UID, forged or by mistake.
 */
export interface StudyOf {
  readonly ownerCode: FacilityCode;
  /** 1 for the first that the owner held under the UID. Absent: the first of the owner's that the asker may see. */
  readonly ordinal?: number;
}

/** A study as a caller names it. Without `of` it is the asker's own before one that was shared, and the first before later ones. */
export interface StudyAddress {
  readonly studyInstanceUID: StudyInstanceUID;
  readonly of?: StudyOf;
}

/** Studies under one UID and owner are numbered up to this in an address. */
const ORDINAL_MAX = 999_999_999;

const STUDY_OF = new RegExp(`^(${FACILITY_CODE})(?:~([1-9][0-9]{0,8}))?$`);

/** `H1` or `H1~2`, as it stands in URLs; undefined when the text is neither. */
export function parseStudyOf(text: string): StudyOf | undefined {
  const [, ownerCode, number] = STUDY_OF.exec(text) ?? [];
  if (ownerCode === undefined) return undefined;
  const ordinal = number === undefined ? undefined : Math.min(Number(number), ORDINAL_MAX);
  return { ownerCode: ownerCode as FacilityCode, ...(ordinal === undefined ? {} : { ordinal }) };
}

export function formatStudyOf({ ownerCode, ordinal }: StudyOf): string {
  return ordinal === undefined ? ownerCode : `${ownerCode}~${ordinal}`;
}

/** Tells one version of an instance from the others, in addresses: 16 hexadecimal digits. */
export type InstanceVersion = Brand<string, 'InstanceVersion'>;

/** The beginning of the original's digest: the same on every node and after every restore, whatever is derived from it later. */
export function instanceVersion(sha256: Sha256): InstanceVersion {
  return sha256.slice(0, 16) as InstanceVersion;
}

export function isInstanceVersion(text: string): text is InstanceVersion {
  return /^[0-9a-f]{16}$/.test(text);
}
