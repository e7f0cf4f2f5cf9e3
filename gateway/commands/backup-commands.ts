import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteStream } from '../domain/byte-stream.ts';
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { Index } from '../domain/opened-index.ts';
import type { IndexBackup } from '../domain/operation/backup.ts';
import type { DamageReports } from '../domain/operation/damage.ts';
import { BY_COMMAND } from '../domain/record/audit.ts';
import { backUp, newTally } from '../usecases/backup/back-up.ts';
import { BACKUP_FORMAT, BACKUP_VERSION, type BackupHead } from '../usecases/backup/backup-archive.ts';
import { decrypted, type EncryptFor, encrypted, isEncrypted, newRecoveryKey, type OpenWith } from '../usecases/backup/backup-cipher.ts';
import { keyFingerprint, restoreBackup, type VerifiedBackup, verifyBackup } from '../usecases/backup/restore-backup.ts';
import { ask, askTwice, readPassword } from './ask-password.ts';
import type { BackupCommand } from './command-line.ts';

/** What this installation's backups are made with, by `gateway/main.ts` from the settings. */
export interface BackupSettings {
  readonly index: IndexBackup;
  readonly dataFolder: string;
  readonly madeBy: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Where the images are, when they are in an object store. */
  readonly imagesAt?: string;
  readonly recipients: readonly string[];
  readonly identityFile?: string;
  readonly passphraseFile?: string;
}

export interface BackupStores extends Pick<Index, 'studies' | 'ingest' | 'keptFiles' | 'audit'> {
  readonly kept: ObjectStore;
  readonly reports: DamageReports;
  readonly clock: Clock;
  readonly typedIn: string;
  readonly backup: BackupSettings;
}

type Answer = { readonly ok: boolean; readonly answer: Readonly<Record<string, unknown>> };

/** Public: for whom `backup` encrypts when no setting says so. Written by `backup key`. */
const RECIPIENTS_FILE = 'backup-recipients.txt';
/** Ed25519, of this data folder; made with the first backup. */
const SIGNING_KEY_FILE = 'backup-signing-key.pem';
const PASSPHRASE_CHARS_MIN = 12;

const HOW_TO_ENCRYPT =
  'a backup is encrypted, and nothing says for whom. Run once: npm start -- backup key FILE, and keep FILE elsewhere than on this machine. ' +
  'Or set RENKEI_BACKUP_RECIPIENT (age1…) or RENKEI_BACKUP_PASSPHRASE_FILE, or run it on a terminal and type a passphrase. ' +
  '--plain writes it for anyone to read.';
const HOW_TO_OPEN =
  'the backup is encrypted: give --identity FILE (made by backup key) or RENKEI_BACKUP_IDENTITY, or RENKEI_BACKUP_PASSPHRASE_FILE, ' +
  'or run it on a terminal and type the passphrase';

/** @throws DomainError with a message for the operator */
export function runBackupCommand(stores: BackupStores, command: BackupCommand): Promise<Answer> {
  switch (command.name) {
    case 'backup':
      return makeBackup(stores, command);
    case 'backup key':
      return makeKey(stores, resolve(stores.typedIn, command.file));
    case 'restore':
      return restore(stores, command);
  }
}

// ── Making ───────────────────────────────────────────────────────────────────

async function makeBackup(stores: BackupStores, command: Extract<BackupCommand, { name: 'backup' }>): Promise<Answer> {
  const { studies, ingest, keptFiles, audit, kept, reports, clock, typedIn, backup } = stores;
  const file = resolve(typedIn, command.file);
  const who = command.plain ? undefined : await encryptFor(backup, typedIn);
  const signingKey = await ownSigningKey(backup.dataFolder);
  const images = imagesOf(command, backup);
  await record(audit, 'backup-made');
  const head: BackupHead = {
    format: BACKUP_FORMAT,
    version: BACKUP_VERSION,
    madeAt: clock.now().toISOString(),
    madeBy: backup.madeBy,
    schemaVersion: backup.index.schemaVersion,
    images,
    ...(backup.imagesAt === undefined ? {} : { imagesAt: backup.imagesAt }),
    settings: backup.settings,
  };
  const tally = newTally();
  const parts = { index: backup.index, objects: kept, studies, ingest, keptFiles, sign: (text: Uint8Array) => signed(signingKey, text) };
  const plain = backUp(parts, head, tally);
  await writeBeside(file, who === undefined ? plain : encrypted(plain, who));
  for (const { key, problem } of tally.damaged) reports.found(key, problem, 'backup');
  const { rows, objects, objectBytes, damaged } = tally;
  return {
    ok: damaged.length === 0,
    answer: {
      file,
      bytes: (await stat(file)).size,
      rows,
      images: imagesAnswer(head, objects, objectBytes),
      encryption: who === undefined ? 'none: anyone who has the file can read it' : 'passphrase' in who ? 'passphrase' : who.recipients,
      signedBy: keyFingerprint(publicKeyOf(signingKey)),
      ...(damaged.length === 0 ? {} : { damaged: damaged.slice(0, 100), damagedCount: damaged.length }),
    },
  };
}

