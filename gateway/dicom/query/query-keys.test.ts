import { describe, expect, it } from 'vitest';
import { tagOf } from '../dictionary/dictionary.ts';
import {
  parseQuery,
  QUERY_INCLUDES_MAX,
  QUERY_KEYS,
  QUERY_MATCHES_MAX,
  QUERY_NUMBER_MAX,
  QUERY_PARAMETERS_MAX,
  QUERY_TEXT_CHARS_MAX,
  QUERY_VALUES_MAX,
  QUERY_WILDCARDS_MAX,
  type QueryLevel,
  queryKey,
} from './query-keys.ts';

const parse = (query: string, level: QueryLevel = 'instance') => parseQuery(level, new URLSearchParams(query));
const match = (query: string) => parse(query).matches[0];

it('every key has a tag of the dictionary', () => {
  const odd = QUERY_KEYS.filter((key) => key.tag === undefined || tagOf(key.keyword) !== key.tag);
  expect(odd.map(({ keyword, tag }) => [keyword, tag])).toEqual([
    ['ScheduledProcedureStepID', '00400275'],
    ['RequestedProcedureID', '00400275'],
  ]);
});

describe('PS3.4 C.2.2.2: matching', () => {
  it.each<[string, unknown]>([
    ['PatientID=P1', { keyword: 'PatientID', kind: 'values', values: ['P1'] }],
    ['00100020=P1', { keyword: 'PatientID', kind: 'values', values: ['P1'] }],
    ['0020000d=1.2', { keyword: 'StudyInstanceUID', kind: 'values', values: ['1.2'] }],
    ['PatientID=P*', { keyword: 'PatientID', kind: 'wildcard', pattern: 'P*' }],
    ['PatientID=P?1', { keyword: 'PatientID', kind: 'wildcard', pattern: 'P?1' }],
    ['StudyDescription=Thorax, native', { keyword: 'StudyDescription', kind: 'values', values: ['Thorax, native'] }],
    ['StudyInstanceUID=1.2,1.3', { keyword: 'StudyInstanceUID', kind: 'values', values: ['1.2', '1.3'] }],
    ['StudyInstanceUID=1.2%5C1.3', { keyword: 'StudyInstanceUID', kind: 'values', values: ['1.2', '1.3'] }],
    ['StudyDate=20200131', { keyword: 'StudyDate', kind: 'values', values: ['20200131'] }],
    ['StudyDate=2020-01-31', { keyword: 'StudyDate', kind: 'values', values: ['20200131'] }],
    ['StudyDate=20200101-', { keyword: 'StudyDate', kind: 'range', from: '20200101' }],
    ['StudyDate=-20200131', { keyword: 'StudyDate', kind: 'range', to: '20200131' }],
    ['StudyDate=20200101-20200131', { keyword: 'StudyDate', kind: 'range', from: '20200101', to: '20200131' }],
    ['StudyDate=%22%22', { keyword: 'StudyDate', kind: 'values', values: [''] }],
    ['StudyTime=10', { keyword: 'StudyTime', kind: 'range', from: '100000.000000', to: '105959.999999' }],
    ['StudyTime=1030-1115', { keyword: 'StudyTime', kind: 'range', from: '103000.000000', to: '111559.999999' }],
    ['StudyTime=-101530.5', { keyword: 'StudyTime', kind: 'range', to: '101530.599999' }],
    ['PatientName=YAMADA^*', { keyword: 'PatientName', kind: 'name', pattern: 'yamada *', fuzzy: false }],
    ['PatientName=やまだ&fuzzymatching=true', { keyword: 'PatientName', kind: 'name', pattern: 'ヤマダ', fuzzy: true }],
    ['fuzzymatching=true&PatientName=やまだ', { keyword: 'PatientName', kind: 'name', pattern: 'ヤマダ', fuzzy: true }],
    ['PatientName==山田', { keyword: 'PatientName', kind: 'name', pattern: '山田', fuzzy: false }],
    ['PatientName=Yamada=山田', { keyword: 'PatientName', kind: 'name', pattern: 'yamada', fuzzy: false }],
    ['ModalitiesInStudy=CT,MR', { keyword: 'ModalitiesInStudy', kind: 'values', values: ['CT', 'MR'] }],
    ['ModalitiesInStudy=CT%5CMR', { keyword: 'ModalitiesInStudy', kind: 'values', values: ['CT', 'MR'] }],
    ['SeriesNumber=007', { keyword: 'SeriesNumber', kind: 'values', values: ['7'] }],
    ['RequestAttributesSequence.ScheduledProcedureStepID=S1', { keyword: 'ScheduledProcedureStepID', kind: 'values', values: ['S1'] }],
    ['00400275.00400009=S1', { keyword: 'ScheduledProcedureStepID', kind: 'values', values: ['S1'] }],
    ['RequestAttributesSequence.00401001=R*', { keyword: 'RequestedProcedureID', kind: 'wildcard', pattern: 'R*' }],
    ['ScheduledProcedureStepID=S1', { keyword: 'ScheduledProcedureStepID', kind: 'values', values: ['S1'] }],
    ['00401001=R1', { keyword: 'RequestedProcedureID', kind: 'values', values: ['R1'] }],
    ['PatientID=*?*?*?x**', { keyword: 'PatientID', kind: 'wildcard', pattern: '???*x*' }],
    ['PatientName=*?**?a', { keyword: 'PatientName', kind: 'name', pattern: '??*a', fuzzy: false }],
    ['InstanceNumber=-1', { keyword: 'InstanceNumber', kind: 'values', values: ['-1'] }],
  ])('%s', (query, expected) => {
    expect(match(query)).toEqual(expected);
  });

  it.each([
    'PatientID=',
    'PatientID=*',
    'PatientName=',
    'PatientName=*',
    'PatientName=^',
    'StudyDate=',
    'StudyDate=-',
    'StudyInstanceUID=,',
  ])('%s matches everything', (query) => {
    expect(parse(query).matches).toEqual([]);
  });

  // PS3.4 C.2.2.2.5
  const from = { date: '20260705', time: '100000.000000' };
  const to = { date: '20260707', time: '180059.999999' };
  const time = { keyword: 'StudyTime', kind: 'range', from: '100000.000000', to: '180059.999999' };
  it.each<[string, unknown[], string[]]>([
    ['StudyDate=20260705-20260707&StudyTime=1000-1800', [{ keyword: 'StudyDate', kind: 'moments', from, to }], []],
    ['StudyTime=1000-1800&StudyDate=2026.07.05-2026.07.07', [{ keyword: 'StudyDate', kind: 'moments', from, to }], []],
    ['00080020=20260705-20260707&00080030=1000-1800', [{ keyword: 'StudyDate', kind: 'moments', from, to }], []],
    ['StudyDate=20260705-&StudyTime=1000-', [{ keyword: 'StudyDate', kind: 'moments', from }], []],
    ['StudyDate=-20260707&StudyTime=-1800', [{ keyword: 'StudyDate', kind: 'moments', to }], []],
    ['StudyDate=20260705-20260707&StudyTime=1000-', [{ keyword: 'StudyDate', kind: 'moments', from, to: { date: '20260707' } }], []],
    ['StudyDate=20260705-20260707&StudyTime=-1800', [{ keyword: 'StudyDate', kind: 'moments', from: { date: '20260705' }, to }], []],
    [
      'StudyDate=20260705-&StudyTime=1000-1800',
      [{ keyword: 'StudyDate', kind: 'moments', from }],
      ['StudyTime: its end has no date to go with and was not matched on.'],
    ],
    [
      'StudyDate=-20260707&StudyTime=1000-1800',
      [{ keyword: 'StudyDate', kind: 'moments', to }],
      ['StudyTime: its start has no date to go with and was not matched on.'],
    ],
    ['StudyDate=20260705&StudyTime=1000-1800', [{ keyword: 'StudyDate', kind: 'values', values: ['20260705'] }, time], []],
    ['StudyTime=1000-1800', [time], []],
    ['StudyDate=-&StudyTime=1000-1800', [time], []],
    [
      'StudyDate=20260705-20260707&StudyTime=10',
      [
        { keyword: 'StudyDate', kind: 'range', from: '20260705', to: '20260707' },
        { keyword: 'StudyTime', kind: 'range', from: '100000.000000', to: '105959.999999' },
      ],
      [],
    ],
    [
      'PerformedProcedureStepStartDate=20260705-20260707&PerformedProcedureStepStartTime=1000-1800&Modality=CT',
      [
        { keyword: 'PerformedProcedureStepStartDate', kind: 'moments', from, to },
        { keyword: 'Modality', kind: 'values', values: ['CT'] },
      ],
      [],
    ],
  ])('date and time: %s', (query, matches, remarks) => {
    expect(parse(query)).toMatchObject({ matches, remarks });
  });

  it.each<[string, string[], string[]]>([
    ['PatientName=a+b+c+d+e+f+g+h', ['a b c d e f g h'], []],
    ['PatientName=a+b+c+d+e+f+g+h+i+j', ['a b c d e f g h'], ['PatientName: matched on the first 8 words only.']],
    [
      'PatientName=a+b+c+d+e+f&ReferringPhysicianName=k+l+m',
      ['a b c d e f', 'k l'],
      ['ReferringPhysicianName: matched on the first 2 words only.'],
    ],
    [
      'PatientName=a+b+c+d+e+f+g+h&ReferringPhysicianName=k',
      ['a b c d e f g h'],
      ['ReferringPhysicianName: matched on the first 0 words only.'],
    ],
  ])('words of a fuzzy search: %s', (query, patterns, remarks) => {
    const parsed = parse(`${query}&fuzzymatching=true`);
    expect(parsed.matches.map((one) => (one.kind === 'name' ? one.pattern : ''))).toEqual(patterns);
    expect(parsed.remarks).toEqual(remarks);
  });

  it('what is asked by is also answered', () => {
    expect(parse('PatientID=&StudyDate=20200101').includeFields).toEqual(['00100020', '00080020']);
  });
});

