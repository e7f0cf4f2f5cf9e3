/**
 * SOP classes of PS3.6 annex A that are not kept by C-STORE. A storage SOP class is recognised by not being one of these, so that
 * private classes and those of later editions are stored too.
 */
const NOT_STORAGE: ReadonlySet<string> = new Set([
  '1.2.840.10008.1.1', // Verification
  '1.2.840.10008.1.3.10', // Media Storage Directory: DICOMDIR belongs to its medium
  '1.2.840.10008.1.9', // Basic Study Content Notification
  '1.2.840.10008.1.20.1', // Storage Commitment Push Model
  '1.2.840.10008.1.20.2', // Storage Commitment Pull Model
  '1.2.840.10008.1.40', // Procedural Event Logging
  '1.2.840.10008.1.42', // Substance Administration Logging
  '1.2.840.10008.5.1.4.1.1.200.4', // Protocol Approval FIND
  '1.2.840.10008.5.1.4.1.1.200.5', // Protocol Approval MOVE
  '1.2.840.10008.5.1.4.1.1.200.6', // Protocol Approval GET
  '1.2.840.10008.5.1.4.1.1.201.2', // Inventory FIND
  '1.2.840.10008.5.1.4.1.1.201.3', // Inventory MOVE
  '1.2.840.10008.5.1.4.1.1.201.4', // Inventory GET
  '1.2.840.10008.5.1.4.1.1.201.5', // Inventory Creation
  '1.2.840.10008.5.1.4.1.1.201.6', // Repository Query
  '1.2.840.10008.5.1.4.31', // Modality Worklist FIND
  '1.2.840.10008.5.1.4.33', // Instance Availability Notification
  '1.2.840.10008.5.1.4.38.2', // Hanging Protocol FIND
  '1.2.840.10008.5.1.4.38.3', // Hanging Protocol MOVE
  '1.2.840.10008.5.1.4.38.4', // Hanging Protocol GET
  '1.2.840.10008.5.1.4.39.2', // Color Palette FIND
  '1.2.840.10008.5.1.4.39.3', // Color Palette MOVE
  '1.2.840.10008.5.1.4.39.4', // Color Palette GET
  '1.2.840.10008.5.1.4.41', // Product Characteristics Query
  '1.2.840.10008.5.1.4.42', // Substance Approval Query
  '1.2.840.10008.5.1.4.43.2', // Generic Implant Template FIND
  '1.2.840.10008.5.1.4.43.3', // Generic Implant Template MOVE
  '1.2.840.10008.5.1.4.43.4', // Generic Implant Template GET
  '1.2.840.10008.5.1.4.44.2', // Implant Assembly Template FIND
  '1.2.840.10008.5.1.4.44.3', // Implant Assembly Template MOVE
  '1.2.840.10008.5.1.4.44.4', // Implant Assembly Template GET
  '1.2.840.10008.5.1.4.45.2', // Implant Template Group FIND
  '1.2.840.10008.5.1.4.45.3', // Implant Template Group MOVE
  '1.2.840.10008.5.1.4.45.4', // Implant Template Group GET
  '1.2.840.10008.5.1.4.34.2', // RT Conventional Machine Verification (trial)
  '1.2.840.10008.5.1.4.34.3', // RT Ion Machine Verification (trial)
  '1.2.840.10008.5.1.4.34.8', // RT Conventional Machine Verification
  '1.2.840.10008.5.1.4.34.9', // RT Ion Machine Verification
]);

/** Whole families without storage. */
const NOT_STORAGE_FAMILIES: readonly string[] = [
  '1.2.840.10008.3.1.2.', // patient, visit, study, results management; performed procedure steps
  '1.2.840.10008.5.1.1.', // print and display systems
  '1.2.840.10008.5.1.4.1.2.', // query/retrieve
  '1.2.840.10008.5.1.4.20.', // Defined Procedure Protocol FIND, MOVE, GET
  '1.2.840.10008.5.1.4.32', // general purpose worklist
  '1.2.840.10008.5.1.4.34.4', // unified procedure step (trial)
  '1.2.840.10008.5.1.4.34.5', // unified worklist and procedure step
  '1.2.840.10008.5.1.4.34.6', // unified procedure step
  '1.2.840.10008.5.1.4.37.', // relevant patient information query
  '1.2.840.10008.10.', // real-time video
];

/** Retired storage classes that the print family holds. */
const STORAGE_IN_PRINT: ReadonlySet<string> = new Set([
  '1.2.840.10008.5.1.1.27', // Stored Print
  '1.2.840.10008.5.1.1.29', // Hardcopy Grayscale Image
  '1.2.840.10008.5.1.1.30', // Hardcopy Color Image
]);

/** PS3.5 9.1, but for leading zeros, which are found in the wild. */
const UID = /^[0-9][0-9.]{0,63}$/;

export function isUID(value: string): boolean {
  return UID.test(value);
}

export function isStorageSOPClass(uid: string): boolean {
  if (!isUID(uid) || NOT_STORAGE.has(uid)) return false;
  return STORAGE_IN_PRINT.has(uid) || !NOT_STORAGE_FAMILIES.some((family) => uid.startsWith(family));
}
