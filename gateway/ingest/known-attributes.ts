import { vrOf } from '../dicom/dictionary.ts';
import type { DicomJson, DicomJsonElement, PersonNameJson } from '../domain/dataset.ts';

/** VRs of text whose bytes are the value, so that PS3.6 alone says how to read them. PS3.5 6.2. */
const TEXT_VRS: ReadonlySet<string> = new Set(['CS', 'DA', 'DS', 'IS', 'LO', 'PN', 'SH', 'TM', 'UI']);

/**
 * The header as it would read had its writer known the attributes: elements of VR UN whose tag PS3.6 knows get that VR (PS3.5 6.2.2).
 * For the index only: what is handed out stays as it came. Some archives send every attribute they do not use as UN, UIDs included.
 */
export function knownAttributes(header: DicomJson): DicomJson {
  const known: DicomJson = { ...header };
  for (const [tag, element] of Object.entries(header)) {
    if (element.vr !== 'UN' || element.InlineBinary === undefined) continue;
    const vr = vrOf(tag);
    if (TEXT_VRS.has(vr)) known[tag] = textElement(vr, Buffer.from(element.InlineBinary, 'base64'));
  }
  return known;
}

function textElement(vr: string, bytes: Buffer): DicomJsonElement {
  const values = decoded(bytes)
    .split('\\')
    .map((value) => value.replace(/[\0 ]+$/, '').trimStart());
  return { vr, Value: vr === 'PN' ? values.map(personName) : values };
}

/** UTF-8 where it is, Latin-1 otherwise: a UN element does not follow Specific Character Set reliably. */
function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

function personName(value: string): PersonNameJson {
  const [alphabetic = '', ideographic = '', phonetic = ''] = value.split('=');
  return {
    ...(alphabetic === '' ? {} : { Alphabetic: alphabetic }),
    ...(ideographic === '' ? {} : { Ideographic: ideographic }),
    ...(phonetic === '' ? {} : { Phonetic: phonetic }),
  };
}
