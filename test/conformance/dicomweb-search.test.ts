import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DicomJson } from '../../gateway/domain/imaging/dataset.ts';
import { element, part10 } from '../fixtures/dicom/dicom-bytes.ts';
import { SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/** PS3.18 8.3.4 and 10.6 beyond the plain key: ranges of moments, keys inside a sequence, and what a search says that it did not do. */

const EXPLICIT = '1.2.840.10008.1.2.1';

let door: RunningDoor;
beforeAll(async () => {
  door = await startDoor(['D1', 'R1', 'N1'], { searchMs: 1000 });
  for (const [facility, folder] of [
    ['D1', 'cases/29-qido-date-time'],
    ['R1', 'cases/30-qido-request-attributes'],
  ] as const) {
    const path = `${SHARED_DATA.folder}${folder}`;
    const files = readdirSync(path).filter((name) => name.endsWith('.dcm'));
    expect(
      (
        await door.store(
          facility,
          files.map((name) => readFileSync(`${path}/${name}`)),
        )
      ).status,
    ).toBe(200);
  }
}, 120_000);
afterAll(() => door?.close());

async function search(facility: string, query: string): Promise<{ rows: DicomJson[]; warning: string | null; status: number }> {
  const answer = await door.fetch(facility, `/dicom-web${query}`);
  const body = await answer.text();
  return {
    rows: answer.status === 200 ? (JSON.parse(body) as DicomJson[]) : [],
    warning: answer.headers.get('warning'),
    status: answer.status,
  };
}
const valueIn = (row: DicomJson, tag: string) => String(row[tag]?.Value?.[0] ?? '');

describe('PS3.4 C.2.2.2.5: date and time together', () => {
  // The studies of case 29: 0705 0800, 0705 1100, 0706 0700, 0706 2300, 0707 1200, 0707 1900, and 0706 without a time.
  test.each<[string, string[], RegExp | null]>([
    ['StudyDate=20260705-20260707&StudyTime=1000-1800', ['05 110000', '06 070000', '06 230000', '07 120000'], null],
    ['00080030=1000-1800&00080020=20260705-20260707', ['05 110000', '06 070000', '06 230000', '07 120000'], null],
    ['StudyDate=20260706-&StudyTime=1000-', ['06 230000', '07 120000', '07 190000'], null],
    ['StudyDate=-20260706&StudyTime=-0700', ['05 080000', '05 110000', '06 070000'], null],
    ['StudyDate=20260706-&StudyTime=1000-1200', ['06 230000', '07 120000', '07 190000'], /StudyTime: its end has no date/],
    ['StudyDate=20260705&StudyTime=1000-1800', ['05 110000'], null],
    ['StudyDate=20260705-20260707&StudyTime=07', ['06 070000'], null],
    ['StudyTime=1000-1800', ['05 110000', '07 120000'], null],
    ['StudyDate=20260706-20260706', ['06 ', '06 070000', '06 230000'], null],
  ])('%s', async (query, expected, warning) => {
    const found = await search('D1', `/studies?${query}`);
    expect(found.rows.map((row) => `${valueIn(row, '00080020').slice(6)} ${valueIn(row, '00080030')}`).sort()).toEqual(expected);
    if (warning === null) expect(found.warning).toBeNull();
    else expect(found.warning).toMatch(warning);
  });
});

describe('PS3.18 table 10.6.1-5: keys inside Request Attributes Sequence', () => {
  test.each<[string, string[], RegExp | null]>([
    ['RequestAttributesSequence.ScheduledProcedureStepID=SPS2', ['SPS2'], null],
    ['00400275.00400009=SPS2', ['SPS2'], null],
    ['ScheduledProcedureStepID=SPS2', ['SPS2'], null],
    ['RequestedProcedureID=RP1', ['SPS1', 'SPS2'], null],
    ['RequestAttributesSequence.RequestedProcedureID=RP1&RequestAttributesSequence.ScheduledProcedureStepID=SPS3', [], null],
    ['RequestAttributesSequence.ScheduledProcedureStepID=SPS*', ['SPS1', 'SPS2', 'SPS3'], null],
    ['RequestAttributesSequence.ScheduledProcedureStepID=', ['SPS1', 'SPS2', 'SPS3'], null],
    [
      'RequestAttributesSequence.AccessionNumber=1',
      ['SPS1', 'SPS2', 'SPS3'],
      /Not matched on at this level: RequestAttributesSequence.AccessionNumber\./,
    ],
    ['ProtocolName=x&Manufacturer=y', ['SPS1', 'SPS2', 'SPS3'], /Not matched on at this level: ProtocolName, Manufacturer\./],
  ])('%s', async (query, expected, warning) => {
    const found = await search('R1', `/series?includefield=00400275&${query}`);
    const ids = found.rows.map((row) => valueIn((row['00400275']?.Value?.[0] ?? {}) as DicomJson, '00400009'));
    expect(ids.sort()).toEqual(expected);
    if (warning === null) expect(found.warning).toBeNull();
    else expect(found.warning).toMatch(warning);
  });

  test('a key that is asked by is answered', async () => {
    const [row] = (await search('R1', '/series?ScheduledProcedureStepID=SPS2')).rows;
    expect(row?.['00400275']?.vr).toBe('SQ');
  });
});

describe('PS3.18 table 10.6.3-5: Instance Number', () => {
  // IS holds 32 bits and twelve characters; programs write a time of day or a counter of their own in it all the same.
  const NUMBERS = ['7', '2000000000', '-2000000000', '3000000000', '20260705123456', '1.5', 'A12', ''];
  beforeAll(async () => {
    const files = NUMBERS.map((number, at) =>
      part10(EXPLICIT, element('00080016', 'UI', '1.2.840.10008.5.1.4.1.1.7'), ...named(at), element('00200013', 'IS', number)),
    );
    // Taken with warnings, PS3.18 table 10.5.3-1.
    expect((await door.store('N1', files)).status).toBe(202);
  });
  const named = (at: number) => [
    element('00080018', 'UI', `1.2.3.4.${at}`),
    element('0020000D', 'UI', '1.2.3.1'),
    element('0020000E', 'UI', '1.2.3.2'),
  ];

  test('is what the file says, whether or not it is one', async () => {
    const { rows } = await search('N1', '/instances');
    const sorted = [...rows].sort((a, b) => (valueIn(a, '00080018') < valueIn(b, '00080018') ? -1 : 1));
    expect(sorted.map((row) => [row['00200013']?.vr, valueIn(row, '00200013')])).toEqual(NUMBERS.map((number) => ['IS', number]));
  });

  test.each(['7', '2000000000', '-2000000000'])('%s is found by it', async (number) => {
    const { rows } = await search('N1', `/instances?InstanceNumber=${number}`);
    expect(rows.map((row) => valueIn(row, '00200013'))).toEqual([number]);
  });
});

describe('searches that take too long', () => {
  /** Holds every search until it is let go: nothing can read the table meanwhile. */
  async function holding(work: () => Promise<void>): Promise<void> {
    await door.index.database.transaction(async (tx) => {
      await tx.rows({ text: 'LOCK TABLE study_access IN ACCESS EXCLUSIVE MODE' });
      await work();
    });
  }

  test('take no connection from anything else, and are answered 503 with Retry-After', async () => {
    await holding(async () => {
      const searches = Array.from({ length: 12 }, () => door.fetch('D1', '/dicom-web/studies?PatientName=T*'));
      for (let n = 0; n < 30; n++) await door.index.probe();
      expect(await door.index.people.facilityByCode('D1')).toBeDefined();
      for (const answer of await Promise.all(searches)) {
        expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true]);
        expect(await answer.text()).not.toMatch(/PatientName|T\*/);
      }
    });
    expect((await search('D1', '/studies?PatientName=T*')).rows).toHaveLength(7);
  });

  test('one that is left is not begun', async () => {
    await holding(async () => {
      const leaving = new AbortController();
      const left = Array.from({ length: 8 }, () =>
        door.fetch('D1', '/dicom-web/studies?PatientName=T*', { signal: leaving.signal }).catch(() => 'left'),
      );
      await expect.poll(() => door.searches.waiting).toBe(6);
      leaving.abort();
      expect(await Promise.all(left)).toEqual(Array(8).fill('left'));
      await expect.poll(() => door.searches.waiting).toBe(0);
    });
  });
});

