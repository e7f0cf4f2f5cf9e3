import type { ChangeMe, Session, Standing } from '../../gateway/api/contract/session.ts';
import { queryString, request, requestJson } from './http.ts';

/** Null: nobody is signed in. `optional` asks for 204 instead of 401, which browsers would report as an error on every first visit. */
export async function getSession(options: { signal?: AbortSignal; poll?: boolean } = {}): Promise<Session | null> {
  const response = await request('/api/session?optional=true', options);
  return response.status === 204 ? null : ((await response.json()) as Session);
}
/** Asked by the page itself of what it holds, each by its exact address. */
export const askStanding = (
  studies: readonly { studyInstanceUID: string; exact: string; shown: string }[],
  signal?: AbortSignal,
  letters: readonly string[] = [],
) =>
  requestJson<Standing>(
    `/api/standing${queryString({
      studies: studies.map(({ studyInstanceUID, exact, shown }) => `${studyInstanceUID}!${exact}!${shown}`).join(','),
      ...(letters.length === 0 ? {} : { letters: letters.join(',') }),
    })}`,
    { signal, poll: true },
  );
export const signOut = () => request('/api/session', { method: 'DELETE' });
export const changeMe = (body: ChangeMe) => request('/api/me', { method: 'PATCH', json: body });
