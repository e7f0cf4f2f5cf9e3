/**
 * The same matrix at every address of the running program: route × relation × a kind of facility of each sort, jobs taking turns. What all their
 * combinations are decided to be is in `decided-matrix.test.ts`.
 */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createToken } from '../../../gateway/auth/tokens.ts';
import type { ConsentWish } from '../../../gateway/domain/consent/consent.ts';
import type { ReleaseRule } from '../../../gateway/domain/consent/release-rule.ts';
import type { FacilityCode, FacilityId, StudyInstanceUID, UserId } from '../../../gateway/domain/identifiers.ts';
import type { IndexedStudy } from '../../../gateway/domain/imaging/study.ts';
import { JOBS, type Job } from '../../../gateway/domain/people/actor.ts';
import { COMMAND_LINE } from '../../../gateway/domain/people/credentials.ts';
import { FACILITY_KINDS, type FacilityKind, FROM_THE_BEGINNING } from '../../../gateway/domain/people/facility-kind.ts';
import { EMPTY_CONTENT } from '../../../gateway/domain/referral/letter-content.ts';
import type { Action } from '../../../gateway/domain/sharing/access.ts';
import { RELATIONS, type Relation } from '../../../gateway/domain/sharing/relations.ts';
import type { ShareRequest } from '../../../gateway/domain/sharing/share.ts';
import { smallFile } from '../../fixtures/dicom/small-dicom.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';
import { type Case, expectedOf } from './expected.ts';

const STUDY = '2.25.908';
const DAY_MS = 86_400_000;
const UNRECORDED = () => [];
/** It must not have ended before it is made. */
const ENDS_IN_MS = 2_000;
const CLOCK = { now: () => new Date() };

interface Subject {
  readonly case: Omit<Case, 'action'>;
  readonly token: string;
  readonly owner: string;
  readonly study: string;
}

let running: RunningRegion;
const subjects = new Map<string, Subject>();

/** One of each sort, in turn. */
const SORTS: readonly (readonly FacilityKind[])[] = [
  FACILITY_KINDS.filter((kind) => !['pharmacy', 'visiting-nursing', 'secretariat'].includes(kind)),
  ['pharmacy', 'visiting-nursing'],
  ['secretariat'],
];

const CASES: readonly Omit<Case, 'action'>[] = RELATIONS.flatMap((relation, at) =>
  SORTS.flatMap((sort, n) => {
    const turn = at * SORTS.length + n;
    // Whose turn it is would open none.
    const doctors = relation.startsWith('emergency') && n === 0;
    const kind = doctors ? 'hospital' : (sort[at % sort.length] as FacilityKind);
    const job = doctors ? 'physician' : (JOBS[turn % JOBS.length] as Job);
    return { relation, kind, job, administrator: relation === 'administrator-of-the-region' || turn % 5 === 0 };
  }),
);
const nameOf = ({ relation, kind, job, administrator }: Omit<Case, 'action'>) =>
  `${relation}, ${job}, ${kind}${administrator ? ', administrator' : ''}`;

/** Of a patient of its own, so that what one agrees to opens no other's. */
const files = (study: string, modality = 'CT') =>
  ['1', '2'].map((n) =>
    smallFile({
      studyInstanceUID: study,
      seriesInstanceUID: `${study}.${n}`,
      sopInstanceUID: `${study}.${n}.1`,
      instanceNumber: 1,
      patientID: study,
      modality,
    }),
  );

async function facilityOf(code: string, kind: FacilityKind): Promise<FacilityId> {
  const names = { name: code, nameKana: '', nameRomaji: '', aeTitles: [] };
  const kinds = [{ kind, since: FROM_THE_BEGINNING }];
  return (await running.gateway.stores.index.people.createFacility({ code: code as FacilityCode, ...names, kinds }, UNRECORDED)).id;
}

