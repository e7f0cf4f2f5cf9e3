/** Every act of the record as a DICOM audit message and as a FHIR AuditEvent, against the grammar of PS3.15 A.5.1 and the resource's definition. */
import { describe, expect, it, test } from 'vitest';
import { type AuditAction, type AuditSubject, type ChainedEntry, type RecordedAct, SUBJECT_OF } from '../../domain/record/audit.ts';
import { PURPOSES } from '../../domain/record/purpose.ts';
import { RIGHT_KINDS } from '../../domain/sharing/access.ts';
import { EVENT_CODES } from './audit-events.ts';
import { CSV_COLUMNS, csvHead, csvLine } from './csv.ts';
import { dicomAuditMessage } from './dicom-audit-message.ts';
import { fhirAuditEvent } from './fhir-audit-event.ts';

const ACTS = Object.keys(SUBJECT_OF) as AuditAction[];
const HOSTILE = `"<&>'\u0000\ud800 =1+1\r\n😀`;

const LISTS: readonly string[] = ['changes', 'heldBack', 'reasons'];
const NUMBERS: readonly string[] = ['ordinal', 'count', 'of', 'days', 'fromOrdinal', 'seconds', 'stepMs'];
const TRUE: readonly string[] = ['oneByOne', 'viewOnly', 'newDevice'];

/** Everything that the act may say, said. */
function fullSubject(action: AuditAction): AuditSubject {
  const sampleOf = (name: string) => {
    if (LISTS.includes(name)) return ['1.2', '1.3'];
    if (NUMBERS.includes(name)) return -7;
    return TRUE.includes(name) ? true : `${name} ${HOSTILE}`;
  };
  return Object.fromEntries(SUBJECT_OF[action].map((name) => [name, sampleOf(name)]));
}

const chainedOf = (entry: RecordedAct, seq = 12): ChainedEntry => ({
  seq,
  at: new Date('2026-11-27T01:02:03.456Z'),
  entry,
  previousHash: '0'.repeat(64),
  hash: 'a'.repeat(64),
});

const person = { kind: 'person', userId: '7', job: 'physician', facilityCode: 'C1', through: 'session' } as const;
const CASES: readonly (readonly [string, RecordedAct])[] = ACTS.flatMap((action, n) => [
  [
    `${action} by a person`,
    {
      action,
      outcome: 'success',
      who: person,
      remoteAddress: '2001:db8::7',
      what: fullSubject(action),
      right: { kind: RIGHT_KINDS[n % RIGHT_KINDS.length] ?? 'owner', grant: '9' },
      purpose: PURPOSES[n % PURPOSES.length] ?? 'treatment',
      toFacilityCode: 'C1',
    },
  ],
  [
    `${action} by a peer, bare`,
    { action, outcome: 'failed', who: { kind: 'system', aeTitle: 'CT"1', through: 'dimse' }, remoteAddress: '10.0.0.7' },
  ],
  [
    `${action} by nobody known`,
    { action, outcome: 'refused', who: { kind: 'anonymous' }, remoteAddress: 'command line', refusal: 'people-only' },
  ],
]);

// ── The grammar of PS3.15 A.5.1 ──────────────────────────────────────────────

interface Rule {
  readonly required: Readonly<Record<string, RegExp>>;
  readonly optional?: Readonly<Record<string, RegExp>>;
  /** Children in their order: name, at least, at most. Several names: one of them. */
  readonly children?: readonly (readonly [string, number, number])[];
  readonly text?: RegExp;
}

const TOKEN = /^\S(.*\S)?$/su;
const ANY = /^/u;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const CODED: Rule = { required: { 'csd-code': TOKEN, codeSystemName: TOKEN, originalText: TOKEN }, optional: { displayName: TOKEN } };
const MANY = 1_000;

