// @vitest-environment happy-dom
import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { rightsAnswer } from '../../gateway/api/rights/answers.ts';
import type { RegionRights } from '../../gateway/domain/sharing/job-rights.ts';
import { say } from '../../test/fixtures/say.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { RightsPage } from './rights-page.tsx';

const revision = (n: number, rights: RegionRights) => ({
  revision: n,
  changedAt: n === 0 ? undefined : new Date('2026-11-25T00:00:00Z'),
  changedBy: n === 0 ? undefined : { id: '1' as never, name: '青木 健' },
  rights,
});
const changed: RegionRights = { nurse: { clinic: { view: 'own' } } };
const FIRST = rightsAnswer({ now: revision(0, {}), before: revision(0, {}) });
const CHANGED = rightsAnswer({ now: revision(1, changed), before: revision(0, {}) });
const EFFECT = { job: 'nurse', act: 'view', from: 'all', to: 'own', people: 3, facilities: 2 };

describe.each(LANGUAGES)('%s', (language) => {
  const show = (answers: object) => showPart(<RightsPage />, { language, answers: answers as never });

  it('a choice is told whom it concerns before it is made', async () => {
    const { user, asked, words } = await show({
      'GET /api/rights': FIRST,
      'POST /api/rights/preview': { effects: [EFFECT] },
      'PATCH /api/rights': CHANGED,
    });
    const { rights } = words;
    await screen.findByText(rights.allUsual);
    const name = say(rights.cell, { kind: words.facilityKind.clinic, job: words.job.nurse, act: rights.act.view });
    await user.selectOptions(screen.getByRole('combobox', { name }), 'own');
    await user.click(screen.getByRole('button', { name: rights.preview }));
    const dialog = within(await screen.findByRole('dialog', { name: rights.previewTitle }));
    await dialog.findByText(rights.less);
    expect(dialog.getByRole('listitem').textContent).toContain(words.job.nurse);
    expect(dialog.getByRole('listitem').textContent).toContain(
      say(rights.effectChange, { act: rights.act.view, from: rights.scope.all, to: rights.scope.own }),
    );
    await user.click(dialog.getByRole('button', { name: rights.confirm }));
    await screen.findByText(rights.saved);
    const cells = [{ job: 'nurse', kind: 'clinic', act: 'view', scope: 'own' }];
    expect(asked.find(({ what }) => what === 'PATCH /api/rights')?.body).toEqual({ revision: 0, cells });
  });

  it('what differs from the first is marked with what comes of it, and undone', async () => {
    const { user, asked, words } = await show({
      'GET /api/rights': CHANGED,
      'POST /api/rights/preview': { effects: [] },
      'PATCH /api/rights': FIRST,
    });
    const { rights } = words;
    await screen.findByText(say(rights.usual, { scope: rights.scope.all }));
    // Who views the facility’s own downloads no more.
    screen.getByText(say(rights.inFact, { scope: rights.scope.own }));
    await user.click(screen.getByRole('button', { name: rights.undo }));
    const dialog = within(await screen.findByRole('dialog', { name: rights.undoTitle }));
    await dialog.findByText(rights.nobody);
    await user.click(dialog.getByRole('button', { name: rights.confirm }));
    await screen.findByText(rights.saved);
    const cells = [{ job: 'nurse', kind: 'clinic', act: 'view', scope: 'all' }];
    expect(asked.find(({ what }) => what === 'PATCH /api/rights')?.body).toEqual({ revision: 1, cells });
  });

  it('what is bound has no choice and says why', async () => {
    const { user, words } = await show({ 'GET /api/rights': FIRST });
    const { rights } = words;
    await user.selectOptions(await screen.findByLabelText(rights.job), 'radiographer');
    const cell = (kind: keyof typeof words.facilityKind) =>
      say(rights.cell, { kind: words.facilityKind[kind], job: words.job.radiographer, act: rights.act.view });
    const choices = within(screen.getByRole('combobox', { name: cell('hospital') })).getAllByRole('option');
    expect(choices.map(({ textContent }) => textContent)).toEqual([rights.scope.own, rights.scope.all]);
    expect(screen.queryByRole('combobox', { name: cell('secretariat') })).toBeNull();
    screen.getByText(rights.why['makes-the-images']);
    screen.getByText(rights.why['office-sees-none']);
  });

  it('another administrator was faster', async () => {
    const { user, words } = await show({
      'GET /api/rights': CHANGED,
      'POST /api/rights/preview': { effects: [] },
      'PATCH /api/rights': refused(409, { error: 'conflict', reason: 'rights-changed' }),
    });
    await user.click(await screen.findByRole('button', { name: words.rights.undo }));
    const dialog = within(await screen.findByRole('dialog'));
    await dialog.findByText(words.rights.nobody);
    await user.click(dialog.getByRole('button', { name: words.rights.confirm }));
    expect((await dialog.findByRole('alert')).textContent).toBe(words.refusedFor['rights-changed']);
  });
});
