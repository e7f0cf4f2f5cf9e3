/** What Cornerstone3D and its tools ask of a picture, answered from our own metadata. */
import { Enums, metaData } from '@cornerstonejs/core';
import { type DicomObject, firstNumber, firstString, items, numbers } from '../../api/dicom-json.ts';
import { spacingOf } from './spacing.ts';

const { MetadataModules } = Enums;
/** Before the providers that the library registers itself. */
const PRIORITY = 10_000;

type Module = (metadata: DicomObject) => Readonly<Record<string, unknown>> | undefined;

export function provideMetadata(metadataOf: (imageId: string) => DicomObject | undefined): void {
  metaData.addProvider((type: string, imageId: unknown) => {
    const module = MODULES[type];
    const metadata = module === undefined || typeof imageId !== 'string' ? undefined : metadataOf(imageId);
    return metadata === undefined ? undefined : module?.(metadata);
  }, PRIORITY);
}

const MODULES: Readonly<Record<string, Module>> = {
  [MetadataModules.GENERAL_SERIES]: (metadata) => ({
    modality: firstString(metadata, '00080060') || 'OT',
    seriesInstanceUID: firstString(metadata, '0020000E'),
    studyInstanceUID: firstString(metadata, '0020000D'),
    seriesNumber: firstNumber(metadata, '00200011'),
    seriesDescription: firstString(metadata, '0008103E'),
  }),
  [MetadataModules.SOP_COMMON]: (metadata) => ({
    sopClassUID: firstString(metadata, '00080016'),
    sopInstanceUID: firstString(metadata, '00080018'),
  }),
  [MetadataModules.GENERAL_IMAGE]: (metadata) => ({
    sopInstanceUID: firstString(metadata, '00080018'),
    instanceNumber: firstNumber(metadata, '00200013'),
  }),
  // Of the values handed over, which are modality values.
  [MetadataModules.IMAGE_PIXEL]: (metadata) => ({
    rows: firstNumber(metadata, '00280010'),
    columns: firstNumber(metadata, '00280011'),
    samplesPerPixel: firstNumber(metadata, '00280002') ?? 1,
    photometricInterpretation: (firstNumber(metadata, '00280002') ?? 1) > 1 ? 'RGB' : firstString(metadata, '00280004') || 'MONOCHROME2',
    bitsAllocated: firstNumber(metadata, '00280100') ?? 8,
    bitsStored: firstNumber(metadata, '00280101') ?? 8,
    highBit: firstNumber(metadata, '00280102') ?? 7,
    pixelRepresentation: firstNumber(metadata, '00280103') ?? 0,
  }),
  [MetadataModules.IMAGE_PLANE]: imagePlaneModule,
  [MetadataModules.CALIBRATION]: calibrationModule,
  [MetadataModules.ULTRASOUND_ENHANCED_REGION]: (metadata) => ultrasoundRegions(metadata) as never,
  [MetadataModules.VOI_LUT]: () => ({ windowCenter: [128], windowWidth: [256], voiLUTFunction: 'LINEAR' }),
  [MetadataModules.MODALITY_LUT]: (metadata) => ({
    rescaleIntercept: 0,
    rescaleSlope: 1,
    rescaleType: firstString(metadata, '00281054'),
  }),
  [MetadataModules.PET_SERIES]: (metadata) => ({ units: firstString(metadata, '00541001') }),
  [MetadataModules.CINE]: (metadata) => ({ cineRate: firstNumber(metadata, '00180040') }),
};

function imagePlaneModule(metadata: DicomObject): Readonly<Record<string, unknown>> {
  const spacing = spacingOf(metadata);
  const orientation = numbers(metadata, '00200037');
  const position = numbers(metadata, '00200032');
  const cosines = orientation.length === 6 ? orientation : [1, 0, 0, 0, 1, 0];
  return {
    frameOfReferenceUID: firstString(metadata, '00200052') || undefined,
    rows: firstNumber(metadata, '00280010'),
    columns: firstNumber(metadata, '00280011'),
    imageOrientationPatient: cosines,
    rowCosines: cosines.slice(0, 3),
    columnCosines: cosines.slice(3),
    imagePositionPatient: position.length === 3 ? position : [0, 0, 0],
    sliceThickness: firstNumber(metadata, '00180050'),
    sliceLocation: firstNumber(metadata, '00201041'),
    pixelSpacing: [spacing.row, spacing.column],
    rowPixelSpacing: spacing.row,
    columnPixelSpacing: spacing.column,
    // The library writes px instead of mm then.
    usingDefaultValues: !spacing.mm,
  };
}

function calibrationModule(metadata: DicomObject): Readonly<Record<string, unknown>> | undefined {
  if (firstString(metadata, '00080060') === 'US') {
    const regions = ultrasoundRegions(metadata);
    if (regions !== undefined) return { sequenceOfUltrasoundRegions: regions };
  }
  // By what else a length is one in mm, measure.ts says.
  return undefined;
}

/** Member of the library → attribute of an item, PS3.3 C.8.5.5. */
const REGION = {
  regionLocationMinX0: '00186018',
  regionLocationMinY0: '0018601A',
  regionLocationMaxX1: '0018601C',
  regionLocationMaxY1: '0018601E',
  referencePixelX0: '00186020',
  referencePixelY0: '00186022',
  physicalDeltaX: '0018602C',
  physicalDeltaY: '0018602E',
  physicalUnitsXDirection: '00186024',
  physicalUnitsYDirection: '00186026',
  referencePhysicalPixelValueX: '00186028',
  referencePhysicalPixelValueY: '0018602A',
  regionSpatialFormat: '00186012',
  regionDataType: '00186014',
  regionFlags: '00186016',
  transducerFrequency: '00186030',
} as const;

function ultrasoundRegions(metadata: DicomObject): readonly Readonly<Record<string, number | undefined>>[] | undefined {
  const regions = items(metadata, '00186011');
  if (regions.length === 0) return undefined;
  return regions.map((region) => Object.fromEntries(Object.entries(REGION).map(([member, tag]) => [member, firstNumber(region, tag)])));
}
