/** Who has the data folder, written into its lock file for whoever is kept out. Read and written under that lock. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../../gateway/domain/errors.ts';
import { canReach, type ProcessIdentity, self } from '../../process-identity.ts';

export interface Holder extends ProcessIdentity {
  /** ISO 8601. */
  readonly since: string;
}

export const holderFile = (root: string): string => join(root, 'renkei.lock');

/** Undefined when nobody wrote it, or not in full. */
export async function readHolder(root: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(holderFile(root), 'utf8')) as Partial<Holder>;
    return typeof holder.host === 'string' && typeof holder.boot === 'string' && typeof holder.since === 'string'
      ? (holder as Holder)
      : undefined;
  } catch {
    return undefined;
  }
}

/** This process started the server, or adopted it. The file keeps its name: the lock is on it. */
export async function writeHolder(root: string): Promise<void> {
  const holder: Holder = { ...self, since: new Date().toISOString() };
  await writeFile(holderFile(root), `${JSON.stringify(holder)}\n`);
}

/** Its server may live, but 127.0.0.1 and process numbers mean another there. */
export function unreachable(holder: Holder): boolean {
  return !canReach(holder);
}

export function inUse(root: string, holder: Holder | undefined): DomainError {
  const who = holder === undefined ? '' : ` (host ${holder.host}, process ${holder.pid} there, since ${holder.since})`;
  return new DomainError(
    'conflict',
    `the data folder ${root} is in use by another program${who}, in another container or on another host: end it first. ` +
      'Several programs share one region through RENKEI_DATABASE_URL and RENKEI_OBJECTS_URL, not through one folder.',
  );
}
