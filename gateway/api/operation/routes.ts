import { z } from 'zod';
import type { QuarantineId } from '../../domain/identifiers.ts';
import type { Takes } from '../../doorstep/route.ts';
import { demandTakingOut, retryQuarantined, takeOutQuarantined } from '../../usecases/operate/quarantined-files.ts';
import { quarantineListSchema, retriedQuarantineSchema, warningSchema } from '../contract/operation.ts';
import { byAdministrator, idParams, pageQuery } from '../parameters.ts';
import { type ApiRoute, route, type Uses } from '../route.ts';
import { quarantineAnswer, warningAnswer } from './answers.ts';

export const OPERATION_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/quarantine',
    summary: 'What arrived and could not be read, newest first',
    action: 'quarantine.read',
    query: pageQuery,
    answer: quarantineListSchema,
    handle: async ({ ingest }: Uses<{ ingest: 'quarantined' }>, { actor, query: { limit, before } }) => {
      const page = { limit, waiting: true as const, ...(before === undefined ? {} : { before: before as QuarantineId }) };
      return { body: { entries: (await ingest.quarantined(page)).map((file) => quarantineAnswer(actor, file)) } };
    },
  }),
  route({
    method: 'GET',
    path: '/quarantine/:id/file',
    summary: 'One of them as it came, for an administrator of the facility that sent it',
    action: 'quarantine.download',
    recorded: true,
    params: idParams<QuarantineId>(),
    handle: async (ports: Takes<typeof takeOutQuarantined>, { actor, params, watch }) => {
      const { file, bytes } = await takeOutQuarantined(ports, actor, params.id);
      watch(async (again) => demandTakingOut(again, file));
      return {
        // The sender's name for it may hold a patient's: it is not passed on. Never shown in a page of ours, whatever it is.
        headers: {
          'content-type': 'application/octet-stream',
          'content-length': file.bytes,
          'content-disposition': `attachment; filename="quarantine-${file.id}.bin"`,
        },
        body: undefined,
        file: bytes,
      };
    },
  }),
  route({
    method: 'POST',
    path: '/quarantine/:id/retry',
    summary: 'Receives it again, as a newer program may read it',
    action: 'quarantine.retry',
    params: idParams<QuarantineId>(),
    answer: retriedQuarantineSchema,
    handle: async (ports: Takes<typeof retryQuarantined>, { params, ...asked }) => {
      const outcome = await retryQuarantined(ports, byAdministrator(asked), params.id);
      return { body: { outcome: outcome.kind, reason: 'reason' in outcome ? outcome.reason : null } };
    },
  }),
  route({
    method: 'GET',
    path: '/warnings',
    summary: 'What the operator should change, newest first',
    action: 'operation.read',
    answer: z.object({ warnings: z.array(warningSchema) }),
    handle: async ({ warnings }: Uses<{ warnings: 'list' }>) => ({ body: { warnings: (await warnings.list()).map(warningAnswer) } }),
  }),
];
