/**
 * Writes dictionary-data.ts: node --import tsx gateway/dicom/dictionary/generate-dictionary.ts [dicom.dic]
 *
 * The elements are those of DCMTK's dicom.dic, which is made from PS3.6 and PS3.7 and says of which edition; it is looked for where Debian's
 * package libdcmtk puts it. What later editions added comes from the dictionary of dcmjs (a dependency of development), which says of no edition.
 * Private elements and those of DICONDE and DICOS that dcmjs alone has are left out.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DEBIAN = '/usr/share';
const TARGET = new URL('./dictionary-data.ts', import.meta.url);
/** DCMTK spells this one otherwise than PS3.6. */
const SPELT: Readonly<Record<string, string>> = { ThreatDetectionAlgorithmAndVersion: 'ThreatDetectionAlgorithmandVersion' };
const DCMJS = new URL('../../../node_modules/dcmjs/', import.meta.url);

/** Where the standard's tables lie on this machine; undefined: nowhere. */
export function findTables(): string | undefined {
  const folders = readdirSync(DEBIAN).filter((name) => /^(lib)?dcmtk/.test(name));
  return folders.map((name) => join(DEBIAN, name, 'dicom.dic')).find((path) => existsSync(path));
}

/** Such as 2022b. `text` is that of dicom.dic. @throws when it does not say */
export function editionOf(text: string): string {
  const [, edition] = /Generated automatically from DICOM PS 3\.6-(\d{4}[a-z]) and PS 3\.7-\1\./.exec(text) ?? [];
  if (edition === undefined) throw new Error('dicom.dic does not say of which edition of PS3.6 and PS3.7 it is');
  return edition;
}

interface Element {
  readonly vr: string;
  readonly keyword: string;
}

/** The text of dictionary-data.ts from that of dicom.dic. */
export async function dictionarySource(text: string): Promise<string> {
  const elements = new Map(text.split('\n').flatMap(elementOf));
  const ofEdition = elements.size;
  for (const [tag, element] of await laterElements()) if (!elements.has(tag)) elements.set(tag, element);
  const lines = [...elements].sort(([a], [b]) => (a < b ? -1 : 1)).map(([tag, { vr, keyword }]) => `${tag}${vr}${keyword}`);
  return `/**
 * PS3.6 and PS3.7 data elements, one a line: tag, VR, keyword; sorted by tag. Made by generate-dictionary.ts: do not edit.
 * ${ofEdition} of them are those of edition ${editionOf(text)} (by DCMTK's dicom.dic); ${elements.size - ofEdition} were added in later editions (by dcmjs ${dcmjsVersion()}).
 * VR in lower case depends on context: xs = US or SS, ox = OB or OW, lt = US or OW (PS3.6 section 6, PS3.5 annex A).
 * Repeating groups 50xx, 60xx and 7Fxx stand under their first group.
 */
export const DICTIONARY_LINES = \`${lines.join('\n')}\`;
`;
}

/** A line `(gggg,eeee) VR keyword VM version`. Delimiters, private and generic elements are none. */
function elementOf(line: string): [string, Element][] {
  const [tag = '', vr = '', keyword = '', _vm, version = ''] = line.split('\t');
  const [, group, element] = /^\(([0-9A-F]{4})(?:-[0-9A-F]{4})?,([0-9A-F]{4})(?:-[0-9A-F]{4})?\)$/i.exec(tag) ?? [];
  if (group === undefined || vr === 'na' || !version.startsWith('DICOM')) return [];
  return [[`${group}${element}`.toUpperCase(), { vr: settled(vr), keyword: withoutMark(keyword) }]];
}

type DcmjsElement = Readonly<Record<'tag' | 'vr' | 'name' | 'version', string>>;

async function laterElements(): Promise<[string, Element][]> {
  const { dictionary } = (await import(new URL('generate/dictionary.mjs', DCMJS).href)) as { dictionary: Record<string, DcmjsElement> };
  return Object.values(dictionary).flatMap(({ tag, vr, name, version }) => elementOf([tag, vr, name, '', version].join('\t')));
}

/** DCMTK sets Pixel Data (`px`) and the offsets of a DICOMDIR (`up`) apart; to us they are OB or OW, and unsigned long. */
function settled(vr: string): string {
  return vr === 'up' ? 'UL' : vr === 'px' ? 'ox' : vr;
}

/** Retired elements carry a mark; three have no keyword in the standard. */
function withoutMark(keyword: string): string {
  const word = keyword.replace(/^RETIRED_/, '').replace(/^undefined$/, '');
  return SPELT[word] ?? word;
}

function dcmjsVersion(): string {
  return (JSON.parse(readFileSync(new URL('package.json', DCMJS), 'utf8')) as { version: string }).version;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = process.argv[2] ?? findTables();
  if (path === undefined) throw new Error('no dicom.dic: install Debian’s dcmtk, or name one');
  writeFileSync(TARGET, await dictionarySource(readFileSync(path, 'utf8')));
}
