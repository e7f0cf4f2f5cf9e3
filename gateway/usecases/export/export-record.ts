import type { ByteStream } from '../../domain/byte-stream.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { type ActOf, actOfAdministrator, type ChainedEntry, type ExportFormat } from '../../domain/record/audit.ts';
import type { AuditFilter, AuditLog } from '../../domain/record/audit-log.ts';
import { recordPages } from '../record/record-pages.ts';
import { cp932, GETA } from './cp932.ts';
import { type CsvLanguage, csvHead, csvLine, type ExportNames, line } from './csv.ts';
import { dicomAuditMessage } from './dicom-audit-message.ts';
import { fhirAuditEvent } from './fhir-audit-event.ts';

/** Entries read at a time, and held. */
export const EXPORT_PAGE = 500;

export interface ExportRequest extends CsvLanguage {
  readonly format: ExportFormat;
  readonly filter: Omit<AuditFilter, 'limit' | 'beforeSeq'>;
  /** Names of whoever these entries hold the ids of. */
  readonly names: (entries: readonly ChainedEntry[]) => Promise<ExportNames>;
  /** Who reports it, in formats that say so. */
  readonly source: string;
}

/** How a format is written, page by page. */
interface Writer {
  readonly head?: () => string;
  readonly page: (entries: readonly ChainedEntry[], names: ExportNames, isFirst: boolean) => string;
  readonly tail?: (replaced: number) => string;
  readonly encode?: (text: string) => { readonly bytes: Buffer; readonly replaced: number };
}

/**
 * What of the record is asked for, newest first, as a stream. It is on record with format and count before its first byte, and again as failed
 * when it breaks off. Entries that come meanwhile are not in it, the one about itself neither.
 */
export async function exportRecord(
  { audit }: { readonly audit: Pick<AuditLog, 'find' | 'count' | 'head' | 'append'> },
  actor: Actor,
  request: ExportRequest,
): Promise<{ readonly count: number; readonly bytes: ByteStream }> {
  const { seq } = await audit.head();
  const filter = { ...request.filter, beforeSeq: seq + 1 };
  const count = await audit.count(filter);
  const act = (what: ActOf<'record-exported'>['what'], outcome: 'success' | 'failed'): ActOf<'record-exported'> => ({
    ...actOfAdministrator(actor),
    action: 'record-exported',
    outcome,
    what: { format: request.format, ...what },
  });
  await audit.append([act({ count }, 'success')]);
  const brokenOff = (sent: number) => audit.append([act({ count: sent, of: count }, 'failed')]).catch(() => {});
  return { count, bytes: written(audit, filter, request, brokenOff) };
}

async function* written(
  audit: Pick<AuditLog, 'find'>,
  filter: Omit<AuditFilter, 'limit'>,
  request: ExportRequest,
  brokenOff: (sent: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  const { head, page, tail, encode = utf8 } = writerOf(request);
  let [sent, replaced, isWhole] = [0, 0, false];
  const encoded = (text: string) => {
    const made = encode(text);
    replaced += made.replaced;
    return made.bytes;
  };
  try {
    if (head !== undefined) yield encoded(head());
    for await (const entries of recordPages(audit, filter, EXPORT_PAGE)) {
      if (entries.length > 0) yield encoded(page(entries, await request.names(entries), sent === 0));
      sent += entries.length;
    }
    const last = tail?.(replaced) ?? '';
    if (last !== '') yield encoded(last);
    isWhole = true;
  } finally {
    if (!isWhole) await brokenOff(sent);
  }
}

function writerOf(request: ExportRequest): Writer {
  const lines = (one: (chained: ChainedEntry) => string): Writer => ({
    page: (entries) => entries.map((entry) => `${one(entry)}\n`).join(''),
  });
  const csv: Writer = {
    head: () => csvHead(request),
    page: (entries, names) => entries.map((entry) => csvLine(entry, names, request)).join(''),
  };
  const fhir = (chained: ChainedEntry) => JSON.stringify(fhirAuditEvent(chained, request.source));
  const writers: Record<ExportFormat, Writer> = {
    csv: { ...csv, head: () => `\ufeff${csvHead(request)}` },
    'csv-shift-jis': {
      ...csv,
      encode: cp932,
      // What could not be written is told where it is read.
      tail: (replaced) => (replaced === 0 ? '' : line([GETA, replaced])),
    },
    'dicom-audit': lines((chained) => dicomAuditMessage(chained, request.source)),
    'fhir-ndjson': lines(fhir),
    'fhir-bundle': {
      head: () => '{"resourceType":"Bundle","type":"collection","entry":[',
      page: (entries, _names, isFirst) =>
        `${isFirst ? '' : ','}${entries.map((chained) => `{"fullUrl":"urn:renkei:record:${chained.seq}","resource":${fhir(chained)}}`).join(',')}`,
      tail: () => ']}',
    },
  };
  return writers[request.format];
}

function utf8(text: string): { readonly bytes: Buffer; readonly replaced: number } {
  return { bytes: Buffer.from(text), replaced: 0 };
}
