import { describe, expect, it } from 'vitest';
import { IDS, identity } from '../../../test/fixtures/dicom/dicom-bytes.ts';
import type { SOPClassUID, SOPInstanceUID } from '../../domain/identifiers.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN } from '../dictionary/transfer-syntax.ts';
import { bufferAccess, readObject, writeFileMeta } from './part10.ts';

const EXPLICIT = EXPLICIT_VR_LITTLE_ENDIAN;
const read = (bytes: Uint8Array) => readObject(bufferAccess(bytes));

describe('writeFileMeta', () => {
  const of = {
    sopClassUID: IDS.sopClassUID as SOPClassUID,
    sopInstanceUID: IDS.sopInstanceUID as SOPInstanceUID,
    transferSyntaxUID: EXPLICIT,
  };

  it('is read back without a warning, and is the same each time', async () => {
    const meta = writeFileMeta(of);
    expect(writeFileMeta(of)).toEqual(meta);
    const parsed = await read(Buffer.concat([meta, ...identity()]));
    expect(parsed.warnings).toEqual([]);
    expect(parsed.dataSetOffset).toBe(meta.length);
    expect(parsed.transferSyntaxUID).toBe(EXPLICIT);
    expect(parsed.fileMeta['00020003']?.Value).toEqual([IDS.sopInstanceUID]);
  });
});
