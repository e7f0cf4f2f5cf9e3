/** What the record holds as ids, for whoever reads it. */
import type { UserId } from '../domain/identifiers.ts';
import type { Index } from '../domain/opened-index.ts';
import type { AuditRecord } from '../domain/record/audit.ts';
import { type Names, userInDetail } from './answers.ts';

export function nextSeq(records: readonly AuditRecord[], limit: number): number | null {
  return records.length < limit ? null : (records.at(-1)?.seq ?? null);
}

export async function namesFor(index: Index, records: readonly AuditRecord[]): Promise<Names> {
  const ids = [
    ...new Set(records.flatMap(({ entry }) => [entry.who.userId, userInDetail(entry.what?.detail)].filter((id) => id !== undefined))),
  ];
  const people = new Map(await Promise.all(ids.map(async (id) => [id, (await index.people.userById(id as UserId))?.name] as const)));
  const facilities = new Map((await index.people.facilities()).map((facility) => [facility.code as string, facility.name]));
  return { person: (id) => people.get(id), facility: (code) => facilities.get(code) };
}
