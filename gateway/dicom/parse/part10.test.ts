import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  element,
  type Form,
  fragments,
  IDS,
  ITEM_END,
  identity,
  imagePixel,
  item,
  part10,
  SEQUENCE_END,
  UNDEFINED,
  ul,
  us,
} from '../../../test/fixtures/dicom/dicom-bytes.ts';
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  EXPLICIT_VR_LITTLE_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from '../dictionary/transfer-syntax.ts';
import { readFrame } from '../frames/frame-index.ts';
import { HEADER_BYTES_MAX, INLINE_BINARY_BYTES_MAX, INLINE_VALUE_BYTES_MAX, SEQUENCE_DEPTH_MAX } from './data-set-parser.ts';
import { ELEMENTS_MAX, HEADER_READS_MAX } from './header-budget.ts';
import { bufferAccess, locateValue, type RandomAccess, readObject } from './part10.ts';

const EXPLICIT = EXPLICIT_VR_LITTLE_ENDIAN;
const IMPLICIT = IMPLICIT_VR_LITTLE_ENDIAN;
const implicit: Form = { explicitVR: false };
const big: Form = { bigEndian: true };

const read = (bytes: Uint8Array) => readObject(bufferAccess(bytes));
const header = async (...dataSet: Uint8Array[]) => (await read(part10(EXPLICIT, ...dataSet))).header;

/** Counts what is read of an object that is mostly not there: zeros are made up behind the given head. */
function sparse(head: Uint8Array, bytes: number): RandomAccess & { read: RandomAccess['read']; bytesRead: number } {
  return {
    bytes,
    bytesRead: 0,
    async read(offset, length) {
      const out = Buffer.alloc(Math.min(length, bytes - offset));
      if (offset < head.length) out.set(head.subarray(offset, Math.min(head.length, offset + out.length)));
      this.bytesRead += out.length;
      return out;
    },
  };
}

