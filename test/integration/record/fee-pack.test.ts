/**
 * A month of fee evidence of the demo's region, against a count by hand of the letters in `test/fixtures/demo/letters.ts`; who gets it, and the table that is
 * made of it. The region is the demo's, with one image a study.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeePack } from '../../../gateway/api/contract/fees.ts';
import { dayOf } from '../../../gateway/domain/region-days.ts';
import { type Gateway, startGateway } from '../../../gateway/main.ts';
import { createStudyAccess } from '../../../gateway/usecases/access/see-study.ts';
import { type ApiClient, signIn } from '../../fixtures/api-client.ts';
import { asUser, joinPatients, loadPeople } from '../../fixtures/demo/demo.ts';
import { writeLetters } from '../../fixtures/demo/letters.ts';
import { REGION_PASSWORD, regionStudies } from '../../fixtures/demo/region.ts';
import { folderWithDatabase } from '../../fixtures/servers/made-database.ts';
import { testConfig } from '../../fixtures/test-config.ts';

const BOUND = ['A-118', 'A-204', '20005310', '20004417', '00371', 'M0010234', 'M0012391'];
const today = new Date();
const month = dayOf(today, 'Asia/Tokyo').slice(0, 7);
let gateway: Gateway;
const people: Record<'office' | 'minato' | 'misaki' | 'aoba' | 'sakura', ApiClient | undefined> = {
  ...{ office: undefined, minato: undefined, misaki: undefined, aoba: undefined, sakura: undefined },
};
const PEOPLE = {
  office: 'kanri@jimukyoku.example',
  minato: 'ota@minato.example',
  misaki: 'hara@misaki.example',
  aoba: 'aoki@aoba.example',
  sakura: 'sakurai@sakura.example',
} as const;

beforeAll(async () => {
  gateway = await startGateway(testConfig(await folderWithDatabase('fee-pack')));
  const { stores } = gateway;
  const { index, receiver } = stores;
  const facilities = await loadPeople(stores);
  for (const study of regionStudies(today).filter(({ patient }) => BOUND.includes(patient.patientID))) {
    const facility = facilities.get(study.facilityCode);
    const [first] = study.instances();
    if (facility === undefined || first === undefined) throw new Error('nothing to receive');
    await receiver.receive({ facility, source: { door: 'import' } }, once(first.bytes));
  }
  await joinPatients(stores);
  const access = createStudyAccess({ studies: index.studies, audit: index.audit, clock: { now: () => new Date() } });
  await writeLetters(stores, access, (email, act) => asUser(stores, email, act), today);
  const url = `http://127.0.0.1:${gateway.http}`;
  for (const [who, email] of Object.entries(PEOPLE))
    people[who as keyof typeof PEOPLE] = await signIn(url, { email, password: REGION_PASSWORD });
});
afterAll(() => gateway?.close());

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function by(who: keyof typeof PEOPLE): ApiClient {
  const client = people[who];
  if (client === undefined) throw new Error(who);
  return client;
}

function exportOf(who: keyof typeof PEOPLE, body: object): Promise<Response> {
  return by(who).fetch('/api/fee-pack/exports', {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  });
}

/** Fee, patient, the other facility; then the points that count, or what is missing, with ? before what nothing on record could say. */
const short = ({ code, patientID, other, points, verdict, reasons }: FeePack['lines'][number]) => {
  const lacks = reasons.flatMap(({ need, state }) => (state === 'met' ? [] : [state === 'unsaid' ? `?${need}` : need]));
  return `${code} ${patientID} ${other.code} ${verdict === 'counts' ? points : lacks.join(' ')}`;
};

const NOT_READ = 'lab-results ?not-own-order viewed viewer-named gist-written';
const NO_IMAGES = 'images-given lab-results ?not-own-order viewed viewer-named gist-written';
/** By hand, from the letters as they are written there. */
const BY_HAND = {
  // Sends two to Minato, one of them answered; a patient comes back from there.
  aoba: [
    'B009 A-118 MINATO 250',
    'B009 A-204 MINATO 250',
    'B009-images A-118 MINATO 30',
    'B009-images A-204 MINATO 30',
    `B009-2 A-118 MINATO ${NO_IMAGES}`,
    'B009-2 M0010234 MINATO ?not-own-order',
    'referred-patient M0010234 MINATO ?referrer-of-kind',
    'E203 M0010234 MINATO 450',
  ],
  // Sends back at discharge; answers Aoba, and Misaki of a patient of whom it wrote a letter of its own that month.
  minato: [
    'B009 M0010234 AOBA 250',
    'B009-images M0010234 AOBA 200',
    'B009-2 A-118 AOBA lab-results ?not-own-order gist-written',
    `B009-2 20005310 MISAKI ${NOT_READ}`,
    'B009-2 20004417 MISAKI ?not-own-order',
    `B009-2 A-204 AOBA ${NOT_READ}`,
    'B011 A-118 AOBA 150',
    'B011 20004417 MISAKI no-letter-fee-this-month',
    'referred-patient 20004417 MISAKI ?receiver-small ?referrer-of-kind',
    'E203 A-118 AOBA sectional-images first-visit visit-day viewed-that-day',
    'E203 20004417 MISAKI 450',
  ],
  // Its own question, answered with a CT; Sakura's letter it declined.
  misaki: [
    'B009 20005310 MINATO 250',
    'B009 20004417 MINATO 250',
    'B009-images 20005310 MINATO 30',
    'B009-images 20004417 MINATO 30',
    'B009-2 00371 SAKURA letter-stands lab-results ?not-own-order viewed viewer-named gist-written',
    'B009-2 20004417 MINATO lab-results not-own-order gist-written',
    'E203 20004417 MINATO first-visit visit-day viewed-that-day',
  ],
  sakura: ['B009 00371 MISAKI letter-stands', 'B009-images 00371 MISAKI letter-stands'],
} as const;

