/** A facility's month of fee evidence, made of a record whose entries were written at times of our choosing: edges of months, and what is not on record. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeeCode } from '../../../gateway/domain/fees/fee-rules.ts';
import type { FacilityCode } from '../../../gateway/domain/identifiers.ts';
import type { FacilityKind } from '../../../gateway/domain/people/facility-kind.ts';
import type { AuditEntry, AuditSubject } from '../../../gateway/domain/record/audit.ts';
import { makeFeePack, type PackLine } from '../../../gateway/usecases/fees/fee-pack.ts';
import { type OpenedIndex, openIndex } from '../../../storage/index/open.ts';
import { UNRECORDED } from '../../fixtures/servers/unrecorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'renkei-fees-'));
const BY = { who: { kind: 'system', through: 'command' }, remoteAddress: 'test' } as const;
const timeZone = 'Asia/Tokyo';
let index: OpenedIndex;
let clock = new Date('2026-01-01T00:00:00Z');

/** As the region's clocks say. */
const jst = (text: string) => new Date(`${text}+09:00`);

/** In the order of their times: the record's go forward. */
async function at(time: string, ...entries: AuditEntry[]): Promise<void> {
  clock = jst(time);
  await index.audit.append(entries);
}

interface Wish {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly patientID?: string;
  readonly marks?: readonly string[];
  readonly study?: string;
  readonly modalities?: readonly string[];
  readonly inReplyTo?: string;
}

const act = (action: AuditEntry['action'], facilityCode: string, what: AuditSubject, toFacilityCode?: string) =>
  ({
    action,
    outcome: 'success',
    who: { kind: 'person', userId: '7', job: 'physician', facilityCode },
    what,
    ...(toFacilityCode === undefined ? {} : { toFacilityCode }),
  }) as AuditEntry;

const subject = ({ id, from, to, patientID, inReplyTo }: Wish, by: string): AuditSubject => ({
  letterId: id,
  letterKind: inReplyTo === undefined ? 'referral' : 'reply',
  ownerFacilityCode: from,
  otherFacilityCode: by === from ? to : from,
  ...(patientID === undefined ? {} : { patientID }),
  ...(inReplyTo === undefined ? {} : { inReplyTo }),
});

/** As `sendLetter` puts it down. */
const sent = (wish: Wish): AuditEntry[] => [
  act(
    'letter-sent',
    wish.from,
    { ...subject(wish, wish.from), count: wish.study === undefined ? 0 : 1, ...(wish.marks && { changes: wish.marks }) },
    wish.to,
  ),
  ...(wish.study === undefined
    ? []
    : [
        act(
          'study-referred',
          wish.from,
          {
            ...{ ownerFacilityCode: wish.from, studyInstanceUID: wish.study, letterId: wish.id, until: '2027-10-01T00:00:00Z' },
            ...(wish.modalities && { modalities: wish.modalities }),
          },
          wish.to,
        ),
      ]),
];
const noted = (wish: Wish, ...changes: string[]) => act('letter-noted', wish.to, { ...subject(wish, wish.to), changes }, wish.to);
const looked = (by: string, { from, study }: Wish) =>
  act('study-viewed', by, { ownerFacilityCode: from, studyInstanceUID: study ?? '', seriesInstanceUID: '1', count: 1 });

const LAST_MINUTE: Wish = {
  id: '1',
  from: 'H',
  to: 'C',
  patientID: 'P1',
  marks: ['labResults', 'replyAsked'],
  study: '1.1',
  modalities: ['CT'],
};
const FIRST_INSTANT: Wish = { id: '2', from: 'H', to: 'C', patientID: 'P2', study: '1.2' };
const ANSWER: Wish = { id: '3', from: 'C', to: 'H', patientID: 'P1', inReplyTo: '1', study: '1.3' };
const UNNAMED: Wish = { id: '4', from: 'H', to: 'C' };
const RECALLED: Wish = { id: '5', from: 'H', to: 'C', patientID: 'P5', study: '1.5' };
const DECLINED: Wish = { id: '6', from: 'H', to: 'C', patientID: 'P6' };