describe('PS3.18 F.2: each VR to its JSON', () => {
  it.each<[string, string, Uint8Array | string, unknown]>([
    ['AE keeps its text without padding', 'AE', 'STORE ', { vr: 'AE', Value: ['STORE'] }],
    ['AS', 'AS', '042Y', { vr: 'AS', Value: ['042Y'] }],
    ['AT as eight digits', 'AT', us(0x0018, 0x00ff), { vr: 'AT', Value: ['001800FF'] }],
    ['CS of several values', 'CS', 'A\\B\\\\D ', { vr: 'CS', Value: ['A', 'B', null, 'D'] }],
    ['DS as numbers', 'DS', '1.50\\-2e3\\ 7 ', { vr: 'DS', Value: [1.5, -2000, 7] }],
    ['DS that is no number stays text', 'DS', '1,5 ', { vr: 'DS', Value: ['1,5'] }],
    ['IS', 'IS', '+12 ', { vr: 'IS', Value: [12] }],
    ['FD', 'FD', Buffer.from(new Float64Array([0.1, -3]).buffer), { vr: 'FD', Value: [0.1, -3] }],
    ['FL', 'FL', Buffer.from(new Float32Array([0.5]).buffer), { vr: 'FL', Value: [0.5] }],
    ['FD that is not finite is named', 'FD', Buffer.from(new Float64Array([Number.NaN]).buffer), { vr: 'FD', Value: ['NaN'] }],
    ['LT keeps leading spaces, backslashes and line ends', 'LT', '  a\\b\r\n ', { vr: 'LT', Value: ['  a\\b\r\n'] }],
    [
      'PN in groups',
      'PN',
      'Yamada^Tarou=山田^太郎=やまだ^たろう',
      {
        vr: 'PN',
        Value: [{ Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }],
      },
    ],
    ['PN with an ideographic group only', 'PN', '=山田', { vr: 'PN', Value: [{ Ideographic: '山田' }] }],
    ['PN of carets is empty', 'PN', '^^^^', { vr: 'PN' }],
    ['SL', 'SL', ul(0xfffffffe), { vr: 'SL', Value: [-2] }],
    ['SS', 'SS', us(-3), { vr: 'SS', Value: [-3] }],
    [
      'SV beyond 2^53 as text',
      'SV',
      Buffer.from(new BigInt64Array([-(2n ** 60n), 5n]).buffer),
      { vr: 'SV', Value: ['-1152921504606846976', 5] },
    ],
    ['UV beyond 2^53 as text', 'UV', Buffer.from(new BigUint64Array([2n ** 63n]).buffer), { vr: 'UV', Value: ['9223372036854775808'] }],
    ['UI without its NUL', 'UI', '1.2.3', { vr: 'UI', Value: ['1.2.3'] }],
    ['UL', 'UL', ul(4000000000), { vr: 'UL', Value: [4000000000] }],
    ['UR keeps backslashes', 'UR', 'http://a/b ', { vr: 'UR', Value: ['http://a/b'] }],
    ['US', 'US', us(1, 65535), { vr: 'US', Value: [1, 65535] }],
    ['OB', 'OB', Buffer.from([1, 2, 3, 4]), { vr: 'OB', InlineBinary: 'AQIDBA==' }],
    ['UN', 'UN', Buffer.from([1, 2]), { vr: 'UN', InlineBinary: 'AQI=' }],
    ['empty', 'LO', '', { vr: 'LO' }],
    ['only padding', 'SH', '  ', { vr: 'SH' }],
  ])('%s', async (_name, vr, value, expected) => {
    const utf8 = element('00080005', 'CS', 'ISO_IR 192');
    expect((await header(utf8, element('00091001', vr, value)))['00091001']).toEqual(expected);
  });

  it('says that its strings are UTF-8, whatever the file declared, also in items', async () => {
    const inner = element('00080005', 'CS', 'ISO 2022 IR 87');
    const found = await header(element('00080005', 'CS', 'ISO_IR 100'), element('00081115', 'SQ', item('FFFEE000', inner)));
    expect(found['00080005']).toEqual({ vr: 'CS', Value: ['ISO_IR 192'] });
    expect(found['00081115']?.Value).toEqual([{ '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } }]);
  });

  it('leaves group lengths out', async () => {
    expect(Object.keys(await header(element('00080000', 'UL', ul(10)), element('00080060', 'CS', 'CT')))).toEqual(['00080060']);
  });
});

describe('encodings', () => {
  it('implicit VR takes VRs from the dictionary, private creators as LO, the rest of private ones as UN', async () => {
    const { header: found, warnings } = await read(
      part10(
        IMPLICIT,
        element('00080060', '', 'CT', implicit),
        element('00090010', '', 'ACME', implicit),
        element('00091001', '', 'AB', implicit),
        element('60020010', '', us(7), implicit),
      ),
    );
    expect(found).toEqual({
      '00080060': { vr: 'CS', Value: ['CT'] },
      '00090010': { vr: 'LO', Value: ['ACME'] },
      '00091001': { vr: 'UN', InlineBinary: 'QUI=' },
      '60020010': { vr: 'US', Value: [7] },
    });
    expect(warnings).toEqual([]);
  });

  it.each([
    [0, 'US', 65535],
    [1, 'SS', -1],
  ])('implicit US or SS follows Pixel Representation %i, of the parent too', async (representation, vr, value) => {
    const { header: found } = await read(
      part10(
        IMPLICIT,
        element('00280103', '', us(representation), implicit),
        element('00280106', '', us(65535), implicit),
        element('00283010', '', item('FFFEE000', element('00283002', '', us(65535), implicit)), implicit),
      ),
    );
    expect(found['00280106']).toEqual({ vr, Value: [value] });
    expect(found['00283010']?.Value).toEqual([{ '00283002': { vr, Value: [value] } }]);
  });

  it('big endian numbers, tags and words; InlineBinary is turned to little endian', async () => {
    const { header: found } = await read(
      part10(
        EXPLICIT_VR_BIG_ENDIAN,
        element('00280010', 'US', Buffer.from([1, 2]), big),
        element('00280009', 'AT', Buffer.from([0, 0x18, 0x10, 0x63]), big),
        element('00281201', 'OW', Buffer.from([1, 2, 3, 4]), big),
        element('00400555', 'SQ', item('FFFEE000', element('00280011', 'US', Buffer.from([0, 5]), big), undefined, true), big),
      ),
    );
    expect(found).toEqual({
      '00280010': { vr: 'US', Value: [258] },
      '00280009': { vr: 'AT', Value: ['00181063'] },
      '00281201': { vr: 'OW', InlineBinary: Buffer.from([2, 1, 4, 3]).toString('base64') },
      '00400555': { vr: 'SQ', Value: [{ '00280011': { vr: 'US', Value: [5] } }] },
    });
  });

  it('deflated, with frames by offset in the inflated data set', async () => {
    const pixels = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]);
    const dataSet = Buffer.concat([
      ...identity(),
      ...imagePixel({ rows: 2, columns: 2, bitsAllocated: 8, frames: 2 }),
      element('7FE00010', 'OB', pixels),
    ]);
    const file = bufferAccess(part10(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, deflateRawSync(dataSet)));
    const parsed = await readObject(file);
    expect(parsed.frames.kind).toBe('deflated');
    expect(Buffer.from(await readFrame(file, parsed.frames, 1))).toEqual(pixels.subarray(4));
    expect(await locateValue(file, '7FE00010')).toMatchObject({ deflated: true, length: 8, dataSetOffset: parsed.dataSetOffset });
  });

  it('a deflated stream that is cut keeps what came before', async () => {
    const dataSet = Buffer.concat([...identity(), element('7FE00010', 'OB', Buffer.alloc(200_000, 'pixels'))]);
    const whole = deflateRawSync(dataSet, { level: 0 });
    const { header: found, warnings } = await read(part10(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, whole.subarray(0, 1000)));
    expect(found['0020000D']?.Value).toEqual([IDS.studyInstanceUID]);
    expect(warnings).toContain('truncated');
  });
});

describe('sequences', () => {
  const inner = element('00080100', 'SH', 'T-1');
  const expected = { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: ['T-1'] } }] };
  const openItem = Buffer.concat([item('FFFEE000', inner, UNDEFINED), ITEM_END]);

  it.each([
    ['defined lengths', element('00081032', 'SQ', item('FFFEE000', inner))],
    ['undefined sequence', Buffer.concat([element('00081032', 'SQ', item('FFFEE000', inner), { length: UNDEFINED }), SEQUENCE_END])],
    ['undefined item', element('00081032', 'SQ', openItem)],
    ['both undefined', Buffer.concat([element('00081032', 'SQ', openItem, { length: UNDEFINED }), SEQUENCE_END])],
  ])('%s', async (_name, bytes) => {
    const { header: found, warnings } = await read(part10(EXPLICIT, bytes, element('00100020', 'LO', 'P1')));
    expect(found).toEqual({ '00081032': expected, '00100020': { vr: 'LO', Value: ['P1'] } });
    expect(warnings).toEqual([]);
  });

  it('UN of undefined length is a sequence in implicit VR, PS3.5 6.2.2', async () => {
    const implicitItem = item('FFFEE000', element('00080100', '', 'T-1', implicit));
    const bytes = Buffer.concat([element('00091001', 'UN', implicitItem, { length: UNDEFINED }), SEQUENCE_END]);
    const { header: found } = await read(part10(EXPLICIT, bytes, element('00100020', 'LO', 'P1')));
    expect(found['00091001']).toEqual(expected);
    expect(found['00100020']).toEqual({ vr: 'LO', Value: ['P1'] });
  });

  it('an empty sequence, and an empty item', async () => {
    const found = await header(element('00081032', 'SQ', ''), element('00081110', 'SQ', item('FFFEE000')));
    expect(found).toEqual({ '00081032': { vr: 'SQ' }, '00081110': { vr: 'SQ', Value: [{}] } });
  });

  it('a character set declared in an item holds in that item only', async () => {
    const name = element('00100010', 'PN', Buffer.from([0xdd, 0x20]));
    const found = await header(
      element('00080005', 'CS', 'ISO_IR 144'),
      element('00081115', 'SQ', item('FFFEE000', Buffer.concat([element('00080005', 'CS', 'ISO_IR 126'), name]))),
      name,
    );
    expect(found['00100010']?.Value).toEqual([{ Alphabetic: 'н' }]);
    expect(found['00081115']?.Value).toEqual([
      { '00080005': { vr: 'CS', Value: ['ISO_IR 192'] }, '00100010': { vr: 'PN', Value: [{ Alphabetic: 'έ' }] } },
    ]);
  });
});

