import { describe, expect, it } from 'vitest';
import { CLINIC, HOSPITAL, person } from '../../../test/fixtures/people/actors.ts';
import { DomainError } from '../../domain/errors.ts';
import type { StudyId, StudyInstanceUID, UserId } from '../../domain/identifiers.ts';
import type { IndexedSeries, IndexedStudy } from '../../domain/imaging/study.ts';
import type { Actor, FacilityRef } from '../../domain/people/actor.ts';
import type { AuditEntry } from '../../domain/record/audit.ts';
import { createViewRecorder, VIEW_WINDOW_MS } from '../record/record-view.ts';
import { createStudyAccess, REFUSAL_WINDOW_MS, STUDY_FACTS_MS_MAX } from './see-study.ts';

const UID = '1.2.3' as StudyInstanceUID;
const owner = { ...HOSPITAL, name: '' };
const by = (facility?: FacilityRef): Actor => person({ through: 'token', ...(facility === undefined ? {} : { facility }) });

function setUp() {
  let nowMs = 0;
  const entries: AuditEntry[] = [];
  const state = { study: undefined as IndexedStudy | undefined, asked: 0, waitedMs: 0, failing: false, auditFails: false };
  const audit = {
    append: async (added: readonly AuditEntry[]) => {
      if (state.auditFails) throw new DomainError('unavailable', 'no record');
      entries.push(...added);
    },
  };
  const ports = {
    studies: {
      study: async () => {
        state.asked++;
        if (state.failing) throw new DomainError('unavailable', 'no index');
        return state.study;
      },
      seriesByUID: async () => ({ numberOfSeriesRelatedInstances: 120 }) as IndexedSeries,
    },
    audit,
    clock: { now: () => new Date(1_000_000 + nowMs) },
    monotonicMs: () => nowMs,
    wait: async (ms: number) => {
      state.waitedMs += ms;
      nowMs += ms;
    },
  };
  return {
    state,
    entries,
    access: createStudyAccess(ports),
    recorder: createViewRecorder(ports),
    later: (ms: number) => {
      nowMs += ms;
    },
  };
}

const study = (right: IndexedStudy['rights'][number]): IndexedStudy =>
  ({
    id: '5',
    owner,
    rights: [right],
    study: { studyInstanceUID: UID, patientID: 'P' },
    numberOfStudyRelatedInstances: 300,
  }) as unknown as IndexedStudy;
const shared = (untilMs: number) =>
  study({
    kind: 'share',
    grantId: '9',
    audience: 'facility',
    notBefore: undefined,
    mayDownload: true,
    heldBack: [],
    heldBackState: '0',
    until: new Date(untilMs),
  });

