import { describe, expect, it, vi } from 'vitest';
import type { FacilityCode, FacilityId, UserId } from '../domain/identifiers.ts';
import type { StudyFacts } from '../domain/sharing/access.ts';
import type { HttpRequest } from '../doorstep/exchange.ts';
import { RECHECK_MS } from '../doorstep/watch-answer.ts';
import { createStudyAccess } from '../usecases/access/see-study.ts';
import { apiDoor } from './door.ts';
import type { ApiPorts } from './route.ts';

const now = new Date(1_000_000);
const clinic = { id: '2' as FacilityId, code: 'C1' as FacilityCode, name: 'C1', nameKana: '', nameRomaji: '', kinds: [] };
const user = { id: '7' as UserId, job: 'physician', regionRights: {}, administrator: false, facility: clinic };
const name = { value: null };
const study = { studyInstanceUID: '1.2.3', patientID: 'P', patientName: name, referringPhysicianName: name };
const right = {
  kind: 'share',
  grantId: '9',
  audience: 'facility',
  notBefore: undefined,
  until: new Date(9e12),
  mayDownload: true,
  heldBack: [],
  heldBackState: '0',
} as const;
const found = {
  id: '5',
  ordinal: 1,
  owner: { id: '1', code: 'H1' },
  rights: [right],
  study,
  numberOfClips: 0,
  modalitiesInStudy: [],
  lastReceivedAt: now,
  arrivedAt: now,
};

/** The door with an index that knows one study, until it is revoked while an answer is in the making. */
function rig() {
  const state = { shared: true, revision: 1 };
  const facts: StudyFacts = { ownerFacilityId: '1' as FacilityId, rights: [right] };
  const revoked = async () => {
    state.shared = false;
    state.revision += 1;
    await vi.advanceTimersByTimeAsync(2 * RECHECK_MS);
    return [];
  };
  const studies = {
    study: async () => (state.shared ? found : undefined),
    factsOf: async () => [state.shared ? facts : undefined],
    listRevision: async () => String(state.revision),
    seriesOf: revoked,
    openingImagesOf: async () => [],
  };
  const clock = { now: () => now };
  const ports = {
    clock,
    studies,
    people: { token: async () => ({ user }) },
    cookies: { session: 's', device: 'd' },
    access: createStudyAccess({ studies: studies as never, audit: { append: async () => {} } as never, clock }),
    recorder: { viewed: async () => {} },
    listStudies: async () => {
      await revoked();
      return { studies: [found] };
    },
    rate: { spend: () => {} },
  } as unknown as ApiPorts;
  const log = { info: () => {}, warn: () => {}, error: (...event: unknown[]) => console.error(...event) };
  return apiDoor(ports, log as never, '0');
}

const request = (params: Readonly<Record<string, string>>) =>
  ({
    id: 'req-1',
    method: 'GET',
    params,
    query: {},
    headers: { authorization: 'Bearer token' },
    cookies: {},
    ip: '127.0.0.1',
    route: '',
    sending: { hasBegun: () => false, onceOver: () => {}, isOver: () => false },
  }) as unknown as HttpRequest;

describe('an answer that is long in the making', () => {
  it.each([
    ['/studies', {}, 'unavailable'],
    ['/studies/:studyInstanceUID', { studyInstanceUID: '1.2.3' }, 'not-found'],
  ])('%s is not given to who has lost the right meanwhile', async (path, params, kind) => {
    vi.useFakeTimers();
    try {
      const row = rig().routes.find((one) => one.method === 'GET' && one.path === path);
      await expect(row?.answer(request(params))).rejects.toMatchObject({ kind });
    } finally {
      vi.useRealTimers();
    }
  });
});