describe('wrong queries are refused with a reason', () => {
  it.each<[string, string, string]>([
    ['StudyDate=yesterday', 'invalid', 'StudyDate: not a date'],
    ['StudyDate=20200230', 'invalid', 'StudyDate: not a date'],
    ['StudyDate=20200101-20200102-20200103', 'invalid', 'StudyDate: not a range'],
    ['StudyDate=2020', 'invalid', 'StudyDate: not a date'],
    ['StudyTime=2500', 'invalid', 'StudyTime: not a time'],
    ['StudyInstanceUID=1.2/3', 'invalid', 'StudyInstanceUID: not a UID'],
    ['StudyInstanceUID=1.*', 'invalid', 'StudyInstanceUID: not a UID'],
    ['SeriesNumber=one', 'invalid', 'SeriesNumber: not a whole number'],
    ['limit=-1', 'invalid', 'limit: not a count'],
    ['limit=ten', 'invalid', 'limit: not a count'],
    ['limit=', 'invalid', 'limit: not a count'],
    ['limit=1.5', 'invalid', 'limit: not a count'],
    [`offset=${QUERY_NUMBER_MAX + 1}`, 'invalid', 'offset: not a count'],
    ['fuzzymatching=maybe', 'invalid', 'fuzzymatching: true or false'],
    ['PatientNme=x', 'invalid', 'PatientNme: no such parameter'],
    ['<script>=x', 'invalid', '?script?: no such parameter'],
    ['includefield=PatientNme', 'invalid', 'PatientNme: no such attribute'],
    ['PatientName=%22%22', 'unsupported', 'PatientName: empty value matching'],
    [`PatientID=${'x'.repeat(20_000)}`, 'invalid', 'PatientID: value too long'],
    [`PatientID=${'x'.repeat(QUERY_TEXT_CHARS_MAX + 1)}`, 'invalid', 'PatientID: value too long'],
    [`StudyDescription=a%5C${'x'.repeat(QUERY_TEXT_CHARS_MAX + 1)}`, 'invalid', 'StudyDescription: value too long'],
    [`fuzzymatching=true&PatientName=${'a+'.repeat(7000)}`, 'invalid', 'PatientName: value too long'],
    [`PatientID=${'*a'.repeat(QUERY_WILDCARDS_MAX + 1)}`, 'invalid', 'PatientID: too many wildcards'],
    [`PatientName=${'?a'.repeat(QUERY_WILDCARDS_MAX + 1)}`, 'invalid', 'PatientName: too many wildcards'],
    ['PatientID=A*%5CB', 'invalid', 'PatientID: wildcards in a list of values'],
    ['PatientID=1&'.repeat(QUERY_MATCHES_MAX + 1), 'invalid', 'too many keys to match on'],
    [
      `includefield=${Array.from({ length: QUERY_INCLUDES_MAX + 1 }, (_, n) => (0x00091000 + n).toString(16).padStart(8, '0')).join()}`,
      'invalid',
      'includefield: too many attributes',
    ],
    ['limit=1&limit=2', 'invalid', 'limit: given more than once'],
    ['offset=1&Offset=2', 'invalid', 'offset: given more than once'],
    ['fuzzymatching=true&fuzzymatching=false', 'invalid', 'fuzzymatching: given more than once'],
    ['RequestAttributesSequence.PatientNme=x', 'invalid', 'RequestAttributesSequence.PatientNme: no such parameter'],
    ['RequestAttributesSequence.ScheduledProcedureStepID=%22%22', 'unsupported', 'ScheduledProcedureStepID: empty value matching'],
    [`StudyInstanceUID=${'1,'.repeat(QUERY_VALUES_MAX + 1)}`, 'invalid', 'StudyInstanceUID: too many values'],
    ['PatientID=1&'.repeat(QUERY_PARAMETERS_MAX + 1), 'invalid', 'too many parameters'],
  ])('%.60s', (query, kind, message) => {
    expect(() => parse(query)).toThrow(expect.objectContaining({ kind, message }));
  });
});

