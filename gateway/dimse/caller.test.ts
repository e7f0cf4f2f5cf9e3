import { describe, expect, it } from 'vitest';
import { inAddressRange, mayUseAETitle } from './caller.ts';

describe('inAddressRange', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['10.1.2.3', '10.1.0.0/16', true],
    ['10.2.2.3', '10.1.0.0/16', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.4', '10.1.2.3', false],
    ['10.1.2.3', '0.0.0.0/0', true],
    ['2001:db8::5', '2001:db8::/32', true],
    ['2001:db9::5', '2001:db8::/32', false],
    ['10.1.2.3', '2001:db8::/32', false],
    ['10.1.2.3', '10.1.0.0/33', false],
    ['10.1.2.3', '10.1.0.0/x', false],
    ['10.1.2.3', 'hospital', false],
    ['', '0.0.0.0/0', false],
  ];
  it.each(cases)('%s in %s: %s', (address, range, expected) => {
    expect(inAddressRange(address, range)).toBe(expected);
  });
});

describe('mayUseAETitle', () => {
  const certificateSha256 = 'ab'.repeat(32);
  it('asks both address and certificate when both are set', () => {
    const entry = { aeTitle: 'PACS', addressRange: '10.0.0.0/8', certificateSha256 };
    expect(mayUseAETitle(entry, { remoteAddress: '10.0.0.1', certificateSha256 })).toBe(true);
    expect(mayUseAETitle(entry, { remoteAddress: '11.0.0.1', certificateSha256 })).toBe(false);
    expect(mayUseAETitle(entry, { remoteAddress: '10.0.0.1', certificateSha256: undefined })).toBe(false);
    expect(mayUseAETitle(entry, { remoteAddress: '10.0.0.1', certificateSha256: 'cd'.repeat(32) })).toBe(false);
    expect(mayUseAETitle({ aeTitle: 'PACS' }, { remoteAddress: '11.0.0.1', certificateSha256: undefined })).toBe(true);
  });
});