describe('odd but readable', () => {
  const patientID = element('00100020', 'LO', 'P1');

  it.each<[string, string, Buffer]>([
    ['no preamble', 'no-preamble', part10(EXPLICIT, ...identity(), patientID).subarray(128)],
    ['prefix missing too', 'no-preamble', part10(EXPLICIT, ...identity(), patientID).subarray(132)],
    ['bare explicit data set', 'no-file-meta', Buffer.concat([...identity(), patientID])],
    ['bare implicit data set', 'no-file-meta', Buffer.concat([...identity(implicit), element('00100020', '', 'P1', implicit)])],
    ['bare big endian data set', 'no-file-meta', Buffer.concat([...identity(big), element('00100020', 'LO', 'P1', big)])],
    [
      'explicit declared, implicit inside',
      'transfer-syntax-contradicted',
      part10(EXPLICIT, ...identity(implicit), element('00100020', '', 'P1', implicit)),
    ],
    ['implicit declared, explicit inside', 'transfer-syntax-contradicted', part10(IMPLICIT, ...identity(), patientID)],
    ['empty transfer syntax', 'no-transfer-syntax', part10('', ...identity(), patientID)],
    ['unknown transfer syntax', 'unknown-transfer-syntax', part10('1.2.3.999', ...identity(), patientID)],
    ['VR of a later edition', 'unknown-vr', part10(EXPLICIT, ...identity(), futureVR(), patientID)],
    [
      'implicit element among explicit ones',
      'implicit-vr-in-explicit',
      part10(EXPLICIT, ...identity(), element('00091001', '', 'AB', implicit), patientID),
    ],
    ['twice the same', 'duplicate-element', part10(EXPLICIT, ...identity(), patientID, element('00100020', 'LO', 'P2'))],
    ['odd length', 'odd-length', part10(EXPLICIT, ...identity(), element('00080060', 'CS', Buffer.from('CT ')), patientID)],
    [
      'number of the wrong length',
      'value-length',
      part10(EXPLICIT, ...identity(), element('00280010', 'US', Buffer.from([1, 0, 0, 0, 9])), patientID),
    ],
    ['stray delimiter', 'stray-delimiter', part10(EXPLICIT, ...identity(), SEQUENCE_END, patientID)],
    ['zeros behind', 'trailing-bytes', part10(EXPLICIT, ...identity(), patientID, Buffer.alloc(64))],
    ['a few bytes behind', 'trailing-bytes', part10(EXPLICIT, ...identity(), patientID, Buffer.from('abc'))],
    ['cut in a value', 'truncated', part10(EXPLICIT, ...identity(), patientID, element('00104000', 'LT', 'abc', { length: 4000 }))],
    [
      'cut in a sequence',
      'truncated',
      part10(EXPLICIT, ...identity(), patientID, element('00400275', 'SQ', item('FFFEE000', patientID, 900), { length: 950 })),
    ],
    ['known attribute as UN', 'un-for-known-attribute', part10(EXPLICIT, ...identity(), element('00104000', 'UN', 'hello '), patientID)],
    [
      'item not closed',
      'item-not-closed',
      part10(
        EXPLICIT,
        ...identity(),
        Buffer.concat([element('00081032', 'SQ', item('FFFEE000', patientID, UNDEFINED), { length: UNDEFINED }), SEQUENCE_END]),
        patientID,
      ),
    ],
    [
      'value too long',
      'value-too-long',
      part10(EXPLICIT, ...identity(), element('00080060', 'CS', 'A-MODALITY-OF-SOME-LENGTH'), patientID),
    ],
    ['UID that is none', 'uid-not-valid', part10(EXPLICIT, ...identity().slice(0, 3), element('0020000E', 'UI', 'abc'), patientID)],
    [
      'another instance in the file meta',
      'file-meta-contradicts-data-set',
      part10(EXPLICIT, element('00080018', 'UI', '1.9'), ...identity().slice(2), patientID),
    ],
    [
      'undeclared high bytes',
      'charset-undeclared',
      part10(EXPLICIT, ...identity(), element('00100010', 'PN', Buffer.from([0xe4, 0x20])), patientID),
    ],
  ])('%s: %s', async (_name, code, bytes) => {
    const { header: found, warnings } = await read(bytes);
    expect(warnings).toContain(code);
    expect(found['00100020']).toEqual({ vr: 'LO', Value: ['P1'] });
    expect(found['0020000D']?.Value).toEqual([IDS.studyInstanceUID]);
  });

  function futureVR(): Buffer {
    const bytes = element('00189999', 'OB', 'ab');
    bytes.write('ZZ', 4, 'latin1');
    return bytes;
  }

  it('keeps the items before the cut', async () => {
    const whole = item('FFFEE000', element('00080100', 'SH', 'ONE '));
    const cut = item('FFFEE000', Buffer.concat([element('00080100', 'SH', 'TWO '), element('00080104', 'LO', 'x', { length: 50 })]), 900);
    const found = await header(element('00081032', 'SQ', Buffer.concat([whole, cut]), { length: 2000 }));
    expect(found['00081032']?.Value).toEqual([{ '00080100': { vr: 'SH', Value: ['ONE'] } }, { '00080100': { vr: 'SH', Value: ['TWO'] } }]);
  });

  it('the hint is used where the object says nothing', async () => {
    const parsed = await readObject(bufferAccess(Buffer.concat([...identity()])), { transferSyntaxUID: '1.2.840.10008.1.2.4.50' });
    expect(parsed.transferSyntaxUID).toBe('1.2.840.10008.1.2.4.50');
    expect(parsed.dataSetOffset).toBe(0);
  });
});

