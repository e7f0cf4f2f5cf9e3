/** An entry of the record as a DICOM audit message: PS3.15 A.5.1, one XML document an entry. Ids and codes only, as the record holds them. */
import type { ChainedEntry, RecordedAct } from '../../domain/record/audit.ts';
import { accessPointType, actorName, detailsOf, EVENT_CODES, type EventName, eventOf, OUTCOME_INDICATOR } from './audit-events.ts';

/** Codes that no standard has. */
const OWN_SCHEME = '99RENKEI';
const STUDY_ROOT_FIND = '1.2.840.10008.5.1.4.1.2.2.1';

interface Code {
  readonly code: string;
  readonly scheme: string;
  readonly meaning: string;
}

const dcm = (code: string, meaning: string): Code => ({ code, scheme: 'DCM', meaning });
const rfc3881 = (code: string, meaning: string): Code => ({ code, scheme: 'RFC-3881', meaning });
const own = (code: string, meaning: string): Code => ({ code, scheme: OWN_SCHEME, meaning });

/** @param source AuditSourceID: who reports it */
export function dicomAuditMessage(chained: ChainedEntry, source: string): string {
  const { entry, at } = chained;
  const event = eventOf(entry);
  const identification = element(
    'EventIdentification',
    { EventActionCode: event.action, EventDateTime: at.toISOString(), EventOutcomeIndicator: OUTCOME_INDICATOR[entry.outcome] },
    [
      coded('EventID', eventCode(event.id)),
      ...(event.type === undefined ? [] : [coded('EventTypeCode', eventCode(event.type))]),
      coded('EventTypeCode', own(entry.action, entry.action)),
    ],
  );
  const reporter = element('AuditSourceIdentification', { AuditSourceID: source }, [
    element('AuditSourceTypeCode', { 'csd-code': '4' }, []),
  ]);
  return `<?xml version="1.0" encoding="UTF-8"?>${element('AuditMessage', {}, [
    identification,
    ...participants(entry, source),
    reporter,
    ...objectsOf(chained),
  ])}`;
}

function eventCode(name: EventName): Code {
  return dcm(EVENT_CODES[name], name);
}

/** Who did it; and for what was exported, who has it now. A gateway is the other side of both. */
function participants(entry: RecordedAct, source: string): readonly string[] {
  const { who, remoteAddress } = entry;
  const isTransfer = ['Export', 'Import', 'DICOM Instances Transferred'].includes(eventOf(entry).id);
  const [theirs, ours] = sidesOf(entry);
  return [
    element(
      'ActiveParticipant',
      {
        UserID: actorName(entry),
        ...(who.aeTitle === undefined ? {} : { AlternativeUserID: `AETITLES=${who.aeTitle}` }),
        UserIsRequestor: 'true',
        ...(remoteAddress === undefined
          ? {}
          : { NetworkAccessPointID: remoteAddress, NetworkAccessPointTypeCode: accessPointType(remoteAddress) }),
      },
      [
        ...(isTransfer ? [coded('RoleIDCode', theirs)] : []),
        ...(who.job === undefined ? [] : [coded('RoleIDCode', own(who.job, who.job))]),
      ],
    ),
    element('ActiveParticipant', { UserID: source, UserIsRequestor: 'false' }, [
      coded('RoleIDCode', isTransfer ? ours : dcm('110150', 'Application')),
    ]),
  ];
}

/** CID 402: of who did it, and of the gateway. */
function sidesOf(entry: RecordedAct): readonly [Code, Code] {
  const destination = dcm('110152', 'Destination Role ID');
  const from = dcm('110153', 'Source Role ID');
  return eventOf(entry).id === 'Export' ? [destination, from] : [from, destination];
}

function objectsOf({ seq, hash, entry }: ChainedEntry): readonly string[] {
  const { what = {} } = entry;
  const { id } = eventOf(entry);
  return [
    ...(what.patientID === undefined ? [] : [patient(what.patientID, what.ownerFacilityCode)]),
    ...(what.studyInstanceUID === undefined ? [] : [study(entry, what.studyInstanceUID)]),
    ...(what.userId === undefined ? [] : [named(`user:${what.userId}`, '1', '6', rfc3881('11', 'User Identifier'))]),
    ...(what.facilityCode === undefined ? [] : [named(what.facilityCode, '3', '4', own('facility', 'Facility code'))]),
    ...(id === 'Query' ? [query(what.list)] : []),
    ...(id === 'Audit Log Used' ? [named('urn:renkei:record', '2', '13', rfc3881('12', 'URI'), 'Security Audit Log')] : []),
    // Whatever has no place of its own, and where the entry stands in the chain.
    object(
      { id: String(seq), type: '2', role: '13', idType: own('record-entry', 'Number in the record') },
      element('ParticipantObjectName', {}, [xmlText(hash)]),
      detailsOf(entry).map(([type, value]) => detail(type, value)),
    ),
  ];
}

function patient(patientID: string, owner: string | undefined): string {
  return named(owner === undefined ? patientID : `${patientID}^^^${owner}`, '1', '1', rfc3881('2', 'Patient Number'));
}

function study({ what = {} }: RecordedAct, studyInstanceUID: string): string {
  const { count, sopInstanceUID, seriesInstanceUID } = what;
  const instance = sopInstanceUID === undefined ? [] : [element('Instance', { UID: sopInstanceUID }, [])];
  return object(
    { id: studyInstanceUID, type: '2', role: '3', idType: dcm('110180', 'Study Instance UID') },
    element('ParticipantObjectName', {}, [xmlText(studyInstanceUID)]),
    [
      ...(seriesInstanceUID === undefined ? [] : [detail('SeriesInstanceUID', seriesInstanceUID)]),
      ...(count === undefined
        ? []
        : [element('ParticipantObjectDescription', {}, [element('SOPClass', { NumberOfInstances: String(count) }, instance)])]),
    ],
  );
}

function query(list: string | undefined): string {
  return object(
    { id: STUDY_ROOT_FIND, type: '2', role: '24', idType: dcm('110181', 'SOP Class UID') },
    element('ParticipantObjectQuery', {}, [Buffer.from(list ?? '').toString('base64')]),
    [],
  );
}

function named(id: string, type: string, role: string, idType: Code, name = id): string {
  return object({ id, type, role, idType }, element('ParticipantObjectName', {}, [xmlText(name)]), []);
}

function object(
  { id, type, role, idType }: { readonly id: string; readonly type: string; readonly role: string; readonly idType: Code },
  nameOrQuery: string,
  more: readonly string[],
): string {
  const attributes = { ParticipantObjectID: id, ParticipantObjectTypeCode: type, ParticipantObjectTypeCodeRole: role };
  return element('ParticipantObjectIdentification', attributes, [coded('ParticipantObjectIDTypeCode', idType), nameOrQuery, ...more]);
}

function detail(type: string, value: string): string {
  return element('ParticipantObjectDetail', { type, value: Buffer.from(value).toString('base64') }, []);
}

function coded(name: string, { code, scheme, meaning }: Code): string {
  return element(name, { 'csd-code': code, codeSystemName: scheme, originalText: meaning }, []);
}

/** `children` are XML already. */
function element(name: string, attributes: Readonly<Record<string, string>>, children: readonly string[]): string {
  const head = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${xmlText(value)}"`);
  return children.length === 0 ? `<${name}${head.join('')}/>` : `<${name}${head.join('')}>${children.join('')}</${name}>`;
}

/** What XML 1.0 cannot hold at all, halves of surrogates too, stands as U+FFFD. */
function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"'\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
