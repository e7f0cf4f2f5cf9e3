import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { numberOf, textOf } from '../../domain/imaging/header-values.ts';
import type { RealWorldMap } from './real-world.ts';

/** Which unit a value of an image has, as the file says it. What the file does not say, or says in words that nobody defined, has none. */

/** Rescale Type and Modality LUT Type, PS3.3 C.11.1.1.2. US is "unspecified"; Z_EFF is a number. */
const RESCALE_TYPES: Readonly<Record<string, string>> = {
  HU: 'HU',
  HU_MOD: 'HU_MOD',
  // Thousandths: 2140 is an optical density of 2.140.
  OD: '10⁻³ OD',
  MGML: 'mg/ml',
  PCT: '%',
  ED: '10²³/ml',
  EDW: 'N/Nw',
};

/** Units (0054,1001) of PET, PS3.3 C.8.9.1.1.3. */
const PET_UNITS: Readonly<Record<string, string>> = {
  CNTS: 'counts',
  PROPCNTS: '∝ counts',
  CPS: 'counts/s',
  PROPCPS: '∝ counts/s',
  BQML: 'Bq/ml',
  GML: 'g/ml',
  CM2: 'cm²',
  CM2ML: 'cm²/ml',
  PCNT: '%',
  MGMINML: 'mg/min/ml',
  UMOLMINML: 'µmol/min/ml',
  MLMING: 'ml/min/g',
  MLMINML: 'ml/min/ml',
  MLG: 'ml/g',
  MLML: 'ml/ml',
  '1CM': '1/cm',
  UMOLML: 'µmol/ml',
};
/** SUV Type (0054,1006), PS3.3 C.8.9.1.1.3. It is said only where the file says it. */
const SUV_TYPES: Readonly<Record<string, string>> = {
  BW: 'SUVbw',
  LBM: 'SUVlbm',
  LBMJAMES128: 'SUVlbm (James 128)',
  LBMJANMA: 'SUVlbm (Janmahasatian)',
  BSA: 'SUVbsa',
  IBW: 'SUVibw',
};
const SUV_UNITS: ReadonlySet<string> = new Set(['GML', 'CM2ML']);

const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';

/** Unit of modality values; '' when it is not known. `transformation`: what holds the rescaling, a functional group or the header itself. */
export function modalityUnitOf(header: DicomJson, transformation: DicomJson, modalityLut: DicomJson | undefined): string {
  // Of PET what rescaling gives is in Units, whatever else is written (C.8.9.4).
  const units = textOf(header, '00541001') ?? '';
  if (units !== '') {
    const suv = SUV_UNITS.has(units) ? SUV_TYPES[textOf(header, '00541006') ?? ''] : undefined;
    return [PET_UNITS[units] ?? '', suv].filter(Boolean).join(' ');
  }
  const type = textOf(transformation, '00281054') ?? textOf(modalityLut, '00283004');
  if (type !== undefined && type !== '') return RESCALE_TYPES[type] ?? '';
  return isHounsfield(header) ? 'HU' : '';
}

/** A CT image need not say HU (Rescale Type, PS3.3 C.8.2.1): unless it is a localizer or of several energies its values are Hounsfield units. */
function isHounsfield(header: DicomJson): boolean {
  const rescaled = numberOf(header, '00281053') !== undefined && numberOf(header, '00281052') !== undefined;
  const plain = textOf(header, '00080008', 2) !== 'LOCALIZER' && textOf(header, '00189361') !== 'YES';
  return textOf(header, '00080016') === CT_IMAGE_STORAGE && rescaled && plain;
}

/** Stored value → dose by Dose Grid Scaling (3004,000E), PS3.3 C.8.8.3; relative dose has no unit. */
export function doseMapOf(header: DicomJson): RealWorldMap | undefined {
  const slope = numberOf(header, '3004000E');
  const units = textOf(header, '30040002');
  if (slope === undefined || !(slope > 0)) return undefined;
  return {
    label: '',
    explanation: '',
    unit: units === 'GY' ? 'Gy' : '',
    unitMeaning: '',
    first: Number.NEGATIVE_INFINITY,
    last: Number.POSITIVE_INFINITY,
    map: { kind: 'linear', slope, intercept: 0 },
  };
}

/** UCUM codes that are read more easily otherwise; 1 is "no units". */
const UCUM: Readonly<Record<string, string>> = {
  '1': '',
  "[hnsf'U]": 'HU',
  'mm2/s': 'mm²/s',
  'um2/s': 'µm²/s',
  'cm2/ml': 'cm²/ml',
  'um2/ms': 'µm²/ms',
  '10*-6.mm2/s': '10⁻⁶ mm²/s',
  '10*-3.mm2/s': '10⁻³ mm²/s',
  cel: '°C',
  Cel: '°C',
};

/** As it is written behind a number. An annotation in braces says what is measured: `{SUVbw}g/ml` is g/ml SUVbw. */
export function ucumText(code: string): string {
  const notes = [...code.matchAll(/\{([^}]*)\}/g)].map(([, note = '']) => note);
  const bare = code.replace(/\{[^}]*\}/g, '');
  return [UCUM[bare] ?? bare, ...notes].filter(Boolean).join(' ');
}
