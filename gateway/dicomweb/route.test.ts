import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { FacilityCode, FacilityId, StudyInstanceUID, UserId } from '../domain/identifiers.ts';
import type { IndexedStudy } from '../domain/imaging/study.ts';
import type { Actor } from '../domain/people/actor.ts';
import type { AuditEntry } from '../domain/record/audit.ts';
import type { StudyAction } from '../domain/sharing/access.ts';
import type { HttpAnswer, HttpRequest } from '../doorstep/exchange.ts';
import { createStudyAccess, STUDY_FACTS_MS_MAX } from '../usecases/access/see-study.ts';
import { type DicomwebPorts, route, type StudyCall, studyRoute } from './route.ts';

const UID = '1.2.3' as StudyInstanceUID;
const clinic = { id: '2' as FacilityId, code: 'C1' as FacilityCode };
const somebody: Actor = {
  kind: 'person',
  userId: '7' as UserId,
  job: 'physician',
  administrator: false,
  facility: clinic,
  remoteAddress: '127.0.0.1',
  through: 'session',
};
const { facility: _none, ...withoutFacility } = somebody;
const OWN = {
  id: '5',
  ordinal: 2,
  owner: clinic,
  right: { kind: 'owner' },
  study: { studyInstanceUID: UID, patientID: 'P' },
} as unknown as IndexedStudy;
const ANSWER: HttpAnswer = { status: 200, headers: {}, body: 'pixels' };
const request = { params: { study: UID }, query: {} } as unknown as HttpRequest;

/** The real decision over an index of one study. */
function rig(study: IndexedStudy | undefined) {
  const state = { study, nowMs: 0, asked: [] as unknown[] };
  const entries: AuditEntry[] = [];
  const access = createStudyAccess({
    studies: {
      study: async (_facility, address) => {
        state.asked.push(address);
        return state.study;
      },
    },
    audit: {
      append: async (added) => {
        entries.push(...added);
      },
    },
    clock: { now: () => new Date(1_000_000) },
    monotonicMs: () => state.nowMs,
  });
  return { state, entries, ports: { access } as unknown as DicomwebPorts };
}

/** A handler that asks nobody for anything. */
function planted(action: StudyAction, handle: (ports: DicomwebPorts, call: StudyCall<unknown, unknown>) => Promise<HttpAnswer>) {
  const params = z.object({ study: z.custom<StudyInstanceUID>() });
  return studyRoute({
    method: 'GET',
    path: '/studies/:study',
    action,
    params,
    query: z.object({}),
    study: (call) => ({ studyInstanceUID: call.params.study }),
    handle,
  });
}

describe('a handler that forgets to ask for the study', () => {
  test.each<StudyAction>(['study.view', 'study.download', 'study.settle', 'study.share', 'study.disclosures'])(
    'is not reached by who may not %s, who hears that there is no such thing, once on record',
    async (action) => {
      const { entries, ports } = rig(undefined);
      const handle = vi.fn(async () => ANSWER);
      const watch = vi.fn();
      const serving = planted(action, handle).serve(ports, somebody, request, watch);
      await expect(serving).rejects.toMatchObject({ kind: 'not-found', message: 'there is no such thing here' });
      expect(handle).not.toHaveBeenCalled();
      expect(watch).not.toHaveBeenCalled();
      expect(entries.map((entry) => entry.action)).toEqual(['access-refused']);
    },
  );

  test.each<[StudyAction, boolean]>([
    ['study.view', true],
    ['study.download', true],
    ['study.disclosures', false],
  ])('is given what was seen for %s; watched while the answer goes out: %s', async (action, isWatched) => {
    const { state, ports } = rig(OWN);
    const handle = vi.fn(async (_ports: DicomwebPorts, _call: StudyCall<unknown, unknown>) => ANSWER);
    const watch = vi.fn<(stillMay: (actor: Actor) => Promise<unknown>) => void>();
    expect(await planted(action, handle).serve(ports, somebody, request, watch)).toBe(ANSWER);
    const call = handle.mock.calls[0]?.[1];
    expect(call?.seen).toMatchObject({ study: OWN });
    expect(watch).toHaveBeenCalledTimes(isWatched ? 1 : 0);
    // Asked again it is the study that was seen, and not another of its UID.
    await call?.seeAgain();
    expect(state.asked).toEqual([
      { studyInstanceUID: UID },
      { studyInstanceUID: UID, of: { ownerCode: clinic.code, ordinal: OWN.ordinal } },
    ]);
    state.study = undefined;
    state.nowMs += STUDY_FACTS_MS_MAX;
    await expect(call?.seeAgain()).rejects.toMatchObject({ kind: 'not-found' });
    if (isWatched) await expect(watch.mock.calls[0]?.[0](somebody)).rejects.toMatchObject({ kind: 'not-found' });
  });
});

test('a handler that forgets who may search or store is not reached by who belongs to no facility', async () => {
  const { ports } = rig(undefined);
  for (const action of ['study.list', 'study.store'] as const) {
    const handle = vi.fn(async () => ANSWER);
    const row = route({ method: 'GET', path: '/studies', action, params: z.object({}), query: z.object({}), handle });
    await expect(row.serve(ports, withoutFacility, request, () => {})).rejects.toMatchObject({ kind: 'denied' });
    expect(handle).not.toHaveBeenCalled();
    expect(await row.serve(ports, somebody, request, () => {})).toBe(ANSWER);
  }
  const handle = vi.fn(async () => ANSWER);
  // @ts-expect-error An action on a study is a row that names the study: here nobody would decide it.
  const row = route({ method: 'GET', path: '/studies', action: 'study.view', params: z.object({}), query: z.object({}), handle });
  await expect(row.serve(ports, somebody, request, () => {})).rejects.toThrow();
  expect(handle).not.toHaveBeenCalled();
});
