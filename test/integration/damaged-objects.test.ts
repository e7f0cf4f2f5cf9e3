import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'minio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FacilityCode, ObjectKey, SeriesInstanceUID, Sha256, StudyId, StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import { htj2kFramesKey, seriesThumbnailKey } from '../../gateway/domain/imaging/derived.ts';
import type { IndexedSeries } from '../../gateway/domain/imaging/study.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { derivedPart, derivedTail } from '../../gateway/instances/derived-object.ts';
import { verifyOriginals } from '../../gateway/usecases/operate/verify-originals.ts';
import { openS3Objects } from '../../storage/objects/s3.ts';
import { exportOf } from '../fixtures/dicom/exported.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { partsOf, type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';
import { type S3Server, startS3Server } from '../fixtures/servers/s3-server.ts';

/**
 * Objects that were changed behind the store's back, over both drivers: nobody gets other bytes than were received, what can be made again is, and
 * the original is mended by sending it again.
 */

const BUCKET = 'damage';
const STUDY = '2.25.900';
const SERIES = '2.25.900.1';
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** 300 KB: more than one chunk of the files driver. */
const big = (n: number) =>
  smallFile({
    studyInstanceUID: STUDY,
    seriesInstanceUID: SERIES,
    sopInstanceUID: `${SERIES}.${n}`,
    instanceNumber: n,
    rows: 400,
    columns: 400,
  });
const flipped = (bytes: Uint8Array, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
};

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
  await server.createBucket(BUCKET);
});
afterAll(() => server?.remove());

interface Rig {
  readonly door: RunningDoor;
  overwrite(key: string, bytes: Uint8Array): Promise<void>;
  read(key: string): Promise<Buffer>;
  remove(key: string): Promise<void>;
}

