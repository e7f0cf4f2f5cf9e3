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

/** A centre or width as it is written; whole where a unit more or less is not seen. */
export function windowNumber(value: number, width: number): string {
  return width >= 16 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
