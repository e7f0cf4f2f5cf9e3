import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { type FileRow, keptFilesOf } from '../../../test/fixtures/servers/kept-files.ts';
import { memoryObjects } from '../../../test/fixtures/servers/memory-objects.ts';
import type { ByteStream } from '../../domain/byte-stream.ts';
import type { FacilityCode, ObjectKey, QuarantineId, Sha256, VersionId } from '../../domain/identifiers.ts';
import { originalKey, quarantineKey } from '../../domain/imaging/object-keys.ts';
import type { IndexBackup, IndexRows } from '../../domain/operation/backup.ts';
import { backUp, newTally } from './back-up.ts';
import { BACKUP_FORMAT, BACKUP_VERSION, type BackupHead } from './backup-archive.ts';
import { decrypted, encrypted, isEncrypted, newRecoveryKey } from './backup-cipher.ts';
import { restoreBackup, verifyBackup } from './restore-backup.ts';
import { readTar, type TarEntry, writeTar } from './tar.ts';

const shaOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex') as Sha256;
const PATH = {
  facilityCode: 'H1',
  studyInstanceUID: '1.2',
  seriesInstanceUID: '1.2.3',
  sopInstanceUID: '1.2.3.4',
} as unknown as Parameters<typeof originalKey>[0];
const IMAGES = [Buffer.alloc(300_000, 1), Buffer.alloc(5, 2), Buffer.alloc(1_000, 3)];
const KEYS = IMAGES.map((bytes) => originalKey(PATH, shaOf(bytes)));
const ASIDE = Buffer.from('no image');
const ASIDE_KEY = quarantineKey('H1' as FacilityCode, shaOf(ASIDE));
const FORM = Buffer.from('%PDF-1.7');
const FORM_KEY = `consents/H1/${shaOf(FORM)}.pdf` as ObjectKey;
/** The second is removed while the backup goes by. */
const FILES: readonly FileRow[] = [
  { key: FORM_KEY, sha256: shaOf(FORM), bytes: FORM.length },
  { key: `letters/H1/${'d'.repeat(64)}.pdf` as ObjectKey, sha256: 'd'.repeat(64) as Sha256, bytes: 1, gone: true },
];
const CHUNKS: readonly IndexRows[] = [
  { table: 'facilities', rows: ['{"facility_id":1,"name":"第一病院"}', '{"facility_id":2,"name":"line\\nfeed"}'] },
  { table: 'audit', rows: ['{"seq":1}'] },
];
const HEAD: BackupHead = {
  format: BACKUP_FORMAT,
  version: BACKUP_VERSION,
  madeAt: '2026-11-26T00:00:00.000Z',
  madeBy: 'test',
  schemaVersion: 1,
  images: 'included',
  settings: { A: 'b' },
};
const OWN_KEY = generateKeyPairSync('ed25519').privateKey;
const FOREIGN_KEY = generateKeyPairSync('ed25519').privateKey;

async function* once(bytes: Uint8Array): ByteStream {
  yield bytes;
}
async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
const signWith = (key: KeyObject) => (text: Uint8Array) => ({
  publicKey: publicOf(key),
  signature: sign(null, text, key).toString('base64'),
});

const publicOf = (key: KeyObject) => (createPublicKey(key).export({ type: 'spki', format: 'der' }) as Buffer).toString('base64');

/** An index of chunks, an object store in memory, and what makes a backup of both. */
function installation(damage: (kept: Map<string, Uint8Array>) => void = () => {}) {
  const objects = memoryObjects();
  for (const [n, key] of KEYS.entries()) objects.kept.set(key, IMAGES[n] as Buffer);
  objects.kept.set(ASIDE_KEY, ASIDE);
  objects.kept.set(FORM_KEY, FORM);
  damage(objects.kept);
  const tally = newTally();
  const parts = {
    index: {
      schemaVersion: 1,
      oldestSchemaVersion: 1,
      dump: async function* () {
        yield* CHUNKS;
      },
      load: async () => ({ rows: 0 }),
    } as IndexBackup,
    objects,
    studies: {
      allObjects: async function* () {
        for (const [n, key] of KEYS.entries())
          yield { key, sha256: shaOf(IMAGES[n] as Buffer), bytes: 1, versionId: String(n) as VersionId };
      },
    },
    // The same object put aside twice is in the backup once.
    ingest: {
      quarantined: async ({ before }: { before?: QuarantineId }) =>
        (before === undefined ? [2, 1].map((id) => ({ id: String(id), key: ASIDE_KEY })) : []) as never,
    },
    keptFiles: keptFilesOf(FILES),
    sign: signWith(OWN_KEY),
  };
  return { tally, make: (head = HEAD) => gather(backUp(parts, head, tally)) };
}