describe('the pack is the hand count', () => {
  test.each(Object.entries(BY_HAND))('%s', async (who, expected) => {
    const { status, body } = await by(who as keyof typeof BY_HAND).call<FeePack>('GET', `/api/fee-pack?month=${month}`);
    expect(status).toBe(200);
    expect(body.lines.map(short)).toEqual(expected);
    expect(body).toMatchObject({ facility: { code: who.toUpperCase() }, month, state: 'running', complete: true });
  });

  test('points by hand: Minato 250 + 200 + 150 + 450', async () => {
    const { body } = await by('minato').call<FeePack>('GET', `/api/fee-pack?month=${month}`);
    expect(body.totals.map(({ code, counts, open, not, points }) => [code, counts, open, not, points])).toEqual([
      ['B009', 1, 0, 0, 250],
      ['B009-images', 1, 0, 0, 200],
      ['B009-2', 0, 1, 3, 0],
      ['B011', 1, 0, 1, 150],
      ['referred-patient', 0, 1, 0, 0],
      ['E203', 1, 0, 1, 450],
    ]);
    expect([body.sent, body.came]).toEqual([3, 4]);
    expect(body.rules.every(({ confirmed, source }) => confirmed === null && source.includes('未確認'))).toBe(true);
  });

  test('every number that a line names is an entry of the record, told with its act', async () => {
    const { body } = await by('minato').call<FeePack>('GET', `/api/fee-pack?month=${month}`);
    const named = new Set(body.lines.flatMap(({ reasons }) => reasons.flatMap(({ records }) => records)));
    expect(new Set(body.records.map(({ seq }) => seq))).toEqual(named);
    for (const { seq, at, action } of body.records) {
      const [found] = await gateway.stores.index.audit.find({ beforeSeq: seq + 1, limit: 1 });
      expect(found).toMatchObject({ seq, at: new Date(at), entry: { action } });
    }
  });
});

describe('who gets it', () => {
  test.each<[string, keyof typeof PEOPLE, string, number, string | undefined]>([
    ['one’s own', 'aoba', '&facility=AOBA', 200, undefined],
    ['another facility’s', 'aoba', '&facility=MINATO', 403, 'own-facility-only'],
    ['one that is not there, by who may not ask', 'aoba', '&facility=NONE', 403, 'own-facility-only'],
    ['any, by the region’s administrator', 'office', '&facility=MINATO', 200, undefined],
    ['one that is not there', 'office', '&facility=NONE', 404, undefined],
    ['of which, is not said', 'office', '', 400, 'malformed'],
  ])('%s', async (_name, who, more, status, reason) => {
    const answer = await by(who).call<{ reason?: string }>('GET', `/api/fee-pack?month=${month}${more}`);
    expect([answer.status, answer.body.reason]).toEqual([status, reason]);
    const exported = await exportOf(who, { month, ...(more === '' ? {} : { facility: more.split('=')[1] }) });
    expect(exported.status).toBe(status);
  });

  test('it is on record, with facility and month; so is who asked for another’s', async () => {
    const { audit } = gateway.stores.index;
    await by('aoba').call('GET', `/api/fee-pack?month=${month}`);
    const [made] = await audit.find({ actions: ['record-exported'], limit: 1 });
    expect(made?.entry).toMatchObject({
      what: { format: 'fee-pack', ownerFacilityCode: 'AOBA', month, count: BY_HAND.aoba.length },
      right: { kind: 'member' },
      who: { facilityCode: 'AOBA' },
    });
    const refused = await audit.find({ actions: ['access-refused'], limit: 10 });
    expect(refused.some(({ entry }) => entry.refusal === 'own-facility-only' && entry.what?.asked === 'fees.read')).toBe(true);
  });

  test.each(['2026-13', '2026-1', '0000-01', '2026-10-01', '', '２０２６-１０', '%00'])('no month: %s', async (wrong) => {
    expect((await by('aoba').call('GET', `/api/fee-pack?month=${wrong}`)).status).toBe(400);
    expect((await exportOf('aoba', { month: wrong })).status).toBe(400);
  });
});

test('a month to come has nothing and says so; so has one of before any record', async () => {
  for (const [asked, state] of [
    ['2999-12', 'not-begun'],
    ['1999-12', 'before-record'],
  ]) {
    const { body } = await by('aoba').call<FeePack>('GET', `/api/fee-pack?month=${asked}`);
    expect(body).toMatchObject({ state, lines: [], records: [], sent: 0, came: 0 });
  }
});

test('as a table: UTF-8 with its mark, words that were sent along, and no formula', async () => {
  const words = { columns: { fee: '=項目' }, fee: { B009: '診療情報提供料(I)' }, confirmed: { unconfirmed: '未確認' } };
  const answer = await exportOf('sakura', { month, words });
  expect(answer.headers.get('content-disposition')).toContain(`fees-SAKURA-${month}.csv`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const [head = '', first = '', ...rest] = bytes.subarray(3).toString('utf8').split('\r\n');
  expect(head).toContain(`"'=項目"`);
  const cells = first.split(',');
  const cell = (name: string) => cells[head.split(',').indexOf(name)];
  expect(cell('feeWord')).toBe('診療情報提供料(I)');
  expect([cell('verdict'), cell('unmet'), cell('patientID'), cell('confirmedWord')]).toEqual(['not', 'letter-stands', '00371', '未確認']);
  expect(cell('records')).toMatch(/^\d+( \d+)*$/);
  expect(rest).toHaveLength(2);
});
