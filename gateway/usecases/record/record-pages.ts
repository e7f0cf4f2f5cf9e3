import type { ChainedEntry } from '../../domain/record/audit.ts';
import type { AuditFilter, AuditLog } from '../../domain/record/audit-log.ts';

/** All that a filter finds, newest first, so many at a time; the last page is the first that is not full, and may be empty. */
export async function* recordPages(
  audit: Pick<AuditLog, 'find'>,
  filter: Omit<AuditFilter, 'limit'>,
  limit: number,
): AsyncGenerator<readonly ChainedEntry[]> {
  for (let { beforeSeq } = filter; ; ) {
    const page = await audit.find({ ...filter, ...(beforeSeq === undefined ? {} : { beforeSeq }), limit });
    yield page;
    beforeSeq = page.at(-1)?.seq;
    if (page.length < limit) return;
  }
}
