import { expect, test } from 'vitest';
import { SeededRandom } from '../../../test/fixtures/seeded-random.ts';
import { pick } from '../../../test/fuzz/bytes.ts';
import { oddDataSet } from '../../../test/fuzz/data-set.ts';
import { seedFiles } from '../../../test/fuzz/seed-files.ts';
import type { SOPClassUID, SOPInstanceUID } from '../../domain/identifiers.ts';
import type { DicomJson, DicomJsonElement } from '../../domain/imaging/dataset.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN, knownTransferSyntax, transferSyntax } from '../dictionary/transfer-syntax.ts';
import { bufferAccess, type ParsedObject, readObject, writeFileMeta } from '../parse/part10.ts';
import { explicitLittleEndian } from './explicit-little-endian.ts';

/** Whatever the reader reads of an odd file, it reads the same of that file written as Explicit VR Little Endian. */

const SEEDS = 400;
const META = writeFileMeta({
  sopClassUID: '1.2' as SOPClassUID,
  sopInstanceUID: '1.3' as SOPInstanceUID,
  transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN,
});

async function read(file: Buffer): Promise<ParsedObject | undefined> {
  return readObject(bufferAccess(file)).catch(() => undefined);
}

async function written(file: Buffer, { transferSyntaxUID, dataSetOffset }: ParsedObject): Promise<Buffer> {
  const dataSet = file.subarray(dataSetOffset);
  const stored = { transferSyntax: transferSyntax(transferSyntaxUID), bytes: dataSet.length, behindMeta: true, sampleBytes: 1 };
  const source = (async function* () {
    for (let at = 0; at < dataSet.length; at += 997) yield dataSet.subarray(at, at + 997);
  })();
  const pieces: Uint8Array[] = [META];
  for await (const piece of explicitLittleEndian(source, stored)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** What is by reference is another way to say the same, compressed pixels are left out, and a value of odd length is padded. */
function compared(header: DicomJson, other: DicomJson): unknown {
  const tags = Object.keys(header).filter((tag) => tag !== '7FE00010' && tag.slice(0, 4) > '0002');
  return tags.map((tag) => [tag, said(header[tag] ?? { vr: '' }, other[tag] ?? { vr: '' })]);
}

function said(element: DicomJsonElement, other: DicomJsonElement): unknown {
  if (element.BulkDataURI !== undefined || other.BulkDataURI !== undefined) return 'by reference';
  if (element.vr !== 'SQ' || other.vr !== 'SQ') return evenBytes(element) ?? element.Value ?? [];
  const others = other.Value ?? [];
  return (element.Value ?? []).map((item, at) => compared(item as DicomJson, (others[at] ?? {}) as DicomJson));
}

function evenBytes({ InlineBinary }: DicomJsonElement): string | undefined {
  if (InlineBinary === undefined) return undefined;
  const bytes = Buffer.from(InlineBinary, 'base64');
  return Buffer.concat([bytes, Buffer.alloc(bytes.length & 1)]).toString('hex');
}

test(`of ${SEEDS} odd data sets`, async () => {
  let tried = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = new SeededRandom(seed);
    const { file, dataSet } = pick(random, seedFiles());
    const odd = Buffer.concat([file.subarray(0, file.length - dataSet.length), oddDataSet(random, dataSet)]);
    const parsed = await read(odd);
    const syntax = parsed && knownTransferSyntax(parsed.transferSyntaxUID);
    if (parsed === undefined || syntax === undefined || syntax.video || syntax.deflated) continue;
    const again = await read(await written(odd, parsed));
    expect([seed, compared(again?.header ?? {}, parsed.header)]).toEqual([seed, compared(parsed.header, again?.header ?? {})]);
    tried++;
  }
  expect(tried).toBeGreaterThan(SEEDS / 2);
});
