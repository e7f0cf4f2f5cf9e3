import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bufferAccess, readObject } from '../../gateway/dicom/parse/part10.ts';
import type { DicomJson, PersonNameJson } from '../../gateway/domain/imaging/dataset.ts';
import { programBuild } from '../../gateway/doorstep/program-version.ts';
import { type KnownInstance, readShared, SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { partsOf, type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/** PS3.18 sections 8 to 10, as a client meets them. */

const CT = await readShared('series/ct-head-phantom-140/I10');
const MR_J2K = await readShared('syntaxes/pydicom-data__emri_small_jpeg_2k_lossless.dcm');
const US_JPEG = await readShared('series/us-stress-echo-cine/I_000007.dcm');
const PDF = await readShared('objects/orthanc-tests__sample-pdf.dcm');
const CT_BYTES = readFileSync(CT.path);
const CT_PIXELS = CT_BYTES.subarray(-512 * 512 * 2);
const ELE = '1.2.840.10008.1.2.1';
const J2K = '1.2.840.10008.1.2.4.90';
const JPEG = '1.2.840.10008.1.2.4.50';

let door: RunningDoor;

beforeAll(async () => {
  door = await startDoor(['H1', 'C1', 'X1']);
  const stored = await door.store(
    'H1',
    [CT, MR_J2K, US_JPEG].map(({ path }) => readFileSync(path)),
  );
  expect([200, 202]).toContain(stored.status);
}, 120_000);
afterAll(() => door?.close());

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
const at = (of: KnownInstance, rest = '') =>
  `/dicom-web/studies/${of.studyInstanceUID}/series/${of.seriesInstanceUID}/instances/${of.sopInstanceUID}${rest}`;
const bytesOf = async (answer: Response) => new Uint8Array(await answer.arrayBuffer());
const get = (path: string, headers: Record<string, string> = {}, facility = 'H1') => door.fetch(facility, path, { headers });
const rows = async (query: string) => (await (await get(`/dicom-web${query}`)).json()) as DicomJson[];
const items = (row: DicomJson, tag: string) => (row[tag]?.Value ?? []) as DicomJson[];
const first = (row: DicomJson | undefined, tag: string) => row?.[tag]?.Value?.[0];

describe('frames, 10.4.1.1.6 and 8.7.3', () => {
  const octets = 'application/octet-stream';
  const multi = (type: string, syntax?: string) =>
    `multipart/related; type="${type}"${syntax === undefined ? '' : `; transfer-syntax=${syntax}`}`;

  test.each([
    ['native, nothing said', CT, undefined, 200, `${octets}; transfer-syntax=${ELE}`],
    ['native, anything', CT, '*/*', 200, `${octets}; transfer-syntax=${ELE}`],
    ['native, any syntax', CT, multi(octets, '*'), 200, `${octets}; transfer-syntax=${ELE}`],
    ['native, unquoted type', CT, `multipart/related; type=${octets}`, 200, `${octets}; transfer-syntax=${ELE}`],
    ['native as JPEG', CT, multi('image/jpeg'), 406, ''],
    ['native as JPEG, or else octets', CT, `${multi('image/jpeg')}, ${multi(octets)};q=0.5`, 200, `${octets}; transfer-syntax=${ELE}`],
    ['native in another syntax', CT, multi(octets, J2K), 406, ''],
    ['native, HTJ2K not derived yet', MR_J2K, multi('image/jphc'), 406, ''],
    ['JPEG 2000, nothing said', MR_J2K, undefined, 200, `${octets}; transfer-syntax=${ELE}`],
    ['JPEG 2000 as stored', MR_J2K, multi(octets, '*'), 200, `${octets}; transfer-syntax=${J2K}`],
    ['JPEG 2000 by its media type', MR_J2K, multi('image/jp2'), 200, `image/jp2; transfer-syntax=${J2K}`],
    ['JPEG 2000 by its media type and syntax', MR_J2K, multi('image/jp2', J2K), 200, `image/jp2; transfer-syntax=${J2K}`],
    ['any image', MR_J2K, multi('image/*'), 200, `image/jp2; transfer-syntax=${J2K}`],
    ['the heavier of two', MR_J2K, `${multi(octets)};q=0.2, ${multi('image/jp2')};q=0.9`, 200, `image/jp2; transfer-syntax=${J2K}`],
    ['JPEG by its media type', US_JPEG, multi('image/jpeg'), 200, `image/jpeg; transfer-syntax=${JPEG}`],
    ['JPEG decoded', US_JPEG, multi(octets, ELE), 200, `${octets}; transfer-syntax=${ELE}`],
    ['JPEG-LS of a JPEG', US_JPEG, multi('image/jls'), 406, ''],
    ['a text', CT, 'text/plain', 406, ''],
    ['DICOM', CT, 'application/dicom', 406, ''],
    ['nonsense', CT, 'nonsense', 400, ''],
    ['a bad weight', CT, '*/*;q=5', 400, ''],
  ] as const)('%s', async (_name, of, accept, status, type) => {
    const answer = await get(at(of, '/frames/1'), accept === undefined ? {} : { accept });
    expect(answer.status).toBe(status);
    if (status !== 200) return;
    const parts = partsOf(answer.headers.get('content-type') ?? '', await bytesOf(answer));
    expect(parts.map((part) => part.type)).toEqual([type]);
    expect(parts[0]?.bytes.length).toBeGreaterThan(100);
  });

  test('a list comes in its order, and a frame alone without a boundary', async () => {
    const many = await get(at(MR_J2K, '/frames/3,1'), { accept: multi(octets) });
    const parts = partsOf(many.headers.get('content-type') ?? '', await bytesOf(many));
    const alone = async (number: number) => {
      const answer = await get(at(MR_J2K, `/frames/${number}`), { accept: `${octets}; transfer-syntax=${ELE}` });
      expect(answer.headers.get('content-type')).toBe(`${octets}; transfer-syntax=${ELE}`);
      return bytesOf(answer);
    };
    expect(parts.map((part) => md5(part.bytes))).toEqual([md5(await alone(3)), md5(await alone(1))]);
    expect((await get(at(MR_J2K, '/frames/1,2'), { accept: octets })).status).toBe(406);
  });

  test.each([
    ['/frames/0', 400],
    ['/frames/x', 400],
    ['/frames/1,,2', 400],
    ['/frames/-1', 400],
    ['/frames/11', 404],
    ['/frames/1,11', 404],
  ])('%s is %i', async (path, status) => {
    expect((await get(at(MR_J2K, path))).status).toBe(status);
  });

  test.each([
    ['a whole object', CT, '', 'application/dicom; transfer-syntax=*', false],
    ['a frame as it is stored', CT, '/frames/1', octets, true],
    ['a value', CT, '/bulkdata/7FE00010', octets, true],
    ['a decoded frame', MR_J2K, '/frames/2', octets, true],
    ['a rendering', CT, '/rendered', 'image/png', true],
    ['a frame of several rendered', MR_J2K, '/frames/2/rendered', 'image/jpeg', true],
    ['metadata', CT, '/metadata', 'application/dicom+json', true],
  ])('the entity tag of %s: what another build of the program made or found is asked for anew', async (_, file, path, accept, made) => {
    const url = at(file, path);
    const etag = (await get(url, { accept })).headers.get('etag') ?? '';
    expect(etag.endsWith(`-${programBuild()}"`)).toBe(made);
    const byBuild = async (build: string) =>
      (await get(url, { accept, 'if-none-match': etag.replace(`-${programBuild()}"`, `-${build}"`) })).status;
    expect(await byBuild(programBuild())).toBe(304);
    expect(await byBuild('0123456789abcdef')).toBe(made ? 200 : 304);
  });

  test('ranges, entity tags and what a cache may do', async () => {
    const url = at(CT, '/frames/1');
    const whole = await get(url, { accept: octets });
    const etag = whole.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    expect(whole.headers.get('cache-control')).toBe('private, no-cache');
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    expect(md5(await bytesOf(whole))).toBe(md5(CT_PIXELS));

    const part = await get(url, { accept: octets, range: 'bytes=100-299' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-299/${CT_PIXELS.length}`]);
    expect(Buffer.from(await bytesOf(part)).equals(CT_PIXELS.subarray(100, 300))).toBe(true);
    const decoded = await get(at(MR_J2K, '/frames/2'), { accept: octets, range: 'bytes=-16' });
    expect([decoded.status, (await bytesOf(decoded)).length]).toEqual([206, 16]);
    const beyond = await get(url, { accept: octets, range: 'bytes=99999999-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${CT_PIXELS.length}`]);
    const again = await get(url, { accept: octets, 'if-none-match': etag });
    expect([again.status, (await bytesOf(again)).length]).toEqual([304, 0]);
    expect((await get(url, { accept: octets, range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200);
    const head = await door.fetch('H1', url, { method: 'HEAD', headers: { accept: octets } });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(CT_PIXELS.length)]);
  });
});

describe('DICOM instances, 10.4.1.1.1 and 8.7.3.2', () => {
  test.each([
    ['as stored', MR_J2K, 'application/dicom; transfer-syntax=*', 200, J2K],
    ['by its own syntax', MR_J2K, `application/dicom; transfer-syntax=${J2K}`, 200, J2K],
    ['in the default', MR_J2K, 'application/dicom', 200, ELE],
    ['a lossy one stays as it is in the default', US_JPEG, 'application/dicom', 200, JPEG],
    ['a lossy one is decoded when asked', US_JPEG, `application/dicom; transfer-syntax=${ELE}`, 200, ELE],
    [
      'in the second that is accepted',
      MR_J2K,
      `application/dicom; transfer-syntax=${JPEG}, application/dicom; transfer-syntax=${ELE};q=0.1`,
      200,
      ELE,
    ],
    ['in a syntax that nobody writes', MR_J2K, `application/dicom; transfer-syntax=${JPEG}`, 406, ''],
    ['as an image', MR_J2K, 'image/jpeg', 406, ''],
  ] as const)('%s', async (_name, of, accept, status, syntax) => {
    const answer = await get(at(of), { accept });
    expect(answer.status).toBe(status);
    if (status !== 200) return;
    expect(answer.headers.get('content-type')).toBe(`application/dicom; transfer-syntax=${syntax}`);
    const bytes = await bytesOf(answer);
    expect((await readObject(bufferAccess(bytes))).transferSyntaxUID).toBe(syntax);
    if (syntax !== ELE) expect(md5(bytes)).toBe(md5(readFileSync(of.path)));
  });

  test('a study or series is several parts, and no single one', async () => {
    const study = `/dicom-web/studies/${CT.studyInstanceUID}`;
    const answer = await get(study, { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' });
    const parts = partsOf(answer.headers.get('content-type') ?? '', await bytesOf(answer));
    expect(parts.map((part) => md5(part.bytes))).toEqual([md5(CT_BYTES)]);
    expect((await get(study, { accept: 'application/dicom' })).status).toBe(406);
  });

  test('one part can be read by range', async () => {
    const answer = await get(at(CT), { accept: 'application/dicom; transfer-syntax=*', range: 'bytes=128-131' });
    expect([answer.status, Buffer.from(await bytesOf(answer)).toString()]).toEqual([206, 'DICM']);
  });
});

describe('metadata and bulk data, 10.4.1.1.2 and 10.4.1.1.5', () => {
  test('is compressed only for who takes it, and says when nothing changed', async () => {
    const url = `/dicom-web/studies/${CT.studyInstanceUID}/series/${CT.seriesInstanceUID}/metadata`;
    const plain = await get(url, { 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(plain.headers.get('content-type')).toBe('application/dicom+json');
    const headers = await plain.json();
    for (const coding of ['gzip', 'br']) {
      const packed = await get(url, { 'accept-encoding': coding });
      expect(packed.headers.get('content-encoding')).toBe(coding);
      expect(await packed.json(), coding).toEqual(headers);
    }
    expect((await get(url, { 'if-none-match': plain.headers.get('etag') ?? '' })).status).toBe(304);
    expect((await get(url, { accept: 'application/dicom+xml' })).status).toBe(406);
  });

  test('a value that is not there is not found', async () => {
    expect((await get(at(CT, '/bulkdata/00091001'))).status).toBe(404);
    expect((await get(at(CT, '/bulkdata/nonsense'))).status).toBe(404);
    expect((await get(at(CT, '/bulkdata/7FE00010'), { accept: 'image/png' })).status).toBe(406);
  });
});

describe('rendered and thumbnail, 10.4.1.1.3 and 8.3.5', () => {
  test.each([
    ['/rendered', undefined, 200, 'image/jpeg'],
    ['/rendered', 'image/png', 200, 'image/png'],
    ['/rendered', 'image/*', 200, 'image/jpeg'],
    ['/rendered', 'image/gif', 406, ''],
    ['/rendered?accept=image/png', undefined, 200, 'image/png'],
    ['/rendered?window=40,400,linear&quality=50&viewport=100,100', undefined, 200, 'image/jpeg'],
    ['/rendered?window=40,400,sigmoid', undefined, 200, 'image/jpeg'],
    ['/rendered?viewport=64,64,10,10,100,100', undefined, 200, 'image/jpeg'],
    ['/rendered?viewport=64,64,,,-512,', undefined, 200, 'image/jpeg'],
    ['/rendered?window=40', undefined, 400, ''],
    ['/rendered?window=40,0.5,linear', undefined, 400, ''],
    ['/rendered?window=40,400,cubic', undefined, 400, ''],
    ['/rendered?quality=0', undefined, 400, ''],
    ['/rendered?quality=101', undefined, 400, ''],
    ['/rendered?quality=1&quality=2', undefined, 400, ''],
    ['/rendered?viewport=64', undefined, 400, ''],
    ['/rendered?viewport=0,64', undefined, 400, ''],
    ['/rendered?viewport=64,64,500,0,100,100', undefined, 400, ''],
    ['/thumbnail', undefined, 200, 'image/jpeg'],
    ['/frames/1/rendered', undefined, 200, 'image/jpeg'],
    ['/frames/1/thumbnail', undefined, 200, 'image/jpeg'],
    ['/frames/2/rendered', undefined, 404, ''],
  ])('%s, %s: %i', async (path, accept, status, type) => {
    const answer = await get(at(CT, path), accept === undefined ? {} : { accept });
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.headers.get('content-type')).toBe(type);
    expect((await bytesOf(answer)).length).toBeGreaterThan(10);
  });

  test('an encapsulated PDF is its own rendering, table 8.7.4-1', async () => {
    expect((await door.store('H1', [readFileSync(PDF.path)])).status).toBe(200);
    const answer = await get(at(PDF, '/rendered'));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(
      Buffer.from(await bytesOf(answer))
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-');
    expect((await get(at(PDF, '/rendered'), { accept: 'image/jpeg' })).status).toBe(406);
    expect((await get(at(PDF, '/rendered'), {}, 'X1')).status).toBe(404);
  });

  test.each([
    ['the study', ''],
    ['the series', `/series/${PDF.seriesInstanceUID}`],
    ['the instance', `/series/${PDF.seriesInstanceUID}/instances/${PDF.sopInstanceUID}`],
  ])('what has no image has a symbol for a thumbnail: %s', async (_, rest) => {
    expect((await door.store('H1', [readFileSync(PDF.path)])).status).toBe(200);
    for (const format of ['image/jpeg', 'image/png']) {
      const answer = await get(`/dicom-web/studies/${PDF.studyInstanceUID}${rest}/thumbnail`, { accept: format });
      expect({ status: answer.status, type: answer.headers.get('content-type') }).toEqual({ status: 200, type: format });
    }
    expect((await get(`/dicom-web/studies/${PDF.studyInstanceUID}${rest}/thumbnail`, {}, 'X1')).status).toBe(404);
    expect((await get(`/dicom-web/studies/${PDF.studyInstanceUID}/series/1.2.3/thumbnail`)).status).toBe(404);
  });

  test('several frames are parts', async () => {
    const answer = await get(at(MR_J2K, '/frames/1,2/rendered'), { accept: 'multipart/related; type="image/png"' });
    expect(partsOf(answer.headers.get('content-type') ?? '', await bytesOf(answer)).map(({ type }) => type)).toEqual([
      'image/png',
      'image/png',
    ]);
  });

  test('a study and a series have an image that stands for them, before and after it is derived', async () => {
    const study = `/dicom-web/studies/${CT.studyInstanceUID}`;
    for (const path of [
      '/rendered',
      '/thumbnail',
      `/series/${CT.seriesInstanceUID}/rendered`,
      `/series/${CT.seriesInstanceUID}/thumbnail`,
    ]) {
      expect({ path, status: (await get(`${study}${path}`)).status }).toEqual({ path, status: 200 });
    }
    await door.derive();
    expect((await get(`${study}/thumbnail`)).headers.get('content-type')).toBe('image/jpeg');
  });
});

describe('search, 10.6', () => {
  test('answers the attributes of its tables', async () => {
    const [study] = await rows(`/studies?StudyInstanceUID=${CT.studyInstanceUID}`);
    for (const tag of [
      '00080020',
      '00080030',
      '00080050',
      '00080056',
      '00080061',
      '00080090',
      '00081190',
      '00100010',
      '00100020',
      '00100030',
      '00100040',
      '0020000D',
      '00200010',
      '00201206',
      '00201208',
    ]) {
      expect({ tag, there: study?.[tag] !== undefined }).toEqual({ tag, there: true });
    }
    const [series] = await rows(`/studies/${CT.studyInstanceUID}/series`);
    for (const tag of ['00080060', '0008103E', '00081190', '0020000E', '00200011', '00201209']) expect(series).toHaveProperty(tag);
    expect(series).not.toHaveProperty('00100010');
    expect((await rows(`/series?SeriesInstanceUID=${CT.seriesInstanceUID}`))[0]).toHaveProperty('00100010');
    const [instance] = await rows(`/instances?SOPInstanceUID=${CT.sopInstanceUID}`);
    expect(first(instance, '00280010')).toBe(512);
    expect(first(instance, '00083002')).toBe(ELE);
    expect(instance).not.toHaveProperty('0018,0050');
  });

  test('includes what is asked for, and all', async () => {
    const below = `/studies/${CT.studyInstanceUID}/series/${CT.seriesInstanceUID}/instances`;
    expect((await rows(below))[0]).not.toHaveProperty('00180050');
    expect((await rows(`${below}?includefield=SliceThickness`))[0]).toHaveProperty('00180050');
    expect((await rows(`${below}?includefield=00180050,00100010`))[0]).toHaveProperty('00100010');
    const [all] = await rows(`${below}?includefield=all`);
    expect(Object.keys(all ?? {}).length).toBeGreaterThan(60);
    expect(String(all?.['7FE00010']?.BulkDataURI)).toBe(`${door.url}${at(CT, '/bulkdata/7FE00010')}`);
    expect((await rows(`/studies?StudyInstanceUID=${CT.studyInstanceUID}&includefield=all`))[0]).toHaveProperty('00100010');
  });

  test('pages in a stable order', async () => {
    const all = (await rows('/studies')).map((row) => first(row, '0020000D'));
    const pages = [];
    for (let offset = 0; offset < all.length; offset++) pages.push(first((await rows(`/studies?limit=1&offset=${offset}`))[0], '0020000D'));
    expect(pages).toEqual(all);
    expect(await rows(`/studies?offset=${all.length}`)).toEqual([]);
  });

  test.each([
    ['/studies?Nonsense=1', {}, 400],
    ['/studies?limit=-1', {}, 400],
    ['/studies?limit=x', {}, 400],
    ['/studies?StudyDate=yesterday', {}, 400],
    ['/studies?includefield=Nonsense', {}, 400],
    ['/studies', { accept: 'application/dicom+xml' }, 406],
    ['/studies', { accept: 'multipart/related; type="application/dicom+xml"' }, 406],
    ['/studies', { accept: 'application/json' }, 200],
    ['/studies?PatientID=NOBODY', {}, 200],
    ['/studies/1.2.3.4/series', {}, 404],
    ['/nothing', {}, 404],
  ])('%s %j: %i', async (path, headers, status) => {
    expect((await get(`/dicom-web${path}`, headers as Record<string, string>)).status).toBe(status);
  });

  test('says what it did not do', async () => {
    const answer = await get('/dicom-web/studies?Modality=CT&emptyvaluematching=true');
    expect(answer.headers.get('warning')).toMatch(/^299 http.*Modality.*299 http.*emptyvaluematching/);
  });

  test('finds names of every character set, in the groups the file has', async () => {
    const wrong: string[] = [];
    const charsets = SHARED_DATA.manifest().filter((file) => file.category.startsWith('charsets') && file.study_uid !== null);
    for (const file of charsets) {
      const stored = await door.store('H1', [readFileSync(`${SHARED_DATA.folder}${file.file}`)]);
      if (stored.status > 202) wrong.push(`${file.file}: ${stored.status}`);
      const expected = (file as { patient_name?: string | null }).patient_name;
      if (expected === undefined || expected === null) continue;
      const found = await rows(`/studies?StudyInstanceUID=${file.study_uid}`);
      const name = (first(found[0], '00100010') ?? {}) as PersonNameJson;
      const text = [name.Alphabetic, name.Ideographic, name.Phonetic]
        .map((group) => group ?? '')
        .join('=')
        .replace(/=+$/, '');
      if (text !== expected.replace(/=+$/, '')) wrong.push(`${file.file}: ${text} is not ${expected}`);
    }
    expect(charsets.length).toBeGreaterThan(15);
    expect(wrong).toEqual([]);
  });
});

describe('store, 10.5', () => {
  const post = (body: BodyInit, type: string, path = '/dicom-web/studies') =>
    door.fetch('H1', path, { method: 'POST', body, headers: { 'content-type': type } });
  const part = (bytes: Uint8Array | string, type = 'application/dicom') =>
    Buffer.concat([Buffer.from(`--b\r\nContent-Type: ${type}\r\n\r\n`), Buffer.from(bytes as Uint8Array), Buffer.from('\r\n')]);
  const related = 'multipart/related; type="application/dicom"; boundary=b';
  const end = Buffer.from('--b--\r\n');
  const body = (...pieces: Buffer[]) => new Uint8Array(Buffer.concat(pieces));

  test.each([
    ['nothing', body(end), related, 400],
    ['an empty body', new Uint8Array(), related, 400],
    ['no boundary', body(part(CT_BYTES), end), 'multipart/related; type="application/dicom"', 400],
    ['another boundary', body(part(CT_BYTES), end), 'multipart/related; type="application/dicom"; boundary=other', 400],
    ['a cut body', body(part(CT_BYTES).subarray(0, 5000)), related, 400],
    ['JSON metadata', body(part('[]', 'application/dicom+json'), end), 'multipart/related; type="application/dicom+json"; boundary=b', 415],
    ['JSON', new TextEncoder().encode('{}'), 'application/json', 415],
    ['something that is not DICOM', body(part('not DICOM at all'), end), related, 409],
    ['the same again', body(part(CT_BYTES), end), related, 200],
    ['a single file', new Uint8Array(CT_BYTES), 'application/dicom', 200],
    [
      'a quoted boundary, preamble and epilogue',
      body(Buffer.from('hello\r\n'), part(CT_BYTES), end, Buffer.from('bye')),
      'multipart/related; type="application/dicom"; boundary="b"',
      200,
    ],
  ])('%s', async (_name, bytes, type, status) => {
    const answer = await post(bytes as BodyInit, type);
    expect(answer.status).toBe(status);
    if (status === 200) expect(((await answer.json()) as DicomJson)['00081199']?.Value).toHaveLength(1);
  });

  test('a part that fails does not take the others with it', async () => {
    const answer = await post(
      body(part(CT_BYTES), part('rubbish'), part('text', 'text/plain'), part(readFileSync(US_JPEG.path)), end),
      related,
    );
    expect(answer.status).toBe(202);
    const result = (await answer.json()) as DicomJson;
    expect(result['00081199']?.Value).toHaveLength(2);
    expect(items(result, '0008119A').map((failure) => first(failure, '00081197'))).toEqual([0xc000, 0xc000]);
  });

  test('an instance of another study is refused there', async () => {
    const answer = await post(body(part(CT_BYTES), end), related, '/dicom-web/studies/1.2.3.4.5');
    expect(answer.status).toBe(409);
    const [failure] = items((await answer.json()) as DicomJson, '00081198');
    expect([first(failure, '00081155'), first(failure, '00081197')]).toEqual([CT.sopInstanceUID, 0xa901]);
  });

  test('a sender that leaves in the middle leaves nothing', async () => {
    const { port } = new URL(door.url);
    const uid = '1.2.3.4.5.6.7.8.9.10';
    const other = Buffer.from(
      CT_BYTES.toString('latin1').replaceAll(CT.studyInstanceUID, uid.padEnd(CT.studyInstanceUID.length, '1')),
      'latin1',
    );
    const socket = connect(Number(port), '127.0.0.1');
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    socket.write(
      `POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer H1\r\nContent-Type: ${related}\r\nContent-Length: 99999999\r\n\r\n`,
    );
    await new Promise<void>((resolve) => socket.write(part(other).subarray(0, 300_000), () => resolve()));
    socket.destroy();
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
    expect(await rows(`/studies?StudyInstanceUID=${uid.padEnd(CT.studyInstanceUID.length, '1')}`)).toEqual([]);
  });
});

describe('WADO-URI, section 9', () => {
  const query = (more = '') =>
    `/wado?requestType=WADO&studyUID=${CT.studyInstanceUID}&seriesUID=${CT.seriesInstanceUID}&objectUID=${CT.sopInstanceUID}${more}`;
  test.each([
    ['', 200, 'image/jpeg'],
    ['&contentType=image/png&rows=64&columns=64', 200, 'image/png'],
    ['&contentType=image/jpeg&windowCenter=40&windowWidth=400&imageQuality=70&frameNumber=1', 200, 'image/jpeg'],
    ['&contentType=application/dicom&transferSyntax=*', 200, `application/dicom; transfer-syntax=${ELE}`],
    ['&contentType=application/dicom', 200, `application/dicom; transfer-syntax=${ELE}`],
    [`&contentType=application/dicom&transferSyntax=${JPEG}`, 406, ''],
    ['&contentType=application/dicom&rows=64', 400, ''],
    ['&windowCenter=40', 400, ''],
    ['&frameNumber=2', 404, ''],
    ['&frameNumber=0', 400, ''],
    ['&region=0,0,2,1', 400, ''],
    ['&region=0.25,0.25,0.75,0.75', 200, 'image/jpeg'],
    ['&contentType=video/mpeg', 406, ''],
    ['&anonymize=yes', 406, ''],
  ])('%s: %i', async (more, status, type) => {
    const answer = await get(query(more));
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.headers.get('content-type')).toBe(type);
  });

  test('what is missing or wrong', async () => {
    expect((await get('/wado')).status).toBe(400);
    expect((await get('/wado?requestType=OTHER')).status).toBe(400);
    expect((await get(`/wado?requestType=WADO&studyUID=${CT.studyInstanceUID}`)).status).toBe(400);
    expect((await get(query().replace(CT.sopInstanceUID, '1.2.3'))).status).toBe(404);
  });
});
