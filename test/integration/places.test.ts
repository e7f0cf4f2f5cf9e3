import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../gateway/config.ts';
import { bufferAccess, readObject } from '../../gateway/dicom/parse/part10.ts';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import type { FacilityCode, SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import type { DicomJson } from '../../gateway/domain/imaging/dataset.ts';
import { readOriginalKey } from '../../gateway/domain/imaging/derived.ts';
import { originalKey } from '../../gateway/domain/imaging/object-keys.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import { createAdopter } from '../../gateway/ingest/adopt.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { importFiles } from '../../gateway/usecases/operate/import-folder.ts';
import { reindex } from '../../gateway/usecases/operate/reindex.ts';
import { sweepClaims } from '../../gateway/usecases/operate/sweep-claims.ts';
import { openIndex } from '../../storage/index/open.ts';
import { type ApiClient, createSmallRegion, type SmallRegion } from '../fixtures/api-client.ts';
import { type SmallImage, smallDataSet, smallFile } from '../fixtures/dicom/small-dicom.ts';
import { ADMINISTRATOR, temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';

/**
 * One SOP Instance UID that claims several places, through every door: each is kept, found, and fetched where the answer says it is; none
 * moves another (issue 5, A1; shared/data/cases/33). What facilities share under one UID stands beside each other (B11).
 */
const CT = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const DICOM = { accept: 'application/dicom; transfer-syntax=*' };

let folder: string;
let gateway: Gateway;
let region: SmallRegion;
let url: string;

beforeAll(async () => {
  folder = temporaryFolder('places');
  gateway = await startGateway(
    readConfig({
      RENKEI_DATA: folder,
      RENKEI_HTTP_PORT: '0',
      RENKEI_DIMSE_PORT: '0',
      RENKEI_LOG: 'silent',
      RENKEI_ADMIN_EMAIL: ADMINISTRATOR.email,
      RENKEI_ADMIN_PASSWORD: ADMINISTRATOR.password,
    }),
  );
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
});
afterAll(async () => {
  await gateway?.close();
  await rm(folder, { recursive: true, force: true });
});

type Place = Required<Pick<SmallImage, 'studyInstanceUID' | 'seriesInstanceUID' | 'sopInstanceUID' | 'patientID'>>;

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

const placeText = ({ studyInstanceUID, seriesInstanceUID, sopInstanceUID, patientID }: Place) =>
  `${patientID} ${studyInstanceUID} ${seriesInstanceUID} ${sopInstanceUID}`;
const firstValue = (header: DicomJson, tag: string) => header[tag]?.Value?.[0] as string;
const inHeader = (header: DicomJson) =>
  `${firstValue(header, '00100020')} ${firstValue(header, '0020000D')} ${firstValue(header, '0020000E')} ${firstValue(header, '00080018')}`;

/** What lies at the address, by its own header. */
async function fetched(client: ApiClient, address: string, init: RequestInit = { headers: DICOM }): Promise<string> {
  const answer = await client.fetch(address.replace(url, ''), init);
  if (answer.status !== 200) return `${answer.status} of ${address}`;
  return inHeader((await readObject(bufferAccess(Buffer.from(await answer.arrayBuffer())))).header);
}

/** Every address that a search gives for the UID: that of the study, the series, the instance. Each must lead where it says. */
async function expectFound(client: ApiClient, places: readonly Place[]): Promise<void> {
  const sop = places[0]?.sopInstanceUID;
  const rows = (await (await client.fetch(`/dicom-web/instances?SOPInstanceUID=${sop}&includefield=PatientID`)).json()) as DicomJson[];
  expect(rows.map(inHeader).sort()).toEqual(places.map(placeText).sort());
  for (const row of rows) {
    const address = firstValue(row, '00081190');
    expect(await fetched(client, address)).toBe(inHeader(row));
    const frame = await client.fetch(`${address.replace(url, '')}/frames/1`, { headers: { accept: 'application/octet-stream' } });
    expect(frame.status).toBe(200);
    const metadata = (await (await client.fetch(`${address.replace(url, '')}/metadata`)).json()) as DicomJson[];
    expect(metadata.map(inHeader)).toEqual([inHeader(row)]);
  }
  for (const studyInstanceUID of new Set(places.map((place) => place.studyInstanceUID))) {
    const ofUID = places.filter((place) => place.studyInstanceUID === studyInstanceUID);
    const patients = [...new Set(ofUID.map(({ patientID }) => patientID))].sort();
    const studies = (await (await client.fetch(`/dicom-web/studies?StudyInstanceUID=${studyInstanceUID}`)).json()) as DicomJson[];
    expect(studies.map((row) => firstValue(row, '00100020')).sort()).toEqual(patients);
    for (const row of studies) {
      const below = firstValue(row, '00081190').replace(url, '');
      const series = (await (await client.fetch(`${below}/series?includefield=PatientID`)).json()) as DicomJson[];
      expect(new Set(series.map((each) => firstValue(each, '00100020')))).toEqual(new Set([firstValue(row, '00100020')]));
      expect(Number(firstValue(row, '00201208'))).toBe(ofUID.filter(({ patientID }) => patientID === firstValue(row, '00100020')).length);
    }
    const list = await client.call<{ studies: Record<string, unknown>[] }>('GET', `/api/studies?q=${studyInstanceUID}`);
    expect(list.status).toBe(200);
  }
}

async function stow(client: ApiClient, files: readonly Uint8Array[]): Promise<{ status: number; urls: string[] }> {
  const answer = await client.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf(files) });
  const body = (await answer.json()) as DicomJson;
  const references = (body['00081199']?.Value ?? []) as DicomJson[];
  return { status: answer.status, urls: references.map((reference) => firstValue(reference, '00081190')) };
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
    const hospital = await rebuilt.people.createFacility({
      code: 'HOSPITAL' as FacilityCode,
      name: '',
      nameKana: '',
      nameRomaji: '',
      aeTitles: [],
    });
    const adopter = createAdopter({ objects, ingest: rebuilt.ingest });
    await reindex({ objects, studies: rebuilt.studies, people: rebuilt.people, ingest: rebuilt.ingest, adopter });
    const picture = async (index: typeof rebuilt, scope: typeof hospital.id) => {
      const places: string[] = [];
      for (const study of await index.studies.findStudies(scope, [], { offset: 0, limit: 1_000 }, new Date())) {
        for await (const { seriesInstanceUID, instance, object } of index.studies.instancesOf(study.id)) {
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

describe('a study that another facility sends under a UID that was shared', () => {
  const genuine: Place = {
    studyInstanceUID: '2.25.9201',
    seriesInstanceUID: '2.25.9201.1',
    sopInstanceUID: '2.25.9201.1.1',
    patientID: 'GENUINE',
  };
  const forged: Place = { ...genuine, patientID: 'FORGED' };
  const until = () => new Date(Date.now() + 86_400_000).toISOString();

  interface Summary {
    readonly patientID: string;
    readonly of: string | null;
    readonly besides: number;
    readonly owner: { readonly code: string };
  }
  const listed = async (client: ApiClient) =>
    (await client.call<{ studies: Summary[] }>('GET', '/api/studies')).body.studies
      .filter(({ patientID }) => ['GENUINE', 'FORGED', 'OWN'].includes(patientID))
      .map(({ patientID, of, besides, owner }) => [patientID, owner.code, of, besides])
      .sort();

  test('hides nothing: each is listed with its owner, opened, fetched and governed as itself', async () => {
    for (const [client, place] of [
      [region.hospital, genuine],
      [region.stranger, forged],
    ] as const) {
      expect((await stow(client, [smallFile(place)])).status).toBe(200);
      const shared = await client.call('POST', `/api/studies/${place.studyInstanceUID}/shares`, { facilityCode: 'CLINIC', until: until() });
      expect(shared.status).toBe(201);
    }
    const { clinic } = region;
    expect(await listed(clinic)).toEqual([
      ['FORGED', 'STRANGER', 'STRANGER~1', 1],
      ['GENUINE', 'HOSPITAL', null, 1],
    ]);
    await expectFound(clinic, [genuine, forged]);

    // The clinic's own one goes before both.
    const own: Place = { ...genuine, patientID: 'OWN' };
    expect((await stow(clinic, [smallFile(own)])).status).toBe(200);
    expect(await listed(clinic)).toEqual([
      ['FORGED', 'STRANGER', 'STRANGER~1', 2],
      ['GENUINE', 'HOSPITAL', 'HOSPITAL~1', 2],
      ['OWN', 'CLINIC', null, 2],
    ]);
    await expectFound(clinic, [genuine, forged, own]);
    for (const [of, patientID] of [
      ['HOSPITAL~1', 'GENUINE'],
      ['HOSPITAL', 'GENUINE'],
      ['STRANGER', 'FORGED'],
      ['CLINIC~1', 'OWN'],
    ]) {
      const opened = await clinic.call<Summary>('GET', `/api/studies/${genuine.studyInstanceUID}?of=${of}`);
      expect([opened.status, opened.body.patientID]).toEqual([200, patientID]);
      const wado = `/dicom-web/of/${of}?requestType=WADO&studyUID=${genuine.studyInstanceUID}&objectUID=${genuine.sopInstanceUID}&contentType=application/dicom`;
      expect(await fetched(clinic, wado)).toContain(patientID);
    }
    // Each acts on the exact one: only the owner's own can be shared on.
    const share = (of: string) =>
      clinic.call('POST', `/api/studies/${genuine.studyInstanceUID}/shares?of=${of}`, { facilityCode: 'HOSPITAL', until: until() });
    expect([(await share('HOSPITAL~1')).status, (await share('CLINIC~1')).status]).toEqual([403, 201]);
    const disclosed = (of: string) => clinic.call('GET', `/api/studies/${genuine.studyInstanceUID}/disclosures?of=${of}`);
    expect([(await disclosed('STRANGER')).status, (await disclosed('CLINIC')).status]).toEqual([403, 200]);
  });

  test('an address of what one may not see answers as one of what is not there', async () => {
    const { stranger } = region;
    const asked = async (of: string) => {
      const answer = await stranger.fetch(`/dicom-web/of/${of}/studies/${genuine.studyInstanceUID}/metadata`);
      return [answer.status, await answer.text()];
    };
    const nowhere = await asked('HOSPITAL~9');
    expect(nowhere[0]).toBe(404);
    expect(await asked('HOSPITAL~1')).toEqual(nowhere);
    expect(await asked('HOSPITAL')).toEqual(nowhere);
    expect(await asked('NOBODY')).toEqual(nowhere);
    expect(await asked('..~x')).toEqual(nowhere);
    expect((await stranger.call('GET', `/api/studies/${genuine.studyInstanceUID}?of=x~y~z`)).status).toBe(400);
  });
});

describe('two patients under one Study Instance UID', () => {
  const first: Place = {
    studyInstanceUID: '2.25.9301',
    seriesInstanceUID: '2.25.9301.1',
    sopInstanceUID: '2.25.9301.1.1',
    patientID: 'WRONG',
  };
  const then: Place = { ...first, patientID: 'RIGHT' };

  interface NoticeAnswer {
    readonly id: string;
    readonly kind: string;
    readonly maySettle: boolean;
    readonly settlement: string | null;
    readonly study: { patientID: string; of: string | null } | null;
    readonly other: { study: { patientID: string; of: string | null } | null } | null;
  }
  const notices = async (client: ApiClient) =>
    (await client.call<{ notices: NoticeAnswer[] }>('GET', '/api/notices?studies=true&limit=200')).body.notices.filter(({ study, other }) =>
      ['WRONG', 'RIGHT'].includes(study?.patientID ?? other?.study?.patientID ?? ''),
    );

  test('the owner is told, settles it by one request, and it is on record; nobody else may', async () => {
    const { hospital, stranger, administrator } = region;
    await stow(hospital, [smallFile(first)]);
    await stow(hospital, [smallFile(then)]);
    const [notice] = await notices(hospital);
    expect(notice).toMatchObject({
      kind: 'other-patient',
      maySettle: true,
      settlement: null,
      study: { patientID: 'RIGHT', of: 'HOSPITAL~2' },
      other: { study: { patientID: 'WRONG', of: null } },
    });
    const settle = (client: ApiClient, settlement: string) =>
      client.call<{ moved: number }>('POST', `/api/notices/${notice?.id}/settlement`, { settlement });
    expect((await settle(stranger, 'correction')).status).toBe(404);
    expect((await settle(administrator, 'correction')).status).toBe(403);
    expect((await settle(hospital, 'neither')).status).toBe(400);
    expect(
      await fetched(
        hospital,
        `/dicom-web/studies/${first.studyInstanceUID}/series/${first.seriesInstanceUID}/instances/${first.sopInstanceUID}`,
      ),
    ).toBe(placeText(first));
    expect(await settle(hospital, 'correction')).toMatchObject({ status: 200, body: { settlement: 'correction', moved: 1 } });
    expect((await settle(hospital, 'two-objects')).status).toBe(404);

    const { entry } = (await gateway.stores.index.audit.find({ actions: ['place-settled'], limit: 1 }))[0] ?? {};
    expect(entry).toMatchObject({
      who: { kind: 'person', facilityCode: 'HOSPITAL' },
      what: { ownerFacilityCode: 'HOSPITAL', studyInstanceUID: first.studyInstanceUID, ordinal: 2, count: 1 },
    });
    expect(JSON.stringify(entry)).not.toMatch(/RIGHT|WRONG/);
    await expectFound(hospital, [then]);
    // The original again: a duplicate, at an address that answers.
    const again = await stow(hospital, [smallFile(first)]);
    expect(again.status).toBe(200);
    expect(await fetched(hospital, again.urls[0] ?? '')).toBe(placeText(then));
    expect(await notices(hospital)).toMatchObject([{ maySettle: false, settlement: 'correction' }]);
    // Who opened it under the wrong patient is told with the right one.
    const told = await hospital.call<{ disclosures: { action: string; count: number | null }[] }>(
      'GET',
      `/api/studies/${first.studyInstanceUID}/disclosures`,
    );
    expect(
      told.body.disclosures.filter(({ action }) => action === 'study-received').reduce((sum, { count }) => sum + (count ?? 0), 0),
    ).toBe(2);
  });
});

test('a page that stays open shows and shares the study it opened, whatever its UID means by then', async () => {
  const { hospital, clinic } = region;
  const wrong: Place = {
    studyInstanceUID: '2.25.9311',
    seriesInstanceUID: '2.25.9311.1',
    sopInstanceUID: '2.25.9311.1.1',
    patientID: 'PAGE-WRONG',
  };
  const right: Place = { ...wrong, patientID: 'PAGE-RIGHT' };
  const path = `/api/studies/${wrong.studyInstanceUID}`;
  type Opened = { patientID: string; of: string | null; exact: string };
  for (const place of [wrong, right]) await stow(hospital, [smallFile(place)]);
  const { notices } = (await hospital.call<{ notices: { id: string; studyInstanceUID: string }[] }>('GET', '/api/notices?limit=200')).body;
  const notice = notices.find(({ studyInstanceUID }) => studyInstanceUID === wrong.studyInstanceUID);
  expect((await hospital.call('POST', `/api/notices/${notice?.id}/settlement`, { settlement: 'correction' })).status).toBe(200);
  const opened = (await hospital.call<Opened>('GET', path)).body;
  expect(opened).toMatchObject({ patientID: 'PAGE-RIGHT', of: null, exact: 'HOSPITAL~2' });

  // Again under the former header: the UID alone leads there now.
  const later: Place = { ...wrong, sopInstanceUID: '2.25.9311.1.2' };
  await stow(hospital, [smallFile(later)]);
  expect((await hospital.call<Opened>('GET', path)).body).toMatchObject({ patientID: 'PAGE-WRONG', exact: 'HOSPITAL~1' });
  const of = opened.exact;
  expect((await hospital.call<Opened>('GET', `${path}?of=${of}`)).body.patientID).toBe('PAGE-RIGHT');
  const instance = `studies/${right.studyInstanceUID}/series/${right.seriesInstanceUID}/instances/${right.sopInstanceUID}`;
  expect(await fetched(hospital, `/dicom-web/of/${of}/${instance}`)).toBe(placeText(right));
  const until = new Date(Date.now() + 86_400_000).toISOString();
  expect((await hospital.call('POST', `${path}/shares?of=${of}`, { facilityCode: 'CLINIC', until })).status).toBe(201);
  const given = (await clinic.call<{ studies: Opened[] }>('GET', '/api/studies')).body.studies;
  expect(given.filter(({ patientID }) => patientID.startsWith('PAGE-')).map(({ patientID }) => patientID)).toEqual(['PAGE-RIGHT']);
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