async function personOf(facilityId: FacilityId | undefined, name: string, job: Job, administrator = false) {
  const { people } = running.gateway.stores.index;
  const email = `${name}@matrix.example`;
  const { id } = await people.createUser({ email, name, nameKana: '', facilityId, job, administrator, passwordHash: 'none' }, UNRECORDED);
  const asked = { by: undefined, userId: id, name: 'matrix', days: 1, remoteAddress: '127.0.0.1' };
  return { id, token: (await createToken({ people, clock: CLOCK }, asked)).token };
}

async function store(token: string, study: string, modality?: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  for (const file of files(study, modality)) {
    const part = multipartOf([file]);
    const answer = await fetch(`${running.url}/dicom-web/studies`, { method: 'POST', ...part, headers: { ...part.headers, ...headers } });
    expect(answer.status).toBe(200);
  }
}

type Given = Pick<ShareRequest, 'to' | 'notBefore' | 'mayDownload' | 'heldBack'> & {
  readonly ended?: true;
  readonly revoked?: true;
  /** In place of a share: the patient agreed. */
  readonly consent?: 'region' | 'facility';
  /** Of a study of this modality, for which the owner has a rule (RELEASES). */
  readonly of?: 'NM' | 'XA' | 'MG';
  /** Opened by this person. */
  readonly emergency?: UserId;
  readonly referral?: 'sent' | 'recalled';
};

const RELEASED = { registeredOnly: false, afterHours: 0, onceReported: false, mayDownload: true };
/** What the owner's consents open, by modality; a mammogram not at all. */
const RELEASES: readonly ReleaseRule[] = [
  { ...RELEASED, modalities: ['CT'] },
  { ...RELEASED, modalities: ['NM'], mayDownload: false },
  { ...RELEASED, modalities: ['XA'], afterHours: 24 },
];

/** What the owner gives, for somebody to stand to the study in that way. */
const GIVEN: Readonly<Record<Relation, (job: Job, userId: UserId, another: UserId) => readonly Given[]>> = {
  owner: () => [],
  'share-to-facility': () => [{}],
  'share-to-job': (job) => [{ to: { job } }],
  'share-to-another-job': (job) => [{ to: { job: JOBS.find((one) => one !== job) as Job } }],
  'share-to-person': (_, userId) => [{ to: { userId } }],
  'share-to-another-person': (_job, _me, userId) => [{ to: { userId } }],
  'share-for-viewing-only': () => [{ mayDownload: false }],
  'share-with-series-held-back': () => [{ heldBack: [`${STUDY}.2`] as never }],
  'share-that-has-ended': () => [{ ended: true }],
  'share-that-has-not-begun': () => [{ notBefore: new Date(Date.now() + DAY_MS) }],
  'share-that-was-revoked': () => [{ revoked: true }],
  'one-share-ended-beside-another': (_, userId) => [{ ended: true }, { to: { userId } }],
  'consent-to-the-region': () => [{ consent: 'region' }],
  'consent-to-facility': () => [{ consent: 'facility' }],
  'consent-for-viewing-only': () => [{ consent: 'region', of: 'NM' }],
  'consent-that-waits': () => [{ consent: 'region', of: 'XA' }],
  'consent-that-is-not-released': () => [{ consent: 'region', of: 'MG' }],
  'consent-that-has-ended': () => [{ consent: 'facility', ended: true }],
  'consent-that-was-withdrawn': () => [{ consent: 'region', revoked: true }],
  'one-consent-withdrawn-beside-another': () => [{ consent: 'region', revoked: true }, { consent: 'facility' }],
  'consent-withdrawn-beside-a-share': () => [{ consent: 'region', revoked: true }, {}],
  'share-revoked-beside-a-consent': () => [{ revoked: true }, { consent: 'region' }],
  emergency: (_, userId) => [{ emergency: userId }],
  'emergency-of-another-person': (_job, _me, userId) => [{ emergency: userId }],
  'emergency-that-has-ended': (_, userId) => [{ emergency: userId, ended: true }],
  'emergency-found-not-justified': (_, userId) => [{ emergency: userId, revoked: true }],
  'emergency-beside-a-share': (_, userId) => [{ emergency: userId }, {}],
  'consent-withdrawn-beside-a-referral': () => [{ consent: 'region', revoked: true }, { referral: 'sent' }],
  referral: () => [{ referral: 'sent' }],
  'referral-that-was-recalled': () => [{ referral: 'recalled' }],
  'share-revoked-beside-a-referral': () => [{ revoked: true }, { referral: 'sent' }],
  stranger: () => [],
  'administrator-of-the-region': () => [],
};

