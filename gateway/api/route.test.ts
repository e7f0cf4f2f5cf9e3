import { describe, expect, test, vi } from 'vitest';
import type { StudyInstanceUID, UserId } from '../domain/identifiers.ts';
import type { PersonActor } from '../domain/people/actor.ts';
import type { ActorAction, StudyAction } from '../domain/sharing/access.ts';
import type { HttpRequest } from '../doorstep/exchange.ts';
import { createStudyAccess } from '../usecases/access/see-study.ts';
import { type ApiPorts, type ApiRoute, ownStudyRoute, route, studyRoute } from './route.ts';

const visitor: PersonActor = {
  kind: 'person',
  userId: '7' as UserId,
  job: 'physician',
  administrator: false,
  remoteAddress: '127.0.0.1',
  through: 'session',
};
const NOW = new Date(1_000_000);
const request = { params: {}, query: {} } as unknown as HttpRequest;
const head = { method: 'GET', path: '/x', summary: 'x' } as const;

/** What the door does of a row once it knows who asks; nobody may know of any study. */
async function serve(row: ApiRoute): Promise<unknown> {
  if (row.action === 'open') throw new Error('a row for everyone');
  const access = createStudyAccess({
    studies: { study: async () => undefined },
    audit: { append: async () => {} },
    clock: { now: () => NOW },
  });
  row.demand?.(visitor, NOW);
  return row.serve({ access } as unknown as ApiPorts, request, undefined, { actor: visitor, watch: () => {} } as never);
}

describe('a handler that asks nobody for anything', () => {
  test.each<StudyAction>(['study.view', 'study.download', 'study.settle', 'study.share', 'study.disclosures'])(
    'is not reached by who may not %s',
    async (action) => {
      const handle = vi.fn(async () => ({ body: undefined }));
      const row = studyRoute({ ...head, action, study: () => ({ studyInstanceUID: '1.2.3' as StudyInstanceUID }), handle });
      await expect(serve(row)).rejects.toMatchObject({ kind: 'not-found' });
      expect(handle).not.toHaveBeenCalled();
    },
  );

  test.each<ActorAction>(['study.list', 'study.store', 'user.manage', 'record.read'])(
    'is not reached by who may not %s',
    async (action) => {
      const handle = vi.fn(async () => ({ body: undefined }));
      await expect(serve(route({ ...head, action, handle }))).rejects.toMatchObject({ kind: 'denied' });
      expect(handle).not.toHaveBeenCalled();
    },
  );

  test('is not reached by who could settle no study of their own facility', async () => {
    const handle = vi.fn(async () => ({ body: undefined }));
    await expect(serve(ownStudyRoute({ ...head, action: 'study.settle', handle }))).rejects.toMatchObject({ kind: 'denied' });
    expect(handle).not.toHaveBeenCalled();
  });
});