describe('createStudyAccess', () => {
  it('believes the index for half a second and no longer', async () => {
    const { access, state, later } = setUp();
    state.study = shared(9e12);
    await access.see(by(CLINIC), 'study.view', { studyInstanceUID: UID });
    state.study = undefined;
    later(STUDY_FACTS_MS_MAX - 1);
    await expect(access.see(by(CLINIC), 'study.view', { studyInstanceUID: UID })).resolves.toMatchObject({
      right: { kind: 'share', grant: '9' },
    });
    later(1);
    await expect(access.see(by(CLINIC), 'study.view', { studyInstanceUID: UID })).rejects.toMatchObject({ kind: 'not-found' });
    expect(state.asked).toBe(2);
  });

  it('ends a share at its time, whatever is remembered', async () => {
    const { access, state, later } = setUp();
    state.study = shared(1_000_100);
    await access.see(by(CLINIC), 'study.view', { studyInstanceUID: UID });
    later(100);
    await expect(access.see(by(CLINIC), 'study.view', { studyInstanceUID: UID })).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('asks anew after forget, and does not remember a failure', async () => {
    const { access, state } = setUp();
    state.failing = true;
    await expect(access.see(by(CLINIC), 'study.view', { studyInstanceUID: UID })).rejects.toMatchObject({ kind: 'unavailable' });
    state.failing = false;
    state.study = shared(9e12);
    await access.see(by(CLINIC), 'study.view', { studyInstanceUID: UID });
    access.forget(UID);
    await access.see(by(CLINIC), 'study.view', { studyInstanceUID: UID });
    expect(state.asked).toBe(3);
  });

  it('believes nothing that is older than the metadata it gave; the same metadata again cost no question', async () => {
    const { access, state } = setUp();
    state.study = shared(9e12);
    const see = () => access.see(by(CLINIC), 'study.view', { studyInstanceUID: UID });
    await see();
    await access.described(UID, '7-1', async () => false);
    await see();
    expect(state.asked).toBe(2);
    await access.described(UID, '7-1', async () => false);
    await see();
    expect(state.asked).toBe(2);
    // Another process has stored a version: the index told so when the metadata were asked for.
    await access.described(UID, '7-2', async () => false);
    await see();
    expect(state.asked).toBe(3);
    expect(state.waitedMs).toBe(0);
  });

  it('metadata in which something was replaced are given when no other process believes what was before, and then at once', async () => {
    const { access, state, later } = setUp();
    await access.described(UID, '7-2', async () => true);
    expect(state.waitedMs).toBe(STUDY_FACTS_MS_MAX);
    await access.described(UID, '7-2', async () => true);
    expect(state.waitedMs).toBe(STUDY_FACTS_MS_MAX);
    await access.described(UID, '7-3', async () => false);
    later(200);
    await access.described(UID, '7-3', async () => true);
    expect(state.waitedMs).toBe(STUDY_FACTS_MS_MAX * 2 - 200);
  });

  it.each([
    ['a study that is not there', by(CLINIC), undefined],
    ['a person of no facility', by(), shared(9e12)],
    ['a study of another owner under the right of an owner', by(CLINIC), study({ kind: 'owner' })],
  ])('hides %s, and records the refusal once a while', async (_name, actor, study) => {
    const { access, state, entries, later } = setUp();
    state.study = study;
    for (let i = 0; i < 3; i++) {
      await expect(access.see(actor, 'study.view', { studyInstanceUID: UID })).rejects.toMatchObject({
        kind: 'not-found',
        message: 'there is no such thing here',
      });
    }
    expect(entries.map(({ action, outcome }) => [action, outcome])).toEqual([['access-refused', 'refused']]);
    later(REFUSAL_WINDOW_MS);
    await expect(access.see(actor, 'study.view', { studyInstanceUID: UID })).rejects.toMatchObject({ kind: 'not-found' });
    expect(entries).toHaveLength(2);
    await expect(access.see(actor, 'study.download', { studyInstanceUID: UID })).rejects.toMatchObject({ kind: 'not-found' });
    await expect(access.see({ ...actor, remoteAddress: '192.0.2.7' }, 'study.view', { studyInstanceUID: UID })).rejects.toMatchObject({
      kind: 'not-found',
    });
    expect(entries).toHaveLength(4);
  });

  it('a refusal that could not be recorded is recorded the next time, and names the owner where the asker may know the study', async () => {
    const { access, state, entries } = setUp();
    state.study = shared(9e12);
    state.auditFails = true;
    await expect(access.see(by(CLINIC), 'study.share', { studyInstanceUID: UID })).rejects.toMatchObject({ kind: 'unavailable' });
    state.auditFails = false;
    await expect(access.see(by(CLINIC), 'study.share', { studyInstanceUID: UID })).rejects.toMatchObject({ kind: 'denied' });
    expect(entries).toMatchObject([{ what: { ownerFacilityCode: 'H1', patientID: 'P', studyInstanceUID: UID } }]);
  });
});

describe('createViewRecorder', () => {
  const part = { studyId: '5' as StudyId, heldBack: [] };
  const seen = { study: shared(9e12), part, right: { kind: 'share', grant: '9' }, action: 'study.view', facility: CLINIC } as const;

  it('writes one entry a person, study and series in its window', async () => {
    const { recorder, entries, later } = setUp();
    await Promise.all([1, 2, 3].map(() => recorder.viewed(by(CLINIC), seen, '1.1' as never)));
    await recorder.viewed(by(CLINIC), seen, '1.2' as never);
    await recorder.viewed({ ...by(CLINIC), userId: '8' as UserId } as Actor, seen, '1.1' as never);
    expect(entries).toHaveLength(3);
    later(VIEW_WINDOW_MS);
    await recorder.viewed(by(CLINIC), seen, '1.1' as never);
    expect(entries).toHaveLength(4);
    expect(entries[0]).toMatchObject({
      action: 'study-viewed',
      right: { kind: 'share', grant: '9' },
      toFacilityCode: 'C1',
      who: { userId: '7', job: 'physician', facilityCode: 'C1', through: 'token' },
      remoteAddress: '127.0.0.1',
      outcome: 'success',
      what: { ownerFacilityCode: 'H1', patientID: 'P', studyInstanceUID: UID, seriesInstanceUID: '1.1', count: 120 },
    });
    await recorder.viewed(by(CLINIC), seen);
    expect(entries[4]?.what).toEqual({
      ownerFacilityCode: 'H1',
      patientID: 'P',
      studyInstanceUID: UID,
      count: 300,
      view: expect.stringMatching(/^[\w-]{8}$/),
    });
  });

  it('tells how long a view lasted, once, and nothing of one that was a single request', async () => {
    const { recorder, entries, later } = setUp();
    await recorder.viewed(by(CLINIC), seen, '1.1' as never);
    await recorder.viewed(by(CLINIC), seen, '1.2' as never);
    later(90_000);
    await recorder.viewed(by(CLINIC), seen, '1.1' as never);
    await recorder.endViews(false);
    expect(entries).toHaveLength(2);
    later(VIEW_WINDOW_MS);
    await recorder.viewed(by(CLINIC), seen, '1.1' as never);
    await recorder.endViews(false);
    await recorder.endViews(true);
    expect(entries.map(({ action }) => action)).toEqual(['study-viewed', 'study-viewed', 'study-viewed', 'view-ended']);
    expect(entries[3]).toMatchObject({
      what: { seriesInstanceUID: '1.1', count: 120, seconds: 90 },
      right: seen.right,
    });
    const viewOf = (n: number) => entries[n]?.what as { view?: string };
    expect(viewOf(3).view).toBe(viewOf(0).view);
    expect(new Set([0, 1, 2].map((n) => viewOf(n).view)).size).toBe(3);
  });

  it('keeps the ends that the record did not take, and writes each of them once', async () => {
    const { recorder, entries, later, state } = setUp();
    for (let n = 0; n < 250; n += 1) await recorder.viewed(by(CLINIC), seen, `1.${n}` as never);
    later(5_000);
    for (let n = 0; n < 250; n += 1) await recorder.viewed(by(CLINIC), seen, `1.${n}` as never);
    state.auditFails = true;
    await expect(recorder.endViews(true)).rejects.toThrow();
    state.auditFails = false;
    await Promise.all([recorder.endViews(false), recorder.endViews(true)]);
    const ended = entries.flatMap((entry) => (entry.action === 'view-ended' ? [entry.what?.seriesInstanceUID] : []));
    expect(ended).toEqual(Array.from({ length: 250 }, (_, n) => `1.${n}`));
  });

  it('thumbnails are no opening, and do not hide the opening that follows', async () => {
    const { recorder, entries } = setUp();
    await recorder.thumbnailsViewed(by(CLINIC), seen);
    await recorder.thumbnailsViewed(by(CLINIC), seen);
    await recorder.viewed(by(CLINIC), seen);
    expect(entries.map(({ action }) => action)).toEqual(['thumbnails-viewed', 'study-viewed']);
    expect(entries[0]).toMatchObject({
      right: { kind: 'share', grant: '9' },
      toFacilityCode: 'C1',
      what: { studyInstanceUID: UID, patientID: 'P' },
    });
  });

  it.each([
    ['from another place', { remoteAddress: '192.0.2.7' }],
    ['by another way of signing in', { through: 'session' }],
  ])('the same person %s is another entry', async (_name, other) => {
    const { recorder, entries } = setUp();
    await recorder.viewed(by(CLINIC), seen);
    await recorder.viewed({ ...by(CLINIC), ...other } as Actor, seen);
    expect(entries).toHaveLength(2);
  });

  it('says what a search below one study was of, and how far a broken download came', async () => {
    const { recorder, entries } = setUp();
    await recorder.listed(by(CLINIC), { list: 'series', count: 3 }, { seen });
    await recorder.brokenOff(by(CLINIC), seen, { seriesInstanceUID: '1.1' as never, count: 120 }, 17);
    expect(entries).toMatchObject([
      {
        action: 'studies-listed',
        right: { kind: 'share', grant: '9' },
        what: { studyInstanceUID: UID, ownerFacilityCode: 'H1', count: 3 },
      },
      {
        action: 'study-downloaded',
        outcome: 'failed',
        what: { seriesInstanceUID: '1.1', count: 17, of: 120 },
      },
    ]);
  });

  it('discloses nothing that it could not record, and tries again', async () => {
    const { recorder, entries, state } = setUp();
    state.auditFails = true;
    await expect(recorder.viewed(by(CLINIC), seen)).rejects.toMatchObject({ kind: 'unavailable' });
    state.auditFails = false;
    await recorder.viewed(by(CLINIC), seen);
    expect(entries).toHaveLength(1);
  });
});