/** By a letter of the owner's. */
async function refer(studyId: ShareRequest['studyId'], toFacilityId: FacilityId, by: UserId, state: 'sent' | 'recalled'): Promise<void> {
  const { letters, people, patients } = running.gateway.stores.index;
  const owner = await people.facilityByCode('HOSPITAL');
  const [patient] = await patients.patientsOf([studyId]);
  if (owner === undefined || patient === undefined) throw new Error('not made');
  const draft = {
    kind: 'referral',
    toFacilityId,
    toPerson: undefined,
    content: EMPTY_CONTENT,
    studies: [{ studyId, keyImages: [] }],
  } as const;
  const made = await letters.draft(owner.id, { ...draft, patientNo: patient.no, inReplyTo: undefined }, by, UNRECORDED, COMMAND_LINE);
  const given = { revision: made.revision, until: new Date(Date.now() + 7 * DAY_MS), mayDownload: [studyId], by };
  await letters.send(owner.id, made.id, given, UNRECORDED, COMMAND_LINE);
  if (state === 'recalled') await letters.act(owner.id, made.id, { act: 'recall', reason: 'mistaken', by }, UNRECORDED, COMMAND_LINE);
}

async function give({ id: studyId, patientNo }: IndexedStudy, toFacilityId: FacilityId, by: UserId, given: Given): Promise<void> {
  const { shares, emergencies } = running.gateway.stores.index;
  const { ended, revoked, emergency, consent: _, of: __, referral, ...more } = given;
  if (referral !== undefined) return refer(studyId, toFacilityId, by, referral);
  const until = new Date(Date.now() + (ended === true ? ENDS_IN_MS : 7 * DAY_MS));
  if (emergency !== undefined) {
    const reader = { id: emergency, job: 'physician', facilityId: toFacilityId } as const;
    const why = { category: 'unconscious', reason: 'matrix', despiteObjection: false } as const;
    const { emergency: opened } = await emergencies.open({ patient: patientNo, reader, ...why, until }, UNRECORDED, COMMAND_LINE);
    const verdict = { whose: 'region', verdict: 'not-justified', words: 'matrix', by } as const;
    if (revoked === true) await emergencies.review(opened.id, verdict, UNRECORDED, COMMAND_LINE);
    return;
  }
  const entry = { action: 'study-shared', outcome: 'success', who: { kind: 'person' } } as const;
  const share = await shares.share({ studyId, toFacilityId, ...more, until, by }, () => [entry], COMMAND_LINE);
  if (revoked === true) await shares.revoke(share.id, studyId, by, { ...entry, action: 'share-revoked' }, COMMAND_LINE);
}

async function consent(
  owner: FacilityId,
  studyId: ShareRequest['studyId'],
  toFacilityId: FacilityId,
  by: UserId,
  given: Given,
): Promise<void> {
  const { consents, patients } = running.gateway.stores.index;
  const patientNo = (await patients.patientsOf([studyId]))[0]?.no;
  if (patientNo === undefined) throw new Error('nobody’s study');
  const wish: ConsentWish = {
    patientNo,
    scope: {
      to: given.consent === 'region' ? 'region' : { facilities: [toFacilityId] },
      exceptFacilities: [],
      modalities: [],
      studyDateFrom: undefined,
      studyDateTo: undefined,
      exceptStudies: [],
    },
    basis: { kind: 'law', document: undefined, relation: undefined, ground: 'statute' },
    until: given.ended === true ? new Date(Date.now() + ENDS_IN_MS) : undefined,
    formVersion: '1',
  };
  const { made } = await consents.give(owner, wish, () => {}, by, UNRECORDED, COMMAND_LINE);
  if (given.revoked === true) await consents.withdraw(owner, made.consent.id, by, UNRECORDED, COMMAND_LINE);
}

