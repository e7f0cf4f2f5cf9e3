import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { CLINIC, HOSPITAL, PACS, person } from '../../test/fixtures/people/actors.ts';
import type { StudyInstanceUID } from '../domain/identifiers.ts';
import type { IndexedStudy } from '../domain/imaging/study.ts';
import type { Actor } from '../domain/people/actor.ts';
import type { AuditEntry, RefusalLog } from '../domain/record/audit.ts';
import type { MemberAction, StudyAction } from '../domain/sharing/access.ts';
import type { HttpAnswer, HttpRequest } from '../doorstep/exchange.ts';
import { RECHECK_MS } from '../doorstep/watch-answer.ts';
import { createStudyAccess, STUDY_FACTS_MS_MAX } from '../usecases/access/see-study.ts';
import { serve } from './door.ts';
import { type DicomwebPorts, type DicomwebRoute, type MemberCall, memberRoute, type StudyCall, studyRoute } from './route.ts';

const UID = '1.2.3' as StudyInstanceUID;
const somebody = person({ facility: CLINIC });
const OWN = {
  id: '5',
  ordinal: 2,
  owner: CLINIC,
  rights: [{ kind: 'owner' }],
  study: { studyInstanceUID: UID, patientID: 'P' },
} as unknown as IndexedStudy;
const ANSWER: HttpAnswer = { status: 200, headers: {}, body: 'pixels' };

/** The real decision over an index of one study, and a request of somebody's whose answer has begun. */
function rig(study: IndexedStudy | undefined, actor: Actor = somebody) {
  const state = { study, actor, nowMs: 0, asked: [] as unknown[] };
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
  const refusals: RefusalLog = {
    refused: async (entry) => {
      entries.push(entry);
    },
  };
  const ports = { access, refusals, authenticate: async () => state.actor } as unknown as DicomwebPorts;
  const breakOff = vi.fn();
  const sending = { hasBegun: () => true, onceOver: () => {}, isOver: () => false, breakOff };
  const request = { method: 'GET', params: { study: UID }, query: {}, headers: {}, sending } as unknown as HttpRequest;
  const later = async () => {
    state.nowMs += STUDY_FACTS_MS_MAX;
    await vi.advanceTimersByTimeAsync(RECHECK_MS);
  };
  return { state, entries, breakOff, later, serve: (row: DicomwebRoute) => serve(ports, row, request) };
}

const head = {
  method: 'GET',
  path: '/studies/:study',
  params: z.object({ study: z.custom<StudyInstanceUID>() }),
  query: z.object({}),
} as const;

function ofStudy(
  action: StudyAction,
  handle: (ports: DicomwebPorts, call: StudyCall<unknown, unknown, StudyAction>) => Promise<HttpAnswer>,
) {
  return studyRoute({ ...head, action, study: ({ params }) => ({ studyInstanceUID: params.study }), handle });
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a handler that asks nobody for the study', () => {
  test.each<StudyAction>(['study.view', 'study.download', 'study.share', 'study.disclosures'])(
    'is not reached by who may not %s, who hears that there is no such thing, once on record',
    async (action) => {
      const { entries, serve } = rig(undefined);
      const handle = vi.fn(async () => ANSWER);
      await expect(serve(ofStudy(action, handle))).rejects.toMatchObject({ kind: 'not-found', message: 'there is no such thing here' });
      expect(handle).not.toHaveBeenCalled();
      expect(entries.map((entry) => entry.action)).toEqual(['access-refused']);
    },
  );

  test('is given what was seen; its answer is broken off once that may be seen no more', async () => {
    const { state, breakOff, later, serve } = rig(OWN);
    const handle = vi.fn(async (_ports: DicomwebPorts, _call: StudyCall<unknown, unknown, StudyAction>) => ANSWER);
    expect(await serve(ofStudy('study.view', handle))).toBe(ANSWER);
    const call = handle.mock.calls[0]?.[1];
    expect(call?.seen).toMatchObject({ study: OWN, action: 'study.view', facility: CLINIC });
    // Asked again it is the study that was seen, and not another of its UID.
    await call?.seeAgain();
    expect(state.asked).toEqual([
      { studyInstanceUID: UID },
      { studyInstanceUID: UID, of: { ownerCode: CLINIC.code, ordinal: OWN.ordinal } },
    ]);
    await later();
    expect(breakOff).not.toHaveBeenCalled();
    state.study = undefined;
    await later();
    expect(breakOff).toHaveBeenCalled();
    await expect(call?.seeAgain()).rejects.toMatchObject({ kind: 'not-found' });
  });
});

describe('a handler that asks nobody who may search or store', () => {
  test.each<[MemberAction, Actor]>([
    ['study.list', person()],
    ['study.store', person()],
    ['notice.settle', person()],
    ['notice.settle', PACS],
  ])('is not reached by who may not %s, which is on record', async (action, actor) => {
    const handle = vi.fn(async () => ANSWER);
    const { entries, serve } = rig(undefined, actor);
    await expect(serve(memberRoute({ ...head, action, handle }))).rejects.toMatchObject({ kind: 'denied' });
    expect(handle).not.toHaveBeenCalled();
    expect(entries).toMatchObject([{ action: 'access-refused', outcome: 'refused', what: { asked: action }, refusal: expect.any(String) }]);
  });

  test.each<[string, Actor]>([
    ['belongs to none any more', person()],
    ['has gone to another', person({ facility: HOSPITAL })],
  ])('is given the facility; its answer is broken off once its asker %s', async (_name, afterwards) => {
    const { state, breakOff, later, serve } = rig(undefined);
    const handle = vi.fn(async (_ports: DicomwebPorts, _call: MemberCall<unknown, unknown>) => ANSWER);
    expect(await serve(memberRoute({ ...head, action: 'study.list', handle }))).toBe(ANSWER);
    expect(handle.mock.calls[0]?.[1].facility).toBe(CLINIC);
    await later();
    expect(breakOff).not.toHaveBeenCalled();
    state.actor = afterwards;
    await later();
    expect(breakOff).toHaveBeenCalled();
  });
});

describe('a row of another action than its kind', () => {
  const handle = vi.fn(async () => ANSWER);
  const asked = ['study.view', 'study.list'] as const;
  test('is not handled, and does not compile', async () => {
    // @ts-expect-error An action on a study is a row that names the study.
    const ofMember: DicomwebRoute = { method: 'GET', path: '/studies', action: asked[0], serve: handle };
    const read = () => ({ study: { studyInstanceUID: UID }, serve: handle });
    // @ts-expect-error What is done in a facility's name is no row about a study.
    const row: DicomwebRoute = { method: 'GET', path: '/studies', action: asked[1], read };
    for (const literal of [ofMember, row]) await expect(rig(OWN).serve(literal)).rejects.toThrow();
    expect(handle).not.toHaveBeenCalled();
  });
});
