// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { Session } from '../../gateway/api/contract/session.ts';
import { SessionContext, sessionQuery, useSession } from './use-session.ts';

const SESSION = { user: { id: '1', name: '青木 健' } } as Session;
const Part = () => <p>{useSession().user.name}</p>;

afterEach(cleanup);

test.each([
  ['signed in', SESSION],
  ['signed out in this moment', null],
])('a part of a page that is still drawn has its session, %s', (_, kept) => {
  const client = new QueryClient();
  client.setQueryData(sessionQuery.queryKey, kept);
  render(
    <QueryClientProvider client={client}>
      <SessionContext value={SESSION}>
        <Part />
      </SessionContext>
    </QueryClientProvider>,
  );
  expect(screen.getByText('青木 健')).toBeDefined();
});