describe('not DICOM', () => {
  it.each<[string, Buffer, string]>([
    ['empty', Buffer.alloc(0), 'empty'],
    ['a JPEG', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(500, 7)]), 'not-dicom'],
    ['zeros', Buffer.alloc(4096), 'not-dicom'],
    ['text', Buffer.from('Dear colleague, please find enclosed the images. '.repeat(20)), 'not-dicom'],
    ['a few bytes', Buffer.from('DICM'), 'not-dicom'],
  ])('%s', async (_name, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({ kind: 'invalid', message });
  });

  it('any cut of a good file is read or refused, never a crash or a hang', async () => {
    const file = part10(
      EXPLICIT,
      ...identity(),
      Buffer.concat([
        element('00081032', 'SQ', Buffer.concat([item('FFFEE000', identity()[0], UNDEFINED), ITEM_END]), { length: UNDEFINED }),
        SEQUENCE_END,
      ]),
      ...imagePixel({ rows: 2, columns: 2, bitsAllocated: 8, frames: 2 }),
      fragments([0, 12], [Buffer.from('ff4f0000', 'hex'), Buffer.from('ff4f0000', 'hex')]),
    );
    for (let length = 0; length < file.length; length += 1) {
      const outcome = await read(file.subarray(0, length)).then(
        () => 'read',
        (thrown: { kind?: string }) => thrown.kind,
      );
      expect(['read', 'invalid']).toContain(outcome);
    }
  });

  it('any byte turned is read or refused', async () => {
    const file = part10(
      EXPLICIT,
      ...identity(),
      element('00081032', 'SQ', item('FFFEE000', identity()[0])),
      element('00100010', 'PN', 'A^B'),
    );
    for (let at = 128; at < file.length; at += 1) {
      for (const bit of [1, 0x80]) {
        const turned = Buffer.from(file);
        turned[at] = (turned[at] as number) ^ bit;
        const outcome = await read(turned).then(
          () => 'read',
          (thrown: { kind?: string }) => thrown.kind,
        );
        expect(['read', 'invalid', 'too-large']).toContain(outcome);
      }
    }
  });
});

