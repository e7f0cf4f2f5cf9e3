import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WASM_BYTES_KEPT_MAX } from '../../gateway/codec/pixels/codestream/wasm-codec.ts';
import { RENDERERS_DEFAULT, WORKERS_MAX } from '../../gateway/codec/threads/codec.ts';
import { bufferAccess } from '../../gateway/dicom/parse/part10.ts';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import type { DicomJson, PersonNameJson } from '../../gateway/domain/imaging/dataset.ts';
import { describeObject } from '../../gateway/ingest/describe.ts';
import { type ApiClient, leavePasswords, signIn } from '../fixtures/api-client.ts';
import { everySharedFile, type SharedFile } from '../fixtures/dicom/shared-data.ts';
import { byPlane } from '../fixtures/dicom/shared-images.ts';
import { ADMINISTRATOR, type GatewayProcess, startGatewayProcess } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { partsOf } from '../fixtures/servers/dicomweb-door.ts';
import { type Part10, readPart10, run, sha256, splitPart10, startPeer } from '../fixtures/servers/dimse-peers.ts';
import { folderWithDatabase } from '../fixtures/servers/made-database.ts';

/**
 * Every file of the shared set through the running program, by the doors a PACS uses. Several files are versions of one instance, so each
 * is sent by one of several facilities, none of which gets two files of one SOP Instance UID.
 */

const PASSWORD = 'only-for-tests-3';
const DICOMDIR = '1.2.840.10008.1.3.10';
const ELE = '1.2.840.10008.1.2.1';
/** Most presentation contexts of one association, PS3.8 9.3.2.2. */
const CONTEXTS_MAX = 128;
/**
 * What the process may hold above its start when all is done: the decoders' memory, which each thread that decodes or renders keeps up to its bound, and
 * compiled code, caches with bounds of their own, and pages that the allocators do not give back.
 */
const RSS_GROWTH_BYTES_MAX = (codecThreads() + RENDERERS_DEFAULT) * WASM_BYTES_KEPT_MAX + 192 * 1024 * 1024;

/** Frames that are not the manifest's: what comes instead, and why. */
const FRAME_EXCEPTIONS: Readonly<Record<string, string>> = {
  // The file ends within its only frame; gdcm fills the rest.
  'broken/pydicom__MR_truncated.dcm': '404',
};

/** Images that are not rendered: the status that is answered instead. */
const RENDERED_EXCEPTIONS: Readonly<Record<string, string>> = {
  'broken/pydicom__MR_truncated.dcm': '406',
};

interface Sent extends SharedFile {
  readonly bytes: Buffer;
  /** As the data set says; some files have another one in their File Meta Information. */
  readonly sopInstanceUID: string;
  readonly part10: Part10 | undefined;
  /** Which of the facilities sends it. */
  readonly layer: number;
}

/** What the sender was told, and where the instance is when it was stored. */
interface Answer {
  readonly kept: boolean;
  readonly warned: boolean;
  readonly door: 'dimse' | 'stow';
  readonly url: string | undefined;
}

let folder: string;
let gateway: GatewayProcess;
let administrator: ApiClient;
let files: readonly Sent[];
/** One facility a layer: its person, for what is sent file by file and for what storescu sends. */
const exact: ApiClient[] = [];
const byStorescu: ApiClient[] = [];
const answers = new Map<string, Answer>();
let storescpKept: readonly string[];
let rssAtStart: number;

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
const isStorable = ({ studyInstanceUID, seriesInstanceUID, category, part10 }: Sent) =>
  studyInstanceUID !== null && seriesInstanceUID !== null && category !== 'broken' && part10?.sopClassUID !== DICOMDIR;

beforeAll(async () => {
  folder = await folderWithDatabase('shared');
  files = await inLayers(everySharedFile());
  const layers = 1 + Math.max(...files.map(({ layer }) => layer));
  gateway = await startGatewayProcess(join(folder, 'data'), { RENKEI_QUIET_SECONDS: '3600' });
  administrator = await signIn(gateway.url, ADMINISTRATOR);
  await leavePasswords(administrator);
  for (let layer = 0; layer < layers; layer++) {
    exact.push(await createFacility(`EXACT${layer}`));
    byStorescu.push(await createFacility(`DCMTK${layer}`));
  }
  rssAtStart = rssBytes();
  const oneByOne = async () => {
    for (let layer = 0; layer < layers; layer++) await sendOneByOne(layer);
  };
  [storescpKept] = await Promise.all([sendByStorescu(layers), oneByOne()]);
}, 180_000);

afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('every file of the shared data', () => {
  test('the set is whole', () => {
    expect(files.length).toBeGreaterThan(600);
    expect(files.filter(isStorable).length).toBeGreaterThan(550);
  });

  test('is stored when it has a study and a series', () => {
    const refused = files.filter((file) => isStorable(file) && answers.get(file.file)?.kept !== true);
    expect(refused.map(({ file }) => [file, answers.get(file)])).toEqual([]);
  });

  test('is given back byte for byte in its data set', async () => {
    const wrong: string[] = [];
    for (const file of files) {
      const answer = answers.get(file.file);
      if (answer?.kept !== true || answer.url === undefined) continue;
      const given = await retrieve(exact[file.layer], answer.url);
      const { dataSet, transferSyntaxUID } = (given && splitPart10(given)) ?? {};
      // What came as a file is given back whole, with File Meta Information before it where it had none.
      const same =
        answer.door === 'stow'
          ? given !== undefined && sha256(given.subarray(given.length - file.bytes.length)) === sha256(file.bytes)
          : dataSet !== undefined && sha256(dataSet) === sha256(file.part10?.dataSet ?? Buffer.alloc(0));
      if (!same || (file.part10 !== undefined && transferSyntaxUID !== file.part10.transferSyntaxUID)) wrong.push(file.file);
    }
    expect(wrong).toEqual([]);
  });

  test('sent by storescu is what storescp keeps of the same run', async () => {
    const ours: string[] = [];
    for (const client of byStorescu) {
      for (const row of await rowsOf(client, '/dicom-web/instances')) {
        const given = await retrieve(client, urlOf(row));
        const part10 = given && splitPart10(given);
        ours.push(part10 === undefined ? `nothing of ${urlOf(row)}` : fingerprint(part10));
      }
    }
    expect(ours.length).toBeGreaterThan(550);
    expect(ours.sort()).toEqual([...storescpKept].sort());
  });

  test('is listed by QIDO-RS, with the names of the manifests in every character set', async () => {
    const wrong: string[] = [];
    let names = 0;
    for (const [layer, client] of exact.entries()) {
      const studies = await rowsOf(client, '/dicom-web/studies');
      const instances = new Set((await rowsOf(client, '/dicom-web/instances')).map(urlOf));
      const kept = files.filter((file) => file.layer === layer && answers.get(file.file)?.kept === true);
      if (instances.size !== kept.length) wrong.push(`layer ${layer}: ${instances.size} are listed of ${kept.length}`);
      for (const file of kept) {
        if (!instances.has(answers.get(file.file)?.url ?? '')) wrong.push(`${file.file}: not listed`);
        if (file.patientName === undefined) continue;
        names++;
        const study = studies.find((row) => textOf(row, '0020000D') === file.studyInstanceUID);
        const name = nameOf(study);
        if (name !== file.patientName.replace(/=+$/, '')) wrong.push(`${file.file}: ${name} is not ${file.patientName}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(names).toBeGreaterThan(25);
  });

  test('gives the pixels of the manifests through WADO-RS frames', async () => {
    const others: Record<string, string> = {};
    let same = 0;
    for (const file of files) {
      const answer = answers.get(file.file);
      if (file.frame1 === undefined || answer?.kept !== true) continue;
      const found = await frame1(file, answer.url ?? '');
      if (found === 'same') same++;
      else others[file.file] = found;
    }
    expect(others).toEqual(FRAME_EXCEPTIONS);
    expect(same).toBeGreaterThan(480);
  });

  test('is shown: each kind of image is rendered, palettes and lookup tables that lie outside of the header included', async () => {
    const others: Record<string, string> = {};
    const images = files.filter((file) => file.frame1 !== undefined && file.category !== 'series' && answers.get(file.file)?.kept === true);
    for (const file of images) {
      const found = await rendered(file, answers.get(file.file)?.url ?? '');
      if (found !== 'JPEG') others[file.file] = found;
    }
    expect(images.length).toBeGreaterThan(100);
    expect(others).toEqual(RENDERED_EXCEPTIONS);
  });

  test('under broken is stored with a warning where a reader complains, or put aside where the administrator sees it', async () => {
    const { body } = await administrator.call<{ entries: { facilityCode: string; reason: string; sender: string | null; door: string }[] }>(
      'GET',
      '/api/quarantine?limit=200',
    );
    const wrong: string[] = [];
    const broken = files.filter(({ category }) => category === 'broken');
    for (const file of broken) {
      const answer = answers.get(file.file);
      if (answer?.kept === true && !answer.warned && file.complaints.length > 0) wrong.push(`${file.file}: silent on ${file.complaints}`);
      if (answer === undefined) wrong.push(`${file.file}: no answer`);
    }
    expect(wrong).toEqual([]);
    expect(broken.length).toBeGreaterThan(35);
    const refused = files.filter(({ file }) => answers.get(file)?.kept !== true);
    const aside = body.entries.filter(({ facilityCode }) => facilityCode.startsWith('EXACT'));
    expect(count(aside.map(({ facilityCode, door }) => `${facilityCode} ${door}`))).toEqual(
      count(refused.map(({ file, layer }) => `EXACT${layer} ${answers.get(file)?.door}`)),
    );
    for (const entry of aside) expect(entry.reason).toMatch(/^[a-z0-9-]+$/);
  });

  test('leaves the process as it was: alive, without an unexpected failure, its memory near its start', async () => {
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    expect(gateway.stderr()).not.toMatch(/internal|unexpected|reader-failed/);
    // All pixels once more: what each answer left behind would be there twice.
    for (const file of files.filter(({ frame1: known }) => known !== undefined)) {
      const url = answers.get(file.file)?.url;
      if (url === undefined) continue;
      await frame1(file, url);
      await rendered(file, url);
    }
    expect(rssBytes() - rssAtStart).toBeLessThan(RSS_GROWTH_BYTES_MAX);
  });
});

/** The n-th file of one SOP Instance UID is in layer n. */
async function inLayers(shared: readonly SharedFile[]): Promise<readonly Sent[]> {
  const seen = new Map<string, number>();
  const sent: Sent[] = [];
  for (const file of shared) {
    const bytes = readFileSync(file.path);
    const sopInstanceUID = await sopInstanceUIDOf(bytes);
    const layer = seen.get(sopInstanceUID) ?? 0;
    seen.set(sopInstanceUID, layer + 1);
    sent.push({ ...file, bytes, part10: splitPart10(bytes), sopInstanceUID, layer });
  }
  return sent;
}

/** Without one, the digest: such files share nothing. */
async function sopInstanceUIDOf(bytes: Buffer): Promise<string> {
  const described = await describeObject(bufferAccess(bytes));
  return described.kind === 'instance' ? described.instance.sopInstanceUID : sha256(bytes);
}

async function createFacility(code: string): Promise<ApiClient> {
  const person = { email: `${code.toLowerCase()}@region.example`, password: PASSWORD };
  const made = await Promise.all([
    administrator.call('POST', '/api/facilities', { code, name: code, nameKana: '', aeTitles: [{ aeTitle: code }] }),
  ]);
  made.push(await administrator.call('POST', '/api/users', { ...person, name: code, facilityCode: code, job: 'radiographer' }));
  expect(made.map(({ status }) => status)).toEqual([201, 201]);
  return signIn(gateway.url, person);
}

// ── storescu ──

/** The same storescu run to DCMTK's storescp and to us. Resolves with what storescp kept that belongs to a study. */
async function sendByStorescu(layers: number): Promise<readonly string[]> {
  const kept = join(folder, 'storescp');
  const profiles = { scu: join(folder, 'storescu.cfg'), scp: join(folder, 'storescp.cfg') };
  await run('mkdir', [kept]);
  for (let layer = 0; layer < layers; layer++) {
    const chosen = files.filter((file) => file.layer === layer && file.part10 !== undefined && file.studyInstanceUID !== null);
    for (const role of ['scu', 'scp'] as const) {
      writeFileSync(
        profiles[role],
        contextProfile(
          chosen.flatMap(({ part10 }) => part10 ?? []),
          role,
        ),
      );
    }
    const send = (callingAETitle: string, port: number) => {
      const peers = ['-aet', callingAETitle, '-aec', 'RENKEI', '127.0.0.1', String(port)];
      return run('storescu', ['-q', '-nh', '-xf', profiles.scu, 'All', ...peers, ...chosen.map(({ path }) => path)]);
    };
    const storescp = await startPeer('storescp', (port) => ['-q', '-xf', profiles.scp, 'All', '+B', '+uf', '-od', kept, String(port)]);
    try {
      // DCMTK's two ends wait for each other's TCP for 40 ms an instance; meanwhile the other run goes on.
      await Promise.all([send('STORESCU', storescp.port), send(`DCMTK${layer}`, gateway.dimse)]);
    } finally {
      await storescp.stop();
    }
  }
  return readdirSync(kept).flatMap((name) => {
    const part10 = readPart10(join(kept, name));
    return part10 === undefined ? [] : [fingerprint(part10)];
  });
}

/** For storescu a context for each pair of class and syntax, so that it converts nothing; storescp takes every class in every syntax. */
function contextProfile(of: readonly Part10[], role: 'scu' | 'scp'): string {
  const syntaxes = [...new Set(of.map(({ transferSyntaxUID }) => transferSyntaxUID))];
  const contexts =
    role === 'scp'
      ? [...new Set(of.map(({ sopClassUID }) => sopClassUID))].map((uid) => `${uid}\\Every`)
      : contextsFor(of).map(({ abstractSyntax, transferSyntaxes }) => `${abstractSyntax}\\Syntax${syntaxes.indexOf(transferSyntaxes[0])}`);
  expect(contexts.length).toBeLessThanOrEqual(CONTEXTS_MAX);
  return [
    '[[TransferSyntaxes]]',
    ...syntaxes.flatMap((uid, n) => [`[Syntax${n}]`, `TransferSyntax1 = ${uid}`]),
    '[Every]',
    ...syntaxes.map((uid, n) => `TransferSyntax${n + 1} = ${uid}`),
    '[[PresentationContexts]]',
    '[Contexts]',
    ...contexts.map((context, n) => `PresentationContext${n + 1} = ${context}`),
    '[[Profiles]]',
    '[All]',
    'PresentationContexts = Contexts',
    '',
  ].join('\n');
}

function fingerprint({ sopInstanceUID, transferSyntaxUID, dataSet }: Part10): string {
  return `${sopInstanceUID} ${transferSyntaxUID} ${sha256(dataSet)}`;
}

function contextsFor(of: readonly Part10[]) {
  const pairs = new Map(of.map((one) => [`${one.sopClassUID} ${one.transferSyntaxUID}`, one]));
  return [...pairs.values()].map(({ sopClassUID, transferSyntaxUID }) => ({
    abstractSyntax: sopClassUID,
    transferSyntaxes: [transferSyntaxUID] as const,
  }));
}

// ── One by one, unchanged ──

/** By C-STORE what has File Meta Information to name its class and syntax, the rest by STOW-RS. */
async function sendOneByOne(layer: number): Promise<void> {
  const mine = files.filter((file) => file.layer === layer);
  const bySCU = mine.flatMap((file) =>
    file.part10 === undefined || ['', DICOMDIR].includes(file.part10.sopClassUID) ? [] : [{ file, part10: file.part10 }],
  );
  const association = await openAssociation({
    host: '127.0.0.1',
    port: gateway.dimse,
    callingAETitle: `EXACT${layer}`,
    calledAETitle: 'RENKEI',
    contexts: contextsFor(bySCU.map(({ part10 }) => part10)),
  });
  for (const { file, part10 } of bySCU) {
    const result = await storeInstance(association, {
      sopClassUID: part10.sopClassUID as SOPClassUID,
      sopInstanceUID: part10.sopInstanceUID as SOPInstanceUID,
      transferSyntaxUID: part10.transferSyntaxUID as TransferSyntaxUID,
      dataSet: pieces(part10.dataSet),
    });
    const url = `/dicom-web/studies/${file.studyInstanceUID}/series/${file.seriesInstanceUID}/instances/${file.sopInstanceUID}`;
    answers.set(file.file, { kept: result.kept, warned: false, door: 'dimse', url });
  }
  await association.release();
  for (const file of mine) {
    const before = answers.get(file.file);
    // C-STORE answers success to what is odd; STOW-RS of the same instance says what is.
    if (before !== undefined && !(file.category === 'broken' && before.kept)) continue;
    answers.set(file.file, { ...(await stow(file)), ...(before === undefined ? {} : { door: before.door }) });
  }
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function stow(file: Sent): Promise<Answer> {
  const answer = await exact[file.layer]?.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file.bytes]) });
  if (answer === undefined) throw new Error('no such facility');
  const body = (await answer.json()) as DicomJson;
  const reference = body['00081199']?.Value?.[0] as DicomJson | undefined;
  const url = reference?.['00081190']?.Value?.[0];
  return {
    kept: reference !== undefined,
    warned: reference?.['00081196'] !== undefined,
    door: 'stow',
    url: typeof url === 'string' ? url.replace(gateway.url, '') : undefined,
  };
}

// ── What is asked back ──

async function retrieve(client: ApiClient | undefined, url: string): Promise<Buffer | undefined> {
  const answer = await client?.fetch(url, { headers: { accept: 'application/dicom; transfer-syntax=*' } });
  return answer?.status === 200 ? Buffer.from(await answer.arrayBuffer()) : undefined;
}

/** `same`, `other pixels`, or the status. */
async function frame1(file: Sent, url: string): Promise<string> {
  const accept = `multipart/related; type="application/octet-stream"; transfer-syntax=${ELE}`;
  const answer = await exact[file.layer]?.fetch(`${url}/frames/1`, { headers: { accept } });
  if (answer?.status !== 200) return String(answer?.status);
  const [part] = partsOf(answer.headers.get('content-type') ?? '', new Uint8Array(await answer.arrayBuffer()));
  if (part === undefined) return 'no part';
  const known = new Set(file.frame1);
  const same = known.has(md5(part.bytes)) || (file.samples > 1 && known.has(md5(byPlane(part.bytes, file.samples, file.bitsAllocated))));
  return same ? 'same' : 'other pixels';
}

/** `JPEG`, or the status. */
async function rendered(file: Sent, url: string): Promise<string> {
  const answer = await exact[file.layer]?.fetch(`${url}/frames/1/rendered`, { headers: { accept: 'image/jpeg' } });
  const bytes = Buffer.from((await answer?.arrayBuffer()) ?? new ArrayBuffer(0));
  return answer?.status === 200 && bytes.toString('hex', 0, 3) === 'ffd8ff' ? 'JPEG' : String(answer?.status);
}

async function rowsOf(client: ApiClient, path: string): Promise<readonly DicomJson[]> {
  const answer = await client.fetch(`${path}?limit=1000`, { headers: { accept: 'application/dicom+json' } });
  return answer.status === 204 ? [] : ((await answer.json()) as DicomJson[]);
}

function textOf(row: DicomJson | undefined, tag: string): string {
  return String(row?.[tag]?.Value?.[0] ?? '');
}

function urlOf(row: DicomJson): string {
  return `/dicom-web/studies/${textOf(row, '0020000D')}/series/${textOf(row, '0020000E')}/instances/${textOf(row, '00080018')}`;
}

function nameOf(row: DicomJson | undefined): string {
  const name = (row?.['00100010']?.Value?.[0] ?? {}) as PersonNameJson;
  return [name.Alphabetic, name.Ideographic, name.Phonetic]
    .map((group) => group ?? '')
    .join('=')
    .replace(/=+$/, '');
}

function count(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Resident memory of the gateway process, its threads included. */
function rssBytes(): number {
  const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** As `createCodec` chooses them in the program. */
function codecThreads(): number {
  return Math.min(WORKERS_MAX, Math.max(1, availableParallelism() - 1));
}
