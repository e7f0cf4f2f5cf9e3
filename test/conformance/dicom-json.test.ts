import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instanceAttributes } from '../../gateway/dicom/parse/attributes.ts';
import { bufferAccess, locateValue, type ParsedObject, readObject } from '../../gateway/dicom/parse/part10.ts';
import type { DicomJson, DicomJsonElement, DicomJsonValue } from '../../gateway/domain/imaging/dataset.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';

/**
 * PS3.18 annex F: what we read of the files in the shared data, against DCMTK's dcm2json. Each allowed difference is a named rule
 * below with its reason; anything else is a failure.
 */

const run = promisify(execFile);
const STDOUT_BYTES_MAX = 1 << 30;

/** Files that dcm2json itself cannot turn into JSON, by what it says. */
const REFERENCE_CANNOT: readonly { readonly says: RegExp; readonly reason: string }[] = [
  { says: /Cannot (open|select) .*character/s, reason: 'this build of DCMTK has no converter for ISO 2022 IR 13, 87 and 159' },
  { says: /not supported for compressed pixel data/, reason: 'an icon inside a sequence is compressed' },
  { says: /premature end of stream|Invalid stream|Sequence Delimitation Item missing|is odd|larger/, reason: 'the file is cut or broken' },
  { says: /not valid JSON/, reason: 'it writes DS such as "127." as they are, which is no JSON number' },
];

/** Nested deeper than we read; DCMTK goes on. */
const TOO_DEEP: ReadonlySet<string> = new Set(['cases/50-forged-lengths/9-nested-5000.dcm']);

type Rule = {
  readonly name: string;
  readonly allows: (path: string, ours: DicomJsonElement, theirs: DicomJsonElement) => boolean;
};

/** Allowed differences of one element both have. */
const RULES: readonly Rule[] = [
  {
    name: 'private-dictionary: dcm2json knows VRs of some private elements in implicit VR, we say UN (PS3.5 6.2.2)',
    allows: (path, ours) => ours.vr === 'UN' && /[13579BDF][0-9A-F]{4}$/.test(path),
  },
  {
    name: 'nested-character-set: strings in items are UTF-8 too, dcm2json converts the outermost declaration only',
    allows: (path) => path.endsWith('00080005'),
  },
  {
    name: 'odd-length: dcm2json adds a byte that is not in the file',
    allows: (_path, ours, theirs) =>
      ours.InlineBinary !== undefined &&
      Buffer.from(ours.InlineBinary, 'base64').length % 2 === 1 &&
      Buffer.concat([Buffer.from(ours.InlineBinary, 'base64'), Buffer.alloc(1)]).toString('base64') === theirs.InlineBinary,
  },
  {
    name: 'not-a-number: what is no JSON number is named by us, written bare by dcm2json and read as null here',
    allows: (_path, ours, theirs) =>
      ours.vr === theirs.vr &&
      /^(F[DL]|DS)$/.test(ours.vr) &&
      ours.Value?.length === theirs.Value?.length &&
      ours.Value?.every(
        (value, n) =>
          sameValue(ours.vr, value, theirs.Value?.[n]) || (/^(NaN|-?Infinity)$/.test(String(value)) && theirs.Value?.[n] === null),
      ) === true,
  },
  {
    name: 'yen-sign: in JIS X 0201 it parts the values of this VR (PS3.5 6.1.2.3); dcm2json makes one of them',
    allows: (_path, ours, theirs) => theirs.Value?.length === 1 && String(theirs.Value[0]).split('\u00a5').join() === ours.Value?.join(),
  },
  {
    name: 'value: NUL padding kept by dcm2json, floats printed to 9 or 16 digits',
    allows: (_path, ours, theirs) => {
      const a = ours.Value ?? [];
      const b = theirs.Value ?? [];
      return ours.vr === theirs.vr && a.length === b.length && a.every((value, index) => sameValue(ours.vr, value, b[index]));
    },
  },
];

function sameValue(vr: string, ours: DicomJsonValue | undefined, theirs: DicomJsonValue | undefined): boolean {
  if (typeof theirs === 'string') {
    const bare = theirs.replace(/[\0 ]+$/, '');
    if (bare === ours) return true;
    return (vr === 'DS' || vr === 'IS') && typeof ours === 'number' && Number(bare) === ours;
  }
  // A DS that no double holds is text of ours.
  if (vr === 'DS' && typeof ours === 'string' && typeof theirs === 'number') return Number(ours) === theirs;
  if (typeof ours === 'number' && typeof theirs === 'number') {
    if (vr === 'FL' || vr === 'OF') return Math.fround(ours) === Math.fround(theirs);
    return Math.abs(ours - theirs) <= Math.abs(ours) * 1e-15;
  }
  return JSON.stringify(ours) === JSON.stringify(theirs);
}