describe('large values stay where they are', () => {
  it('reads a few hundred kilobytes of a gigabyte of pixels', async () => {
    const pixels = 1024 ** 3;
    const head = part10(
      EXPLICIT,
      ...identity(),
      ...imagePixel({ rows: 1024, columns: 1024, bitsAllocated: 8, frames: 1024 }),
      element('7FE00010', 'OB', Buffer.alloc(0), { length: pixels }),
    );
    const source = sparse(head, head.length + pixels);
    const parsed = await readObject(source);
    expect(parsed.frames).toMatchObject({ kind: 'native', frames: 1024, offset: head.length, frameBits: 8 * 1024 * 1024 });
    expect(source.bytesRead).toBeLessThan(512 * 1024);
    expect(parsed.warnings).toEqual([]);
  });

  it('goes on behind a large value', async () => {
    const head = part10(EXPLICIT, ...identity(), element('00091001', 'OB', Buffer.alloc(0), { length: 10_000_000 }));
    const file = Buffer.concat([head, Buffer.alloc(10_000_000), element('00100020', 'LO', 'P1')]);
    const { header: found } = await read(file);
    expect(found['00091001']).toEqual({ vr: 'OB', BulkDataURI: 'bulkdata/00091001' });
    expect(found['00100020']?.Value).toEqual(['P1']);
  });

  it.each([
    ['binary at the bound is inline', 'OB', INLINE_BINARY_BYTES_MAX, false],
    ['binary past it is not', 'OB', INLINE_BINARY_BYTES_MAX + 2, true],
    ['text at its bound is inline', 'UT', INLINE_VALUE_BYTES_MAX, false],
    ['text past it is not', 'UT', INLINE_VALUE_BYTES_MAX + 2, true],
  ])('%s', async (_name, vr, length, bulk) => {
    const found = (await header(element('00091001', vr, Buffer.alloc(length, 'a'))))['00091001'];
    expect(found?.BulkDataURI !== undefined).toBe(bulk);
  });

  it('places are found by the URI in the header, in items too', async () => {
    const value = Buffer.alloc(5000, 'waveform');
    const inner = element('54001010', 'OW', value);
    const file = part10(EXPLICIT, ...identity(), element('54000100', 'SQ', Buffer.concat([item('FFFEE000'), item('FFFEE000', inner)])));
    const { header: found } = await read(file);
    const uri = 'bulkdata/54000100/1/54001010';
    expect(found['54000100']?.Value?.[1]).toEqual({ '54001010': { vr: 'OW', BulkDataURI: uri } });
    for (const path of [uri, '54000100/1/54001010']) {
      const place = await locateValue(bufferAccess(file), path);
      expect(place).toMatchObject({ vr: 'OW', length: 5000, deflated: false });
      expect(file.subarray(place?.offset, (place?.offset ?? 0) + 5000)).toEqual(value);
    }
  });

  it.each(['bulkdata/00091001', 'bulkdata/54000100/0/54001010', 'bulkdata/', '../../etc/passwd', 'bulkdata/0009100', '54000100/1'])(
    'nothing is at %s',
    async (path) => {
      expect(await locateValue(bufferAccess(part10(EXPLICIT, ...identity())), path)).toBeUndefined();
    },
  );

  it('an inline value has a place too', async () => {
    const file = part10(EXPLICIT, ...identity());
    expect(await locateValue(bufferAccess(file), 'bulkdata/0020000D')).toMatchObject({ vr: 'UI', length: 10 });
  });
});

