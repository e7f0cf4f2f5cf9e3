import type { QuarantineId } from '../../domain/identifiers.ts';
import type { IngestIndex, QuarantinedFile } from '../../domain/imaging/ingest-index.ts';

const PAGE = 1_000;

/** Every row of the quarantine, newest first, also what was received again. `before`: only rows older than this one. */
export async function* allQuarantined(ingest: Pick<IngestIndex, 'quarantined'>, before?: QuarantineId): AsyncGenerator<QuarantinedFile> {
  for (let last = before; ; ) {
    const page = await ingest.quarantined({ limit: PAGE, ...(last === undefined ? {} : { before: last }) });
    yield* page;
    last = page.at(-1)?.id;
    if (last === undefined) return;
  }
}
