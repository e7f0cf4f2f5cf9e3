// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { sessionOf, studyOf } from '../../test/fixtures/viewer/samples.ts';
import { LANGUAGES, refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { AdminFacilitiesPage } from '../administration/admin-facilities-page.tsx';
import { AdminQuarantinePage } from '../administration/admin-quarantine-page.tsx';
import { SharePanel } from '../sharing/share-panel.tsx';

const study = studyOf();
const LISTS = [
  ['facilities', <AdminFacilitiesPage key="1" />, 'GET /api/facilities?limit=50', { facilities: [], next: null }, 'admin.noneFound'],
  ['the quarantine', <AdminQuarantinePage key="2" />, 'GET /api/quarantine', { entries: [] }, 'admin.noEntries'],
  ['shares', <SharePanel key="3" study={study} />, 'GET /api/studies/2.25.1/shares?of=hospital%7E1', { shares: [] }, 'share.nobody'],
] as const;

describe.each(LANGUAGES)('%s', (language) => {
  it.each(LISTS)('a list that could not be loaded is asked for once more: %s', async (_name, page, question, list, none) => {
    let times = 0;
    const answer = () => {
      times += 1;
      return times === 1 ? refused(500, { error: 'internal' }) : list;
    };
    const { user, words, asked } = await showPart(page, {
      language,
      session: sessionOf({ administrator: true }),
      answers: { [question]: answer, 'GET /api/facilities': { facilities: [], next: null } },
    });
    await user.click(await screen.findByRole('button', { name: words.app.retry }));
    const [room, key] = none.split('.') as ['admin' | 'share', string];
    expect(await screen.findByText((words[room] as unknown as Record<string, string>)[key] as string)).toBeTruthy();
    expect(asked.filter(({ what }) => what === question)).toHaveLength(2);
  });
});
