import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../domain/errors.ts';
import type { StudyId } from '../../domain/identifiers.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { type IndexedSeries, wholeStudy } from '../../domain/imaging/study.ts';
import { elementsOf, metadataRevision, readBulkDataPath, seriesMetadata } from './retrieve-metadata.ts';

const header = (uid: string, more: DicomJson = {}): DicomJson => ({
  '00080018': { vr: 'UI', Value: [uid] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'a "quoted" [{]}\\ name', Ideographic: '山田' }] },
  ...more,
  '7FE00010': { vr: 'OW', BulkDataURI: 'bulkdata/7FE00010' },
});
/** An item that has a SOP Instance UID of its own, and a text that looks like a bulk data URI. */
const nested = header('1.2', {
  '00081140': {
    vr: 'SQ',
    Value: [{ '00080018': { vr: 'UI', Value: ['9.9'] }, '00091001': { vr: 'OB', BulkDataURI: 'bulkdata/00081140/0/00091001' } }],
  },
  '00204000': { vr: 'LT', Value: ['"BulkDataURI":"bulkdata/x"'] },
});
const HEADERS = [header('1.1'), nested, header('1.3')];
const series = {
  id: '4',
  studyId: '5',
  series: { seriesInstanceUID: '1' },
  revision: 3,
  metadata: { key: 'k', etag: 'e' },
} as unknown as IndexedSeries;

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

describe('elementsOf', () => {
  it.each([1, 2, 7, 10_000])('gives each object of the array whole, in chunks of %i', async (size) => {
    const found: unknown[] = [];
    for await (const element of elementsOf(chunked(Buffer.from(JSON.stringify(HEADERS)), size)))
      found.push(JSON.parse(element.toString('utf8')));
    expect(found).toEqual(HEADERS);
  });

  it('gives nothing of an empty array', async () => {
    for await (const element of elementsOf(chunked(Buffer.from(' [ ] '), 2))) throw new Error(`unexpected ${element.toString()}`);
  });
});

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');

describe('seriesMetadata, PS3.18 F.2', () => {
  const rows = async function* () {
    for (const one of HEADERS) {
      yield [
        {
          sopInstanceUID: String(one['00080018']?.Value?.[0]),
          seriesInstanceUID: '1',
          sha256: sha256Of(String(one['00080018']?.Value?.[0])),
          metadataGzip: gzipSync(JSON.stringify(one)),
        },
      ] as never;
    }
  };
  const versionsOf = async () => new Map(['1.1', '1.2', '1.3'].map((uid) => [uid, sha256Of(uid)])) as never;
  const ports = (object: boolean) => ({
    studies: { metadataOf: rows, seriesOf: async () => [series], versionsOf },
    objects: {
      get: async () => {
        if (!object) throw new DomainError('not-found', 'no such object');
        return chunked(gzipSync(JSON.stringify(HEADERS)), 11);
      },
    },
  });
  const described = (some: readonly IndexedSeries[]) => ({ part: wholeStudy('1' as StudyId), series: some });
  const urlOf = (ofSeries: string, ofInstance: string) => `http://x/${ofSeries}/${ofInstance}`;

  it('is the same from the settled object and from rows, with each instance’s own URLs', async () => {
    const { signal } = new AbortController();
    const settled = JSON.parse(await text(seriesMetadata(ports(true), described([series]), urlOf, signal))) as DicomJson[];
    expect(JSON.parse(await text(seriesMetadata(ports(false), described([series]), urlOf, signal)))).toEqual(settled);
    expect(settled.map((one) => one['7FE00010']?.BulkDataURI)).toEqual(
      ['1.1', '1.2', '1.3'].map((uid) => `http://x/1/${uid}/bulkdata/version-${sha256Of(uid).slice(0, 16)}/7FE00010`),
    );
    const item = settled[1]?.['00081140']?.Value?.[0] as DicomJson;
    expect(item['00091001']?.BulkDataURI).toBe(`http://x/1/1.2/bulkdata/version-${sha256Of('1.2').slice(0, 16)}/00081140/0/00091001`);
    expect(settled[1]?.['00204000']).toEqual(nested['00204000']);
  });

  it('comes from rows when the series has moved past its object, of which nobody knows the versions then', async () => {
    const moved = { ...ports(true), studies: { ...ports(true).studies, versionsOf: async () => undefined } };
    const newer = [header('1.9')];
    const metadataOf = async function* () {
      yield newer.map((one) => ({
        sopInstanceUID: '1.9',
        seriesInstanceUID: '1',
        sha256: sha256Of('1.9'),
        metadataGzip: gzipSync(JSON.stringify(one)),
      })) as never;
    };
    const from = { ...moved, studies: { ...moved.studies, metadataOf } };
    const [only] = JSON.parse(await text(seriesMetadata(from, described([series]), urlOf, new AbortController().signal))) as DicomJson[];
    expect(readBulkDataPath(String(only?.['7FE00010']?.BulkDataURI).split('/bulkdata/')[1] ?? '')).toEqual({
      path: '7FE00010',
      version: sha256Of('1.9').slice(0, 16),
    });
  });

  it('goes on in few pieces, in which each instance comes once and in its order', async () => {
    const many = Array.from({ length: 500 }, (_, n) => header(`1.${n}`, { '00204000': { vr: 'LT', Value: ['x'.repeat(900)] } }));
    const metadataOf = async function* () {
      yield many.map((one) => ({
        sopInstanceUID: '1',
        seriesInstanceUID: '1',
        sha256: sha256Of('1'),
        metadataGzip: gzipSync(JSON.stringify(one)),
      })) as never;
    };
    const pieces: Uint8Array[] = [];
    const from = { ...ports(false), studies: { ...ports(false).studies, metadataOf } };
    for await (const piece of seriesMetadata(from, described([series]), urlOf, new AbortController().signal)) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    expect((JSON.parse(whole.toString('utf8')) as DicomJson[]).map((one) => one['00080018']?.Value?.[0])).toEqual(
      many.map((_, n) => `1.${n}`),
    );
    expect(pieces.length).toBeLessThanOrEqual(Math.ceil(whole.length / (64 * 1024)));
  });

  it('is an empty array of no series', async () => {
    expect(await text(seriesMetadata(ports(true), described([]), urlOf, new AbortController().signal))).toBe('[]');
  });

  it('has another revision after each arrival', () => {
    expect(metadataRevision([series])).not.toBe(metadataRevision([{ ...series, revision: 4 }]));
    // A correction moved three instances from one series, which is empty now, to a new one.
    const before = [{ ...series, revision: 5 }, { ...series, id: '901', revision: 3 } as unknown as IndexedSeries];
    const after = [{ ...series, revision: 5 }, { ...series, id: '902', revision: 3 } as unknown as IndexedSeries];
    expect(metadataRevision(before)).not.toBe(metadataRevision(after));
  });
});
