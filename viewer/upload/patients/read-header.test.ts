import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type DataSet, encodeDataSet, part10, TRANSFER_SYNTAXES } from '../../../test/fixtures/dicom/dicom-writer.ts';
import { FIRST_BYTES, HEADER_BYTES_MAX, type ImageHeader, readHeader } from './read-header.ts';

const YAMADA: DataSet = {
  SpecificCharacterSet: '\\ISO 2022 IR 87',
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
  SOPInstanceUID: '2.25.11.1.1',
  StudyDate: '20261120',
  Modality: 'CT',
  StudyDescription: '胸部CT',
  PatientName: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
  PatientID: '00123',
  IssuerOfPatientID: 'H1',
  PatientBirthDate: '19620514',
  PatientSex: 'M',
  StudyInstanceUID: '2.25.11',
  SeriesInstanceUID: '2.25.11.1',
  PixelData: new Uint8Array(32),
};
const EXPECTED: ImageHeader = {
  patientName: { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
  patientID: '00123',
  issuerOfPatientID: 'H1',
  patientBirthDate: '19620514',
  patientSex: 'M',
  studyInstanceUID: '2.25.11',
  studyDate: '20261120',
  studyDescription: '胸部CT',
  modality: 'CT',
  sopInstanceUID: '2.25.11.1.1',
};

/** Reads as a file is read, and tells how much of it was. */
async function read(file: Uint8Array) {
  let asked = 0;
  const header = await readHeader(async (bytes) => {
    asked = Math.max(asked, Math.min(bytes, file.length));
    return file.subarray(0, bytes);
  });
  return { header, asked };
}

/** Little endian elements without their VR, PS3.5 7.1.3; of a data set of short text alone. */
function implicit(dataSet: DataSet): Buffer {
  const explicit = encodeDataSet(dataSet);
  const parts: Buffer[] = [];
  for (let at = 0; at < explicit.length; ) {
    const length = explicit.readUInt16LE(at + 6);
    const head = Buffer.alloc(8);
    explicit.copy(head, 0, at, at + 4);
    head.writeUInt32LE(length, 4);
    parts.push(head, explicit.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts);
}

function bigEndian(dataSet: DataSet): Buffer {
  const bytes = Buffer.from(encodeDataSet(dataSet));
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16LE(at + 6);
    bytes.subarray(at, at + 4).swap16();
    bytes.writeUInt16BE(length, at + 6);
    at += 8 + length;
  }
  return bytes;
}

/** As a file whose data set is written otherwise than the fixtures write it. */
function fileOf(dataSet: Buffer, transferSyntaxUID: string): Buffer {
  const uids = { SOPClassUID: YAMADA['SOPClassUID'], SOPInstanceUID: YAMADA['SOPInstanceUID'] };
  const whole = part10(uids, transferSyntaxUID);
  return Buffer.concat([whole.subarray(0, whole.length - encodeDataSet(uids).length), dataSet]);
}

const { PixelData: _, ...text } = YAMADA;
const WHOLE = part10(YAMADA);

describe('whose image it is', () => {
  it.each<[string, Buffer]>([
    ['Explicit VR Little Endian', WHOLE],
    ['Implicit VR Little Endian', fileOf(implicit(text), TRANSFER_SYNTAXES.implicitLittleEndian)],
    ['Explicit VR Big Endian', fileOf(bigEndian(text), '1.2.840.10008.1.2.2')],
    ['deflated', fileOf(deflateRawSync(encodeDataSet(YAMADA)), '1.2.840.10008.1.2.1.99')],
    ['a bare data set, explicit VR', encodeDataSet(YAMADA)],
    ['a bare data set, implicit VR', implicit(text)],
    ['a bare data set, big endian', bigEndian(text)],
    ['File Meta Information without preamble', WHOLE.subarray(132)],
    ['compressed pixels', part10({ ...YAMADA, PixelData: { frames: [new Uint8Array(99)] } }, TRANSFER_SYNTAXES.jpegBaseline)],
    ['cut behind the header', WHOLE.subarray(0, WHOLE.length - 30)],
  ])('%s', async (_name, file) => {
    expect((await read(file)).header).toEqual(EXPECTED);
  });

  it('of a large file only the beginning is read', async () => {
    const { header, asked } = await read(part10({ ...YAMADA, PixelData: new Uint8Array(4 * 2 ** 20) }));
    expect(header).toEqual(EXPECTED);
    expect(asked).toBe(FIRST_BYTES);
  });

  it('a large private element before the patient is passed over', async () => {
    const { header } = await read(part10({ ...YAMADA, '00091010 OB': new Uint8Array(600_000) }));
    expect(header).toEqual(EXPECTED);
  });

  it('no more is read than the bound', async () => {
    const { header, asked } = await read(part10({ ...YAMADA, '00091010 OB': new Uint8Array(HEADER_BYTES_MAX + 1) }));
    expect(header).toBeUndefined();
    expect(asked).toBe(HEADER_BYTES_MAX);
  });

  it('a sequence before the patient, with a study of its own', async () => {
    const inner = { ReferencedSOPInstanceUID: '2.25.9', StudyInstanceUID: '2.25.99', PatientName: 'Other^Person' };
    expect((await read(part10({ ...YAMADA, ReferencedImageSequence: [inner, inner] }))).header).toEqual(EXPECTED);
  });
});

it('a table of contents is no image', async () => {
  const file = part10({ SOPClassUID: '1.2.840.10008.1.3.10', SOPInstanceUID: '2.25.5' });
  expect((await read(file)).header).toBe('dicomdir');
});

it.each<[string, Buffer]>([
  ['no study', part10({ ...YAMADA, StudyInstanceUID: undefined })],
  ['cut within the patient', WHOLE.subarray(0, WHOLE.indexOf('00123'))],
  ['cut within the File Meta Information', WHOLE.subarray(0, 150)],
  ['a length beyond the file', Buffer.concat([WHOLE.subarray(0, WHOLE.indexOf('00123') - 2), Buffer.from([0xfe, 0xff]), Buffer.alloc(99)])],
  ['sequences within one another for ever', fileOf(nested(40_000), TRANSFER_SYNTAXES.explicitLittleEndian)],
  ['bytes that mean nothing', Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(5000, 0xa7)])],
])('%s: nobody is named', async (_name, file) => {
  expect((await read(file)).header).toBeUndefined();
});

function nested(depth: number): Buffer {
  const sequence = Buffer.from([8, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0, 0xe0, 0xff, 0xff, 0xff, 0xff]);
  return Buffer.concat(Array.from({ length: depth }, () => sequence));
}
