// @vitest-environment happy-dom
import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { say } from '../../test/fixtures/say.ts';
import { CLINIC, facilityOf, sessionOf, userOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { AdminFacilitiesPage } from './admin-facilities-page.tsx';
import { AdminLayout } from './admin-layout.tsx';
import { AdminQuarantinePage } from './admin-quarantine-page.tsx';
import { AdminRecordPage } from './admin-record-page.tsx';
import { AdminUsersPage } from './admin-users-page.tsx';
import { AETitleList } from './ae-title-list.tsx';
import { FacilityForm } from './facility-form.tsx';
import { OperationWarnings } from './operation-warnings.tsx';
import { UserForm } from './user-form.tsx';

const FACILITIES = {
  'GET /api/facilities': {
    facilities: [facilityOf(), facilityOf({ code: 'hospital', name: '中央病院', nameKana: 'チュウオウ', nameRomaji: '' })],
    next: null,
  },
};

/** What stands below a field. */
function noteOf(field: HTMLElement): string | undefined {
  return document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent ?? undefined;
}

const QUARANTINED = {
  id: '1',
  at: '2026-11-25T00:00:00.000Z',
  facilityCode: 'HOSPITAL',
  facilityName: '中央病院',
  door: 'dimse',
  sender: null,
  reason: 'not-dicom',
  fileName: null,
  bytes: 200,
  mayTakeOut: false,
};

describe.each(LANGUAGES)('%s', (language) => {
  describe('the administration', () => {
    it('is not for everybody', async () => {
      const { words } = await showPart(<AdminLayout />, { language, session: sessionOf() });
      expect(screen.getByText(words.admin.forbidden)).toBeTruthy();
      expect(screen.queryByRole('link')).toBeNull();
    });
    it('says what only the operator can put right', async () => {
      const warning = {
        code: 'proxy-not-named',
        detail: 'https://x',
        firstAt: '2026-11-20T00:00:00Z',
        lastAt: '2026-11-20T00:00:00Z',
        count: 2,
      };
      const { words } = await showPart(<OperationWarnings />, { language, answers: { 'GET /api/warnings': { warnings: [warning] } } });
      const list = await screen.findByRole('list', { name: words.admin.warnings });
      expect(list.textContent).toContain(say(words.admin.warning['proxy-not-named'], { detail: 'https://x' }));
    });
  });

  describe('the record', () => {
    const entry = {
      seq: 1,
      at: '2026-11-20T00:00:00Z',
      action: 'access-refused',
      outcome: 'refused',
      who: { name: '石井 健', job: null, facility: null },
    };
    const none = {
      seriesInstanceUID: null,
      count: null,
      toFacility: null,
      right: null,
      refusal: null,
      remoteAddress: null,
      ownStaff: false,
    };
    const one = { entries: [{ ...entry, ...none, studyInstanceUID: null, ownerFacility: null, about: {} }], next: null };
    const USERS = { users: [userOf()], next: null };
    const answers = (more: object) => ({ 'GET /api/users?limit=20': USERS, 'GET /api/record': one, ...more });

    it('could not be loaded: said, and asked for once more by a button', async () => {
      const answer = vi
        .fn()
        .mockReturnValueOnce(refused(403, { error: 'denied' }))
        .mockReturnValue(one);
      const { user, words } = await showPart(<AdminRecordPage />, { language, answers: answers({ 'GET /api/record': answer }) });
      expect(screen.getByRole('status').textContent).toBe(words.app.loading);
      expect((await screen.findByRole('alert')).textContent).toContain(words.error.denied);
      await user.click(screen.getByRole('button', { name: words.app.retry }));
      const line = await screen.findByTestId('disclosure');
      expect(line.textContent).toContain(words.action['access-refused']);
      expect(line.textContent).not.toContain(say(words.app.inBrackets, { text: words.entry.refused }));
    });

    it('a name that is typed and not chosen does not ask about everybody', async () => {
      const { user, words, asked } = await showPart(<AdminRecordPage />, { language, answers: answers({}) });
      await screen.findByTestId('disclosure');
      const before = asked.filter(({ what }) => what.startsWith('GET /api/record')).length;
      const who = screen.getByRole('combobox', { name: words.admin.filterWho });
      fireEvent.change(who, { target: { value: 'いしい' } });
      await user.click(screen.getByRole('button', { name: words.admin.filter }));
      await vi.waitFor(() => expect(noteOf(who)).toBe(words.admin.mustChoosePerson));
      expect(asked.filter(({ what }) => what.startsWith('GET /api/record'))).toHaveLength(before);
      await user.click(screen.getByRole('button', { name: words.admin.filterClear }));
      expect(screen.getByRole('combobox', { name: words.admin.filterWho })).toHaveProperty('value', '');
    });

    it.each(['あした', '12/27/2026'])('a day that cannot be read is said at its field: %s', async (typed) => {
      const { user, words } = await showPart(<AdminRecordPage />, { language, answers: answers({}) });
      const from = screen.getByLabelText(words.studies.from);
      await user.type(from, typed);
      await user.click(screen.getByRole('button', { name: words.admin.filter }));
      await vi.waitFor(() => expect(noteOf(from)).toBe(words.form.flaw.date));
      expect(document.activeElement).toBe(from);
    });
  });

  describe('the quarantine', () => {
    it.each([
      ['says what the files are and what to do', [QUARANTINED], true],
      ['says nothing of files where there are none', [], false],
    ])('%s', async (_name, entries, said) => {
      const { words } = await showPart(<AdminQuarantinePage />, { language, answers: { 'GET /api/quarantine': { entries } } });
      await screen.findByText(said ? words.admin.reasons['not-dicom'] : words.admin.noEntries);
      expect(screen.queryByText(words.admin.quarantineIntro) !== null).toBe(said);
    });

    it('names the facility as it is called, not by its code', async () => {
      const directory = { facilities: [facilityOf({ code: 'HOSPITAL', name: '中央病院', nameRomaji: 'Chuo Hospital' })], next: null };
      const answers = { 'GET /api/quarantine': { entries: [QUARANTINED] }, 'GET /api/facilities': directory };
      await showPart(<AdminQuarantinePage />, { language, answers });
      const row = await screen.findByTestId('quarantined');
      await vi.waitFor(() => expect(row.textContent).toContain(language === 'en' ? 'Chuo Hospital' : '中央病院'));
      expect(row.textContent).not.toContain('HOSPITAL');
    });
  });

  describe('a user', () => {
    const waits = (whether: boolean) => ({ 'GET /api/users/u2/sign-in-wait': { waits: whether } });
    const person = async (user: ReturnType<typeof userOf> | undefined, answers = {}) => {
      const onDone = vi.fn();
      const all = { ...FACILITIES, ...waits(false), ...answers };
      const shown = await showPart(<UserForm user={user} onDone={onDone} />, { language, answers: all });
      return { ...shown, onDone };
    };
    const chosen = (field: HTMLElement) => (field as HTMLSelectElement).selectedOptions[0]?.textContent;

    it('is new: nothing is chosen for whoever adds it', async () => {
      const { user, words, asked } = await person(undefined, { 'POST /api/users': null });
      const [job, facility] = [words.admin.job, words.admin.facility].map((label) => screen.getByLabelText(label)) as [
        HTMLElement,
        HTMLElement,
      ];
      expect([job, facility].map(chosen)).toEqual([words.form.choose, words.form.choose]);
      await user.click(screen.getByRole('checkbox'));
      await user.click(screen.getByRole('button', { name: words.admin.create }));
      await vi.waitFor(() => expect(noteOf(job)).toBe(words.form.flaw.unchosen));
      expect(noteOf(facility)).toBe(words.form.flaw['no-facility']);
      expect(asked.filter(({ what }) => what.startsWith('POST'))).toEqual([]);
    });

    it('is new: what was typed is sent once, trimmed', async () => {
      const { user, words, asked, onDone } = await person(undefined, { 'POST /api/users': null });
      const clinic = await screen.findByRole('option', { name: language === 'en' ? facilityOf().nameRomaji : CLINIC.name });
      await user.type(screen.getByLabelText(words.admin.email), 'aoki@example.jp');
      await user.type(screen.getByLabelText(words.admin.userName), ' 青木 健 ');
      await user.type(screen.getByLabelText(words.admin.userKana), 'アオキ');
      await user.selectOptions(screen.getByLabelText(words.admin.job), words.job.nurse);
      await user.selectOptions(screen.getByLabelText(words.admin.facility), clinic);
      await user.type(screen.getByLabelText(words.admin.initialPassword), 'a-long-enough-one');
      await user.click(screen.getByRole('button', { name: words.admin.create }));
      await screen.findByText(words.admin.saved);
      expect(asked.find(({ what }) => what === 'POST /api/users')?.body).toEqual({
        email: 'aoki@example.jp',
        name: '青木 健',
        nameKana: 'アオキ',
        job: 'nurse',
        facilityCode: 'clinic',
        administrator: false,
        password: 'a-long-enough-one',
      });
      expect(onDone).toHaveBeenCalledOnce();
    });

    it('is new: without a facility only as administrator', async () => {
      const { user, words, asked } = await person(undefined, { 'POST /api/users': null });
      const fields = { email: 'aoki@example.jp', userName: '青木 健', initialPassword: 'a-long-enough-one' } as const;
      for (const [field, text] of Object.entries(fields))
        await user.type(screen.getByLabelText(words.admin[field as keyof typeof fields]), text);
      await user.selectOptions(screen.getByLabelText(words.admin.job), words.job.clerk);
      const facility = screen.getByLabelText(words.admin.facility);
      await user.selectOptions(facility, words.nav.noFacility);
      await user.click(screen.getByRole('button', { name: words.admin.create }));
      await vi.waitFor(() => expect(noteOf(facility)).toBe(words.form.flaw['no-facility']));
      expect(document.activeElement).toBe(facility);
      await user.click(screen.getByRole('checkbox'));
      await vi.waitFor(() => expect(facility.getAttribute('aria-invalid')).toBe('false'));
      await user.click(screen.getByRole('button', { name: words.admin.create }));
      await screen.findByText(words.admin.saved);
      expect(asked.find(({ what }) => what === 'POST /api/users')?.body).toMatchObject({ facilityCode: null, administrator: true });
    });

    it('is new: each field that is wrong says what, the first has the focus', async () => {
      const { user, words, asked } = await person(undefined);
      await user.type(screen.getByLabelText(words.admin.email), 'aoki');
      await user.type(screen.getByLabelText(words.admin.initialPassword), 'short{Enter}');
      const said = () =>
        (['email', 'userName', 'userKana', 'job', 'facility', 'initialPassword'] as const).map((field) =>
          noteOf(screen.getByLabelText(words.admin[field])),
        );
      const { email, required, unchosen, 'no-facility': noFacility, 'password-short': short } = words.form.flaw;
      await vi.waitFor(() => expect(said()).toEqual([email, required, undefined, unchosen, noFacility, short]));
      expect(document.activeElement).toBe(screen.getByLabelText(words.admin.email));
      expect(asked.filter(({ what }) => what.startsWith('POST'))).toEqual([]);
    });

    it('is new: an address that is taken is said at its field, until another is typed; nothing typed is lost', async () => {
      const { user, words } = await person(undefined, { 'POST /api/users': refused(409, { error: 'conflict', reason: 'email-taken' }) });
      const email = screen.getByLabelText(words.admin.email);
      await user.type(email, 'aoki@example.jp');
      await user.type(screen.getByLabelText(words.admin.userName), '青木 健');
      await user.selectOptions(screen.getByLabelText(words.admin.job), words.job.clerk);
      await user.selectOptions(screen.getByLabelText(words.admin.facility), words.nav.noFacility);
      await user.click(screen.getByRole('checkbox'));
      await user.type(screen.getByLabelText(words.admin.initialPassword), 'a-long-enough-one{Enter}');
      await vi.waitFor(() => expect(noteOf(email)).toBe(words.refusedFor['email-taken']));
      expect(document.activeElement).toBe(email);
      expect(screen.queryByRole('alert')).toBeNull();
      expect(screen.getByLabelText(words.admin.initialPassword)).toHaveProperty('value', 'a-long-enough-one');
      await user.type(email, 'x');
      await vi.waitFor(() => expect(email.getAttribute('aria-invalid')).toBe('false'));
    });

    it('is changed: only what is meant is sent; neither mail nor facility can be', async () => {
      const { user, words, asked } = await person(userOf(), { 'PATCH /api/users/u2': null });
      expect(screen.queryByLabelText(words.admin.email)).toBeNull();
      expect(screen.queryByLabelText(words.admin.facility)).toBeNull();
      await user.selectOptions(screen.getByLabelText(words.admin.job), words.job.clerk);
      await user.click(screen.getByRole('button', { name: words.app.save }));
      await screen.findByText(words.admin.saved);
      expect(asked.find(({ what }) => what.startsWith('PATCH'))?.body).toEqual({ name: '青木 健', nameKana: 'アオキ ケン', job: 'clerk' });
    });

    it('goes on', async () => {
      const { user, words, asked } = await person(userOf({ disabled: true }), { 'PATCH /api/users/u2': null });
      await user.click(screen.getByRole('button', { name: words.admin.enable }));
      await screen.findByText(words.admin.saved);
      expect(asked.filter(({ what }) => what.startsWith('PATCH'))).toEqual([{ what: 'PATCH /api/users/u2', body: { disabled: false } }]);
    });

    it('may try to sign in again: offered while somebody waits, and no longer', async () => {
      let waiting = true;
      const { user, words, asked } = await person(userOf(), {
        'GET /api/users/u2/sign-in-wait': () => ({ waits: waiting }),
        'PATCH /api/users/u2': () => {
          waiting = false;
          return null;
        },
      });
      await screen.findByText(words.admin.waits);
      await user.click(screen.getByRole('button', { name: words.admin.unlock }));
      await screen.findByText(words.admin.unlocked);
      expect(asked.filter(({ what }) => what.startsWith('PATCH'))).toEqual([{ what: 'PATCH /api/users/u2', body: { unlock: true } }]);
      await vi.waitFor(() => expect(screen.queryByRole('button', { name: words.admin.unlock })).toBeNull());
      expect(screen.queryByText(words.admin.waits)).toBeNull();
    });

    it('of whom nobody waits no wait can be ended', async () => {
      const { words, asked } = await person(userOf());
      await vi.waitFor(() => expect(asked.map(({ what }) => what)).toContain('GET /api/users/u2/sign-in-wait'));
      expect(screen.queryByRole('button', { name: words.admin.unlock })).toBeNull();
    });

    it('is stopped once it is said what that does', async () => {
      const { user, words, asked } = await person(userOf(), { 'PATCH /api/users/u2': null });
      const name = language === 'en' ? userOf().nameRomaji : userOf().name;
      const ask = async () => {
        await user.click(screen.getByRole('button', { name: words.admin.disable }));
        return screen.findByRole('alertdialog', { name: say(words.admin.disableTitle, { name }) });
      };
      const question = await ask();
      expect(question.textContent).toContain(words.admin.disableBody);
      await user.click(within(question).getByRole('button', { name: words.app.cancel }));
      expect(asked.filter(({ what }) => what.startsWith('PATCH'))).toEqual([]);
      await user.click(within(await ask()).getByRole('button', { name: words.admin.disable }));
      await screen.findByText(words.admin.saved);
      expect(asked.filter(({ what }) => what.startsWith('PATCH'))).toEqual([{ what: 'PATCH /api/users/u2', body: { disabled: true } }]);
    });

    it('a new password says what it ends', async () => {
      const { words } = await person(userOf());
      expect(noteOf(screen.getByLabelText(words.admin.newPassword))).toContain(words.admin.newPasswordHint);
    });

    it('refused: the password at its field, anything else as an alert', async () => {
      const answer = vi.fn().mockReturnValueOnce(refused(400, { error: 'invalid', reason: 'password-common' }));
      answer.mockReturnValueOnce(refused(409, { error: 'conflict', reason: 'last-administrator' }));
      const { user, words } = await person(userOf(), { 'PATCH /api/users/u2': answer });
      await user.type(screen.getByLabelText(words.admin.newPassword), 'Password-1234567');
      await user.click(screen.getByRole('button', { name: words.app.save }));
      await screen.findByText(words.form.flaw['password-common']);
      expect(screen.queryByRole('alert')).toBeNull();
      await user.click(screen.getByRole('button', { name: words.app.save }));
      expect((await screen.findByRole('alert')).textContent).toBe(words.refusedFor['last-administrator']);
    });

    it('is looked for by the gateway, page by page, and opened', async () => {
      const ito = userOf({
        id: 'u3',
        name: '伊藤 実',
        nameKana: 'イトウ ミノル',
        nameRomaji: 'Ito Minoru',
        email: 'ito@example.jp',
        disabled: true,
      });
      const called = (one: { name: string; nameRomaji: string }) => (language === 'en' ? one.nameRomaji : one.name);
      const { user, words } = await showPart(<AdminUsersPage />, {
        language,
        answers: {
          ...FACILITIES,
          'GET /api/users?limit=50': { users: [userOf()], next: 'aoki@example.jp' },
          'GET /api/users?limit=50&after=aoki%40example.jp': { users: [ito], next: null },
          [`GET /api/users?q=${encodeURIComponent('いとう')}&limit=50`]: { users: [ito], next: null },
        },
      });
      await screen.findByText(called(userOf()));
      await user.click(screen.getByRole('button', { name: words.app.more }));
      const row = await screen.findByRole('button', { name: new RegExp(called(ito)) });
      expect(within(row).getByText(words.admin.disabled)).toBeTruthy();
      expect(screen.queryByRole('button', { name: words.app.more })).toBeNull();
      await user.type(screen.getByRole('searchbox', { name: words.admin.filter }), 'いとう');
      await vi.waitFor(() => expect(screen.queryByText(called(userOf()))).toBeNull());
      await user.click(screen.getByRole('button', { name: new RegExp(called(ito)) }));
      const { textContent } = screen.getByRole('dialog', { name: words.admin.editUser });
      expect(textContent).toContain('ito@example.jp');
      expect(textContent).toContain(language === 'en' ? facilityOf().nameRomaji : CLINIC.name);
    });
    it('nobody is found: said', async () => {
      const { words } = await showPart(<AdminUsersPage />, { language, answers: { 'GET /api/users?limit=50': { users: [], next: null } } });
      expect(await screen.findByText(words.admin.noneFound)).toBeTruthy();
    });
  });

  describe('a facility', () => {
    const open = async (facility: Facility | undefined, answers = {}) => {
      const onDone = vi.fn();
      return { ...(await showPart(<FacilityForm facility={facility} onDone={onDone} />, { language, answers })), onDone };
    };

    it('is new: sent with its AE titles; full-width letters and digits are the plain ones', async () => {
      const { user, words, asked, onDone } = await open(undefined, { 'POST /api/facilities': null });
      await user.type(screen.getByLabelText(words.admin.code), '　ｅａｓｔ１');
      await user.type(screen.getByLabelText(words.admin.name), '東病院');
      await user.click(screen.getByRole('button', { name: words.admin.aeAdd }));
      const entry = within(screen.getByRole('group', { name: say(words.admin.aeNumber, { number: 1 }) }));
      expect(document.activeElement).toBe(entry.getByLabelText(words.admin.aeTitle));
      await user.type(entry.getByLabelText(words.admin.aeTitle), 'ＰＡＣＳ１');
      await user.type(entry.getByLabelText(words.admin.aeRange), '10.0.0.0/8　');
      await user.type(entry.getByLabelText(words.admin.aeHost), 'ｐａｃｓ．example');
      await user.type(entry.getByLabelText(words.admin.aePort), '１０４');
      await user.click(screen.getByRole('button', { name: words.admin.create }));
      await screen.findByText(words.admin.saved);
      expect(asked.find(({ what }) => what === 'POST /api/facilities')?.body).toEqual({
        code: 'east1',
        name: '東病院',
        nameKana: '',
        nameRomaji: '',
        kinds: [{ kind: 'hospital', from: null }],
        aeTitles: [{ aeTitle: 'PACS1', addressRange: '10.0.0.0/8', host: 'pacs.example', port: 104 }],
      });
      expect(onDone).toHaveBeenCalledOnce();
    });

    it('becomes another kind from a day on, and keeps the kinds that it had', async () => {
      const kinds = [{ kind: 'clinic', from: null }] as const;
      const facility = facilityOf({ kind: 'clinic', kinds: [...kinds] });
      const { user, asked, words } = await showPart(<FacilityForm facility={facility} onDone={() => {}} />, {
        language,
        answers: { [`PATCH /api/facilities/${facility.code}`]: facility },
      });
      // happy-dom does not show the choice that a form begins with.
      await user.selectOptions(screen.getByLabelText(words.rights.kind), 'clinic');
      await user.click(screen.getByRole('button', { name: words.rights.addKind }));
      const next = within(screen.getByRole('group', { name: say(words.rights.kindNumber, { number: 2 }) }));
      await user.selectOptions(next.getByLabelText(words.rights.kind), 'hospital');
      await user.type(next.getByLabelText(words.rights.from), '2027/4/1');
      await user.click(screen.getByRole('button', { name: words.app.save }));
      await screen.findByText(words.admin.saved);
      const sent = asked.find(({ what }) => what.startsWith('PATCH'))?.body;
      expect(sent).toMatchObject({ kinds: [...kinds, { kind: 'hospital', from: '2027-04-01' }] });
    });

    it.each([
      ['aeTitle', 'SEVENTEEN_LETTERS', 'ae-title'],
      ['aeTitle', 'BACK\\SLASH', 'ae-title'],
      ['aeTitle', '院内PACS', 'ae-title'],
      ['aeTitle', '　', 'required'],
      ['aeRange', '300.1.1.0/99', 'address-range'],
      ['aeHost', '192.168.1.20:104', 'host'],
      ['aeHost', 'サーバー', 'host'],
      ['aePort', '0', 'port'],
      ['aePort', '７００００', 'port'],
      ['aePort', '百四', 'port'],
    ] as const)('with the %s %s is not sent, and the field says what is wrong', async (field, typed, flaw) => {
      const { user, words, asked } = await open(
        facilityOf({ aeTitles: [{ aeTitle: 'CT_1' }, { aeTitle: 'CT_2', addressRange: '10.0.0.0/8', host: 'ct', port: 104 }] }),
      );
      const input = within(screen.getByRole('group', { name: say(words.admin.aeNumber, { number: 2 }) })).getByLabelText(
        words.admin[field],
      );
      await user.clear(input);
      await user.type(input, typed);
      await user.click(screen.getByRole('button', { name: words.app.save }));
      await vi.waitFor(() => expect(noteOf(input)).toBe(words.form.flaw[flaw]));
      expect(input.getAttribute('aria-invalid')).toBe('true');
      expect(document.activeElement).toBe(input);
      expect(asked).toEqual([]);
    });

    it('a host without a port is not sent; the empty one of the two says so', async () => {
      const { user, words } = await open(facilityOf({ aeTitles: [{ aeTitle: 'CT_1' }] }));
      await user.type(screen.getByLabelText(words.admin.aeHost), 'ct{Enter}');
      const port = screen.getByLabelText(words.admin.aePort);
      await vi.waitFor(() => expect(noteOf(port)).toBe(words.form.flaw['port-missing']));
      await user.clear(screen.getByLabelText(words.admin.aeHost));
      await vi.waitFor(() => expect(port.getAttribute('aria-invalid')).toBe('false'));
    });

    it('what is taken is said at its field: the code, an AE title', async () => {
      const answer = vi.fn().mockReturnValueOnce(refused(409, { error: 'conflict', reason: 'facility-code-taken', value: 'EAST' }));
      answer.mockReturnValueOnce(refused(409, { error: 'conflict', reason: 'ae-title-taken', value: 'PACS2' }));
      const { user, words } = await open(undefined, { 'POST /api/facilities': answer });
      await user.type(screen.getByLabelText(words.admin.code), 'EAST');
      await user.type(screen.getByLabelText(words.admin.name), '東病院');
      for (const title of ['PACS1', 'PACS2']) {
        await user.click(screen.getByRole('button', { name: words.admin.aeAdd }));
        await user.type(screen.getAllByLabelText(words.admin.aeTitle).at(-1) as HTMLElement, title);
      }
      await user.click(screen.getByRole('button', { name: words.admin.create }));
      const code = screen.getByLabelText(words.admin.code);
      await vi.waitFor(() => expect(noteOf(code)).toBe(say(words.refusedFor['facility-code-taken'], { value: 'EAST' })));
      await user.type(code, '2');
      await user.click(screen.getByRole('button', { name: words.admin.create }));
      const second = screen.getAllByLabelText(words.admin.aeTitle)[1] as HTMLElement;
      await vi.waitFor(() => expect(noteOf(second)).toBe(say(words.refusedFor['ae-title-taken'], { value: 'PACS2' })));
      expect(document.activeElement).toBe(second);
    });

    it('an AE title is taken away; the others keep what is not shown of them', async () => {
      const certificateSha256 = 'ab'.repeat(32);
      const { user, words, asked } = await open(
        facilityOf({
          aeTitles: [{ aeTitle: 'CT_1' }, { aeTitle: 'CT_2', certificateSha256, contact: { receivedAt: '2026-11-20T03:00:00Z' } }],
        }),
        { 'PATCH /api/facilities/clinic': null },
      );
      await user.click(screen.getAllByRole('button', { name: words.admin.aeRemove })[0] as HTMLElement);
      expect(document.activeElement).toBe(screen.getByRole('button', { name: words.admin.aeAdd }));
      await user.click(screen.getByRole('button', { name: words.app.save }));
      await screen.findByText(words.admin.saved);
      expect(asked.at(0)?.body).toMatchObject({ aeTitles: [{ aeTitle: 'CT_2', certificateSha256 }] });
      expect(JSON.stringify(asked.at(0)?.body)).not.toContain('contact');
    });

    it('an AE title whose connection cannot be tested says what to do so that it can', async () => {
      const { words } = await showPart(<AETitleList facility={facilityOf({ aeTitles: [{ aeTitle: 'CT_1' }] })} />, { language });
      expect(within(screen.getByRole('listitem')).getByText(words.admin.aeNoHost)).toBeTruthy();
      expect(words.admin.aeNoHost).toContain(words.admin.aePort.toLowerCase());
      expect(screen.queryByRole('button')).toBeNull();
    });

    it('keeps its code', async () => {
      const { words } = await showPart(<FacilityForm facility={facilityOf()} onDone={() => undefined} />, { language });
      const code = screen.getByLabelText(words.admin.code);
      expect(code).toHaveProperty('disabled', true);
      expect(noteOf(code)).toBe(words.admin.codeFixed);
    });
    it('is looked for by the gateway, and opened', async () => {
      const answers = {
        'GET /api/facilities?limit=50': FACILITIES['GET /api/facilities'],
        [`GET /api/facilities?q=${encodeURIComponent('あおば')}&limit=50`]: { facilities: [facilityOf()], next: null },
      };
      const { user, words } = await showPart(<AdminFacilitiesPage />, { language, answers });
      await screen.findByText('中央病院');
      await user.type(screen.getByRole('searchbox', { name: words.admin.filter }), 'あおば');
      await vi.waitFor(() => expect(screen.queryByText('中央病院')).toBeNull());
      await user.click(screen.getByRole('button', { name: /あおば内科/ }));
      expect(screen.getByRole('dialog', { name: words.admin.editFacility })).toBeTruthy();
    });
  });
});
