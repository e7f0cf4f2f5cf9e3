/** The region's table of rights and the kinds of facilities, as every user is read with them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actorOf } from '../../gateway/auth/authenticate.ts';
import type { FacilityCode, UserId } from '../../gateway/domain/identifiers.ts';
import { FROM_THE_BEGINNING } from '../../gateway/domain/people/facility-kind.ts';
import type { AuditEntry } from '../../gateway/domain/record/audit.ts';
import type { RegionRights } from '../../gateway/domain/sharing/job-rights.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';

const UNRECORDED = () => [];
const DAY_MS = 86_400_000;
let index: OpenedIndex;
let userId: UserId;
let facility: Awaited<ReturnType<OpenedIndex['people']['createFacility']>>;

beforeAll(async () => {
  index = await openIndex({ dataFolder: temporaryFolder('rights') });
  const names = { name: 'C', nameKana: '', nameRomaji: '' };
  facility = await index.people.createFacility({ code: 'C1' as FacilityCode, ...names, aeTitles: [] }, UNRECORDED);
  const job = 'nurse' as const;
  const nurse = { email: 'n@c.example', name: 'N', nameKana: '', facilityId: facility.id, job, administrator: true, passwordHash: 'h' };
  userId = (await index.people.createUser(nurse, UNRECORDED)).id;
  await index.people.createToken({ tokenHash: 'token', userId, name: 't', expiresAt: undefined }, UNRECORDED);
});
afterAll(() => index?.close());

const proof = { token: 'token', administrator: true } as const;
const entry = {
  action: 'rights-changed',
  outcome: 'success',
  who: { kind: 'person' },
  what: { changes: ['x'] },
} as const satisfies AuditEntry;
const set = (revision: number, rights: RegionRights) =>
  index.rights.setRegionRights({ revision, rights, by: userId }, () => [entry], proof);
const rightsAt = async (now: Date) => {
  const found = await index.people.token('token', new Date());
  if (found === undefined) throw new Error('no token');
  return actorOf(found.user, 'token', '', now).rights;
};

describe('rights', () => {
  test('nothing said, they are what the program says', async () => {
    expect(await index.rights.regionRights()).toMatchObject({ now: { revision: 0, rights: {} }, before: { rights: {} } });
    expect(await rightsAt(new Date())).toMatchObject({ view: 'all', give: 'none' });
  });

  test('a change is read with the next question of who asks, of their job alone', async () => {
    const rights = { nurse: { hospital: { view: 'own' } }, clerk: { hospital: { view: 'none' } } } as const;
    expect(await set(0, rights)).toMatchObject({ revision: 1, changedBy: { id: userId, name: 'N' }, rights });
    expect(await rightsAt(new Date())).toMatchObject({ view: 'own', download: 'own' });
    expect(Object.keys((await index.people.userById(userId))?.regionRights ?? {})).toEqual(['nurse']);
    await set(1, {});
    expect(await rightsAt(new Date())).toMatchObject({ view: 'all' });
    expect(await index.rights.regionRights()).toMatchObject({ now: { revision: 2, rights: {} }, before: { revision: 1, rights } });
  });

  test('of two changes to one state one holds, and the other hears of it', async () => {
    const { now } = await index.rights.regionRights();
    const both = await Promise.allSettled([set(now.revision, {}), set(now.revision, { nurse: { clinic: { give: 'own' } } })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { kind: 'conflict', ids: { reason: 'rights-changed' } },
    });
    await expect(set(now.revision + 5, {})).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('no change without its entry, and none by who has lost the right to it', async () => {
    const { now } = await index.rights.regionRights();
    const unwritable = () => {
      throw new Error('no record');
    };
    const change = { revision: now.revision, rights: { clerk: { hospital: { view: 'none' } } }, by: userId } as const;
    await expect(index.rights.setRegionRights(change, unwritable, proof)).rejects.toThrow('no record');
    await expect(index.rights.setRegionRights(change, () => [entry], { token: 'other', administrator: true })).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
    expect((await index.rights.regionRights()).now).toEqual(now);
  });

  test('a facility is another kind from a day on, and so its people may do something else', async () => {
    const [yesterday, tomorrow] = [-1, 1].map((days) => new Date(Date.now() + days * DAY_MS)) as [Date, Date];
    const kinds = [
      { kind: 'pharmacy', since: tomorrow },
      { kind: 'clinic', since: FROM_THE_BEGINNING },
    ] as const;
    const { kinds: kept } = await index.people.updateFacility(facility.id, { kinds }, UNRECORDED);
    expect(kept).toEqual(kinds.toReversed());
    expect(await rightsAt(yesterday)).toMatchObject({ view: 'all', download: 'all' });
    expect(await rightsAt(tomorrow)).toMatchObject({ view: 'all', download: 'none' });
    expect(await index.rights.staffCounts()).toEqual([{ facilityId: facility.id, kinds: kept, job: 'nurse', people: 1 }]);
  });
});
