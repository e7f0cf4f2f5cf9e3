/** A real CT series as new instances: the shared head phantom with other UIDs of the same length, so that nothing else moves. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';

const FOLDER = join(SHARED_DATA.folder, 'series/ct-head-phantom-140');
const UID_TAGS = ['00020003', '00080018', '0020000d', '0020000e'] as const;
const NEW_DIGITS = 14;
/** Identifying elements lie in front of it. */
const HEADER_BYTES = 32 * 1024;

export interface RenewedSeries {
  readonly files: readonly string[];
  readonly bytes: number;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  readonly sopInstanceUIDs: readonly string[];
}

let originals: readonly Buffer[] | undefined;
let made = Date.now() % 1_000_000;

function sources(): readonly Buffer[] {
  originals ??= readdirSync(FOLDER)
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
    .map((name) => readFileSync(join(FOLDER, name)));
  return originals;
}

/** One study of one series with so many new instances, one buffer at a time. */
export function* renewedInstances(count: number): Generator<{ bytes: Buffer; uids: Readonly<Record<string, string>> }> {
  made += 1;
  const all = sources();
  for (let index = 0; index < count; index += 1) {
    const bytes = Buffer.from(all[index % all.length] as Buffer);
    const uids: Record<string, string> = {};
    for (const tag of UID_TAGS) {
      const at = elementAt(bytes, tag);
      const ofInstance = tag === '00020003' || tag === '00080018';
      const digits = `${made}${String(ofInstance ? index : 0).padStart(8, '0')}`.padStart(NEW_DIGITS, '1').slice(-NEW_DIGITS);
      const text = `${bytes
        .toString('latin1', at.offset, at.offset + at.length)
        .replace(/\0$/, '')
        .slice(0, -NEW_DIGITS)}${digits}`;
      bytes.write(text, at.offset, 'latin1');
      uids[tag] = text;
    }
    // Study and series are the first file's for all.
    yield { bytes, uids };
  }
}

/** Writes them, spread evenly over `folders` below `folder`: one folder an association. */
export function writeRenewedSeries(folder: string, count: number, folders = 1): RenewedSeries {
  const files: string[] = [];
  const sopInstanceUIDs: string[] = [];
  let total = 0;
  let study = '';
  let series = '';
  for (let part = 0; part < folders; part += 1) mkdirSync(join(folder, String(part)), { recursive: true });
  for (const { bytes, uids } of renewedInstances(count)) {
    const file = join(folder, String(files.length % folders), `${String(files.length).padStart(5, '0')}.dcm`);
    writeFileSync(file, bytes);
    files.push(file);
    total += bytes.length;
    sopInstanceUIDs.push(uids['00080018'] ?? '');
    study = uids['0020000d'] ?? '';
    series = uids['0020000e'] ?? '';
  }
  return { files, bytes: total, studyInstanceUID: study, seriesInstanceUID: series, sopInstanceUIDs };
}

/** Where an explicit UI element's value lies. */
function elementAt(bytes: Buffer, tag: string): { offset: number; length: number } {
  const pattern = Buffer.alloc(6);
  pattern.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  pattern.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  pattern.write('UI', 4, 'latin1');
  const at = bytes.subarray(0, HEADER_BYTES).indexOf(pattern);
  if (at < 0) throw new Error(`no ${tag} where it was expected`);
  return { offset: at + 8, length: bytes.readUInt16LE(at + 6) };
}
