import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { StudyInstanceUID, UserId } from '../domain/identifiers.ts';
import type { AuditEntry } from '../domain/record/audit.ts';
import type { MemberAction, PersonAction, StudyAction } from '../domain/sharing/access.ts';
import type { HttpRequest } from '../doorstep/exchange.ts';
import { createStudyAccess } from '../usecases/access/see-study.ts';
import { serve } from './door.ts';
import { type ApiPorts, type ApiRoute, memberRoute, route, studyRoute } from './route.ts';

const clock = { now: () => new Date(1_000_000) };
const visitor = { id: '7' as UserId, job: 'physician', administrator: false };
const head = { method: 'POST', path: '/x', summary: 'x', body: z.object({}) } as const;

/** Asked by somebody of no facility, with a body that must not be read; nobody may know of any study. */
async function asked(row: ApiRoute): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  const append = async (added: readonly AuditEntry[]) => void entries.push(...added);
  const ports = {
    access: createStudyAccess({ studies: { study: async () => undefined }, audit: { append }, clock }),
    people: { token: async () => ({ user: visitor }) },
    cookies: { session: 's', device: 'd' },
    rate: { spend: () => {} },
    refusals: { refused: async (entry: AuditEntry) => append([entry]) },
    clock,
  } as unknown as ApiPorts;
  const body = new Proxy({}, { get: () => expect.unreachable('the body was read') });
  const headers = { authorization: 'Bearer token', 'content-type': 'application/json', 'content-length': '2' };
  const sending = { hasBegun: () => false, onceOver: () => {}, isOver: () => false };
  const request = { method: 'POST', params: {}, query: {}, headers, cookies: {}, ip: '127.0.0.1', route: '', sending, body };
  const answer = serve(ports, row, request as unknown as HttpRequest);
  await expect(answer).rejects.toMatchObject({ kind: 'study' in row ? 'not-found' : 'denied' });
  return entries;
}

describe('a handler that asks nobody for anything', () => {
  const handle = vi.fn(async () => ({ body: undefined }));
  const study = () => ({ studyInstanceUID: '1.2.3' as StudyInstanceUID });

  test.each<[string, ApiRoute]>([
    ...(['study.view', 'study.download', 'study.share', 'study.disclosures'] as const satisfies readonly StudyAction[]).map(
      (action): [string, ApiRoute] => [action, studyRoute({ ...head, action, study, handle })],
    ),
    ...(['study.list', 'patient.list', 'patient.view', 'study.store', 'notice.settle'] as const satisfies readonly MemberAction[]).map(
      (action): [string, ApiRoute] => [action, memberRoute({ ...head, action, handle })],
    ),
    ...(['user.manage', 'record.read'] as const satisfies readonly PersonAction[]).map((action): [string, ApiRoute] => [
      action,
      route({ ...head, action, handle }),
    ]),
  ])('%s: is not reached by who may not, nor their body read; the refusal is on record', async (action, row) => {
    const entries = await asked(row);
    expect(handle).not.toHaveBeenCalled();
    expect(entries).toMatchObject([{ action: 'access-refused', outcome: 'refused', what: { asked: action } }]);
  });
});

test('a row written as a literal is asked for like any other, and cannot call itself of another kind', () => {
  const served = async () => ({ body: undefined });
  const row = { method: 'GET', path: '/x', summary: 'x', serve: served } as const;
  const literal: ApiRoute = { ...row, action: 'user.manage' };
  // @ts-expect-error An action on a study is a row that names the study.
  const ofNoStudy: ApiRoute = { ...row, action: 'study.view' };
  return Promise.all([asked(literal), expect(asked(ofNoStudy)).rejects.toThrow()]);
});
