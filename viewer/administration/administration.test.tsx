// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { say } from '../../test/fixtures/say.ts';
import { CLINIC, facilityOf, sessionOf, userOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { AdminFacilitiesPage } from './admin-facilities-page.tsx';
import { AdminLayout } from './admin-layout.tsx';
import { AdminUsersPage } from './admin-users-page.tsx';
import { FacilityForm } from './facility-form.tsx';
import { OperationWarnings } from './operation-warnings.tsx';
import { UserForm } from './user-form.tsx';

const FACILITIES = {
  'GET /api/facilities': {
    facilities: [facilityOf(), facilityOf({ code: 'hospital', name: '中央病院', nameKana: 'チュウオウ', nameRomaji: '' })],
    next: null,
  },
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

  describe('a user', () => {
    const person = async (user: ReturnType<typeof userOf> | undefined, answers = {}) => {
      const onDone = vi.fn();
      const shown = await showPart(<UserForm user={user} onDone={onDone} />, { language, answers: { ...FACILITIES, ...answers } });
      return { ...shown, onDone };
    };

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

    it.each([
      ['without a facility only as administrator', false, true],
      ['an administrator may have none', true, false],
    ])('is new: %s', async (_name, administrator, required) => {
      const { user, words } = await person(undefined);
      if (administrator) await user.click(screen.getByRole('checkbox'));
      expect(screen.getByLabelText(words.admin.facility)).toHaveProperty('required', required);
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

    it.each([
      ['is stopped', { disabled: false }, 'disable', { disabled: true }],
      ['goes on', { disabled: true }, 'enable', { disabled: false }],
      ['may try to sign in again', {}, 'unlock', { unlock: true }],
    ] as const)('%s', async (_name, other, button, body) => {
      const { user, words, asked } = await person(userOf(other), { 'PATCH /api/users/u2': null });
      await user.click(screen.getByRole('button', { name: words.admin[button] }));
      await screen.findByText(button === 'unlock' ? words.admin.unlocked : words.admin.saved);
      expect(asked.filter(({ what }) => what.startsWith('PATCH'))).toEqual([{ what: 'PATCH /api/users/u2', body }]);
    });

    it('refused: the password at its field, anything else as an alert', async () => {
      const answer = vi.fn().mockReturnValueOnce(refused(400, { error: 'invalid', reason: 'password-common' }));
      answer.mockReturnValueOnce(refused(409, { error: 'conflict', reason: 'last-administrator' }));
      const { user, words } = await person(userOf(), { 'PATCH /api/users/u2': answer });
      await user.type(screen.getByLabelText(words.admin.newPassword), 'password');
      await user.click(screen.getByRole('button', { name: words.app.save }));
      await screen.findByText(words.settings.flaw['password-common']);
      expect(screen.queryByRole('alert')).toBeNull();
      await user.click(screen.getByRole('button', { name: words.app.save }));
      expect((await screen.findByRole('alert')).textContent).toBe(words.error['last-administrator']);
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
      expect(screen.getByRole('dialog', { name: words.admin.editUser }).textContent).toContain('ito@example.jp');
    });
    it('nobody is found: said', async () => {
      const { words } = await showPart(<AdminUsersPage />, { language, answers: { 'GET /api/users?limit=50': { users: [], next: null } } });
      expect(await screen.findByText(words.admin.noneFound)).toBeTruthy();
    });
  });

  describe('a facility', () => {
    it('is new: sent with its AE titles read', async () => {
      const onDone = vi.fn();
      const { user, words, asked } = await showPart(<FacilityForm facility={undefined} onDone={onDone} />, {
        language,
        answers: { 'POST /api/facilities': null },
      });
      await user.type(screen.getByLabelText(words.admin.code), 'east');
      await user.type(screen.getByLabelText(words.admin.name), '東病院');
      await user.type(screen.getByLabelText(words.admin.aeTitles), 'PACS1 10.0.0.0/8');
      await user.click(screen.getByRole('button', { name: words.admin.create }));
      await screen.findByText(words.admin.saved);
      const body = asked.find(({ what }) => what === 'POST /api/facilities')?.body;
      expect(body).toMatchObject({ code: 'east', name: '東病院', aeTitles: [{ aeTitle: 'PACS1', addressRange: '10.0.0.0/8' }] });
      expect(onDone).toHaveBeenCalledOnce();
    });
    it('keeps its code', async () => {
      const { words } = await showPart(<FacilityForm facility={facilityOf()} onDone={() => undefined} />, { language });
      expect(screen.getByLabelText(words.admin.code)).toHaveProperty('disabled', true);
    });
    it('with an AE title that is none cannot be saved, and says which', async () => {
      const { user, words } = await showPart(<FacilityForm facility={facilityOf()} onDone={() => undefined} />, { language });
      await user.type(screen.getByLabelText(words.admin.aeTitles), 'SEVENTEEN_LETTERS');
      expect(screen.getByLabelText(words.admin.aeTitles).getAttribute('aria-invalid')).toBe('true');
      expect(screen.getByRole('button', { name: words.app.save })).toHaveProperty('disabled', true);
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
