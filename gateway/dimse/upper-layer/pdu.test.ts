import { describe, expect, it } from 'vitest';
import { DIMSE_LIMITS } from '../limits.ts';
import { type AssociateRequest, decodePdu, encodePdu, type Pdu, PduError, pDataHeader } from './pdu.ts';
import { PduReader } from './pdu-reader.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const ae = (title: string): string => Buffer.from(title.padEnd(16)).toString('hex');
const ascii = (text: string): string => Buffer.from(text).toString('hex');

const REQUEST_HEX = `
  01 00 000000d9 0001 0000 ${ae('RENKEI')} ${ae('PACS')} ${'00'.repeat(32)}
  10 00 0015 ${ascii('1.2.840.10008.3.1.1.1')}
  20 00 002e 01 00 00 00  30 00 0011 ${ascii('1.2.840.10008.1.1')}  40 00 0011 ${ascii('1.2.840.10008.1.2')}
  50 00 0046 51 00 0004 00004000  52 00 0004 ${ascii('1.22')}
    53 00 0004 0001 0005
    54 00 0007 0003 ${ascii('1.3')} 01 00
    55 00 0002 ${ascii('V1')}
    58 00 000a 01 01 0004 ${ascii('user')} 0000
    57 00 000b 0003 ${ascii('1.3')} 0002 ${ascii('1.')} 0000`;

const REQUEST: AssociateRequest = {
  type: 'A-ASSOCIATE-RQ',
  protocolVersion: 1,
  calledAETitle: 'RENKEI',
  callingAETitle: 'PACS',
  applicationContextName: '1.2.840.10008.3.1.1.1',
  presentationContexts: [{ id: 1, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] }],
  userInformation: {
    maximumLength: 16384,
    implementationClassUID: '1.22',
    implementationVersionName: 'V1',
    asynchronousOperations: { invoked: 1, performed: 5 },
    roles: [{ sopClassUID: '1.3', scu: true, scp: false }],
    commonExtendedNegotiations: [{ sopClassUID: '1.3', serviceClassUID: '1.', relatedSOPClassUIDs: [] }],
    userIdentity: { type: 1, positiveResponseRequested: true, primaryField: Buffer.from('user'), secondaryField: Buffer.alloc(0) },
  },
};

const decode = (bytes: Buffer): Pdu => decodePdu(bytes.readUInt8(0), bytes.subarray(6), DIMSE_LIMITS);

describe('PDUs of fixed form, PS3.8 9.3', () => {
  const cases: readonly (readonly [string, Pdu])[] = [
    ['03 00 00000004 00 01 01 07', { type: 'A-ASSOCIATE-RJ', result: 1, source: 1, reason: 7 }],
    ['05 00 00000004 00000000', { type: 'A-RELEASE-RQ' }],
    ['06 00 00000004 00000000', { type: 'A-RELEASE-RP' }],
    ['07 00 00000004 00 00 02 06', { type: 'A-ABORT', source: 2, reason: 6 }],
  ];
  it.each(cases)('%s', (bytes, pdu) => {
    expect(encodePdu(pdu).toString('hex')).toBe(hex(bytes).toString('hex'));
    expect(decode(hex(bytes))).toEqual(pdu);
  });
});

describe('A-ASSOCIATE, PS3.8 9.3.2 and 9.3.3', () => {
  it('reads a request written by hand', () => {
    const bytes = hex(REQUEST_HEX);
    expect(bytes.readUInt32BE(2)).toBe(bytes.length - 6);
    expect(decode(bytes)).toEqual(REQUEST);
  });

  it('writes what it reads, with every item', () => {
    const user = {
      ...REQUEST.userInformation,
      roles: [
        { sopClassUID: '1.2.3', scu: true, scp: true },
        { sopClassUID: '1.2.4', scu: false, scp: true },
      ],
      extendedNegotiations: [{ sopClassUID: '1.2.840.10008.5.1.4.1.2.2.1', information: Buffer.from([1, 1, 0]) }],
      commonExtendedNegotiations: [{ sopClassUID: '1.2.3', serviceClassUID: '1.2.840.10008.4.2', relatedSOPClassUIDs: ['1.2.5', '1.2.6'] }],
      userIdentityResponse: Buffer.from('ticket'),
    };
    const request: AssociateRequest = { ...REQUEST, userInformation: user };
    expect(decode(encodePdu(request))).toEqual(request);
    const accept: Pdu = {
      ...request,
      type: 'A-ASSOCIATE-AC',
      presentationContexts: [
        { id: 1, result: 0, transferSyntax: '1.2.840.10008.1.2' },
        { id: 255, result: 3, transferSyntax: '' },
      ],
    };
    expect(decode(encodePdu(accept))).toEqual(accept);
  });

  it('passes over items it does not know and strips padding from UIDs', () => {
    const bytes = Buffer.concat([
      hex(`0001 0000 ${ae('RENKEI')} ${ae(' PACS')} ${'00'.repeat(32)}`),
      hex(`99 00 0002 ffff  10 00 0004 ${ascii('1.2')} 00  50 00 0006 77 00 0002 0000`),
    ]);
    expect(decodePdu(1, bytes, DIMSE_LIMITS)).toMatchObject({ applicationContextName: '1.2', callingAETitle: 'PACS' });
  });

  const context = (id: string): string => `20 00 000f ${id} 00 00 00 30 00 0003 ${ascii('1.2')} 40 00 0000`;
  const malformed: readonly (readonly [string, string])[] = [
    ['shorter than its fixed fields', '0001 0000'],
    ['an item longer than the PDU', `FIXED 10 00 00ff 31`],
    ['an item header cut off', 'FIXED 10 00'],
    ['a sub-item longer than its item', `FIXED 50 00 0004 51 00 0004`],
    ['a maximum length of two bytes', `FIXED 50 00 0006 51 00 0002 0000`],
    ['a role selection whose UID overruns', `FIXED 50 00 0008 54 00 0004 00ff 0000`],
    ['an even presentation context ID', `FIXED ${context('02')}`],
    ['a presentation context ID twice', `FIXED ${context('03')} ${context('03')}`],
    ['a user identity that ends early', `FIXED 50 00 0006 58 00 0002 0101`],
    ['more transfer syntaxes than transferSyntaxesMax', `FIXED 20 00 0208 01000000 ${'40 00 0000'.repeat(129)}`],
    ['more user items than userItemsMax', `FIXED 50 00 1004 ${'77 00 0000'.repeat(1025)}`],
  ];
  it.each(malformed)('refuses %s', (_name, body) => {
    const bytes = hex(body.replace('FIXED', '00'.repeat(68)));
    expect(() => decodePdu(1, bytes, DIMSE_LIMITS)).toThrow(PduError);
  });
});