/** An empty place; what is put back is there only when the transaction ended. */
function emptyPlace(used = false) {
  const objects = memoryObjects();
  let rows: IndexRows[] = [];
  const index: IndexBackup = {
    schemaVersion: 3,
    oldestSchemaVersion: 1,
    dump: async function* () {},
    async load(source, { replace, beforeCommit }) {
      if (used && !replace) throw Object.assign(new Error('conflict'), { kind: 'conflict' });
      const waiting: IndexRows[] = [];
      for await (const chunk of source) waiting.push(chunk);
      await beforeCommit();
      rows = waiting;
      return { rows: waiting.flatMap((chunk) => chunk.rows).length };
    },
  };
  const restore = async (backup: Buffer, second = backup) =>
    restoreBackup({ index, objects }, once(second), await verifyBackup(once(backup)), { replace: false });
  return { objects, rows: () => rows, restore };
}

test('everything comes back: rows in their order, originals, quarantine and files beside images under their names', async () => {
  const place = emptyPlace();
  const backup = await installation().make();
  expect(await place.restore(backup)).toEqual({ rows: 3, objects: 5, leftOut: 0 });
  expect(place.rows()).toEqual(CHUNKS);
  expect([...place.objects.kept.keys()].sort()).toEqual([...KEYS, ASIDE_KEY, FORM_KEY].sort());
  for (const [n, key] of KEYS.entries())
    expect(Buffer.from(place.objects.kept.get(key) as Uint8Array).equals(IMAGES[n] as Buffer)).toBe(true);
  expect(place.objects.openStages()).toBe(0);
});

test('without images it says where they are', async () => {
  const backup = await installation().make({ ...HEAD, images: 'object-store', imagesAt: 's3://bucket/p' });
  const { head, seal } = await verifyBackup(once(backup));
  expect({ head, objects: seal.objects }).toMatchObject({ head: { images: 'object-store', imagesAt: 's3://bucket/p' }, objects: 0 });
});

test('objects that were damaged are named, and are not put back under names that promise other bytes', async () => {
  const { make, tally } = installation((kept) => {
    kept.set(KEYS[0] as string, Buffer.alloc(300_000, 9));
    kept.delete(KEYS[1] as string);
    kept.delete(FORM_KEY);
  });
  const backup = await make();
  expect(tally.damaged).toEqual([
    { key: KEYS[0], problem: 'corrupt' },
    { key: KEYS[1], problem: 'missing' },
    { key: FORM_KEY, problem: 'missing' },
  ]);
  const place = emptyPlace();
  expect(await place.restore(backup)).toEqual({ rows: 3, objects: 2, leftOut: 1 });
  expect([...place.objects.kept.keys()].sort()).toEqual([KEYS[2], ASIDE_KEY].sort());
});

type Entry = readonly [name: string, bytes: Buffer];
async function unpacked(backup: Buffer): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of readTar(once(backup))) entries.push([entry.name, await gather(entry.bytes)]);
  return entries;
}
function packed(entries: readonly Entry[]): Promise<Buffer> {
  async function* all(): AsyncGenerator<TarEntry> {
    for (const [name, bytes] of entries) yield { name, size: bytes.length, bytes: once(bytes) };
  }
  return gather(writeTar(all()));
}
const swapped = (entries: Entry[], a: number, b: number): Entry[] => {
  const copy = [...entries];
  [copy[a], copy[b]] = [copy[b] as Entry, copy[a] as Entry];
  return copy;
};
const seal = (entries: readonly Entry[], change: (seal: Record<string, unknown>) => void): Entry[] => {
  const [name, bytes] = entries.at(-1) as Entry;
  const parsed = JSON.parse(bytes.toString());
  change(parsed);
  return [...entries.slice(0, -1), [name, Buffer.from(JSON.stringify(parsed))]];
};

