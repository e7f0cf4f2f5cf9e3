import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { dictionaryVR, settledVR } from '../dictionary/dictionary.ts';
import { UN, VR_FORMS, type VRForm } from '../dictionary/value-representations.ts';
import type { CharacterSet } from '../text/character-set.ts';

/** Where an element stands: in the data set itself, or in an item with its parents. */
export interface Context {
  readonly elements: DicomJson;
  readonly parent: Context | undefined;
  readonly explicitVR: boolean;
  readonly bigEndian: boolean;
  charset: CharacterSet;
  /** The sequence it is an item of, and which (from 0). */
  readonly sequence: string;
  readonly index: number;
  readonly depth: number;
}

/** The BulkDataURI of an element: `bulkdata/`, the way down, each `<TAG>/<item index>/`, and its tag. Made where it is needed: few are. */
export function uriOf(context: Context, text: string): string {
  const way: string[] = [text];
  for (let at: Context = context; at.parent !== undefined; at = at.parent) way.push(`${at.sequence}/${at.index}`);
  return `bulkdata/${way.reverse().join('/')}`;
}

/** VR of an implicit element: the dictionary's, with US or SS by the nearest Pixel Representation (PS3.5 A.1, PS3.3 C.7.6.3.1.1). */
export function implicitForm(tag: number, context: Context): VRForm {
  return implicitFormOf(tag, () => isSigned(context));
}

/** The same for someone who keeps no elements. */
export function implicitFormOf(tag: number, isSigned: () => boolean): VRForm {
  const vr = dictionaryVR(tag);
  if (vr === 'xs') return VR_FORMS.get(isSigned() ? 'SS' : 'US') as VRForm;
  return VR_FORMS.get(settledVR(vr)) ?? UN;
}

function isSigned(context: Context): boolean {
  for (let at: Context | undefined = context; at !== undefined; at = at.parent) {
    const representation = at.elements['00280103']?.Value?.[0];
    if (representation !== undefined) return representation === 1;
  }
  return false;
}
