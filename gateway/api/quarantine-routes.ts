/** Routes of what arrived and could not be read. */
import { Readable } from 'node:stream';
import type { QuarantineId } from '../domain/identifiers.ts';
import { retryQuarantined, takeOutQuarantined } from '../usecases/operate/quarantined-files.ts';
import { quarantineAnswer } from './answers.ts';
import * as contract from './contract.ts';
import { idParams, type Page, pageQuery } from './page-query.ts';
import type { ApiStores, Call, Route } from './route.ts';

type ById = { id: QuarantineId };
const stores = ({ index, objects }: ApiStores) => ({ ingest: index.ingest, objects, audit: index.audit });

export const QUARANTINE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/quarantine',
    summary: 'What arrived and could not be read, newest first',
    action: 'quarantine.read',
    query: pageQuery,
    answer: contract.quarantineListSchema,
    handle: async ({ index }, { actor, query }: Call<unknown, Page, unknown>) => ({
      entries: (
        await index.ingest.quarantined({
          limit: query.limit,
          waiting: true,
          ...(query.before === undefined ? {} : { before: query.before as QuarantineId }),
        })
      ).map((record) => quarantineAnswer(actor, record)),
    }),
  },
  {
    method: 'GET',
    url: '/quarantine/:id/file',
    summary: 'One of them as it came, for an administrator of the facility that sent it',
    action: 'quarantine.download',
    recorded: true,
    params: idParams,
    handle: async (all, { actor, params, reply }: Call<ById, unknown, unknown>) => {
      const { record, bytes } = await takeOutQuarantined(stores(all), actor, params.id);
      // The sender's name for it may hold a patient's: it is not passed on. Never shown in a page of ours, whatever it is.
      reply
        .header('content-type', 'application/octet-stream')
        .header('content-length', record.bytes)
        .header('x-content-type-options', 'nosniff')
        .header('content-disposition', `attachment; filename="quarantine-${record.id}.bin"`);
      return reply.send(Readable.from(bytes));
    },
  },
  {
    method: 'POST',
    url: '/quarantine/:id/retry',
    summary: 'Receives it again, as a newer program may read it',
    action: 'quarantine.retry',
    params: idParams,
    answer: contract.retriedQuarantineSchema,
    handle: async (all, { actor, params }: Call<ById, unknown, unknown>) => {
      const outcome = await retryQuarantined({ ...stores(all), receiver: all.receiver }, actor, params.id);
      return { outcome: outcome.kind, reason: 'reason' in outcome ? outcome.reason : null };
    },
  },
];
