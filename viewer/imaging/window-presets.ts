import { type DicomObject, numbers } from '../api/dicom-json.ts';
import type { Window } from './port.ts';

export type PresetName =
  | 'brain'
  | 'stroke'
  | 'sinus'
  | 'lung'
  | 'mediastinum'
  | 'abdomen'
  | 'liver'
  | 'bone'
  | 'spine'
  | 'angiography'
  | 'pet-standard';

/** Customary CT windows, HU; the order is that of the menu and of the keys 1–9. */
const CT: readonly (readonly [PresetName, Window])[] = [
  ['brain', { center: 40, width: 80 }],
  ['lung', { center: -600, width: 1500 }],
  ['mediastinum', { center: 40, width: 350 }],
  ['abdomen', { center: 40, width: 400 }],
  ['bone', { center: 480, width: 2500 }],
  ['liver', { center: 80, width: 150 }],
  ['spine', { center: 50, width: 250 }],
  ['angiography', { center: 300, width: 600 }],
  ['stroke', { center: 35, width: 35 }],
];

const PRESETS: Readonly<Record<string, readonly (readonly [PresetName, Window])[]>> = { CT };

export interface WindowPreset {
  readonly name: PresetName;
  readonly window: Window;
}

export function presetsFor(modality: string): readonly WindowPreset[] {
  return (PRESETS[modality] ?? []).map(([name, window]) => ({ name, window }));
}

/** The windows the image itself carries, PS3.3 C.11.2: pairs of centre and width, with the sender's explanation when it has one. */
export function ownWindows(metadata: DicomObject): { window: Window; explanation: string }[] {
  const centers = numbers(metadata, '00281050');
  const widths = numbers(metadata, '00281051');
  const explanations = metadata['00281055']?.Value ?? [];
  const known = new Set<string>();
  return centers.flatMap((center, at) => {
    const width = widths[at];
    // Some devices write the same window twice.
    if (width === undefined || width < 1 || known.has(`${center}/${width}`)) return [];
    known.add(`${center}/${width}`);
    return [{ window: { center, width }, explanation: typeof explanations[at] === 'string' ? explanations[at] : '' }];
  });
}
