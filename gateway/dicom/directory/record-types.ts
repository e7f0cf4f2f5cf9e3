import type { SOPClassUID } from '../../domain/identifiers.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { hasValue } from './directory-elements.ts';

/** A key of a record beside Instance Number: it must have a value (1), is there without one (2), or only with one (3). */
type Key = readonly [tag: string, vr: string, type: 1 | 2 | 3];

interface RecordType {
  readonly name: string;
  readonly keys: readonly Key[];
}

const CONTENT_DATE: Key = ['00080023', 'DA', 1];
const CONTENT_TIME: Key = ['00080033', 'TM', 1];
const CONTENT = [CONTENT_DATE, CONTENT_TIME];
const CONCEPT_NAME: Key = ['0040A043', 'SQ', 1];
/** PS3.3 10.9.1. */
const IDENTIFICATION: readonly Key[] = [
  ['00700080', 'CS', 1],
  ['00700081', 'LO', 2],
  ['00700084', 'PN', 2],
];

const IMAGE: RecordType = { name: 'IMAGE', keys: [] };
const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** PS3.3 F.5: the record of each kind of SOP Class, by how its UID begins behind that of storage; the first that fits. */
const TYPES: readonly (readonly [begins: string, type: RecordType])[] = [
  ['88.59', { name: 'KEY OBJECT DOC', keys: [...CONTENT, CONCEPT_NAME] }],
  ['88.', { name: 'SR DOCUMENT', keys: [['0040A491', 'CS', 1], ['0040A493', 'CS', 1], ...CONTENT, ['0040A030', 'DT', 3], CONCEPT_NAME] }],
  ['11.', { name: 'PRESENTATION', keys: [['00700082', 'DA', 1], ['00700083', 'TM', 1], ...IDENTIFICATION, ['00081115', 'SQ', 3]] }],
  ['9.', { name: 'WAVEFORM', keys: CONTENT }],
  [
    '104.',
    {
      name: 'ENCAP DOC',
      keys: [
        ['00080023', 'DA', 2],
        ['00080033', 'TM', 2],
        ['0040A043', 'SQ', 2],
        ['00420010', 'ST', 2],
        ['00420012', 'LO', 1],
      ],
    },
  ],
  ['66.1', { name: 'REGISTRATION', keys: [...CONTENT, ...IDENTIFICATION] }],
  ['66.3', { name: 'REGISTRATION', keys: [...CONTENT, ...IDENTIFICATION] }],
  ['66.2', { name: 'FIDUCIAL', keys: [...CONTENT, ...IDENTIFICATION] }],
  ['66.4', IMAGE],
  ['66', { name: 'RAW DATA', keys: CONTENT }],
  [
    '481.2',
    {
      name: 'RT DOSE',
      keys: [
        ['3004000A', 'CS', 1],
        ['30040006', 'LO', 3],
      ],
    },
  ],
  [
    '481.3',
    {
      name: 'RT STRUCTURE SET',
      keys: [
        ['30060002', 'SH', 1],
        ['30060008', 'DA', 2],
        ['30060009', 'TM', 2],
      ],
    },
  ],
  [
    '481.5',
    {
      name: 'RT PLAN',
      keys: [
        ['300A0002', 'SH', 1],
        ['300A0006', 'DA', 2],
        ['300A0007', 'TM', 2],
      ],
    },
  ],
  [
    '481.8',
    {
      name: 'RT PLAN',
      keys: [
        ['300A0002', 'SH', 1],
        ['300A0006', 'DA', 2],
        ['300A0007', 'TM', 2],
      ],
    },
  ],
];
/** Beginnings that are also those of longer numbers. */
const WHOLE = new Set(['66', '66.1', '66.2', '66.3', '66.4', '88.59', '481.2', '481.3', '481.5', '481.8']);

/** Undefined: no record of the basic directory refers to such an object. An image of a private SOP Class is one of them. */
function typeOf(sopClassUID: SOPClassUID, frames: number): RecordType | undefined {
  if (!sopClassUID.startsWith(STORAGE)) return undefined;
  const rest = sopClassUID.slice(STORAGE.length);
  const found = TYPES.find(([begins]) => (WHOLE.has(begins) ? rest === begins : rest.startsWith(begins)));
  return found?.[1] ?? (frames > 0 ? IMAGE : undefined);
}

/** Whether the record says more than the index knows of the instance. */
export function needsHeader(sopClassUID: SOPClassUID, frames: number): boolean {
  return (typeOf(sopClassUID, frames)?.keys.length ?? 0) > 0;
}

export interface InstanceRecord {
  readonly type: string;
  readonly keys: DicomJson;
}

/**
 * The record of an instance, Instance Number aside. Undefined when there is none for it, or the header lacks what that record must say: it is in the
 * file-set and not in the directory, which PS3.10 8.6 allows. `header`: where `needsHeader`.
 */
export function instanceRecord(sopClassUID: SOPClassUID, frames: number, header: DicomJson | undefined): InstanceRecord | undefined {
  const type = typeOf(sopClassUID, frames);
  if (type === undefined) return undefined;
  const keys: DicomJson = {};
  for (const [tag, vr, kind] of type.keys) {
    const element = header?.[tag];
    const said = hasValue(element) && element.vr === vr;
    if (!said && kind === 1) return undefined;
    if (said) keys[tag] = element;
    else if (kind === 2) keys[tag] = { vr };
  }
  return { type: type.name, keys };
}