beforeAll(async () => {
  running = await startSmallRegion('routes-matrix');
  const { people, studies, releases } = running.gateway.stores.index;
  const owner = await people.facilityByCode('HOSPITAL');
  const { id: by } = (await people.credentials('radiographer@hospital.example'))?.user ?? {};
  if (owner === undefined || by === undefined) throw new Error('not made');
  await store(running.region.hospital.token, STUDY);
  await releases.set(owner.id, { revision: 0, rules: RELEASES }, by, UNRECORDED, COMMAND_LINE);
  const studyOf = async (uid: string) => {
    const study = await studies.study(owner, { studyInstanceUID: uid as StudyInstanceUID }, new Date());
    if (study === undefined) throw new Error('no study');
    return study;
  };
  for (const [n, one] of CASES.entries()) {
    const { relation, kind, job, administrator } = one;
    const isOwner = relation === 'owner';
    // Whose studies there are was a hospital when they came.
    const facilityId = relation === 'administrator-of-the-region' ? undefined : await facilityOf(`M${n}`, isOwner ? 'hospital' : kind);
    const me = await personOf(facilityId, `m${n}`, job, administrator);
    const another = await personOf(facilityId ?? owner.id, `a${n}`, 'radiographer');
    const own = `${STUDY}.${n + 10}`;
    const given = GIVEN[relation](job, me.id, another.id);
    const ofItsOwn = given.some((one) => one.consent !== undefined);
    if (isOwner) await store(another.token, own);
    if (ofItsOwn) await store(running.region.hospital.token, own, given[0]?.of);
    if (isOwner && facilityId !== undefined)
      await people.updateFacility(facilityId, { kinds: [{ kind, since: FROM_THE_BEGINNING }] }, UNRECORDED);
    const study = isOwner || ofItsOwn ? own : STUDY;
    for (const one of given)
      if (facilityId && one.consent !== undefined) await consent(owner.id, (await studyOf(study)).id, facilityId, by, one);
      else if (facilityId) await give(await studyOf(study), facilityId, by, one);
    subjects.set(nameOf(one), { case: one, token: me.token, owner: isOwner ? `M${n}` : 'HOSPITAL', study });
  }
  const allEnded = Date.now() + ENDS_IN_MS;
  await vi.waitUntil(() => Date.now() > allEnded, { timeout: 2 * ENDS_IN_MS });
}, 120_000);
afterAll(() => running?.close());

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly action: Action;
}

/** Every address of something that is asked for by an action, with this study in it; numbers are of nothing that is there. */
function addresses({ study, owner }: Subject, series: string): readonly Asked[] {
  const fill: Readonly<Record<string, string>> = {
    code: 'HOSPITAL',
    of: `${owner}~1`,
    frames: '1',
    aeTitle: 'NONE',
    id: '999999',
    '*': '7FE00010',
  };
  const wado = `?requestType=WADO&studyUID=${study}&objectUID=${series}.1`;
  return running.gateway.routes.flatMap(({ method, url, action, open }) => {
    if (open || action === undefined) return [];
    const path = url
      .replace(/:(\w*study\w*)/i, study)
      .replace(/:(\w*series\w*)/i, series)
      .replace(/:(\w*instance\w*)/i, `${series}.1`)
      .replace(/:(\w+)|\*/g, (name, word: string | undefined) => fill[word ?? '*'] ?? name);
    const isWado = /^(\/wado|\/dicom-web(\/of\/:of)?\/?)$/.test(url) && method !== 'POST';
    return [{ method, url, action, path: isWado ? `${path}${wado}` : path }];
  });
}