describe('what a search may ask', () => {
  const words = (count: number) => Array.from({ length: count }, (_, n) => `w${n}`).join('+');
  test.each<[string, number, RegExp | null]>([
    [`fuzzymatching=true&PatientName=${words(8)}`, 200, null],
    [`fuzzymatching=true&PatientName=${words(9)}`, 200, /PatientName: matched on the first 8 words only/],
    [`fuzzymatching=true&PatientName=${words(2000)}`, 400, null],
    [`PatientID=${'*?'.repeat(100)}`, 200, null],
    [`PatientID=${'*a'.repeat(9)}`, 400, null],
    [`StudyInstanceUID=${Array.from({ length: 900 }, (_, n) => `1.2.${n}`).join()}`, 200, null],
    [`${Array.from({ length: 30 }, (_, n) => `0009${String(1000 + n)}=a`).join('&')}`, 200, /and 10 more\./],
    ['limit=', 400, null],
    ['limit=1&limit=1', 400, null],
    ['offset=99999999999', 400, null],
    ['fuzzymatching=perhaps', 400, null],
  ])('%.60s', async (query, status, warning) => {
    const found = await search('D1', `/studies?${query}`);
    expect(found.status).toBe(status);
    if (warning === null) expect(found.warning).toBeNull();
    else expect(found.warning).toMatch(warning);
  });

  test('the record holds no word of it', async () => {
    await search('D1', '/studies?PatientName=Geheimnis*&PatientID=Geheimnis');
    const records = await door.index.audit.find({ limit: 100 });
    expect(records.length).toBeGreaterThan(0);
    expect(JSON.stringify(records)).not.toMatch(/geheimnis/i);
  });
});