describe('bounds', () => {
  it('depth', async () => {
    let nested = element('00080100', 'SH', 'T');
    for (let depth = 0; depth <= SEQUENCE_DEPTH_MAX; depth += 1) nested = element('00081032', 'SQ', item('FFFEE000', nested));
    await expect(read(part10(EXPLICIT, nested))).rejects.toMatchObject({ kind: 'too-large' });
  });

  it('elements', async () => {
    const empty = Buffer.alloc((ELEMENTS_MAX + 1) * 8, element('00100020', 'LO', ''));
    await expect(read(part10(EXPLICIT, element('00081032', 'SQ', item('FFFEE000', empty))))).rejects.toMatchObject({ kind: 'too-large' });
  }, 30_000);

  it('reads', async () => {
    // Large values one behind another: each costs a read.
    const length = 200_000;
    const one = element('00091001', 'OB', Buffer.alloc(0), { length });
    const head = part10(EXPLICIT, ...identity());
    const source: RandomAccess = {
      bytes: head.length + (HEADER_READS_MAX + 2) * (one.length + length),
      async read(offset, wanted) {
        const out = Buffer.alloc(wanted);
        if (offset < head.length) out.set(head.subarray(offset, offset + wanted));
        const first = Math.max(0, Math.floor((offset - head.length) / (one.length + length)));
        for (let n = first; head.length + n * (one.length + length) < offset + wanted; n += 1) {
          const at = head.length + n * (one.length + length) - offset;
          if (at >= 0) out.set(one.subarray(0, wanted - at), at);
        }
        return out;
      },
    };
    await expect(readObject(source)).rejects.toMatchObject({ kind: 'too-large' });
  }, 30_000);

  it('header bytes held', async () => {
    // One sequence that goes on for longer than may be held.
    const length = HEADER_BYTES_MAX * 2;
    const one = item('FFFEE000', element('00080104', 'LO', 'x'.repeat(60)));
    const head = part10(EXPLICIT, ...identity(), element('00081032', 'SQ', Buffer.alloc(0), { length }));
    const source: RandomAccess = {
      bytes: head.length + length,
      async read(offset, wanted) {
        // Filled with the item over and over, in step with the file; the head lies over the beginning.
        const out = Buffer.alloc(wanted + one.length, one).subarray((((offset - head.length) % one.length) + one.length) % one.length);
        if (offset < head.length) out.set(head.subarray(offset));
        return out.subarray(0, wanted);
      },
    };
    await expect(readObject(source)).rejects.toMatchObject({ kind: 'too-large' });
  }, 30_000);
});
