/** What a facility is told of files that are about to be sent, by every driver of the index. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FacilityCode } from '../../gateway/domain/identifiers.ts';
import type { InstanceToIndex } from '../../gateway/domain/imaging/study.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import type { OpenedIndex } from '../../storage/index/open.ts';
import { embeddedDriver, instanceOf, nextUID, systemDriver } from '../fixtures/servers/index-drivers.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`what is kept already, on ${driver.name} PostgreSQL`, () => {
    let index: OpenedIndex;
    let owner: Facility;
    let stranger: Facility;

    beforeAll(async () => {
      index = await driver.open();
      const made = (code: string) =>
        index.people.createFacility({ code: code as FacilityCode, name: code, nameKana: '', nameRomaji: '', aeTitles: [] }, UNRECORDED);
      owner = await made('OWNER');
      stranger = await made('STRANGER');
    });
    afterAll(async () => {
      await index?.close();
      await driver.remove();
    });

    const kept = async (wanted: Omit<Parameters<typeof instanceOf>[0], 'facility'>) => {
      const item = instanceOf({ facility: owner, ...wanted });
      await index.ingest.finish(undefined, item);
      return item;
    };
    const asked = ({ study }: InstanceToIndex, patientID: string, ...sopInstanceUIDs: string[]) => ({
      ...study,
      patientID,
      sopInstanceUIDs,
    });

    test('by study, patient ID and instance, in the order of the question', async () => {
      const [one, two] = [await kept({ patientID: 'P-HELD' }), await kept({ patientID: 'P-HELD' })];
      const third = await kept({ patientID: 'P-HELD', study: two.study.studyInstanceUID });
      const uids = [two, third].map(({ instance }) => instance.sopInstanceUID);
      const held = await index.studies.keptOf(owner.id, [
        asked(two, 'P-HELD', ...uids, nextUID()),
        asked(one, 'P-OTHER', one.instance.sopInstanceUID),
        asked(one, 'P-HELD', ...uids),
        asked(one, 'P-HELD', one.instance.sopInstanceUID),
        asked(one, 'P-HELD'),
      ]);
      expect(held).toEqual([2, 0, 0, 1, 0].map((count) => ({ held: count, otherBirthDate: false })));
    });

    test('an ID that belongs to somebody with another birth date is told', async () => {
      const item = await kept({ patientID: 'P-BORN', birthDate: '19700101' });
      const born = (patientBirthDate: string, patientID = 'P-BORN') => ({ ...asked(item, patientID), patientBirthDate });
      const all = [born('19700101'), born('19991231'), born(''), born('19991231', ''), born('19991231', 'P')];
      const held = await index.studies.keptOf(owner.id, all);
      expect(held.map(({ otherBirthDate }) => otherBirthDate)).toEqual([false, true, false, false, false]);
    });

    test('nothing of it to another facility', async () => {
      const item = await kept({ patientID: 'P-OWN' });
      const question = { ...asked(item, 'P-OWN', item.instance.sopInstanceUID), patientBirthDate: '19991231' };
      expect(await index.studies.keptOf(owner.id, [question])).toEqual([{ held: 1, otherBirthDate: true }]);
      expect(await index.studies.keptOf(stranger.id, [question])).toEqual([{ held: 0, otherBirthDate: false }]);
    });

    test('nothing asked, nothing answered', async () => {
      expect(await index.studies.keptOf(owner.id, [])).toEqual([]);
    });
  });
}
