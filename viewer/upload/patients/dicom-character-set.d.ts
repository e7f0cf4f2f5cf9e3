/** The package ships no types. What this room uses of it. */
declare module 'dicom-character-set' {
  /**
   * Text of a value under the terms of (0008,0005), joined by a backslash. PS3.5 6.1.
   * @throws an Error for a term or an escape sequence that it does not know
   */
  export function convertBytes(specificCharacterSet: string | undefined, bytes: Uint8Array, options?: { vr?: string }): string;
}