describe('PduReader', () => {
  const data = Buffer.from('0123456789');
  const stream = Buffer.concat([
    encodePdu(REQUEST),
    pDataHeader(1, true, true, 4),
    data.subarray(0, 4),
    // Two PDVs in one PDU, the second empty and last.
    hex('04 00 00000012  00000008 03 00 343536373839  00000002 03 02'),
    encodePdu({ type: 'A-RELEASE-RQ' }),
  ]);

  function collect(chunks: readonly Buffer[], bounds = DIMSE_LIMITS): string[] {
    const seen: string[] = [];
    const reader = new PduReader(
      {
        pdu: (pdu) => seen.push(pdu.type),
        pDataBegins: () => seen.push('P-DATA-TF'),
        fragment: (contextId, isCommand, isLast, bytes) => {
          const key = `${contextId}${isCommand ? 'c' : 'd'}`;
          const before = seen.at(-1);
          const joined = before?.startsWith(`${key}:`) && !before.endsWith('.') ? (seen.pop() ?? '') : `${key}:`;
          seen.push(`${joined}${bytes.toString()}${isLast ? '.' : ''}`);
        },
        invalid: (error) => seen.push(`invalid ${error.reason}`),
      },
      bounds,
    );
    for (const chunk of chunks) reader.read(chunk);
    return seen;
  }

  const expected = ['A-ASSOCIATE-RQ', 'P-DATA-TF', '1c:0123.', 'P-DATA-TF', '3d:456789.', 'A-RELEASE-RQ'];
  it('reads the same whatever the chunks', () => {
    expect(collect([stream])).toEqual(expected);
    expect(collect(Array.from(stream, (_, index) => stream.subarray(index, index + 1)))).toEqual(expected);
    for (let cut = 1; cut < stream.length; cut += 1) {
      expect(collect([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(expected);
    }
  });

  it('stops where it is told to and goes on from there', () => {
    const fragments: string[] = [];
    const reader: PduReader = new PduReader(
      {
        pdu: () => undefined,
        pDataBegins: () => undefined,
        fragment: (_id, _isCommand, _isLast, bytes) => {
          fragments.push(bytes.toString());
          reader.stop();
        },
        invalid: () => undefined,
      },
      DIMSE_LIMITS,
    );
    const used = reader.read(stream);
    expect(fragments).toEqual(['0123']);
    expect(stream.subarray(used, used + 2)).toEqual(hex('0400'));
    reader.read(stream.subarray(used));
    expect(fragments).toEqual(['0123', '456789']);
  });

  const bad: readonly (readonly [string, string, string])[] = [
    ['an unknown type', '08 00 00000004 00000000', 'invalid unrecognized-pdu'],
    ['type 0', '00 00 00000004 00000000', 'invalid unrecognized-pdu'],
    ['an A-ASSOCIATE-RQ of 4 GB', '01 00 ffffffff 0001', 'invalid invalid-pdu-parameter-value'],
    ['an empty A-ASSOCIATE-RQ', '01 00 00000000', 'invalid invalid-pdu-parameter-value'],
    ['an A-RELEASE-RQ of 5 bytes', '05 00 00000005 0000000000', 'invalid invalid-pdu-parameter-value'],
    ['a P-DATA-TF of 4 GB', '04 00 ffffffff', 'invalid invalid-pdu-parameter-value'],
    ['a P-DATA-TF without room for a PDV', '04 00 00000005 0000000000', 'invalid invalid-pdu-parameter-value'],
    ['a PDV longer than its PDU', '04 00 00000008 00000009 01 00 0000', 'invalid invalid-pdu-parameter-value'],
    ['a PDV of one byte', '04 00 00000006 00000001 01 00', 'invalid invalid-pdu-parameter-value'],
    ['bytes after the last PDV', '04 00 00000009 00000004 01 00 0000 00', 'invalid invalid-pdu-parameter-value'],
  ];
  it.each(bad)('reports %s once and reads no further', (_name, bytes, report) => {
    const seen = collect([hex(bytes), encodePdu({ type: 'A-RELEASE-RQ' })]).filter((one) => one !== 'P-DATA-TF');
    expect(seen).toEqual([report]);
  });

  it('takes a P-DATA-TF of the offered length and a little more, not one much longer', () => {
    const bounds = { ...DIMSE_LIMITS, pduBytesMax: 100 };
    expect(collect([pDataHeader(1, false, true, 106)], bounds)).toEqual(['P-DATA-TF']);
    expect(collect([pDataHeader(1, false, true, 107)], bounds)).toEqual(['invalid invalid-pdu-parameter-value']);
  });
});
