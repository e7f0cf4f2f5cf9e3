/** An entry of the record as an AuditEvent of FHIR R4. Ids and codes only, as the record holds them. */
import type { ChainedEntry, RecordedAct } from '../../domain/record/audit.ts';
import type { Purpose } from '../../domain/record/purpose.ts';
import { accessPointType, actorName, detailsOf, EVENT_CODES, type EventName, eventOf, OUTCOME_INDICATOR } from './audit-events.ts';

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const OBJECT_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';

/** v3-ActReason. */
const PURPOSE_OF_USE = {
  treatment: ['TREAT', 'treatment'],
  emergency: ['ETREAT', 'Emergency Treatment'],
  administration: ['HOPERAT', 'healthcare operations'],
  referral: ['COC', 'coordination of care'],
} as const satisfies Record<Purpose, readonly [string, string]>;

/** @param source who reports it */
export function fhirAuditEvent(chained: ChainedEntry, source: string): object {
  const { seq, at, entry } = chained;
  const event = eventOf(entry);
  const purpose = entry.purpose === undefined ? undefined : [purposeOf(entry.purpose)];
  return {
    resourceType: 'AuditEvent',
    id: `record-${seq}`,
    type: codingOf(event.id),
    subtype: [...(event.type === undefined ? [] : [codingOf(event.type)]), { system: 'urn:renkei:act', code: entry.action }],
    action: event.action,
    recorded: at.toISOString(),
    outcome: OUTCOME_INDICATOR[entry.outcome],
    ...(entry.refusal === undefined ? {} : { outcomeDesc: entry.refusal }),
    ...(purpose && { purposeOfEvent: purpose }),
    agent: [
      { ...agentOf(entry), ...(purpose && { purposeOfUse: purpose }) },
      {
        who: identified('urn:renkei:gateway', source),
        requestor: false,
        type: { coding: [{ system: DCM, code: '110150', display: 'Application' }] },
      },
    ],
    source: {
      observer: identified('urn:renkei:gateway', source),
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4', display: 'Application Server' }],
    },
    entity: entitiesOf(chained),
  };
}

function agentOf(entry: RecordedAct): object {
  const { who, remoteAddress, right } = entry;
  return {
    who: identified('urn:renkei:actor', actorName(entry)),
    ...(who.aeTitle === undefined ? {} : { altId: who.aeTitle }),
    requestor: true,
    ...(who.job === undefined ? {} : { role: [{ coding: [{ system: 'urn:renkei:job', code: who.job }] }] }),
    ...(right === undefined ? {} : { policy: [`urn:renkei:right:${right.kind}${right.grant === undefined ? '' : `:${right.grant}`}`] }),
    ...(remoteAddress === undefined ? {} : { network: { address: remoteAddress, type: accessPointType(remoteAddress) } }),
  };
}

function entitiesOf({ seq, hash, entry }: ChainedEntry): readonly object[] {
  const { what = {} } = entry;
  const { patientID, studyInstanceUID, ownerFacilityCode, userId, facilityCode, list } = what;
  return [
    ...(patientID === undefined ? [] : [entity(`urn:renkei:patient:${ownerFacilityCode ?? ''}`, patientID, '1', '1')]),
    ...(studyInstanceUID === undefined ? [] : [entity('urn:dicom:uid', `urn:oid:${studyInstanceUID}`, '2', '3')]),
    ...(userId === undefined ? [] : [entity('urn:renkei:actor', `user:${userId}`, '1', '6')]),
    ...(facilityCode === undefined ? [] : [entity('urn:renkei:facility', facilityCode, '3', '4')]),
    ...(list === undefined ? [] : [{ ...entity('urn:renkei:list', list, '2', '24'), query: Buffer.from(list).toString('base64') }]),
    {
      ...entity('urn:renkei:record', String(seq), '2', '13'),
      // A string of FHIR is never empty.
      detail: [...detailsOf(entry), ['hash', hash] as const]
        .filter(([, value]) => value.trim() !== '')
        .map(([type, valueString]) => ({ type, valueString })),
    },
  ];
}

function entity(system: string, value: string, type: string, role: string): object {
  return { what: identified(system, value), type: { system: OBJECT_TYPE, code: type }, role: { system: OBJECT_ROLE, code: role } };
}

function identified(system: string, value: string): object {
  return { identifier: { system, value } };
}

function codingOf(name: EventName): object {
  return { system: DCM, code: EVENT_CODES[name], display: name };
}

function purposeOf(purpose: Purpose): object {
  const [code, display] = PURPOSE_OF_USE[purpose];
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code, display }] };
}
