import type { Brand, Sha256 } from '../identifiers.ts';

/** Tells one version of an instance from the others, in addresses: 16 hexadecimal digits. */
export type InstanceVersion = Brand<string, 'InstanceVersion'>;

/** The beginning of the original's digest: the same on every node and after every restore, whatever is derived from it later. */
export function instanceVersion(sha256: Sha256): InstanceVersion {
  return sha256.slice(0, 16) as InstanceVersion;
}

export function isInstanceVersion(text: string): text is InstanceVersion {
  return /^[0-9a-f]{16}$/.test(text);
}