function imagesOf(command: { readonly images?: boolean }, { imagesAt }: BackupSettings): BackupHead['images'] {
  if (command.images ?? imagesAt === undefined) return 'included';
  return imagesAt === undefined ? 'left-out' : 'object-store';
}

function imagesAnswer({ images, imagesAt }: BackupHead, objects: number, bytes: number) {
  if (images === 'included') return { included: true, objects, bytes };
  const say =
    images === 'object-store'
      ? `the images are not in this file: they are in ${imagesAt} and must be backed up there`
      : 'the images are not in this file, as was asked';
  return { included: false, say, ...(imagesAt === undefined ? {} : { where: imagesAt }) };
}

/** @throws invalid with what to do, when nothing says who may open it */
async function encryptFor(backup: BackupSettings, typedIn: string): Promise<EncryptFor> {
  if (backup.recipients.length > 0) return { recipients: backup.recipients };
  if (backup.passphraseFile !== undefined) return { passphrase: longEnough(await passphraseIn(backup.passphraseFile, typedIn)) };
  const remembered = (await textOf(join(backup.dataFolder, RECIPIENTS_FILE)))?.match(/^age1[a-z0-9]+$/gm) ?? [];
  if (remembered.length > 0) return { recipients: remembered };
  if (process.stdin.isTTY !== true) throw new DomainError('invalid', HOW_TO_ENCRYPT);
  return { passphrase: longEnough(await askTwice(TERMINAL, 'Passphrase of the backup: ')) };
}

const TERMINAL = { input: process.stdin, output: process.stderr };

function longEnough(passphrase: string): string {
  if ([...passphrase].length < PASSPHRASE_CHARS_MIN)
    throw new DomainError('invalid', `the passphrase of a backup has ${PASSPHRASE_CHARS_MIN} characters or more`);
  return passphrase;
}

/** Beside it and renamed, file and folder synced: a backup that exists is whole. */
async function writeBeside(file: string, bytes: ByteStream): Promise<void> {
  const beside = `${file}.partial`;
  try {
    await pipeline(Readable.from(bytes, { objectMode: false }), createWriteStream(beside, { mode: 0o600, flush: true }));
    await rename(beside, file);
  } catch (thrown) {
    await rm(beside, { force: true }).catch(() => {});
    throw inWords(thrown, `cannot write ${file}`);
  }
  const folder = await open(dirname(file), 'r');
  await folder.sync().finally(() => folder.close());
}

/** The key that opens backups goes to a file of the operator's; who it is, public, is remembered here for later backups. */
async function makeKey({ backup }: Pick<BackupStores, 'backup'>, file: string): Promise<Answer> {
  const { identity, recipient } = await newRecoveryKey();
  const signer = keyFingerprint(publicKeyOf(await ownSigningKey(backup.dataFolder)));
  const text = [
    '# Opens the backups of a Renkei installation, with: npm start -- restore FILE --identity THIS_FILE',
    '# Whoever has this file can read them. Keep it elsewhere than on the machine that makes them.',
    `# public key: ${recipient}`,
    `# signer: ${signer}`,
    identity,
    '',
  ].join('\n');
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx', flush: true });
  } catch (thrown) {
    throw inWords(thrown, `cannot write ${file}`);
  }
  const remembered = join(backup.dataFolder, RECIPIENTS_FILE);
  const before = (await textOf(remembered)) ?? '';
  await writeFile(remembered, `${before}${recipient}\n`, { mode: 0o640, flush: true });
  const say = 'backups are from now on encrypted for this key; without the file they cannot be opened: keep it off this machine';
  return { ok: true, answer: { file, recipient, signer, say } };
}

// ── Signing ──────────────────────────────────────────────────────────────────

async function ownSigningKey(dataFolder: string): Promise<KeyObject> {
  const file = join(dataFolder, SIGNING_KEY_FILE);
  const known = await textOf(file);
  if (known !== undefined) return createPrivateKey(known);
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  await mkdir(dataFolder, { recursive: true });
  // When two commands run at once, both use the key that the first wrote.
  await writeFile(file, pem, { mode: 0o600, flag: 'wx', flush: true }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') throw inWords(thrown, `cannot write ${file}`);
  });
  return createPrivateKey(await readFile(file, 'utf8'));
}

function publicKeyOf(key: KeyObject): string {
  return (createPublicKey(key).export({ type: 'spki', format: 'der' }) as Buffer).toString('base64');
}