beforeAll(async () => {
  index = await openIndex({ dataFolder: folder, now: () => clock });
  const kinds: Readonly<Record<string, FacilityKind>> = { H: 'hospital', C: 'clinic', D: 'clinic' };
  for (const [code, kind] of Object.entries(kinds)) {
    const names = { name: code, nameKana: '', nameRomaji: '', aeTitles: [] };
    await index.people.createFacility({ code: code as FacilityCode, ...names, kinds: [{ kind, since: new Date(0) }] }, UNRECORDED);
  }
  await at('2026-09-30T12:00:00', looked('C', LAST_MINUTE));
  await at('2026-10-31T23:59:59', ...sent(LAST_MINUTE));
  await at('2026-11-01T00:00:00', ...sent(FIRST_INSTANT));
  await at('2026-11-02T09:00:00', { ...looked('C', LAST_MINUTE), who: { kind: 'system', facilityCode: 'C' } } as AuditEntry);
  await at('2026-11-03T09:00:00', looked('C', LAST_MINUTE), looked('D', LAST_MINUTE));
  await at('2026-11-03T10:00:00', noted(LAST_MINUTE, 'first-visit', 'visited-on:2026-11-04', 'no-gist-written'));
  await at('2026-11-04T09:00:00', looked('C', LAST_MINUTE), noted(LAST_MINUTE, 'first-visit', 'visited-on:2026-11-04', 'gist-written'));
  await at(
    '2026-11-05T09:00:00',
    noted(LAST_MINUTE, 'first-visit', 'visited-on:2026-11-04', 'gist-written'),
    noted(FIRST_INSTANT, 'first-visit'),
  );
  await at('2026-11-06T09:00:00', ...sent(RECALLED), act('letter-recalled', 'H', subject(RECALLED, 'H'), 'C'));
  await at('2026-11-06T10:00:00', ...sent(DECLINED), act('letter-declined', 'C', subject(DECLINED, 'C'), 'C'), ...sent(UNNAMED));
  await at('2026-12-02T09:00:00', ...sent(ANSWER), act('letter-answered', 'C', subject(LAST_MINUTE, 'C'), 'C'));
  await at('2026-12-03T09:00:00', looked('H', ANSWER));
});
afterAll(async () => {
  await index?.close();
  rmSync(folder, { recursive: true, force: true });
});

const packOf = (facility: string, month: string, madeAt = '2027-02-01T00:00:00') =>
  makeFeePack({ ...index, clock: { now: () => jst(madeAt) }, timeZone }, BY, {
    facility: facility as FacilityCode,
    month,
    format: 'fee-pack',
  });

/** Fee, letter, day; then `+` what it counts, `?` what is open, `-` what is missing. */
const short = ({ code, letterId, on, points, counts, open, reasons }: PackLine) => {
  const missing = reasons.flatMap(({ need, met, unsaid }) => (met ? [] : [unsaid ? `?${need}` : need]));
  return `${code} ${letterId} ${on} ${counts ? `+${points}` : `${open ? '?' : '-'} ${missing.join(' ')}`}`;
};
const linesOf = async (facility: string, month: string, code?: FeeCode) =>
  (await packOf(facility, month)).lines.filter((line) => code === undefined || line.code === code).map(short);

describe('months are of the region', () => {
  test('a letter of 23:59:59 on the last is of the month', async () => {
    expect(await linesOf('H', '2026-10')).toEqual(['B009 1 2026-10-31 +250', 'B009-images 1 2026-10-31 +30']);
  });

  test('one of 00:00:00 on the first is of the next; what was recalled or declined the same day was none; whose it is must be known', async () => {
    expect(await linesOf('H', '2026-11')).toEqual([
      'B009 2 2026-11-01 +250',
      'B009 5 2026-11-06 - letter-stands',
      'B009 6 2026-11-06 - letter-stands',
      'B009 4 2026-11-06 ? ?once-a-month',
      'B009-images 2 2026-11-01 +30',
      'B009-images 5 2026-11-06 - letter-stands',
      'B009-images 6 2026-11-06 - letter-stands images-given scope-recorded',
      'B009-images 4 2026-11-06 - images-given scope-recorded ?once-a-month',
    ]);
  });

  test('what its receiver did is of the month in which they did it, also of a letter of the month before', async () => {
    expect(await linesOf('C', '2026-10')).toEqual([]);
    expect((await linesOf('C', '2026-11')).filter((line) => / 1 /.test(line))).toEqual([
      'B009-2 1 2026-11-03 ? ?not-own-order',
      'referred-patient 1 2026-11-04 ? ?referrer-of-kind',
      'E203 1 2026-11-04 +450',
    ]);
    expect(await linesOf('C', '2026-12', 'B011')).toEqual(['B011 1 2026-12-02 +150']);
  });

  test('what comes with an answer is of one’s own order', async () => {
    expect(await linesOf('H', '2026-12', 'B009-2')).toEqual(['B009-2 3 2026-12-03 - lab-results not-own-order gist-written']);
  });
});