/** Elements by their path, sequences as the number of their items. */
function flat(dataset: DicomJson, path = '', into = new Map<string, DicomJsonElement>()): Map<string, DicomJsonElement> {
  for (const [tag, element] of Object.entries(dataset)) {
    if (element.vr !== 'SQ') into.set(path + tag, element);
    else {
      into.set(path + tag, { vr: 'SQ', Value: [element.Value?.length ?? 0] });
      element.Value?.forEach((item, index) => {
        flat(item as DicomJson, `${path}${tag}/${index}/`, into);
      });
    }
  }
  return into;
}

async function differences(file: Buffer, parsed: ParsedObject, reference: DicomJson): Promise<string[]> {
  const ours = flat(parsed.header);
  const theirs = flat(reference);
  const found: string[] = [];
  for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
    const a = ours.get(path);
    const b = theirs.get(path);
    if (a === undefined) found.push(`${path}: missing`);
    else if (b === undefined) {
      if (path !== '7FE00010' || parsed.frames.kind !== 'encapsulated') found.push(`${path}: not in the reference`);
    } else if (a.BulkDataURI !== undefined) {
      if (!(await sameBulk(file, a.BulkDataURI, b))) found.push(`${path}: other bulk data`);
    } else if (JSON.stringify(a) !== JSON.stringify(b) && !RULES.some((rule) => rule.allows(path, a, b)))
      found.push(`${path}: ${a.vr} ${b.vr}`);
  }
  return found;
}

/** The bytes a BulkDataURI leads to are the reference's. Of deflated and big-endian objects only the length is compared. */
async function sameBulk(file: Buffer, uri: string, theirs: DicomJsonElement): Promise<boolean> {
  const place = await locateValue(bufferAccess(file), uri);
  if (place === undefined || theirs.InlineBinary === undefined) return false;
  const reference = Buffer.from(theirs.InlineBinary, 'base64');
  const even = place.length + (place.length % 2);
  if (place.deflated || place.bigEndian) return reference.length === even;
  return reference.length === even && file.subarray(place.offset, place.offset + place.length).equals(reference.subarray(0, place.length));
}

function allFiles(): string[] {
  return (readdirSync(SHARED_DATA.folder, { recursive: true }) as string[])
    .filter((name) => !/\.(json|md)$/.test(name) && statSync(join(SHARED_DATA.folder, name)).isFile())
    .sort();
}

/** The images of one series are written alike, so a few of each folder stand for it: every file costs a process. */
const A_SERIES_MAX = 4;

function comparedFiles(): string[] {
  const seen = new Map<string, number>();
  return allFiles().filter((name) => {
    if (!name.startsWith('series/')) return true;
    const folder = dirname(name);
    const count = seen.get(folder) ?? 0;
    seen.set(folder, count + 1);
    return count < A_SERIES_MAX;
  });
}

const load = (name: string) => readFileSync(join(SHARED_DATA.folder, name));

describe('PS3.18 F.2 against dcm2json', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'renkei-dicom-json-'));
  });
  afterAll(() => {
    rmSync(scratch, { recursive: true, force: true });
  });

  /** dcm2json refuses compressed Pixel Data, so a copy without that element is given to it. */
  async function referenceOf(name: string, file: Buffer, parsed: ParsedObject): Promise<DicomJson | string> {
    let path = join(SHARED_DATA.folder, name);
    if (parsed.frames.kind === 'encapsulated') {
      const place = await locateValue(bufferAccess(file), '7FE00010');
      if (place === undefined) return 'no place of Pixel Data';
      path = join(scratch, name.replaceAll('/', '_'));
      writeFileSync(path, Buffer.concat([file.subarray(0, place.offset - 12), file.subarray(place.offset + place.length + 8)]));
    }
    try {
      const { stdout } = await run('dcm2json', ['-fc', '-ee', path], { maxBuffer: STDOUT_BYTES_MAX });
      // With -ee it writes nan and inf bare.
      return JSON.parse(stdout.replace(/([[,])(-?)(nan|inf)(?=[\],])/g, '$1null')) as DicomJson;
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return 'not valid JSON';
      return (thrown as { stderr?: string }).stderr ?? String(thrown);
    }
  }

  it('every element, difference by difference', async () => {
    const wrong: string[] = [];
    let compared = 0;
    let beyond = 0;
    for (const name of comparedFiles()) {
      const file = load(name);
      const parsed = await readObject(bufferAccess(file)).catch(() => undefined);
      if (parsed === undefined) {
        // Unreadable for us must be unreadable for DCMTK.
        if (TOO_DEEP.has(name)) continue;
        const { stdout } = await run('dcm2json', ['-q', '-fc', join(SHARED_DATA.folder, name)]).catch(() => ({ stdout: '' }));
        if (stdout !== '') wrong.push(`${name}: refused`);
        continue;
      }
      const reference = await referenceOf(name, file, parsed);
      if (typeof reference === 'string') {
        beyond += 1;
        if (!REFERENCE_CANNOT.some((one) => one.says.test(reference))) wrong.push(`${name}: ${reference}`);
        continue;
      }
      compared += 1;
      // The reference leaves the inner declaration of this one undecoded; its names are checked below.
      if (name === 'charsets/pydicom__chrSQEncoding.dcm') continue;
      for (const difference of await differences(file, parsed, reference)) wrong.push(`${name} ${difference}`);
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(250);
    expect(beyond).toBeLessThan(compared / 10);
  }, 300_000);
});