function signed(key: KeyObject, text: Uint8Array): { publicKey: string; signature: string } {
  return { publicKey: publicKeyOf(key), signature: sign(null, text, key).toString('base64') };
}

// ── Putting back ─────────────────────────────────────────────────────────────

async function restore(
  stores: Pick<BackupStores, 'audit' | 'kept' | 'typedIn' | 'backup'>,
  command: Extract<BackupCommand, { name: 'restore' }>,
): Promise<Answer> {
  const { audit, kept, typedIn, backup } = stores;
  const file = resolve(typedIn, command.file);
  const identityFile = command.identity ?? backup.identityFile;
  const identityText = identityFile === undefined ? undefined : await textOf(resolve(typedIn, identityFile));
  if (identityFile !== undefined && identityText === undefined) throw new DomainError('invalid', `${identityFile} cannot be read`);
  const isPlain = !isEncrypted(await startOf(file));
  const openWith = isPlain ? undefined : await keysToOpen(backup, identityText, typedIn);
  const read = (): ByteStream => (openWith === undefined ? createReadStream(file) : decrypted(createReadStream(file), openWith));

  const verified = await verifyBackup(read());
  const compared = compareSigner(verified, command.signedBy, identityText, openWith);
  const restored = await restoreBackup({ index: backup.index, objects: kept }, read(), verified, { replace: command.replace });
  await record(audit, 'backup-restored');
  const { head, seal } = verified;
  return {
    ok: true,
    answer: {
      file,
      ...restored,
      madeAt: head.madeAt,
      madeBy: head.madeBy,
      signedBy: verified.signer,
      signature: compared,
      images: imagesAnswer(head, restored.objects, seal.objectBytes),
      ...differing(head.settings, backup.settings),
    },
  };
}

/** @throws denied when it is signed by another than it should be */
function compareSigner(
  { signer }: VerifiedBackup,
  signedBy: string | undefined,
  identityText: string | undefined,
  openWith: OpenWith | undefined,
): string {
  const inFile = identityText?.match(/^# signer: ([0-9a-f]{64})$/gm)?.map((line) => line.slice('# signer: '.length)) ?? [];
  const expected = signedBy === undefined ? inFile : [signedBy.toLowerCase().replaceAll(/[^0-9a-f]/g, '')];
  if (expected.includes(signer)) return 'as expected';
  if (expected.length > 0) {
    throw new DomainError(
      'denied',
      `the backup is signed by ${signer}, not by the installation that was expected; --signed-by ${signer} takes it all the same`,
    );
  }
  return openWith?.passphrase === undefined
    ? 'of a key that was compared with nothing: --signed-by FINGERPRINT compares it'
    : 'by who knows the passphrase';
}

async function keysToOpen(backup: BackupSettings, identityText: string | undefined, typedIn: string): Promise<OpenWith> {
  const identities = identityText?.match(/^AGE-SECRET-KEY-[A-Z0-9-]+$/gm) ?? [];
  if (identities.length > 0) return { identities };
  if (backup.passphraseFile !== undefined) return { identities, passphrase: await passphraseIn(backup.passphraseFile, typedIn) };
  if (process.stdin.isTTY !== true) throw new DomainError('invalid', HOW_TO_OPEN);
  const [passphrase = ''] = await ask(TERMINAL, ['Passphrase of the backup: ']);
  return { identities, passphrase };
}

/** Settings that the backup was made with and are others here. */
function differing(then: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): Record<string, unknown> {
  const others = Object.entries(then).filter(([name, value]) => now[name] !== value);
  return others.length === 0 ? {} : { settingsThen: Object.fromEntries(others) };
}

// ── Files ────────────────────────────────────────────────────────────────────

function passphraseIn(file: string, typedIn: string): Promise<string> {
  return readPassword({ from: 'file', file }, typedIn);
}

async function startOf(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw inWords(thrown, `cannot read ${file}`);
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function inWords(thrown: unknown, doing: string): unknown {
  const { code } = thrown as NodeJS.ErrnoException;
  if (thrown instanceof DomainError || typeof code !== 'string') return thrown;
  return new DomainError(code === 'ENOSPC' ? 'full' : 'invalid', `${doing}: ${FILE_TROUBLES[code] ?? code}`, { cause: thrown });
}

const FILE_TROUBLES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EEXIST: 'there is already such a file; it is left as it is',
  EACCES: 'not permitted',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOSPC: 'no space is left',
  EROFS: 'the disk can only be read',
};

async function record(audit: Index['audit'], action: 'backup-made' | 'backup-restored'): Promise<void> {
  await audit.append([{ action, outcome: 'success', who: BY_COMMAND, remoteAddress: 'command line' }]);
}