async function startRig(driver: 'files' | 's3'): Promise<Rig> {
  if (driver === 'files') {
    const door = await startDoor(['H1']);
    const path = (key: string) => join(door.folder, 'objects', key);
    return {
      door,
      overwrite: async (key, bytes) => writeFileSync(path(key), bytes),
      read: async (key) => readFileSync(path(key)),
      remove: async (key) => rmSync(path(key), { recursive: true }),
    };
  }
  const { endpoint, accessKey, secretKey, region } = server;
  const { hostname, port } = new URL(endpoint);
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey, region });
  const door = await startDoor(['H1'], {
    openObjects: (folder) =>
      openS3Objects({ endpoint, accessKey, secretKey, region, bucket: BUCKET, prefix: 'p', stagingFolder: join(folder, 'staging') }),
  });
  return {
    door,
    overwrite: async (key, bytes) => void (await client.putObject(BUCKET, `p/${key}`, Buffer.from(bytes))),
    read: async (key) => {
      const chunks: Buffer[] = [];
      for await (const chunk of await client.getObject(BUCKET, `p/${key}`)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
    remove: (key) => client.removeObject(BUCKET, `p/${key}`),
  };
}

const originalKey = (file: Uint8Array, n: number) => `originals/H1/${STUDY}/${SERIES}/${SERIES}.${n}/${sha(file)}.dcm` as ObjectKey;
const instanceUrl = (n: number) => `/dicom-web/studies/${STUDY}/series/${SERIES}/instances/${SERIES}.${n}`;
const AS_STORED = { accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' };
const ONE_FILE = { accept: 'application/dicom; transfer-syntax=*' };
const RAW_FRAME = { accept: 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1' };
/** Compressed answers are remembered, and would not show what is on the disk now. */
const METADATA = { accept: 'application/dicom+json', 'accept-encoding': 'identity' };
const ANY_HTJ2K = { accept: 'image/jphc, application/octet-stream; q=0.5' };

/** Bytes that came as an answer that ended as it should; undefined: it was refused or broken off. */
async function whole(response: Promise<Response>): Promise<Buffer | undefined> {
  try {
    const answer = await response;
    if (answer.status !== 200 && answer.status !== 206) {
      await answer.arrayBuffer();
      return undefined;
    }
    return Buffer.from(await answer.arrayBuffer());
  } catch {
    return undefined;
  }
}

/** A comparison of half a megabyte by `toEqual` takes seconds. */
const same = (a: Uint8Array | undefined, b: Uint8Array | undefined) => a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;

describe.each(['files', 's3'] as const)('%s', (driver) => {
  let rig: Rig;
  const files = [1, 2, 3].map(big);
  const pixelsOf = (n: number) => (files[n - 1] as Buffer).subarray(-400 * 400 * 2);
  const keyOf = (n: number) => originalKey(files[n - 1] as Buffer, n);
  const get = (path: string, headers: Record<string, string>) => rig.door.fetch('H1', path, { headers });
  const listed = async () => {
    await rig.door.reports.settled();
    return (await rig.door.index.damage.list({ limit: 100 })).map(({ key, problem }) => [key, problem]);
  };

  beforeAll(async () => {
    rig = await startRig(driver);
    expect((await rig.door.store('H1', files)).status).toBe(200);
    await rig.door.derive();
  });
  afterAll(() => rig?.door.close());

  describe('an original', () => {
    const file = files[0] as Buffer;
    const DAMAGES: readonly (readonly [string, Uint8Array | undefined, string])[] = [
      ['with a changed byte of its pixels', flipped(file, file.length - 1000), 'corrupt'],
      ['with a changed last byte', flipped(file, file.length - 1), 'corrupt'],
      ['with a changed byte of its header', flipped(file, 200), 'corrupt'],
      ['cut', file.subarray(0, file.length - 5000), 'length'],
      ['cut to nothing', Buffer.alloc(0), 'length'],
      ['longer', Buffer.concat([file, file]), 'length'],
      ['that is another one', files[1] as Buffer, 'corrupt'],
      ['that is gone', undefined, 'missing'],
    ];

    test.each(DAMAGES)('%s is given to nobody, is on the list, and is mended by sending it again', async (_, damaged, problem) => {
      const key = keyOf(1);
      if (damaged === undefined) await rig.remove(key);
      else await rig.overwrite(key, damaged);
      const answers = await Promise.all([
        whole(get(instanceUrl(1), ONE_FILE)),
        whole(get(instanceUrl(1), { ...ONE_FILE, range: 'bytes=100-2000' })),
        whole(get(instanceUrl(1), { accept: 'application/dicom' })),
        whole(
          rig.door.fetch(
            'H1',
            `/wado?requestType=WADO&studyUID=${STUDY}&seriesUID=${SERIES}&objectUID=${SERIES}.1&contentType=application/dicom`,
          ),
        ),
      ]);
      expect(answers).toEqual([undefined, undefined, undefined, undefined]);
      const study = await whole(get(`/dicom-web/studies/${STUDY}`, AS_STORED));
      expect(study).toBeUndefined();
      const zip = await (await exportOf(rig.door, [STUDY], 'stored')).toArray().catch((thrown: unknown) => thrown);
      expect(zip).toMatchObject({ kind: expect.stringMatching(/^(damaged|not-found)$/) });
      const frame = await whole(get(`${instanceUrl(1)}/frames/1`, RAW_FRAME));
      if (frame !== undefined) expect(frame.equals(pixelsOf(1))).toBe(true);
      expect((await listed()).map(([listedKey]) => listedKey)).toEqual([key]);
      expect(['corrupt', 'length', 'missing']).toContain((await listed())[0]?.[1]);
      const notices = await rig.door.index.notices.list((rig.door.facilities['H1'] as Facility).id, 10);
      expect(notices[0]).toMatchObject({ kind: 'image-damaged', studyInstanceUID: STUDY, sopInstanceUID: `${SERIES}.1` });
      // The others are as they were.
      expect(same(await whole(get(instanceUrl(2), ONE_FILE)), files[1])).toBe(true);
      const verdict = await verifyOriginals({ objects: rig.door.objects, studies: rig.door.index.studies });
      expect(verdict).toMatchObject({ sound: false, whole: 2 });
      expect(problem === 'missing' ? verdict.problems.missing : verdict.problems.corrupt).toBe(1);

      const again = await rig.door.store('H1', [file]);
      expect(again.status).toBe(200);
      expect((await rig.read(key)).equals(file)).toBe(true);
      expect(same(await whole(get(instanceUrl(1), ONE_FILE)), file)).toBe(true);
      expect(same(await whole(get(`${instanceUrl(1)}/frames/1`, RAW_FRAME)), pixelsOf(1))).toBe(true);
      expect(await listed()).toEqual([]);
    });

    test('a frame whose bytes were changed is not shown, in any form that comes from the original', async () => {
      await rig.overwrite(keyOf(1), flipped(file, file.length - 1000));
      for (const [path, accept] of [
        ['/frames/1', RAW_FRAME.accept],
        ['/frames/1', 'multipart/related; type="application/octet-stream"'],
        ['/rendered', 'image/png'],
        ['/frames/1/rendered', 'image/jpeg'],
        ['/bulkdata/7FE00010', 'application/octet-stream'],
      ] as const) {
        expect(await whole(get(`${instanceUrl(1)}${path}`, { accept })), path).toBeUndefined();
      }
      // Its HTJ2K form was made while it was whole.
      expect((await get(`${instanceUrl(1)}/frames/1`, ANY_HTJ2K)).headers.get('content-type')).toMatch(/jphc/);
      await rig.door.store('H1', [file]);
      expect(await listed()).toEqual([]);
    });

    test('each version of an instance is checked by itself', async () => {
      const other = flipped(file, file.length - 3);
      expect((await rig.door.store('H1', [other])).status).toBe(200);
      await rig.overwrite(keyOf(1), flipped(file, 300));
      expect(same(await whole(get(instanceUrl(1), ONE_FILE)), other)).toBe(true);
      expect((await verifyOriginals({ objects: rig.door.objects, studies: rig.door.index.studies })).listed).toEqual([
        { problem: 'corrupt', key: keyOf(1) },
      ]);
      await rig.door.store('H1', [file]);
      expect((await rig.read(keyOf(1))).equals(file)).toBe(true);
    });
  });

  test('what is in quarantine is checked, and mended by being sent again', async () => {
    const nonsense = Buffer.from('this is no image at all, of no kind'.repeat(100));
    await rig.door.store('H1', [nonsense]);
    const key = `quarantine/H1/${sha(nonsense)}.bin`;
    expect((await rig.read(key)).equals(nonsense)).toBe(true);
    await rig.overwrite(key, flipped(nonsense, 5));
    const { studies, ingest, damage } = rig.door.index;
    const verify = () => verifyOriginals({ objects: rig.door.objects, studies, ingest, damage, reports: rig.door.reports });
    expect((await verify()).listed).toEqual([{ problem: 'corrupt', key }]);
    expect(await listed()).toEqual([[key, 'corrupt']]);
    await rig.door.store('H1', [nonsense]);
    expect((await verify()).listed).toEqual([]);
    expect(await listed()).toEqual([]);
  });

  describe('a derived object', () => {
    const path = {
      facilityCode: 'H1' as FacilityCode,
      studyInstanceUID: STUDY as StudyInstanceUID,
      seriesInstanceUID: SERIES as SeriesInstanceUID,
      ordinal: 1,
    };
    const series = async () => {
      const [found] = await rig.door.index.studies.findStudies(
        rig.door.facilities['H1'] as Facility,
        [],
        { offset: 0, limit: 10 },
        new Date(),
      );
      return (await rig.door.index.studies.seriesOf({ studyId: found?.id as StudyId, heldBack: [] }))[0] as IndexedSeries;
    };
    const wrong = Buffer.from('wrong');
    const framesKey = () => htj2kFramesKey(path, sha(files[1] as Buffer) as Sha256);
    const KINDS = {
      metadata: async () => (await series()).metadata?.key as string,
      thumbnail: async () => seriesThumbnailKey(path, sha(files[1] as Buffer) as Sha256) as string,
      frames: async () => framesKey() as string,
    };
    const damagesOf = (good: Buffer, key: string): Record<string, Uint8Array | undefined> => ({
      'a byte changed': flipped(good, 40),
      'its last byte changed': flipped(good, good.length - 1),
      cut: good.subarray(0, good.length >> 1),
      empty: Buffer.alloc(0),
      longer: Buffer.concat([good, good]),
      garbage: Buffer.alloc(good.length, 0x5a),
      'of another name': Buffer.concat([wrong, derivedTail(`${key}x` as ObjectKey, [derivedPart(wrong)])]),
      gone: undefined,
    });
    const NAMES = Object.keys(damagesOf(Buffer.alloc(200), ''));
    const CASES = Object.keys(KINDS)
      .flatMap((kind) => NAMES.map((name) => [kind as keyof typeof KINDS, name] as const))
      // The table of frames is remembered, and so is what its seal was: the scrub finds this one.
      .filter(([kind, name]) => kind !== 'frames' || name !== 'its last byte changed');

    test.each(CASES)('%s: %s: the answer is what it was before, and it is made anew', async (kind, name) => {
      await rig.door.derive();
      const key = await KINDS[kind]();
      const good = await rig.read(key);
      const metadata = await whole(get(`/dicom-web/studies/${STUDY}/metadata`, METADATA));
      const damaged = damagesOf(good, key)[name];
      if (damaged === undefined) await rig.remove(key);
      else await rig.overwrite(key, damaged);

      expect(await whole(get(`/dicom-web/studies/${STUDY}/metadata`, METADATA))).toEqual(metadata);
      const thumbnail = await get(`/dicom-web/studies/${STUDY}/series/${SERIES}/thumbnail`, { accept: 'image/jpeg' });
      expect([thumbnail.status, [...Buffer.from(await thumbnail.arrayBuffer()).subarray(0, 2)]]).toEqual([200, [0xff, 0xd8]]);
      const frame = await get(`${instanceUrl(2)}/frames/1`, ANY_HTJ2K);
      expect(frame.status).toBe(200);
      if (kind === 'frames') {
        expect(frame.headers.get('content-type')).toMatch(/octet-stream/);
        expect(Buffer.from(await frame.arrayBuffer()).equals(pixelsOf(2))).toBe(true);
      } else await frame.arrayBuffer();

      await rig.door.reports.settled();
      await rig.door.derive();
      expect((await rig.read(await KINDS[kind]())).equals(good)).toBe(true);
      const again = await get(`${instanceUrl(2)}/frames/1`, ANY_HTJ2K);
      expect(again.headers.get('content-type')).toMatch(/jphc/);
      await again.arrayBuffer();
      expect(await listed()).toEqual([]);
    });

    test('frames of several instances as parts: the damaged one falls back before the answer begins', async () => {
      const key = framesKey();
      await rig.overwrite(key, flipped(await rig.read(key), 100));
      const answer = await get(`${instanceUrl(2)}/frames/1`, {
        accept: 'multipart/related; type="image/jphc", multipart/related; type="application/octet-stream"',
      });
      expect(answer.status).toBe(200);
      const [part] = partsOf(answer.headers.get('content-type') ?? '', Buffer.from(await answer.arrayBuffer()));
      expect(part?.bytes.equals(pixelsOf(2))).toBe(true);
      await rig.door.reports.settled();
    });
  });
});

describe('files only', () => {
  test('a folder in the place of an original, and one in the place of each derived object', async () => {
    const rig = await startRig('files');
    const file = big(1);
    try {
      await rig.door.store('H1', [file]);
      await rig.door.derive();
      const root = join(rig.door.folder, 'objects');
      const keys: string[] = [];
      for await (const { key } of rig.door.objects.list('')) keys.push(key);
      expect(keys).toHaveLength(4);
      for (const key of keys) {
        rmSync(join(root, key));
        mkdirSync(join(root, key));
        writeFileSync(join(root, key, 'something'), 'x');
      }
      expect(await whole(rig.door.fetch('H1', instanceUrl(1), { headers: ONE_FILE }))).toBeUndefined();
      const metadata = await rig.door.fetch('H1', `/dicom-web/studies/${STUDY}/metadata`, {
        headers: { accept: 'application/dicom+json' },
      });
      expect(await metadata.json()).toHaveLength(1);
      await rig.door.reports.settled();
      expect((await rig.door.index.damage.list({ limit: 10 })).map(({ problem }) => problem)).toEqual(['missing']);
      expect((await rig.door.store('H1', [file])).status).toBe(200);
      await rig.door.reports.settled();
      await rig.door.derive();
      for (const key of keys) expect(statSync(join(root, key)).isFile(), key).toBe(true);
      expect(same(await whole(rig.door.fetch('H1', instanceUrl(1), { headers: ONE_FILE })), file)).toBe(true);
      expect(await rig.door.index.damage.count()).toBe(0);
    } finally {
      await rig.door.close();
    }
  });
});
