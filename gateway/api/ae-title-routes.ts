/** Routes of application entities. */
import { z } from 'zod';
import { asDomainError, DomainError } from '../domain/errors.ts';
import * as contract from './contract.ts';
import type { Call, Route } from './route.ts';

/** Who waits for the answer sits before a page. */
const ECHO_MS_MAX = 10_000;
const aeTitleParams = z.object({ code: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/), aeTitle: contract.aeTitle });

export const AE_TITLE_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    url: '/facilities/:code/ae-titles/:aeTitle/echo',
    summary: 'Asks an application entity whether it is there (C-ECHO), where its entry says it answers',
    action: 'facility.manage',
    params: aeTitleParams,
    answer: contract.echoSchema,
    handle: async ({ index, echo }, { params }: Call<z.output<typeof aeTitleParams>, unknown, unknown>): Promise<contract.Echo> => {
      const facility = await index.people.facilityByCode(params.code);
      const entry = facility?.aeTitles.find(({ aeTitle }) => aeTitle === params.aeTitle);
      if (entry === undefined) throw new DomainError('not-found', 'the facility has no such AE title');
      const { host, port, aeTitle } = entry;
      if (host === undefined || port === undefined)
        throw new DomainError('invalid', 'where it answers is not known', { ids: { reason: 'host-and-port', value: aeTitle } });
      try {
        const status = await echo({ host, port, aeTitle }, AbortSignal.timeout(ECHO_MS_MAX));
        return {
          outcome: status === 0 ? 'answered' : 'failed',
          detail: status === 0 ? null : status.toString(16).padStart(4, '0').toUpperCase(),
        };
      } catch (thrown) {
        const { kind } = asDomainError(thrown);
        if (kind === 'denied' || kind === 'busy') return { outcome: 'rejected', detail: null };
        return { outcome: 'unreachable', detail: null };
      }
    },
  },
];
