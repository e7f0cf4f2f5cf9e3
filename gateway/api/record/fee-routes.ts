import { DomainError } from '../../domain/errors.ts';
import type { FacilityCode } from '../../domain/identifiers.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import { actBy } from '../../domain/record/audit.ts';
import type { HttpRequest } from '../../doorstep/exchange.ts';
import type { Takes } from '../../doorstep/route.ts';
import { demandFees, onRecord } from '../../usecases/access/demand.ts';
import { makeFeePack } from '../../usecases/fees/fee-pack.ts';
import { feePackCsv } from '../../usecases/fees/fee-pack-csv.ts';
import { feePackExportSchema, feePackQuerySchema, feePackSchema } from '../contract/fees.ts';
import { type ApiPorts, type ApiRoute, route } from '../route.ts';
import { namesFor } from './answers.ts';
import { feePackAnswer } from './fee-answers.ts';

type FeePorts = Takes<typeof makeFeePack> & Takes<typeof namesFor> & Pick<ApiPorts, 'refusals'>;

export const FEE_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/fee-pack',
    summary:
      'What of a facility’s month may be a fee (診療報酬), from the record alone: line by line, what shows each condition and what does not',
    action: 'fees.read',
    recorded: true,
    compressed: true,
    query: feePackQuerySchema,
    answer: feePackSchema,
    handle: async (ports: FeePorts, { actor, query, request }) => {
      const { pack, names } = await packOf(ports, actor, request, { ...query, format: 'fee-pack' });
      return { body: feePackAnswer(pack, names) };
    },
  }),
  route({
    method: 'POST',
    path: '/fee-pack/exports',
    summary: 'The same as a table (CSV)',
    action: 'fees.read',
    body: feePackExportSchema,
    handle: async (ports: FeePorts, { actor, body: { words = {}, ...asked }, request }) => {
      const { pack, names } = await packOf(ports, actor, request, { ...asked, format: 'fee-pack-csv' });
      const name = `fees-${pack.facility}-${pack.month}.csv`;
      return {
        headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${name}"` },
        body: undefined,
        file: feePackCsv(pack, names, words),
      };
    },
  }),
];

async function packOf(
  ports: FeePorts,
  actor: PersonActor,
  request: HttpRequest,
  { facility, ...asked }: { readonly facility?: string | undefined; readonly month: string; readonly format: 'fee-pack' | 'fee-pack-csv' },
) {
  const of = (facility ?? actor.facility?.code) as FacilityCode | undefined;
  if (of === undefined) throw new DomainError('invalid', 'say of which facility', { ids: { reason: 'malformed', value: 'facility' } });
  const right = await onRecord(ports.refusals, actor, 'fees.read', () => demandFees(actor, of));
  const by = { ...actBy(actor), right };
  const pack = await makeFeePack(ports, by, { ...asked, facility: of });
  return { pack, names: await namesFor(ports, [], request) };
}
