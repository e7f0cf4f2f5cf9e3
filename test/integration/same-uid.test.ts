import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiClient, SmallRegion } from '../fixtures/api-client.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { expectFound, fetched, type Place, placeText, stow } from '../fixtures/places.ts';
import { type RunningRegion, startSmallRegion } from '../fixtures/small-region.ts';

/** Studies that go by one Study Instance UID: of several facilities (issue 5, B11), and of two patients of one. */
let running: RunningRegion;
let region: SmallRegion;

beforeAll(async () => {
  running = await startSmallRegion('same-uid');
  ({ region } = running);
});
afterAll(() => running?.close());

const until = () => new Date(Date.now() + 86_400_000).toISOString();

describe('a study that another facility sends under a UID that was shared', () => {
  const genuine: Place = {
    studyInstanceUID: '2.25.9201',
    seriesInstanceUID: '2.25.9201.1',
    sopInstanceUID: '2.25.9201.1.1',
    patientID: 'GENUINE',
  };
  const forged: Place = { ...genuine, patientID: 'FORGED' };

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

    const { entry } = (await running.gateway.stores.index.audit.find({ actions: ['place-settled'], limit: 1 }))[0] ?? {};
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
  expect((await hospital.call('POST', `${path}/shares?of=${of}`, { facilityCode: 'CLINIC', until: until() })).status).toBe(201);
  const given = (await clinic.call<{ studies: Opened[] }>('GET', '/api/studies')).body.studies;
  expect(given.filter(({ patientID }) => patientID.startsWith('PAGE-')).map(({ patientID }) => patientID)).toEqual(['PAGE-RIGHT']);
});