const GRAMMAR: Readonly<Record<string, Rule>> = {
  AuditMessage: {
    required: {},
    children: [
      ['EventIdentification', 1, 1],
      ['ActiveParticipant', 1, MANY],
      ['AuditSourceIdentification', 1, 1],
      ['ParticipantObjectIdentification', 0, MANY],
    ],
  },
  EventIdentification: {
    required: { EventDateTime: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, EventOutcomeIndicator: /^(0|4|8|12)$/ },
    optional: { EventActionCode: /^[CRUDE]$/ },
    children: [
      ['EventID', 1, 1],
      ['EventTypeCode', 0, MANY],
      ['EventOutcomeDescription', 0, 1],
    ],
  },
  EventID: CODED,
  EventTypeCode: CODED,
  RoleIDCode: CODED,
  ParticipantObjectIDTypeCode: CODED,
  ActiveParticipant: {
    required: { UserID: TOKEN, UserIsRequestor: /^(true|false)$/ },
    optional: { AlternativeUserID: ANY, UserName: ANY, NetworkAccessPointID: TOKEN, NetworkAccessPointTypeCode: /^[1-5]$/ },
    children: [
      ['RoleIDCode', 0, MANY],
      ['MediaIdentifier', 0, 1],
    ],
  },
  AuditSourceIdentification: {
    required: { AuditSourceID: TOKEN },
    optional: { AuditEnterpriseSiteID: TOKEN },
    children: [['AuditSourceTypeCode', 0, MANY]],
  },
  AuditSourceTypeCode: { required: { 'csd-code': /^[1-9]$/ } },
  ParticipantObjectIdentification: {
    required: { ParticipantObjectID: TOKEN },
    optional: { ParticipantObjectTypeCode: /^[1-4]$/, ParticipantObjectTypeCodeRole: /^([1-9]|1\d|2[0-6])$/ },
    children: [
      ['ParticipantObjectIDTypeCode', 1, 1],
      ['ParticipantObjectName|ParticipantObjectQuery', 1, 1],
      ['ParticipantObjectDetail', 0, MANY],
      ['ParticipantObjectDescription', 0, MANY],
    ],
  },
  ParticipantObjectName: { required: {}, text: TOKEN },
  ParticipantObjectQuery: { required: {}, text: BASE64 },
  ParticipantObjectDetail: { required: { type: TOKEN, value: BASE64 } },
  ParticipantObjectDescription: { required: {}, children: [['SOPClass', 0, MANY]] },
  SOPClass: { required: { NumberOfInstances: /^-?\d+$/ }, optional: { UID: TOKEN }, children: [['Instance', 0, MANY]] },
  Instance: { required: { UID: TOKEN } },
};

interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Node[];
  text: string;
}

const unescaped = (text: string) => text.replace(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)));