async function answerTo(token: string, { method, path }: Asked): Promise<{ readonly status: number; readonly text: string }> {
  const reads = method === 'GET' || method === 'HEAD';
  const type = path.startsWith('/dicom-web') ? 'application/dicom' : 'application/json';
  const headers = { authorization: `Bearer ${token}`, ...(reads ? {} : { 'content-type': type }) };
  const answer = await fetch(`${running.url}${path}`, { method, headers, ...(reads ? {} : { body: '{}' }) });
  return { status: answer.status, text: await answer.text() };
}

const SAYS_NOTHING = 'there is no such thing here';

function verdictOf({ status, text }: Awaited<ReturnType<typeof answerTo>>, { method, path }: Asked, study: string): string {
  if (status === 401) return 'is unknown';
  if (status === 403) return 'may not';
  const hides = method === 'HEAD' ? path.includes(study) : text.includes(SAYS_NOTHING);
  return status === 404 && hides ? 'hears of nothing' : 'may';
}

const BY_SESSION_ALONE: readonly Action[] = [
  'token.manage-own',
  'session.manage-own',
  'factor.manage-own',
  'mail.manage-own',
  'emergency.open',
];

/** By token: what is its owner's own to change is not changed with it, whoever has it. */
function wanted(subject: Subject, { action }: Asked): string | undefined {
  if (BY_SESSION_ALONE.includes(action)) return 'may not';
  return expectedOf({ ...subject.case, action });
}

const AT_ONCE = 24;

async function verdicts(subject: Subject, asked: readonly Asked[]) {
  const found: { readonly what: string; readonly verdict: string; readonly status: number; readonly tells: boolean }[] = [];
  for (let at = 0; at < asked.length; at += AT_ONCE) {
    const some = asked.slice(at, at + AT_ONCE).map(async (one) => {
      const answer = await answerTo(subject.token, one);
      const verdict = verdictOf(answer, one, subject.study);
      return {
        what: `${one.method} ${one.url} ${one.action}`,
        verdict,
        status: answer.status,
        tells: answer.text.includes(`${subject.study}.2`),
      };
    });
    found.push(...(await Promise.all(some)));
  }
  return found;
}

describe('at every address', () => {
  test.each(CASES.map((one) => [nameOf(one)]))('%s', async (name) => {
    const subject = subjects.get(name);
    if (subject === undefined) throw new Error('no subject');
    const all = addresses(subject, `${subject.study}.1`);
    const found = await verdicts(subject, all);
    expect(found.length).toBeGreaterThan(100);
    // What a part of is given is told apart from the whole by the series that it lacks.
    const expected = all.map((one) => ({
      what: `${one.method} ${one.url} ${one.action}`,
      verdict: wanted(subject, one)?.replace('part', 'may'),
    }));
    expect(found.map(({ what, verdict }) => ({ what, verdict }))).toEqual(expected);
    if (subject.case.relation !== 'share-with-series-held-back') return;
    expect(found.filter(({ tells }) => tells)).toEqual([]);
    const below = addresses(subject, `${subject.study}.2`).filter((one) => /:series/i.test(one.url) && wanted(subject, one) === 'part');
    const listed = /\/instances$/;
    expect((await verdicts(subject, below)).filter(({ what, status }) => status < 400 && !listed.test(what.split(' ')[1] ?? ''))).toEqual(
      [],
    );
  });

  test('every relation, job and sort of facility is among them, and every action at some address', () => {
    expect(new Set(CASES.map(({ relation }) => relation))).toEqual(new Set(RELATIONS));
    expect(new Set(CASES.map(({ job }) => job))).toEqual(new Set(JOBS));
    for (const sort of SORTS) expect(CASES.some(({ kind }) => sort.includes(kind))).toBe(true);
    expect(SORTS.flat().toSorted()).toEqual([...FACILITY_KINDS].sort());
  });
});
