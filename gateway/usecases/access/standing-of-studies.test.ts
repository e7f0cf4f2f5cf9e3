import { describe, expect, it } from 'vitest';
import { CLINIC, HOSPITAL, person } from '../../../test/fixtures/people/actors.ts';
import type { FacilityId } from '../../domain/identifiers.ts';
import type { IndexedStudy } from '../../domain/imaging/study.ts';
import type { StudyFacts } from '../../domain/sharing/access.ts';
import { standingOfList } from './standing-of-studies.ts';

const somebody = person({ facility: CLINIC });
const study = (id: string) =>
  ({ id, ordinal: 1, owner: { code: 'H1' }, rights: shared.rights, study: { studyInstanceUID: `1.2.${id}` } }) as unknown as IndexedStudy;
const shared: StudyFacts = {
  ownerFacilityId: HOSPITAL.id,
  rights: [
    {
      kind: 'share',
      grantId: '9',
      audience: 'facility',
      notBefore: undefined,
      mayDownload: true,
      heldBack: [],
      heldBackState: '0',
      until: new Date(9e12),
    },
  ],
};

function rig(studies = [study('1'), study('2'), study('1')]) {
  const state = { revision: '1', facts: [shared, shared] as (StudyFacts | undefined)[], asked: [] as string[][] };
  const ports = {
    clock: { now: () => new Date(1_000_000) },
    studies: {
      listRevision: async () => state.revision,
      factsOf: async (_scope: FacilityId, addresses: readonly { studyInstanceUID: string }[]) => {
        state.asked.push(addresses.map(({ studyInstanceUID }) => studyInstanceUID));
        return state.facts;
      },
    },
  };
  return { state, stillMay: standingOfList(ports as never, studies) };
}

describe('a list that was read', () => {
  it('asks about each study once, and again only when something in its lists has changed', async () => {
    const { state, stillMay } = rig();
    await stillMay(somebody);
    await stillMay(somebody);
    expect(state.asked).toEqual([['1.2.1', '1.2.2']]);
    state.revision = '2';
    await stillMay(somebody);
    expect(state.asked).toHaveLength(2);
  });

  it('is asked about anew when its asker has another job by now', async () => {
    const { state, stillMay } = rig();
    await stillMay(somebody);
    await stillMay(person({ facility: CLINIC, job: 'nurse' }));
    expect(state.asked).toHaveLength(2);
  });

  it('stands no longer when more of a study is held back, and does when less is', async () => {
    const { state, stillMay } = rig();
    const holding = (...heldBack: string[]) => ({ ...shared, rights: shared.rights.map((right) => ({ ...right, heldBack })) as never });
    state.facts = [shared, holding('1.9')];
    await expect(stillMay(somebody)).rejects.toMatchObject({ kind: 'unavailable' });
    const less = rig([study('1'), { ...study('2'), rights: holding('1.9').rights }]);
    await less.stillMay(somebody);
  });

  it.each([
    ['one of its studies is seen no more', (facts: (StudyFacts | undefined)[]) => facts.splice(1, 1, undefined), somebody, 'unavailable'],
    ['its asker belongs to no facility any more', () => {}, person(), 'denied'],
  ])('stands no longer when %s', async (_name, change, actor, kind) => {
    const { state, stillMay } = rig();
    await stillMay(somebody);
    state.revision = '2';
    change(state.facts);
    await expect(stillMay(actor)).rejects.toMatchObject({ kind });
  });
});
