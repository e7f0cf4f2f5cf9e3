/** What a row of the table of routes is, and what its handler is given. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Authenticated, CookieNames } from '../auth/authenticate.ts';
import { hashNewPassword } from '../auth/password-rule.ts';
import type { ProxyWatch } from '../auth/proxy-watch.ts';
import type { SessionTimes } from '../auth/sign-in.ts';
import type { Clock } from '../domain/clock.ts';
import { asDomainError } from '../domain/errors.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { Receiver } from '../domain/imaging/reception.ts';
import type { Index } from '../domain/opened-index.ts';
import type { PersonActor } from '../domain/people/actor.ts';
import type { EchoRequestor } from '../domain/people/facility.ts';
import type { User } from '../domain/people/user.ts';
import { auditWho, type RefusalLog } from '../domain/record/audit.ts';
import { type Action, isStudyAction } from '../domain/sharing/access.ts';
import { demand } from '../usecases/access/demand.ts';
import type { StudyAccess } from '../usecases/access/see-study.ts';
import type { PeopleStores } from '../usecases/account/manage-people.ts';
import type { StudyLister } from '../usecases/find/list-studies.ts';
import type { RecordRate } from '../usecases/record/record-rate.ts';
import type { ViewRecorder } from '../usecases/record/record-view.ts';
import { authenticateRequest } from './authenticate-request.ts';

export interface ApiStores {
  readonly index: Index;
  readonly receiver: Receiver;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly echo: EchoRequestor;
  readonly access: StudyAccess;
  readonly recorder: ViewRecorder;
  readonly listStudies: StudyLister;
  readonly refusals: RefusalLog;
  readonly rate: RecordRate;
  readonly proxies: ProxyWatch;
  readonly clock: Clock;
  readonly timeZone: string;
  readonly synthetic: boolean;
  readonly secureCookies: boolean;
  readonly cookies: CookieNames;
  readonly sessions: SessionTimes;
}

/** What a handler is given: input that the row's schemas have checked. */
export interface Call<Params, Query, Body> {
  readonly actor: PersonActor;
  readonly user: User;
  readonly session: Authenticated['session'];
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly summary: string;
  /** Undefined: the route is open to those who have not signed in. */
  readonly action: Action | undefined;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** The body is a file, passed on as a stream. */
  readonly streams?: true;
  readonly answer?: z.ZodType;
  /** Sent as br or gzip to who takes it: long, and nothing of it both secret and beside what the asker chose. */
  readonly compressed?: true;
  readonly status?: 201 | 204;
  /**
   * The act is one entry on the record: it counts against its person's rate. Default: whatever changes something. `false` where the act
   * must always be possible or puts nothing on record; where the use case counts what it records, it is `false` too.
   */
  readonly recorded?: boolean;
  readonly handle: (stores: ApiStores, call: Call<never, never, never>) => Promise<unknown>;
}

/** Signs the request's sender in, for one route. What is refused is on record. @throws unauthenticated, denied, too-many */
export async function whoAsks(
  stores: ApiStores,
  request: FastifyRequest,
  route: Route & { readonly action: Action },
): Promise<Authenticated> {
  const { index, clock, cookies, refusals } = stores;
  const { action, recorded = route.method !== 'GET' } = route;
  const asking = await authenticateRequest({ people: index.people, clock, cookies, refusals }, request);
  const { actor } = asking;
  try {
    // An action on a study is decided where the study is known, in `see-study.ts`.
    if (!isStudyAction(action)) demand(actor, action);
  } catch (thrown) {
    const right = asDomainError(thrown).message;
    await refusals.refused({
      action: 'access-refused',
      outcome: 'refused',
      who: auditWho(actor),
      remoteAddress: actor.remoteAddress,
      what: { detail: action },
      right,
    });
    throw thrown;
  }
  if (recorded) stores.rate.spend(actor);
  return asking;
}

export function peopleStores({ people, audit }: Pick<Index, 'people' | 'audit'>): PeopleStores {
  return { people, audit, hashPassword: hashNewPassword };
}

export function by(actor: PersonActor) {
  return { actor, remoteAddress: actor.remoteAddress };
}
