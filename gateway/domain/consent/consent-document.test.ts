import { describe, expect, test } from 'vitest';
import type { FacilityCode, Sha256 } from '../identifiers.ts';
import { CONSENT_DOCUMENT_HEAD_BYTES, consentDocumentKey, consentDocumentType } from './consent-document.ts';

const CASES: Readonly<Record<string, readonly [head: readonly number[] | string, type: string | undefined]>> = {
  'a PDF': ['%PDF-1.7', 'application/pdf'],
  'a JPEG': [[0xff, 0xd8, 0xff, 0xe0, 0, 16], 'image/jpeg'],
  'a PNG': [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 'image/png'],
  'a PNG that was cut short': [[0x89, 0x50, 0x4e, 0x47], undefined],
  'a page that would run in a browser': ['<html><script>', undefined],
  'a drawing that would run in a browser': ['<svg xmlns=', undefined],
  'a PDF behind something else': ['\n%PDF-1.7', undefined],
  nothing: ['', undefined],
};

describe('what a document is', () => {
  test.each(Object.entries(CASES))('%s', (_name, [head, type]) => {
    const bytes = typeof head === 'string' ? new TextEncoder().encode(head) : Uint8Array.from(head);
    expect(consentDocumentType(bytes.subarray(0, CONSENT_DOCUMENT_HEAD_BYTES))).toBe(type);
  });

  test('it is kept under its facility and digest', () => {
    const sha256 = 'a'.repeat(64) as Sha256;
    expect(consentDocumentKey('H1' as FacilityCode, sha256, 'image/jpeg')).toBe(`consents/H1/${sha256}.jpg`);
    expect(() => consentDocumentKey('../H1' as FacilityCode, sha256, 'image/png')).toThrow();
  });
});
