import { existsSync, readFileSync } from 'node:fs';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { ctSeries, usSeries } from '../fixtures/dicom/synthetic-series.ts';
import { splitPart10 } from '../fixtures/servers/dimse-peers.ts';

/** A Part 10 file that inputs are made from. */
export interface SeedFile {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  readonly transferSyntaxUID: string;
  readonly dataSet: Buffer;
  readonly file: Buffer;
}

const SEED_BYTES_MAX = 48 * 1024;
/** Of each transfer syntax and category. */
const SHARED_EACH_MAX = 2;

let files: readonly SeedFile[] | undefined;

/** Made ones, and real ones of every transfer syntax and kind that lie with the shared data; always in the same order. */
export function seedFiles(): readonly SeedFile[] {
  files ??= [...madeFiles(), ...realFiles()].flatMap((file) => {
    const parts = splitPart10(file);
    return parts === undefined ? [] : [{ ...parts, file }];
  });
  return files;
}

function madeFiles(): Buffer[] {
  const [ct] = ctSeries({ instances: 1, size: 64, seed: 3, characterSet: '\\ISO 2022 IR 87', patientName: 'Abe^Jun=阿部^潤=あべ^じゅん' });
  const [us] = usSeries({ frames: 3, rows: 32, columns: 32, seed: 4, colour: true });
  return [smallFile(), ...[ct, us].flatMap((one) => (one === undefined ? [] : [one.bytes]))];
}

function realFiles(): Buffer[] {
  if (!existsSync(`${SHARED_DATA.folder}manifest.json`)) return [];
  const taken = new Map<string, number>();
  return SHARED_DATA.manifest()
    .filter(({ bytes, transfer_syntax, category }) => {
      if (bytes > SEED_BYTES_MAX || transfer_syntax === null) return false;
      const kind = `${transfer_syntax} ${category}`;
      const count = (taken.get(kind) ?? 0) + 1;
      taken.set(kind, count);
      return count <= SHARED_EACH_MAX;
    })
    .map(({ file }) => readFileSync(`${SHARED_DATA.folder}${file}`));
}