describe('PS3.18 8.3.4.3: includefield, paging, levels', () => {
  it.each<[string, unknown]>([
    ['includefield=all', 'all'],
    ['includefield=PatientComments&includefield=ALL', 'all'],
    ['includefield=00104000,StudyDescription', ['00104000', '00081030']],
    ['includefield=00104000&includefield=00081030', ['00104000', '00081030']],
    ['includefield=00400275.00400007', ['00400275']],
    ['includefield=', []],
  ])('%s', (query, expected) => {
    expect(parse(query).includeFields).toEqual(expected);
  });

  it('limit and offset', () => {
    expect(parse('limit=10&offset=20')).toMatchObject({ limit: 10, offset: 20 });
    expect(parse('')).toEqual({ matches: [], includeFields: [], fuzzy: false, offset: 0, ignored: [], remarks: [] });
  });

  it.each<[QueryLevel, string, number, string[]]>([
    ['study', 'PatientID=1', 1, []],
    ['study', 'SeriesDescription=a', 0, ['SeriesDescription']],
    ['series', 'SeriesDescription=a&PatientID=1', 2, []],
    ['series', 'InstanceNumber=1', 0, ['InstanceNumber']],
    ['instance', 'InstanceNumber=1&Modality=CT&PatientID=1', 3, []],
    ['study', 'PatientComments=a', 0, ['PatientComments']],
    ['study', '00091001=a', 0, ['00091001']],
    ['series', 'RequestAttributesSequence.ScheduledProcedureStepID=a&00400275.00401001=b', 2, []],
    ['series', 'RequestAttributesSequence.AccessionNumber=a', 0, ['RequestAttributesSequence.AccessionNumber']],
    ['series', 'RequestAttributesSequence=a', 0, ['RequestAttributesSequence']],
    ['series', 'ReferencedStudySequence.StudyInstanceUID=1.2', 0, ['ReferencedStudySequence.StudyInstanceUID']],
    ['instance', 'PatientID.StudyDate=20260101', 0, ['PatientID.StudyDate']],
    ['study', 'Modality=&PatientComments=', 0, []],
    ['study', 'RequestAttributesSequence.ScheduledProcedureStepID=a', 0, ['RequestAttributesSequence.ScheduledProcedureStepID']],
  ])('%s level, %s', (level, query, matches, ignored) => {
    const parsed = parse(query, level);
    expect([parsed.matches.length, parsed.ignored]).toEqual([matches, ignored]);
  });

  it('keys are found by keyword and by tag', () => {
    expect(queryKey('PatientName')).toBe(queryKey('00100010'));
    expect(queryKey('0020000e')?.keyword).toBe('SeriesInstanceUID');
    expect(queryKey('PixelData')).toBeUndefined();
  });
});