/** Well-formed XML of elements, attributes and text, which is all that is written. @throws where it is not */
function parsed(xml: string): Node {
  const top: Node = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const pieces = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>/, '').match(/<[^>]*>|[^<]+/g) ?? [];
  for (const piece of pieces) {
    const at = open.at(-1) as Node;
    if (!piece.startsWith('<')) {
      if (/&(?!#\d+;)/.test(piece)) throw new Error(`not escaped: ${piece}`);
      at.text += unescaped(piece);
      continue;
    }
    if (piece.startsWith('</')) {
      if (open.pop()?.name !== piece.slice(2, -1)) throw new Error(`closed out of turn: ${piece}`);
      continue;
    }
    const [, name = '', attributes = '', slash] = /^<([A-Za-z]+)((?: [A-Za-z-]+="[^"<&]*(?:&#\d+;[^"<&]*)*")*)(\/?)>$/.exec(piece) ?? [];
    if (name === '') throw new Error(`no element: ${piece}`);
    const pairs = [...attributes.matchAll(/ ([A-Za-z-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, unescaped(value)] as const);
    if (new Set(pairs.map(([key]) => key)).size !== pairs.length) throw new Error(`an attribute twice: ${piece}`);
    const node: Node = { name, attributes: Object.fromEntries(pairs), children: [], text: '' };
    at.children.push(node);
    if (slash !== '/') open.push(node);
  }
  if (open.length !== 1 || top.children.length !== 1) throw new Error('not one document');
  return top.children[0] as Node;
}

/** What does not fit, in words. */
function faults(node: Node): string[] {
  const rule = GRAMMAR[node.name];
  if (rule === undefined) return [`${node.name} is no element of the schema`];
  const { required, optional = {}, children = [], text } = rule;
  const found: string[] = [];
  for (const [name, pattern] of Object.entries(required))
    if (!pattern.test(node.attributes[name] ?? '\n')) found.push(`${node.name} ${name}`);
  for (const [name, value] of Object.entries(node.attributes)) {
    const pattern = required[name] ?? optional[name];
    if (pattern === undefined || !pattern.test(value)) found.push(`${node.name} ${name}=${value}`);
  }
  if (text === undefined ? node.text !== '' : !text.test(node.text)) found.push(`${node.name}: ${node.text}`);
  const names = node.children.map(({ name }) => name);
  let at = 0;
  for (const [name, least, most] of children) {
    const before = at;
    while (at < names.length && name.split('|').includes(names[at] ?? '')) at += 1;
    if (at - before < least || at - before > most) found.push(`${node.name}: ${at - before} times ${name}`);
  }
  if (at < names.length) found.push(`${node.name}: ${names[at]} out of turn`);
  return [...found, ...node.children.flatMap(faults)];
}

describe('DICOM audit messages', () => {
  it.each(CASES)('%s', (_name, entry) => {
    const message = parsed(dicomAuditMessage(chainedOf(entry), 'RENKEI'));
    expect(faults(message)).toEqual([]);
    const [event, ...others] = message.children;
    expect(Object.values(EVENT_CODES)).toContain(event?.children[0]?.attributes['csd-code']);
    expect(event?.children.at(-1)?.attributes).toMatchObject({ 'csd-code': entry.action, codeSystemName: '99RENKEI' });
    // Nothing that the entry says is lost.
    const details = others.flatMap(({ children }) =>
      children.filter(({ name }) => name === 'ParticipantObjectDetail').map((one) => one.attributes),
    );
    const told = new Set(details.map(({ type }) => type));
    expect([...Object.keys(entry.what ?? {}), 'act'].filter((name) => !told.has(name))).toEqual([]);
    expect(others.at(-1)?.attributes).toMatchObject({ ParticipantObjectID: '12' });
  });

  it('the grammar refuses what it should', () => {
    const message = dicomAuditMessage(chainedOf(CASES[0]?.[1] as RecordedAct), 'RENKEI');
    expect(() => parsed(message.replace('</AuditMessage>', ''))).toThrow();
    for (const [from, to] of [
      ['EventOutcomeIndicator="0"', 'EventOutcomeIndicator="1"'],
      ['UserIsRequestor="true"', ''],
      ['csd-code', 'code'],
      ['<ParticipantObjectName>', '<ParticipantObjectName>\n'],
    ] as const) {
      expect(faults(parsed(message.replace(from, to).replace('  ', ' ').replace(/ \/>/g, '/>').replace(/ >/g, '>')))).not.toEqual([]);
    }
  });
});

/** R4, auditevent.html: what must be there, and what may. */
describe('FHIR AuditEvents', () => {
  const reference = { identifier: { system: expect.stringMatching(/^urn:/), value: expect.stringMatching(/\S/) } };
  it.each(CASES)('%s', (_name, entry) => {
    const event = JSON.parse(JSON.stringify(fhirAuditEvent(chainedOf(entry), 'RENKEI')));
    const { agent, entity, ...head } = event;
    expect(head).toMatchObject({
      resourceType: 'AuditEvent',
      id: expect.stringMatching(/^[A-Za-z0-9.-]{1,64}$/),
      type: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: expect.stringMatching(/^1101\d\d$/) },
      action: expect.stringMatching(/^[CRUDE]$/),
      recorded: '2026-11-27T01:02:03.456Z',
      outcome: expect.stringMatching(/^(0|4|8|12)$/),
      source: { observer: reference },
    });
    const known = ['resourceType', 'id', 'type', 'subtype', 'action', 'recorded', 'outcome', 'outcomeDesc', 'purposeOfEvent', 'source'];
    expect(Object.keys(head).filter((name) => !known.includes(name))).toEqual([]);
    expect(agent.length).toBeGreaterThan(0);
    for (const one of agent) {
      expect(one).toMatchObject({ who: reference, requestor: expect.any(Boolean) });
      if (one.network !== undefined) expect(one.network.type).toMatch(/^[1-5]$/);
    }
    for (const one of entity) {
      expect(one.what).toEqual(reference);
      // sev-1: a name or a query, never both.
      expect('name' in one && 'query' in one).toBe(false);
      for (const detail of one.detail ?? [])
        expect(detail).toEqual({ type: expect.stringMatching(/\S/), valueString: expect.stringMatching(/\S/) });
    }
    const empty = JSON.stringify(event).match(/:(""|\[\]|\{\}|null)/);
    expect(empty).toBeNull();
    if (entry.purpose !== undefined) expect(agent[0].purposeOfUse[0].coding[0].code).toMatch(/^(TREAT|ETREAT|HOPERAT|COC)$/);
  });
});

// ── Tables ───────────────────────────────────────────────────────────────────

/** RFC 4180, read back. */
function cellsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('tables', () => {
  const language = {
    timeZone: 'Asia/Tokyo',
    words: { columns: { seq: '番号' }, action: { 'study-viewed': '画像を開きました' }, asked: { 'study-view': '画像' } },
  };
  const names = {
    person: (id: string) => (id === '7' ? '=佐藤' : undefined),
    facility: (code: string) => (code === 'C1' ? 'あおば内科' : undefined),
  };
  const rowOf = (entry: RecordedAct) => {
    const [cells = []] = cellsOf(csvLine(chainedOf(entry), names, language));
    expect(cells).toHaveLength(CSV_COLUMNS.length);
    return Object.fromEntries(CSV_COLUMNS.map((name, n) => [name, cells[n]]));
  };

  it('has a heading a column, in the asker’s words where there are', () => {
    expect(new Set(CSV_COLUMNS).size).toBe(CSV_COLUMNS.length);
    expect(cellsOf(csvHead(language))[0]).toEqual(['番号', ...CSV_COLUMNS.slice(1)]);
  });

  it.each(CASES)('%s: every field has its column, and none begins a formula', (_name, entry) => {
    const row = rowOf(entry);
    expect(row['rest']).toBe('');
    for (const [name, cell] of Object.entries(row))
      expect([name, cell]).toEqual([name, expect.not.stringMatching(/^[=+@＝＋－＠\t\r]|^-\D/)]);
    for (const name of Object.keys(entry.what ?? {}))
      expect([
        name,
        row[name === 'userId' ? 'account' : name === 'facilityCode' ? 'facility' : name === 'ownerFacilityCode' ? 'owner' : name],
      ]).toEqual([name, expect.stringMatching(/./s)]);
  });

  test('codes, words, names and the region’s time', () => {
    const row = rowOf({
      action: 'study-viewed',
      outcome: 'success',
      who: person,
      what: { studyInstanceUID: '1.2', count: 3 },
      right: { kind: 'share', grant: '9' },
      purpose: 'treatment',
    });
    expect(row).toMatchObject({
      seq: '12',
      at: '2026-11-27T01:02:03.456Z',
      localTime: '2026-11-27 10:02:03',
      action: 'study-viewed',
      actionWord: '画像を開きました',
      user: '7',
      userName: "'=佐藤",
      userFacility: 'C1',
      userFacilityName: 'あおば内科',
      studyInstanceUID: '1.2',
      count: '3',
      right: 'share',
      grant: '9',
      purpose: 'treatment',
      purposeWord: '',
      hash: 'a'.repeat(64),
    });
    expect(rowOf({ action: 'access-refused', outcome: 'refused', who: person, what: { asked: 'study.view' } })['askedWord']).toBe('画像');
    expect(rowOf({ action: 'study-viewed', outcome: 'success', who: person, what: { words: 'until then' } })['rest']).toBe(
      'words: until then',
    );
    expect(rowOf({ action: 'clock-stepped', outcome: 'success', who: { kind: 'system' }, what: { stepMs: -5000 } })['stepMs']).toBe(
      '-5000',
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1+1', '＋1', '－1', '＠A', ' =1', '=HYPERLINK("http://x";"y")'])(
    '%j is a text to a spreadsheet',
    (text) => {
      const row = rowOf({ action: 'study-viewed', outcome: 'success', who: { kind: 'system', aeTitle: text }, what: { patientID: text } });
      expect([row['patientID'], row['aeTitle']]).toEqual([`'${text}`, `'${text}`]);
    },
  );
});