test.each<[string, (entries: Entry[]) => Entry[]]>([
  ['an image is missing', (entries) => entries.filter((_, n) => n !== 4)],
  ['a piece of the index is missing', (entries) => entries.filter((_, n) => n !== 1)],
  ['pieces of the index have changed places', (entries) => swapped(entries, 1, 2)],
  ['images have changed places', (entries) => swapped(entries, 3, 4)],
  ['an image comes twice', (entries) => [...entries.slice(0, 4), entries[3] as Entry, ...entries.slice(4)]],
  ['an image has other bytes', (entries) => entries.map((entry, n) => (n === 3 ? [entry[0], Buffer.alloc(300_000, 7)] : entry))],
  [
    'an image has another name',
    (entries) => entries.map((entry, n) => (n === 3 ? [entry[0].replace('1.2.3.4', '1.2.3.5'), entry[1]] : entry)),
  ],
  [
    'the head says another time',
    (entries) => entries.map((entry, n) => (n === 0 ? [entry[0], Buffer.from(entry[1].toString().replace('2026', '2027'))] : entry)),
  ],
  ['the seal is missing', (entries) => entries.slice(0, -1)],
  ['something follows the seal', (entries) => [...entries, ['objects/x', Buffer.from('x')]]],
  ['the seal names another digest', (entries) => seal(entries, (its) => Object.assign(its, { digest: '0'.repeat(64) }))],
  [
    'the seal calls an image damaged',
    (entries) => seal(entries, (its) => Object.assign(its, { damaged: [{ key: KEYS[0], problem: 'corrupt' }] })),
  ],
  [
    'the seal is signed by one key and names another',
    (entries) => seal(entries, (its) => Object.assign(its, { publicKey: publicOf(FOREIGN_KEY) })),
  ],
  ['the signature is none', (entries) => seal(entries, (its) => Object.assign(its, { signature: 'AAAA' }))],
  ['the public key is none', (entries) => seal(entries, (its) => Object.assign(its, { publicKey: 'AAAA' }))],
  ['it is another program’s archive', () => [['readme', Buffer.from('x')]]],
])('%s: refused before anything is written', async (_, change) => {
  const place = emptyPlace();
  const backup = await packed(change(await unpacked(await installation().make())));
  await expect(place.restore(backup)).rejects.toMatchObject({ kind: 'invalid' });
  expect([place.rows(), place.objects.kept.size]).toEqual([[], 0]);
});

test('a file that is another one by the time it is put back ends in nothing', async () => {
  const entries = await unpacked(await installation().make());
  const other = entries.map((entry, n) => (n === 1 ? ([entry[0], entries[2]?.[1]] as Entry) : entry));
  const place = emptyPlace();
  await expect(place.restore(await packed(entries), await packed(other))).rejects.toMatchObject({ kind: 'invalid' });
  expect(place.rows()).toEqual([]);
});

test('a name that leads out of the store is refused', async () => {
  const key = `../../${'a'.repeat(64)}.dcm` as ObjectKey;
  const parts = { ...installation(), key };
  const entries = await unpacked(await parts.make());
  await expect(
    emptyPlace().restore(await packed(entries.map((entry, n) => (n === 3 ? [`objects/${key}`, entry[1]] : entry)))),
  ).rejects.toMatchObject({ kind: 'invalid' });
});

test.each([0, 4])('a backup of schema %i is refused where 1 to 3 fit', async (schemaVersion) => {
  await expect(emptyPlace().restore(await installation().make({ ...HEAD, schemaVersion }))).rejects.toMatchObject({ kind: 'invalid' });
});

test('a backup that an earlier version made is put back', async () => {
  await expect(emptyPlace().restore(await installation().make({ ...HEAD, schemaVersion: 1 }))).resolves.toBeDefined();
});

test('encrypted for a key: it opens with that key, with no other, and no byte of it may change', async () => {
  const plain = await installation().make();
  const { identity, recipient } = await newRecoveryKey();
  const file = await gather(encrypted(once(plain), { recipients: [recipient] }));
  expect([isEncrypted(file), isEncrypted(plain), file.includes('facilities')]).toEqual([true, false, false]);
  const open = (bytes: Uint8Array) => gather(decrypted(once(bytes), { identities: [identity] }));
  expect((await open(file)).equals(plain)).toBe(true);
  const other = await newRecoveryKey();
  await expect(gather(decrypted(once(file), { identities: [other.identity] }))).rejects.toMatchObject({ kind: 'denied' });
  await expect(gather(decrypted(once(file), { identities: [] }))).rejects.toMatchObject({ kind: 'denied' });
  const payload = file.length - plain.length;
  for (const at of [payload + 100, payload + 70_000, file.length - 1]) {
    const changed = Buffer.from(file);
    changed[at] = (changed[at] as number) ^ 1;
    await expect(open(changed), `byte ${at}`).rejects.toMatchObject({ kind: 'invalid' });
  }
  const chunk = 64 * 1024 + 16;
  for (const length of [file.length - 1, file.length - 100, file.length - (file.length % chunk), file.length >> 1])
    await expect(open(file.subarray(0, length)), `${length} bytes`).rejects.toMatchObject({ kind: 'invalid' });
});

test('encrypted with a passphrase', async () => {
  const file = await gather(encrypted(once(Buffer.from('a backup')), { passphrase: 'correct horse battery' }));
  expect((await gather(decrypted(once(file), { passphrase: 'correct horse battery', identities: [] }))).toString()).toBe('a backup');
  await expect(gather(decrypted(once(file), { passphrase: 'another', identities: [] }))).rejects.toMatchObject({ kind: 'denied' });
}, 60_000);

test('a recipient that is none is said to be', async () => {
  await expect(gather(encrypted(once(Buffer.from('x')), { recipients: ['age1nobody'] }))).rejects.toMatchObject({ kind: 'invalid' });
});
