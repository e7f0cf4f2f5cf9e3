import { describe, expect, test } from 'vitest';
import type { FacilityCode, Sha256 } from '../identifiers.ts';
import { type LetterFileKind, letterFileKey, letterFileKind, readLetterFileKey, savedName } from './letter-file.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('what is attached', () => {
  test.each<[string, string, string | undefined]>([
    ['a PDF', '%PDF-1.7\n…', 'pdf'],
    ['a PDF with something before it', '<html>%PDF-1.7', undefined],
    ['a CDA', '<?xml version="1.0"?>\n<!-- 紹介状 -->\n<ClinicalDocument xmlns="urn:hl7-org:v3">', 'cda'],
    ['a CDA with a mark before it and a prefix', '\ufeff<?xml version="1.0"?><n1:ClinicalDocument xmlns:n1="urn:hl7-org:v3">', 'cda'],
    ['another XML', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">', undefined],
    ['a page', '<!doctype html><ClinicalDocument>', undefined],
    ['a FHIR resource', '{ "resourceType": "Bundle", "type": "document" }', 'fhir'],
    ['another JSON', '{ "a": 1 }', undefined],
    ['a program', 'MZ\u0000\u0000', undefined],
    ['nothing', '', undefined],
  ])('%s', (_name, text, expected) => {
    expect(letterFileKind(bytes(text))).toBe(expected);
  });

  test('its name holds its digest', () => {
    const sha256 = 'a'.repeat(64) as Sha256;
    const key = letterFileKey('H1' as FacilityCode, sha256, 'cda');
    expect(key).toBe(`letters/H1/${sha256}.xml`);
    expect(readLetterFileKey(key)).toEqual({ sha256 });
    expect(readLetterFileKey(`originals/H1/${sha256}.xml`)).toBeUndefined();
  });
});

describe('the name under which it is saved ends as what it is', () => {
  test.each<[string, LetterFileKind, string, string]>([
    ['a PDF', 'pdf', '検査結果.pdf', '検査結果.pdf'],
    ['in capitals', 'pdf', 'A.PDF', 'A.PDF'],
    ['a CDA', 'cda', '紹介状.xml', '紹介状.xml'],
    ['a FHIR resource', 'fhir', 'bundle.json', 'bundle.json'],
    ['a PDF that calls itself a program', 'pdf', '検査結果.hta', '検査結果.hta.pdf'],
    ['… with blanks and dots after it', 'pdf', '検査結果.pdf.bat. ', '検査結果.pdf.bat.pdf'],
    ['a page', 'cda', 'x.html', 'x.html.xml'],
    ['no ending', 'fhir', 'bundle', 'bundle.json'],
    ['a way up', 'pdf', '../../etc/passwd', '_.._etc_passwd.pdf'],
    ['a way up as Windows writes it', 'pdf', '..\\..\\x.pdf', '_.._x.pdf'],
    ['another stream', 'pdf', 'a:b?.pdf', 'a_b_.pdf'],
    ['markup', 'pdf', '<b>"a"|*.pdf', '_b__a___.pdf'],
    ['dots alone', 'pdf', '..', 'letter.pdf'],
    ['an ending alone', 'pdf', '.pdf', 'letter.pdf'],
  ])('%s', (_name, kind, name, expected) => {
    expect(savedName({ name, kind })).toBe(expected);
  });
});