test('what the record does not say is not guessed: the day of a visit, the kind of images', async () => {
  expect((await linesOf('C', '2026-11')).filter((line) => / 2 2026/.test(line))).toEqual([
    'B009-2 2 2026-11-01 - lab-results ?not-own-order viewed viewer-named gist-written',
    'referred-patient 2 2026-11-05 - visit-day ?referrer-of-kind',
    'E203 2 2026-11-05 - ?sectional-images visit-day viewed-that-day',
  ]);
});

test('each condition names the entries that show it, and the pack tells what those are', async () => {
  const { lines, records } = await packOf('C', '2026-11');
  const line = lines.find(({ code, letterId }) => code === 'B009-2' && letterId === '1');
  const told = Object.fromEntries(
    (line?.reasons ?? []).map(({ need, records: seqs }) => [
      need,
      seqs.map((seq) => records.find((one) => one.seq === seq)).map((one) => `${one?.action} ${one?.at.toISOString()}`),
    ]),
  );
  expect(told).toMatchObject({
    'letter-given': ['letter-sent 2026-10-31T14:59:59.000Z'],
    'images-given': ['study-referred 2026-10-31T14:59:59.000Z'],
    // By a person; what a machine fetched, another facility looked at, or anybody before it was given, shows nothing.
    viewed: ['study-viewed 2026-11-03T00:00:00.000Z'],
    'gist-written': ['letter-noted 2026-11-04T00:00:00.000Z'],
    'not-own-order': [],
  });
  for (const { seq, at: time, action } of records) {
    const [entry] = await index.audit.find({ beforeSeq: seq + 1, limit: 1 });
    expect(entry).toMatchObject({ seq, at: time, entry: { action } });
  }
});

test.each([
  ['H', '2026-10', '2026-11-01T00:00:00', 'over'],
  ['H', '2026-10', '2026-10-31T23:59:59', 'running'],
  ['H', '2026-10', '2026-09-30T23:59:59', 'not-begun'],
  ['H', '2026-08', '2027-02-01T00:00:00', 'before-record'],
  ['D', '2026-10', '2027-02-01T00:00:00', 'over'],
] as const)('%s %s, made at %s: %s', async (facility, month, madeAt, state) => {
  const pack = await packOf(facility, month, madeAt);
  expect(pack).toMatchObject({ facility, month, state, complete: true });
  if (facility === 'D' || state === 'before-record') expect(pack).toMatchObject({ lines: [], records: [], sent: 0, came: 0 });
  const [made] = await index.audit.find({ actions: ['record-exported'], limit: 1 });
  expect(made?.entry).toMatchObject({ what: { format: 'fee-pack', ownerFacilityCode: facility, month, count: pack.lines.length } });
});

test.each([
  ['no such facility', 'NONE', '2026-10', { kind: 'not-found' }],
  ['no month', 'H', '2026-13', { kind: 'invalid' }],
])('%s', async (_name, facility, month, error) => expect(packOf(facility, month)).rejects.toMatchObject(error));

test('totals add up what counts, and count what is open and what is not', async () => {
  const { totals, sent: out, came } = await packOf('C', '2026-11');
  expect([out, came]).toEqual([0, 4]);
  expect(totals.filter(({ counts, open, not }) => counts + open + not > 0)).toEqual([
    { code: 'B009-2', counts: 0, open: 1, not: 4, points: 0 },
    { code: 'referred-patient', counts: 0, open: 1, not: 1, points: 0 },
    { code: 'E203', counts: 1, open: 0, not: 1, points: 450 },
  ]);
});
