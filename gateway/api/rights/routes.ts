import { FRESH_FOR_ADMINISTRATION_MINUTES } from '../../auth/fresh.ts';
import type { Takes } from '../../doorstep/route.ts';
import { changeRights, previewRights } from '../../usecases/account/change-rights.ts';
import { changeRightsSchema, previewRightsSchema, rightsPreviewSchema, rightsSchema } from '../contract/rights.ts';
import { byAdministrator } from '../parameters.ts';
import { type ApiPorts, type ApiRoute, route, type Uses } from '../route.ts';
import { rightsAnswer } from './answers.ts';

type Reads = Uses<{ rights: 'regionRights' }>;

export const RIGHTS_ROUTES: readonly ApiRoute[] = [
  route({
    method: 'GET',
    path: '/rights',
    summary:
      'What the people of each job may do at each kind of facility, what the region says otherwise than at first, and within which bounds',
    action: 'rights.manage',
    compressed: true,
    answer: rightsSchema,
    handle: async ({ rights }: Reads) => ({ body: rightsAnswer(await rights.regionRights()) }),
  }),
  route({
    method: 'PATCH',
    path: '/rights',
    summary: 'Change some of that, for everybody within a second',
    action: 'rights.manage',
    freshMinutes: FRESH_FOR_ADMINISTRATION_MINUTES,
    body: changeRightsSchema,
    answer: rightsSchema,
    handle: async (ports: Takes<typeof changeRights> & Reads, { body, actor, ...asked }) => {
      await changeRights(ports, { actor, proof: byAdministrator({ actor, ...asked }).proof }, body);
      return { body: rightsAnswer(await ports.rights.regionRights()) };
    },
  }),
  route({
    method: 'POST',
    path: '/rights/preview',
    summary: 'Whom such a change would let do more or less; changes nothing',
    action: 'rights.manage',
    recorded: false,
    body: previewRightsSchema,
    answer: rightsPreviewSchema,
    handle: async (ports: Takes<typeof previewRights> & Pick<ApiPorts, 'clock'>, { body }) => ({
      body: { effects: [...(await previewRights(ports, body.cells, ports.clock.now()))] },
    }),
  }),
];