describe('PS3.3 C.12.1.1.2: names in every character set', () => {
  interface Named {
    readonly file: string;
    readonly name: string | null;
    readonly nested: readonly string[];
  }
  const more = JSON.parse(readFileSync(join(SHARED_DATA.folder, 'charsets-more/manifest.json'), 'utf8')) as {
    file: string;
    patientName: string;
  }[];
  const main = SHARED_DATA.manifest() as unknown as {
    file: string;
    category: string;
    patient_name?: string | null;
    nested_person_names?: string[];
  }[];
  const named: Named[] = [
    ...main
      .filter((one) => one.category === 'charsets')
      .map((one) => ({ file: one.file, name: one.patient_name ?? null, nested: one.nested_person_names ?? [] })),
    ...more.map((one) => ({ file: one.file, name: one.patientName, nested: [] })),
  ];

  it.each(named)('$file', async ({ file, name, nested }) => {
    const { header, warnings } = await readObject(bufferAccess(load(file)));
    if (name !== null) expect(spelled(header['00100010'])).toBe(name);
    const inItems = [...flat(header).entries()]
      .filter(([path, element]) => path.includes('/') && element.vr === 'PN')
      .map(([, element]) => spelled(element));
    for (const one of nested) expect(inItems).toContain(one);
    expect(warnings.filter((code) => code.startsWith('charset'))).toEqual([]);
  });

  function spelled(element: DicomJsonElement | undefined): string {
    const value = (element?.Value?.[0] ?? {}) as { Alphabetic?: string; Ideographic?: string; Phonetic?: string };
    return [value.Alphabetic ?? '', value.Ideographic ?? '', value.Phonetic ?? ''].join('=').replace(/=+$/, '');
  }
});

describe('what is stored, what is set aside', () => {
  /** Each file under broken/: the codes of its warnings, or the reason it cannot be stored. */
  it('each broken file has its outcome', async () => {
    const outcomes: Record<string, string> = {};
    for (const name of allFiles().filter((one) => one.startsWith('broken/'))) {
      try {
        const parsed = await readObject(bufferAccess(load(name)));
        instanceAttributes(parsed);
        outcomes[name.slice('broken/'.length)] = `stored ${parsed.warnings.join(' ')}`.trim();
      } catch (thrown) {
        outcomes[name.slice('broken/'.length)] = `quarantine ${(thrown as Error).message}`;
      }
    }
    expect(outcomes).toMatchSnapshot();
  });

  /** No SOP Instance UID anywhere in them. */
  const WITHOUT_INSTANCE = new Set(['objects/dwv__sr-arrow.dcm', 'objects/dwv__sr-roi.dcm']);

  it('every other file with the UIDs of an instance is stored, with the study and the rows of the manifest', async () => {
    const wrong: string[] = [];
    for (const one of SHARED_DATA.manifest() as unknown as {
      file: string;
      category: string;
      study_uid: string | null;
      rows: string | null;
    }[]) {
      if (one.category === 'broken' || one.study_uid === null || /DICOMDIR|dcmdir/i.test(one.file) || WITHOUT_INSTANCE.has(one.file))
        continue;
      try {
        const { study, instance } = instanceAttributes(await readObject(bufferAccess(load(one.file))));
        if (study.studyInstanceUID !== one.study_uid) wrong.push(`${one.file}: study`);
        if (one.rows !== null && instance.rows !== Number(one.rows)) wrong.push(`${one.file}: rows`);
      } catch (thrown) {
        wrong.push(`${one.file}: ${(thrown as Error).message}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
