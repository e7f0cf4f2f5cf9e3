import { describe, expect, it } from 'vitest';
import type { Receiver } from '../../domain/imaging/reception.ts';
import type { AssociateRequest, RoleSelection } from '../upper-layer/pdu.ts';
import { VERIFICATION } from './c-echo.ts';
import { storageService } from './c-store.ts';
import { negotiate } from './negotiation.ts';
import { isStorageSOPClass } from './storage-sop-classes.ts';

const NOBODY: Receiver = { receive: () => Promise.reject(new Error('not called')) };
const SERVICES = [VERIFICATION, storageService(NOBODY)];

function request(abstractSyntax: string, transferSyntaxes: readonly string[], roles: readonly RoleSelection[] = []): AssociateRequest {
  return {
    type: 'A-ASSOCIATE-RQ',
    protocolVersion: 1,
    calledAETitle: 'A',
    callingAETitle: 'B',
    applicationContextName: '1.2.840.10008.3.1.1.1',
    presentationContexts: [{ id: 1, abstractSyntax, transferSyntaxes }],
    userInformation: { maximumLength: 0, implementationClassUID: '1.2', roles },
  };
}

describe('presentation contexts', () => {
  const cases: readonly (readonly [string, string, readonly string[], number, string])[] = [
    ['verification', '1.2.840.10008.1.1', ['1.2.840.10008.1.2'], 0, '1.2.840.10008.1.2'],
    [
      'CT in the first syntax offered',
      '1.2.840.10008.5.1.4.1.1.2',
      ['1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2'],
      0,
      '1.2.840.10008.1.2.4.90',
    ],
    ['a private class in a private syntax', '1.2.826.0.1.9', ['1.2.826.0.1.8'], 0, '1.2.826.0.1.8'],
    ['query/retrieve', '1.2.840.10008.5.1.4.1.2.2.1', ['1.2.840.10008.1.2'], 3, '1.2.840.10008.1.2'],
    ['what is not a UID', 'CT', ['1.2.840.10008.1.2'], 3, '1.2.840.10008.1.2'],
    ['no transfer syntax', '1.2.840.10008.5.1.4.1.1.2', [], 4, ''],
  ];
  it.each(cases)('%s', (_name, abstractSyntax, offered, result, transferSyntax) => {
    const { answers, contexts } = negotiate(request(abstractSyntax, offered), SERVICES);
    expect(answers).toEqual([{ id: 1, result, transferSyntax }]);
    expect(contexts.size).toBe(result === 0 ? 1 : 0);
  });

  it('grants the SCU role alone, and answers no role for a class it does not serve', () => {
    const ct = '1.2.840.10008.5.1.4.1.1.2';
    const roles = [
      { sopClassUID: ct, scu: true, scp: true },
      { sopClassUID: '1.2.840.10008.5.1.4.1.2.2.3', scu: true, scp: true },
    ];
    expect(negotiate(request(ct, ['1.2.840.10008.1.2'], roles), SERVICES).roles).toEqual([{ sopClassUID: ct, scu: true, scp: false }]);
  });
});

describe('storage is recognised by not being anything else', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['CT', '1.2.840.10008.5.1.4.1.1.2', true],
    ['hanging protocol', '1.2.840.10008.5.1.4.38.1', true],
    ['CT defined procedure protocol', '1.2.840.10008.5.1.4.1.1.200.1', true],
    ['RT beams delivery instruction', '1.2.840.10008.5.1.4.34.7', true],
    ['hardcopy', '1.2.840.10008.5.1.1.29', true],
    ['private', '1.3.46.670589.5.0.2', true],
    ['of a later edition', '1.2.840.10008.5.1.4.1.1.999.1', true],
    ['DICOMDIR', '1.2.840.10008.1.3.10', false],
    ['study root MOVE', '1.2.840.10008.5.1.4.1.2.2.2', false],
    ['worklist', '1.2.840.10008.5.1.4.31', false],
    ['MPPS', '1.2.840.10008.3.1.2.3.3', false],
    ['commitment', '1.2.840.10008.1.20.1', false],
    ['UPS push', '1.2.840.10008.5.1.4.34.6.1', false],
    ['print', '1.2.840.10008.5.1.1.9', false],
  ];
  it.each(cases)('%s %s: %s', (_name, uid, expected) => {
    expect(isStorageSOPClass(uid)).toBe(expected);
  });
});
