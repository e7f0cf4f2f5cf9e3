import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { api } from 'dicomweb-client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { DicomJson } from '../../gateway/domain/imaging/dataset.ts';
import { type KnownInstance, readShared, SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';
import { FetchedXMLHttpRequest } from '../fixtures/xml-http-request.ts';

/** The client that OHIF and Slim are built on, at every transaction it knows: PS3.18 10.4 to 10.6 and section 9. */

const CT_FOLDER = 'series/ct-head-phantom-140';
const CT_SLICES = 12;
const PIXELS = 512 * 512 * 2;

let door: RunningDoor;
/** The client's own types ask for parameters that it does not need. */
type Method = (options?: object) => Promise<unknown>;
let client: Readonly<Record<string, Method>> & { buildInstanceWadoURIUrl(options: object): string };
let first: KnownInstance;
const files: Buffer[] = [];

beforeAll(async () => {
  vi.stubGlobal('XMLHttpRequest', FetchedXMLHttpRequest);
  door = await startDoor(['H1']);
  client = new api.DICOMwebClient({ url: `${door.url}/dicom-web`, headers: { authorization: 'Bearer H1' } } as never) as never;
  const names = readdirSync(`${SHARED_DATA.folder}${CT_FOLDER}`).sort().slice(0, CT_SLICES);
  for (const name of names) files.push(readFileSync(`${SHARED_DATA.folder}${CT_FOLDER}/${name}`));
  first = await readShared(`${CT_FOLDER}/${names[0]}`);
}, 120_000);

afterAll(async () => {
  vi.unstubAllGlobals();
  await door?.close();
});

const call = (method: string, options?: object): Promise<unknown> => (client[method] as Method).call(client, options);
const md5 = (bytes: ArrayBuffer | Uint8Array) => createHash('md5').update(new Uint8Array(bytes)).digest('hex');
const value = (row: unknown, tag: string) => (row as DicomJson)[tag]?.Value?.[0];
const buffer = (bytes: Buffer) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;

describe('dicomweb-client', () => {
  test('stores', async () => {
    await call('storeInstances', { datasets: files.map(buffer) });
    await call('storeInstances', { datasets: [buffer(files[0] as Buffer)], studyInstanceUID: first.studyInstanceUID });
  });

  test('searches studies, series and instances', async () => {
    const studies = (await call('searchForStudies', { queryParams: { PatientID: first.patientID } })) as unknown[];
    expect(studies).toHaveLength(1);
    expect(value(studies[0], '0020000D')).toBe(first.studyInstanceUID);
    expect(value(studies[0], '00201208')).toBe(CT_SLICES);
    expect(value(studies[0], '00081190')).toBe(`${door.url}/dicom-web/studies/${first.studyInstanceUID}`);
    expect(await call('searchForStudies', { queryParams: { PatientID: 'NOBODY' } })).toEqual([]);

    const series = (await call('searchForSeries', { studyInstanceUID: first.studyInstanceUID })) as unknown[];
    expect(series.map((row) => value(row, '0020000E'))).toEqual([first.seriesInstanceUID]);
    expect(await call('searchForSeries')).toHaveLength(1);

    const below = { studyInstanceUID: first.studyInstanceUID, seriesInstanceUID: first.seriesInstanceUID };
    expect(await call('searchForInstances', below)).toHaveLength(CT_SLICES);
    expect(await call('searchForInstances', { studyInstanceUID: first.studyInstanceUID })).toHaveLength(CT_SLICES);
    const paged = (await call('searchForInstances', { queryParams: { limit: '2', offset: '3' } })) as unknown[];
    expect(paged).toHaveLength(2);
  });

  test('retrieves metadata of study, series and instance', async () => {
    const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = first;
    const ofStudy = (await call('retrieveStudyMetadata', { studyInstanceUID })) as unknown[];
    const ofSeries = (await call('retrieveSeriesMetadata', { studyInstanceUID, seriesInstanceUID })) as unknown[];
    const ofInstance = (await call('retrieveInstanceMetadata', { studyInstanceUID, seriesInstanceUID, sopInstanceUID })) as unknown[];
    expect(ofStudy).toHaveLength(CT_SLICES);
    expect(ofSeries).toEqual(ofStudy);
    expect(ofInstance).toEqual([ofSeries.find((row) => value(row, '00080018') === sopInstanceUID)]);
    await door.derive();
    expect(await call('retrieveSeriesMetadata', { studyInstanceUID, seriesInstanceUID })).toEqual(ofSeries);
    expect(await call('retrieveStudyMetadata', { studyInstanceUID })).toEqual(ofSeries);
  });

  test('retrieves instance, series and study as stored', async () => {
    const instance = await call('retrieveInstance', { ...first });
    expect(md5(instance as ArrayBuffer)).toBe(md5(files[0] as Buffer));
    const series = (await call('retrieveSeries', { ...first })) as ArrayBuffer[];
    expect(series.map(md5).sort()).toEqual(files.map(md5).sort());
    const study = (await call('retrieveStudy', { studyInstanceUID: first.studyInstanceUID })) as ArrayBuffer[];
    expect(study).toHaveLength(CT_SLICES);
  });

  test('retrieves frames, uncompressed and in HTJ2K', async () => {
    const expected = md5((files[0] as Buffer).subarray(-PIXELS));
    const frames = (await call('retrieveInstanceFrames', { ...first, frameNumbers: [1] })) as ArrayBuffer[];
    expect(frames.map(md5)).toEqual([expected]);
    const mediaTypes = [
      { mediaType: 'image/jhc', transferSyntaxUID: '1.2.840.10008.1.2.4.202' },
      { mediaType: 'application/octet-stream', transferSyntaxUID: '1.2.840.10008.1.2.1' },
    ];
    const [compressed] = (await call('retrieveInstanceFrames', { ...first, frameNumbers: [1], mediaTypes })) as ArrayBuffer[];
    expect(compressed?.byteLength).toBeLessThan(PIXELS);
    const header = ((await call('retrieveInstanceMetadata', { ...first })) as DicomJson[])[0] as DicomJson;
    const decoded = await door.codec.decodeFrame({
      bytes: new Uint8Array(compressed as ArrayBuffer),
      transferSyntaxUID: '1.2.840.10008.1.2.4.202',
      pixel: {
        rows: 512,
        columns: 512,
        samplesPerPixel: 1,
        photometricInterpretation: 'MONOCHROME2',
        planarConfiguration: 0,
        bitsAllocated: 16,
        bitsStored: Number(value(header, '00280101')),
        highBit: Number(value(header, '00280102')),
        pixelRepresentation: Number(value(header, '00280103')) === 1 ? 1 : 0,
        numberOfFrames: 1,
      },
    });
    expect(md5(decoded.bytes)).toBe(expected);
  });

  test('retrieves bulk data by the URI that metadata gives', async () => {
    const [header] = (await call('retrieveInstanceMetadata', { ...first })) as DicomJson[];
    const uri = header?.['7FE00010']?.BulkDataURI ?? '';
    expect(uri).toMatch(/^http:.*\/bulkdata\/version-[0-9a-f]{16}\/7FE00010$/);
    const [bytes] = (await call('retrieveBulkData', { BulkDataURI: uri })) as ArrayBuffer[];
    expect(md5(bytes as ArrayBuffer)).toBe(md5((files[0] as Buffer).subarray(-PIXELS)));
  });

  test('retrieves renderings and thumbnails', async () => {
    const jpeg = [{ mediaType: 'image/jpeg' }];
    const png = [{ mediaType: 'image/png' }];
    const image = (await call('retrieveInstanceRendered', { ...first, mediaTypes: jpeg })) as unknown as ArrayBuffer[];
    expect([...new Uint8Array(image[0] as ArrayBuffer).subarray(0, 2)]).toEqual([0xff, 0xd8]);
    const windowed = (await call('retrieveInstanceRendered', {
      ...first,
      mediaTypes: png,
      queryParams: { window: '40,400,linear', viewport: '128,128' },
    })) as unknown as ArrayBuffer[];
    expect(
      Buffer.from(windowed[0] as ArrayBuffer)
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
    expect(Buffer.from(windowed[0] as ArrayBuffer).readUInt32BE(16)).toBe(128);
    const frame = (await call('retrieveInstanceFramesRendered', {
      ...first,
      frameNumbers: [1],
      mediaTypes: jpeg,
    })) as unknown as ArrayBuffer[];
    expect(frame[0]?.byteLength).toBeGreaterThan(1000);
    const thumbnail = (await call('retrieveInstanceThumbnail', { ...first, mediaTypes: jpeg })) as unknown as ArrayBuffer[];
    expect(thumbnail[0]?.byteLength).toBeGreaterThan(500);
  });

  test('builds WADO-URIs that answer', async () => {
    const url = client.buildInstanceWadoURIUrl({ ...first });
    const answer = await fetch(url, { headers: { authorization: 'Bearer H1' } });
    expect(answer.headers.get('content-type')).toContain('application/dicom');
    expect(md5(await answer.arrayBuffer())).toBe(md5(files[0] as Buffer));
  });
});
