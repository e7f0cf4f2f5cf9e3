import type { DicomJson, DicomJsonElement } from '../../domain/imaging/dataset.ts';
import { dictionaryVR } from '../dictionary/dictionary.ts';
import { DataSetParser } from './data-set-parser.ts';

/**
 * Some converters write attributes they have no dictionary for as UN. The header shows them as they are in the file;
 * whoever needs the value reads it here by the dictionary, as Implicit VR Little Endian (PS3.5 6.2.2, note 2).
 */
export function knownElement(dataset: DicomJson, tag: string, characterSet: readonly string[] = []): DicomJsonElement | undefined {
  const element = dataset[tag];
  if (element?.vr !== 'UN' || element.InlineBinary === undefined) return element;
  const number = Number.parseInt(tag, 16);
  if (dictionaryVR(number) === 'UN') return element;
  return implicitElements([
    [0x00080005, Buffer.from(characterSet.join('\\'), 'latin1')],
    // US or SS depends on it.
    [0x00280103, Buffer.from([dataset['00280103']?.Value?.[0] === 1 ? 1 : 0, 0])],
    [number, Buffer.from(element.InlineBinary, 'base64')],
  ])[tag];
}

function implicitElements(elements: readonly (readonly [tag: number, value: Buffer])[]): DicomJson {
  const bytes = Buffer.concat(
    elements.flatMap(([tag, value]) => {
      const head = Buffer.alloc(8);
      head.writeUInt16LE(tag >>> 16, 0);
      head.writeUInt16LE(tag & 0xffff, 2);
      head.writeUInt32LE(value.length, 4);
      return [head, value];
    }),
  );
  const parser = new DataSetParser(0, bytes.length, { explicitVR: false, bigEndian: false });
  parser.give(0, bytes);
  parser.run();
  return parser.header;
}
