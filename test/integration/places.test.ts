import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import type { FacilityCode, SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import type { DicomJson } from '../../gateway/domain/imaging/dataset.ts';
import { readOriginalKey } from '../../gateway/domain/imaging/derived.ts';
import { originalKey } from '../../gateway/domain/imaging/object-keys.ts';
import { wholeStudy } from '../../gateway/domain/imaging/study.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import { createAdopter } from '../../gateway/ingest/adopt.ts';
import type { Gateway } from '../../gateway/main.ts';
import { importFiles } from '../../gateway/usecases/operate/import-folder.ts';
import { reindex } from '../../gateway/usecases/operate/reindex.ts';
import { sweepClaims } from '../../gateway/usecases/operate/sweep-claims.ts';
import { openIndex } from '../../storage/index/open.ts';
import type { SmallRegion } from '../fixtures/api-client.ts';
import { smallDataSet, smallFile } from '../fixtures/dicom/small-dicom.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { expectFound, fetched, type Place, placeText, stow } from '../fixtures/places.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';
import { type RunningRegion, startSmallRegion } from '../fixtures/small-region.ts';

/**
 * One SOP Instance UID that claims several places, through every door: each is kept, found, and fetched where the answer says it is; none
 * moves another (issue 5, A1; shared/data/cases/33). What facilities share under one UID stands beside each other (B11).
 */
const CT = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';

let running: RunningRegion;
let gateway: Gateway;
let region: SmallRegion;

beforeAll(async () => {
  running = await startSmallRegion('places');
  ({ gateway, region } = running);
});
afterAll(() => running?.close());

/** The first, and all that claim its UID: another series, study, patient, the same study of another patient, and all three. */
function claimsOf(root: string): readonly Place[] {
  const study = `2.25.${root}`;
  const place = (studyInstanceUID: string, series: number, patientID: string) => ({
    studyInstanceUID,
    seriesInstanceUID: `${studyInstanceUID}.${series}`,
    sopInstanceUID: `${study}.1.1`,
    patientID,
  });
  return [
    place(study, 1, 'P-1'),
    place(study, 2, 'P-1'),
    place(`${study}.77`, 1, 'P-1'),
    place(study, 1, 'P-2'),
    place(`${study}.88`, 3, 'P-3'),
    place(`${study}.88`, 3, 'P-4'),
  ];
}

const facility = async () => {
  const found = await gateway.stores.index.people.facilityByCode('HOSPITAL');
  if (found === undefined) throw new Error('no facility');
  return found;
};

const DOORS: readonly [door: string, root: string, send: (places: readonly Place[]) => Promise<void>][] = [
  [
    'STOW-RS, one after another',
    '9101',
    async (places) => {
      for (const place of places) {
        const { status, urls } = await stow(region.hospital, [smallFile(place)]);
        expect(status).toBe(200);
        expect(await fetched(region.hospital, urls[0] ?? '')).toBe(placeText(place));
      }
    },
  ],
  [
    'STOW-RS, all in one request',
    '9102',
    async (places) => {
      const { status, urls } = await stow(
        region.hospital,
        places.map((place) => smallFile(place)),
      );
      expect(status).toBe(200);
      const found = await Promise.all(urls.map((address) => fetched(region.hospital, address)));
      expect(found).toEqual(places.map(placeText));
    },
  ],
  [
    'C-STORE',
    '9103',
    async (places) => {
      const association = await openAssociation({
        host: '127.0.0.1',
        port: gateway.dimse,
        callingAETitle: 'HOSPITAL_CT',
        calledAETitle: 'RENKEI',
        contexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
      });
      for (const place of places) {
        const dataSet = (async function* () {
          yield smallDataSet(place);
        })();
        const { status } = await storeInstance(association, {
          sopClassUID: CT as SOPClassUID,
          sopInstanceUID: place.sopInstanceUID as SOPInstanceUID,
          transferSyntaxUID: EXPLICIT as TransferSyntaxUID,
          dataSet,
        });
        expect(status).toBe(0);
      }
      await association.release();
    },
  ],
  [
    'upload',
    '9104',
    async (places) => {
      for (const place of places) {
        const answer = await region.hospital.fetch('/api/uploads/file', {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream' },
          body: new Uint8Array(smallFile(place)),
        });
        const said = (await answer.json()) as { outcome: string; studyInstanceUID: string; of: string | null };
        expect(said).toMatchObject({ outcome: 'stored', studyInstanceUID: place.studyInstanceUID });
        const of = said.of === null ? '' : `?of=${said.of}`;
        const opened = await region.hospital.call<{ patientID: string }>('GET', `/api/studies/${said.studyInstanceUID}${of}`);
        expect([opened.status, opened.body.patientID]).toEqual([200, place.patientID]);
      }
    },
  ],
  [
    'import',
    '9105',
    async (places) => {
      const files = places.map((place, n) => ({ path: `${n}`, bytes: 1, open: () => once(smallFile(place)) }));
      const report = await importFiles({ receiver: gateway.stores.receiver, facility: await facility(), files });
      expect(report).toMatchObject({ stored: places.length, complete: true });
    },
  ],
  [
    'the sweep after a crash',
    '9106',
    async (places) => {
      const { objects, index, adopter } = gateway.stores;
      const { id: facilityId } = await facility();
      for (const place of places) {
        const staged = await objects.stage();
        await staged.write(smallFile(place));
        const sha256 = await staged.sha256();
        const path = {
          facilityCode: 'HOSPITAL' as FacilityCode,
          ...(place as never as { studyInstanceUID: never; seriesInstanceUID: never }),
        };
        const key = originalKey({ ...path, sopInstanceUID: place.sopInstanceUID as SOPInstanceUID }, sha256);
        const sopInstanceUID = place.sopInstanceUID as SOPInstanceUID;
        await index.ingest.claim({ facilityId, sopInstanceUID, key, sha256, bytes: staged.bytesWritten, source: { door: 'stow' } });
        await staged.commit(key);
      }
      const swept = await sweepClaims({ objects, ingest: index.ingest, adopter, log: NO_LOG }, new Date(Date.now() + 60_000), 100);
      expect(swept).toEqual({ finished: places.length, released: 0, failed: 0 });
    },
  ],
];

describe.each(DOORS)('one SOP Instance UID in six places through %s', (_door, root, send) => {
  const places = claimsOf(root);

  test('each is kept, found and fetched; sent again it is where it was', async () => {
    await send(places);
    await expectFound(region.hospital, places);
    const again = await stow(
      region.hospital,
      places.map((place) => smallFile(place)),
    );
    expect(again.status).toBe(200);
    expect(await Promise.all(again.urls.map((address) => fetched(region.hospital, address)))).toEqual(places.map(placeText));
    await expectFound(region.hospital, places);
  });

  test('everything received is on record, once', async () => {
    const { records, instances } = await receptions(places);
    expect(instances).toBe(places.length);
    expect(records).toBeGreaterThan(0);
    expect(await gateway.stores.index.audit.verify()).toMatchObject({ intact: true });
  });
});

/** Receptions on record of the places' studies. */
async function receptions(places: readonly Place[]): Promise<{ records: number; instances: number }> {
  const studies = new Set(places.map(({ studyInstanceUID }) => studyInstanceUID));
  const entries = (await gateway.stores.index.audit.find({ actions: ['study-received', 'instance-new-version'], limit: 1_000 }))
    .map(({ entry }) => entry)
    .filter(({ what }) => studies.has(what?.studyInstanceUID ?? ''));
  return { records: entries.length, instances: entries.reduce((sum, { what }) => sum + (what?.count ?? 0), 0) };
}

test('a reindex of the originals alone brings the same places back', async () => {
  const empty = temporaryFolder('places-reindex');
  const rebuilt = await openIndex({ dataFolder: empty });
  try {
    const { objects } = gateway.stores;
    const hospital = await rebuilt.people.createFacility(
      {
        code: 'HOSPITAL' as FacilityCode,
        name: '',
        nameKana: '',
        nameRomaji: '',
        aeTitles: [],
      },
      UNRECORDED,
    );
    const adopter = createAdopter({ objects, ingest: rebuilt.ingest });
    await reindex({ objects, studies: rebuilt.studies, people: rebuilt.people, ingest: rebuilt.ingest, adopter });
    const picture = async (index: typeof rebuilt, scope: typeof hospital.id) => {
      const places: string[] = [];
      for (const study of await index.studies.findStudies({ id: scope }, [], { offset: 0, limit: 1_000 }, new Date())) {
        for await (const { seriesInstanceUID, instance, object } of index.studies.instancesOf(wholeStudy(study.id))) {
          places.push(`${study.study.patientID} ${seriesInstanceUID} ${instance.sopInstanceUID} ${readOriginalKey(object.key)?.sha256}`);
        }
      }
      return places.sort();
    };
    const before = await picture(gateway.stores.index as never, (await facility()).id);
    expect(before.length).toBeGreaterThanOrEqual(DOORS.length * 6);
    expect(await picture(rebuilt, hospital.id)).toEqual(before);
    expect((await rebuilt.audit.find({ actions: ['study-received'], limit: 1 })).length).toBe(0);
  } finally {
    await rebuilt.close();
    await rm(empty, { recursive: true, force: true });
  }
});

test('the receptions of a series that came one by one are one line for who reads who got it', async () => {
  const place: Place = { studyInstanceUID: '2.25.9401', seriesInstanceUID: '2.25.9401.1', sopInstanceUID: '', patientID: 'P-1' };
  for (let n = 1; n <= 6; n++) await stow(region.hospital, [smallFile({ ...place, sopInstanceUID: `2.25.9401.1.${n}` })]);
  const page = await region.hospital.call<{ disclosures: { action: string; count: number }[]; next: number | null }>(
    'GET',
    `/api/studies/${place.studyInstanceUID}/disclosures?limit=1`,
  );
  expect(page.body.disclosures.map(({ action, count }) => [action, count])).toEqual([['study-received', 6]]);
});

test('a study without a modality has no ModalitiesInStudy in a row, rather than an empty one', async () => {
  const dataSet = smallFile({ studyInstanceUID: '2.25.9501', seriesInstanceUID: '2.25.9501.1', sopInstanceUID: '2.25.9501.1.1' });
  const at = dataSet.indexOf(Buffer.from([0x08, 0x00, 0x60, 0x00, 0x43, 0x53, 0x02, 0x00]));
  const without = Buffer.concat([dataSet.subarray(0, at), dataSet.subarray(at + 10)]);
  expect((await stow(region.hospital, [without])).status).toBe(200);
  const rows = (await (await region.hospital.fetch('/dicom-web/studies?StudyInstanceUID=2.25.9501')).json()) as DicomJson[];
  expect(rows).toHaveLength(1);
  expect(rows[0]).not.toHaveProperty('00080061');
  expect(rows[0]).toHaveProperty('00201208');
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
