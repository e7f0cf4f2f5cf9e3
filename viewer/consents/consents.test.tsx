// @vitest-environment happy-dom
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, test } from 'vitest';
import { type ConsentAnswer, type GiveConsent, giveConsentSchema } from '../../gateway/api/contract/consents.ts';
import type { PatientSummary } from '../../gateway/api/contract/patients.ts';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { say } from '../../test/fixtures/say.ts';
import { HOSPITAL, sessionOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { ConsentDialog } from './consent-dialog.tsx';
import { ConsentFormSheet } from './consent-form-sheet.tsx';
import { bodyOf, missingOf, namedBy, previewOf, proofOf, readAs, START, type Typed } from './taking/consent-wish.ts';

const facility = (code: string, kind: Facility['kind']): Facility => ({ code, kind, name: code, nameKana: '', nameRomaji: '' });
const OTHERS = [facility('C-1', 'clinic'), facility('C-2', 'clinic'), facility('H-2', 'hospital')];
const FILE = { name: 'form.pdf', document: { sha256: 'a'.repeat(64), mediaType: 'application/pdf' as const } };
const typed = (other: Partial<Typed>): Typed => ({ ...START, formVersion: '1', ...other });

describe('what is asked of the gateway', () => {
  test.each<[string, Partial<Typed>, object]>([
    ['the region', { basis: 'implied' }, { to: 'region', basis: 'implied', formVersion: '1' }],
    [
      'chosen facilities on paper',
      { basis: 'paper', whom: 'chosen', facilities: ['C-2'], file: FILE },
      { to: ['C-2'], basis: 'paper', formVersion: '1', document: FILE.document },
    ],
    [
      'a kind, by law, with its term',
      { basis: 'law', whom: 'kinds', kinds: ['clinic'], ground: 'statute', until: '2027-01-01' },
      { to: ['C-1', 'C-2'], basis: 'law', ground: 'statute', until: '2027-01-01', formVersion: '1' },
    ],
    [
      'what is not seen is not said',
      { basis: 'implied', until: '2027-01-01', modalities: ['CT'], relation: 'child', file: FILE },
      { to: 'region', basis: 'implied', formVersion: '1' },
    ],
    [
      'what is seen is',
      { basis: 'implied', more: true, until: '2027-01-01', modalities: ['CT'], exceptFacilities: ['C-1'], exceptStudies: ['9'] },
      {
        ...{ to: 'region', basis: 'implied', formVersion: '1', until: '2027-01-01' },
        ...{ modalities: ['CT'], exceptFacilities: ['C-1'], exceptStudies: ['9'] },
      },
    ],
  ])('%s', (_name, wish, expected) => {
    const body = bodyOf(typed(wish), OTHERS);
    expect(body).toEqual(expected);
    expect(giveConsentSchema.safeParse(body).success).toBe(true);
    expect(missingOf(body as GiveConsent)).toEqual([]);
  });

  test.each<[string, Partial<Typed>, readonly string[]]>([
    ['nobody signed', {}, ['document']],
    ['a proxy of no relation', { basis: 'proxy' }, ['relation', 'document']],
    ['the law says neither why nor until when', { basis: 'law' }, ['ground', 'until']],
  ])('wanting: %s', (_name, wish, expected) => {
    expect(missingOf(bodyOf(typed(wish), OTHERS) as GiveConsent)).toEqual(expected);
  });

  test('nobody is named as long as none is chosen', () => {
    expect(previewOf(typed({ whom: 'chosen' }), OTHERS)).toBeUndefined();
    expect(previewOf(typed({ whom: 'kinds' }), OTHERS)).toBeUndefined();
    expect(giveConsentSchema.safeParse(bodyOf(typed({ whom: 'chosen' }), OTHERS)).success).toBe(false);
    expect(namedBy(typed({ whom: 'kinds', kinds: ['hospital'] }), OTHERS)).toEqual(['H-2']);
  });

  test('a signature stands for what was read, and for nothing else', () => {
    const read = readAs(typed({}), OTHERS);
    const signed = typed({ signature: { file: FILE, of: read } });
    expect(proofOf(signed, OTHERS)).toBe(FILE);
    expect(proofOf({ ...signed, whom: 'chosen', facilities: ['C-1'] }, OTHERS)).toBeUndefined();
    expect(proofOf({ ...signed, basis: 'implied' }, OTHERS)).toBeUndefined();
  });
});

const PATIENT: PatientSummary = {
  id: '7',
  owner: { ...HOSPITAL },
  patientID: 'P-7',
  patientName: { Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
  patientBirthDate: '19890108',
  patientSex: 'M',
};
const CONSENT: ConsentAnswer = {
  id: '5',
  ended: null,
  to: 'region',
  exceptFacilities: [],
  modalities: [],
  studyDateFrom: null,
  studyDateTo: null,
  exceptStudies: [],
  basis: 'proxy',
  relation: 'child',
  ground: null,
  hasDocument: true,
  takenAt: '2026-11-20T01:00:00.000Z',
  takenBy: '佐藤 花',
  until: null,
  formVersion: '2026-11',
  withdrawnAt: null,
  withdrawnElsewhere: false,
  studies: 1,
};
const REACH = { studyCount: 1, facilityCount: 2, studies: [{ id: '9', studyDate: '20261120', modalities: ['CT'] }], noticePosted: false };

describe.each(LANGUAGES)('in %s', (language) => {
  const open = (diedOn: string | null, answers: object = {}) =>
    showPart(<ConsentDialog patient={PATIENT} onClose={() => undefined} />, {
      language,
      session: sessionOf(),
      answers: {
        'GET /api/patients/7/consents': { consents: [CONSENT] },
        'POST /api/patients/7/consents/preview': { ...REACH, diedOn },
        'GET /api/facilities': { facilities: [], next: null },
        ...answers,
      },
    });

  it('a study is left out by its mark', async () => {
    const { user, words, asked } = await open(null, { 'PATCH /api/consents/5': CONSENT });
    await user.click(await screen.findByRole('button', { name: words.consent.narrow }));
    await user.click(await screen.findByRole('checkbox'));
    await user.click(screen.getByRole('button', { name: words.consent.narrowSave }));
    await screen.findByText(words.consent.narrowed);
    expect(asked.filter(({ what }) => what.startsWith('PATCH'))).toEqual([
      {
        what: 'PATCH /api/consents/5',
        body: { exceptFacilities: [], exceptStudies: ['9'], saw: { exceptFacilities: [], exceptStudies: [] } },
      },
    ]);
  });

  it('what is left out is not let in again', async () => {
    const left = { ...CONSENT, exceptFacilities: [{ code: 'C-1', name: '診療所' }], exceptStudies: ['9'] };
    const { user, words } = await open(null, { 'GET /api/patients/7/consents': { consents: [left] } });
    await user.click(await screen.findByRole('button', { name: words.consent.narrow }));
    expect(await screen.findByRole<HTMLInputElement>('checkbox')).toMatchObject({ checked: true, disabled: true });
    expect(within(screen.getByTestId('narrowing')).getByText('C-1')).toBeTruthy();
    expect(screen.queryByRole('button', { name: say(words.takeConsent.remove, { facility: 'C-1' }) })).toBeNull();
  });

  it('who left out more from an old page is told so, sees what somebody else left out, and adds to it', async () => {
    const NOW = { ...CONSENT, exceptFacilities: [{ code: 'C-1', name: '診療所' }] };
    let told = [CONSENT];
    const { user, words, asked } = await open(null, {
      'GET /api/patients/7/consents': () => ({ consents: told }),
      'PATCH /api/consents/5': () => {
        if (told[0] === NOW) return NOW;
        told = [NOW];
        return refused(409, { error: 'conflict', reason: 'consent-changed' });
      },
    });
    await user.click(await screen.findByRole('button', { name: words.consent.narrow }));
    await user.click(await screen.findByRole('checkbox'));
    await user.click(screen.getByRole('button', { name: words.consent.narrowSave }));
    await screen.findByText(words.refusedFor['consent-changed']);
    await within(screen.getByTestId('narrowing')).findByText('C-1');
    await user.click(screen.getByRole('button', { name: words.consent.narrowSave }));
    await screen.findByText(words.consent.narrowed);
    expect(asked.filter(({ what }) => what.startsWith('PATCH')).at(-1)?.body).toEqual({
      ...{ exceptFacilities: ['C-1'], exceptStudies: ['9'] },
      saw: { exceptFacilities: ['C-1'], exceptStudies: [] },
    });
  });

  it('a withdrawal that was made elsewhere is said', async () => {
    const { user, words } = await open(null, {
      'DELETE /api/consents/5': refused(409, { error: 'conflict', reason: 'consent-withdrawn' }),
    });
    await user.click(await screen.findByRole('button', { name: words.consent.withdraw }));
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: words.consent.withdraw }));
    await screen.findByText(words.refusedFor['consent-withdrawn']);
  });

  it('all of it is withdrawn, also what others took, after a question', async () => {
    const { user, words, asked } = await open(null, { 'POST /api/patients/7/withdrawal': null });
    await user.click(await screen.findByText(words.consent.allEnd));
    await user.click(await screen.findByRole('button', { name: words.consent.withdrawAll }));
    expect(asked.some(({ what }) => what.endsWith('/withdrawal'))).toBe(false);
    await user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: words.consent.withdrawAll }));
    await screen.findByText(words.consent.withdrewAll);
    expect(asked.filter(({ what }) => what.endsWith('/withdrawal'))).toHaveLength(1);
  });

  it('a death is noted, and taken back', async () => {
    const first = await open(null, { 'POST /api/patients/7/death': null });
    const { words } = first;
    await first.user.click(await screen.findByText(words.consent.death));
    await first.user.click(screen.getByRole('button', { name: words.consent.deathNote }));
    await first.user.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: words.consent.deathNote }));
    await screen.findByText(words.consent.deathNoted);
    expect(first.asked.at(-1)).toBeDefined();
    await waitFor(() => expect(first.asked.find(({ what }) => what === 'POST /api/patients/7/death')?.body).toHaveProperty('diedOn'));
  });

  it('a note of death says its day', async () => {
    const { words } = await open('2026-11-20');
    const date = language === 'ja' ? '2026/11/20' : '20 Nov 2026';
    await screen.findByText(say(words.consent.died, { date }));
  });
});

it('the paper is Japanese in every language, and its code tells nothing of the patient', async () => {
  const sheet = <ConsentFormSheet patient={PATIENT} region="" address="https://r.example/patients/7" today="20261128" codeLabel="CODE" />;
  await showPart(sheet, { language: 'en', session: sessionOf() });
  const text = document.body.textContent ?? '';
  for (const words of ['山田 太郎', '平成元年1月8日（1989年）', 'P-7', '2026/11/28', '地域医療画像連携']) expect(text).toContain(words);
  expect(text).not.toMatch(/[a-zA-Z]{4,}/);
});
