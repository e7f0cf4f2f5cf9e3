/** What a row of the tables of /api is, and what its handler is given and returns. */
import type { z } from 'zod';
import type { Authenticated, CookieNames } from '../auth/authenticate.ts';
import type { PasskeyRule } from '../auth/passkeys/passkeys.ts';
import type { ProxyWatch } from '../auth/proxy-watch.ts';
import type { SessionTimes } from '../auth/sign-in.ts';
import type { ByteStream } from '../domain/byte-stream.ts';
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { Receiver } from '../domain/imaging/reception.ts';
import type { StudyAddress } from '../domain/imaging/study-address.ts';
import type { Index } from '../domain/opened-index.ts';
import type { FacilityRef, PersonActor } from '../domain/people/actor.ts';
import type { EchoRequestor } from '../domain/people/facility.ts';
import type { SecretSeal } from '../domain/people/second-factor.ts';
import type { RefusalLog } from '../domain/record/audit.ts';
import type { MemberAction, PersonAction, StudyAction } from '../domain/sharing/access.ts';
import type { AnswerCookie, HttpAnswer, HttpRequest } from '../doorstep/exchange.ts';
import { checked, type RouteHead } from '../doorstep/route.ts';
import type { SeenStudy, StudyAccess } from '../usecases/access/see-study.ts';
import type { StudyLister } from '../usecases/find/list-studies.ts';
import type { ExportTurns } from '../usecases/media/export-turns.ts';
import type { PatientLister } from '../usecases/patients/list-patients.ts';
import type { PersonOpener } from '../usecases/patients/open-person.ts';
import type { OncePerListing } from '../usecases/record/once-in-window.ts';
import type { RecordRate } from '../usecases/record/record-rate.ts';
import type { ViewRecorder } from '../usecases/record/record-view.ts';
import type { Looks } from '../usecases/retrieve/looks.ts';
import type { FrameCodec } from '../usecases/retrieve/retrieve-frames.ts';
import type { RosterReader } from '../usecases/roster/import-roster.ts';
import type { LiveNews } from '../usecases/tell/live-news.ts';
import { closedOnce, demandKnownMembers } from './body-members.ts';

/** Everything the door is given. A row is typed by what it calls: `Takes` what its use case takes, or `Uses` what it calls itself. */
export interface ApiPorts
  extends Pick<
    Index,
    | 'people'
    | 'mail'
    | 'region'
    | 'audit'
    | 'feeRecord'
    | 'shares'
    | 'letters'
    | 'rights'
    | 'studies'
    | 'patients'
    | 'notices'
    | 'ingest'
    | 'warnings'
    | 'links'
    | 'emergencies'
    | 'consents'
    | 'postedNotices'
    | 'releases'
    | 'keptFiles'
    | 'unusual'
    | 'rosters'
  > {
  readonly receiver: Receiver;
  readonly objects: Pick<ObjectStore, 'get' | 'read' | 'head' | 'stage'>;
  readonly codec: FrameCodec;
  readonly looks: Looks;
  /** Exports under way. */
  readonly exports: ExportTurns;
  readonly echo: EchoRequestor;
  readonly access: StudyAccess;
  readonly recorder: ViewRecorder;
  readonly listStudies: StudyLister;
  readonly listPatients: PatientLister;
  readonly openPerson: PersonOpener;
  readonly readRoster: RosterReader;
  readonly onceListed: OncePerListing;
  readonly live: LiveNews;
  /** The region has a mail server. */
  readonly mailServed: boolean;
  readonly refusals: RefusalLog;
  readonly rate: RecordRate;
  readonly proxies: ProxyWatch;
  readonly clock: Clock;
  readonly timeZone: string;
  /** Under which name this gateway reports what happened: its AE title. */
  readonly source: string;
  readonly synthetic: boolean;
  readonly regionName: string;
  readonly secureCookies: boolean;
  readonly cookies: CookieNames;
  readonly sessions: SessionTimes;
  readonly seal: SecretSeal;
  readonly passkeys: PasskeyRule;
}

/** Of the named ports what is called: `Uses<{ people: 'findUsers' }>`. */
export type Uses<Calls extends { readonly [Port in keyof ApiPorts]?: keyof ApiPorts[Port] }> = {
  readonly [Port in keyof Calls & keyof ApiPorts]: Pick<ApiPorts[Port], Calls[Port] & keyof ApiPorts[Port]>;
};

/** Input that the row's schemas have checked. */
export interface Input<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: HttpRequest;
}

/** Who asks. */
export interface Asked extends Authenticated {
  readonly watch: Watch;
}

/** In the name of which facility. */
export interface OfMember extends Asked {
  readonly facility: FacilityRef;
}

/** The study that was seen for what the row does. */
export interface OfStudy<For extends StudyAction = StudyAction> extends Asked {
  readonly seen: SeenStudy<For>;
}

/** Told of what the answer will hold, and asked whether this actor may still see it: who loses the right to it in the middle gets no more. */
export type Watch = (stillMay: (actor: PersonActor) => Promise<unknown>) => void;

export interface Reply<Body> {
  readonly body: Body;
  /** Where it is not the row's. */
  readonly status?: 204 | 304;
  readonly headers?: HttpAnswer['headers'];
  readonly cookies?: readonly AnswerCookie[];
  /** In place of JSON, under the media type that its headers say. */
  readonly file?: ByteStream;
}

/** What a row says of itself; `openapi.ts` reads it. */
export interface ApiRouteHead extends RouteHead {
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  /** JSON. */
  readonly body?: z.ZodType;
  /** The body is a file, `application/octet-stream`, and left to the handler as a stream. */
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
  /** Only for who has proved again, in so many minutes, who they are (`gateway/auth/fresh.ts`). */
  readonly freshMinutes?: number;
}

/** A row as the door keeps it: its schemas and its handler have met. The door asks for its action before it is served (`door.ts`). */
export type ApiRoute = ApiRouteHead & (OpenRow | PersonRow | MemberRow | StudyRow);

interface OpenRow {
  readonly action: 'open';
  serve(ports: ApiPorts, request: HttpRequest, body: unknown): Promise<Reply<unknown>>;
}

export interface PersonRow {
  readonly action: PersonAction;
  serve(ports: ApiPorts, request: HttpRequest, body: unknown, asked: Asked): Promise<Reply<unknown>>;
}

export interface MemberRow {
  readonly action: MemberAction;
  serve(ports: ApiPorts, request: HttpRequest, body: unknown, asked: OfMember): Promise<Reply<unknown>>;
}

export interface StudyRow<For extends StudyAction = StudyAction> {
  readonly action: For;
  /** @throws invalid */
  study(request: HttpRequest): StudyAddress;
  serve(ports: ApiPorts, request: HttpRequest, body: unknown, asked: OfStudy<For>): Promise<Reply<unknown>>;
}

interface Schemas<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> extends ApiRouteHead {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly answer?: A;
}

/** A row whose action is decided by who is asking alone. */
export function route<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodUndefined,
>(
  row: Schemas<P, Q, B, A> & {
    readonly action: PersonAction;
    readonly handle: (ports: ApiPorts, call: Input<z.output<P>, z.output<Q>, z.output<B>> & Asked) => Promise<Reply<z.input<A>>>;
  },
): ApiRouteHead & PersonRow {
  return { ...row, serve: (ports, request, body, asked) => row.handle(ports, { ...asked, ...inputOf(row, request, body) }) };
}

/** A row for members of a facility, in its name. */
export function memberRoute<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodUndefined,
>(
  row: Schemas<P, Q, B, A> & {
    readonly action: MemberAction;
    readonly handle: (ports: ApiPorts, call: Input<z.output<P>, z.output<Q>, z.output<B>> & OfMember) => Promise<Reply<z.input<A>>>;
  },
): ApiRouteHead & MemberRow {
  return { ...row, serve: (ports, request, body, asked) => row.handle(ports, { ...asked, ...inputOf(row, request, body) }) };
}

/** A row about one study, which it names. */
export function studyRoute<
  const For extends StudyAction,
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodUndefined,
>(
  row: Schemas<P, Q, B, A> & {
    readonly action: For;
    readonly study: (input: Pick<Input<z.output<P>, z.output<Q>, z.output<B>>, 'params' | 'query'>) => StudyAddress;
    readonly handle: (ports: ApiPorts, call: Input<z.output<P>, z.output<Q>, z.output<B>> & OfStudy<For>) => Promise<Reply<z.input<A>>>;
  },
): ApiRouteHead & StudyRow<For> {
  const { study, ...head } = row;
  return {
    ...head,
    study: (request) => study(addressedBy(row, request)),
    serve: (ports, request, body, asked) => row.handle(ports, { ...asked, ...inputOf(row, request, body) }),
  };
}

/** A row for everyone. */
export function openRoute<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
  A extends z.ZodType = z.ZodUndefined,
>(
  row: Omit<Schemas<P, Q, B, A>, 'action'> & {
    readonly handle: (ports: ApiPorts, input: Input<z.output<P>, z.output<Q>, z.output<B>>) => Promise<Reply<z.input<A>>>;
  },
): ApiRoute {
  return { ...row, action: 'open', serve: async (ports, request, body) => row.handle(ports, inputOf(row, request, body)) };
}

function inputOf<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  row: { readonly params?: P; readonly query?: Q; readonly body?: B },
  request: HttpRequest,
  given: unknown,
): Input<z.output<P>, z.output<Q>, z.output<B>> {
  return { ...addressedBy(row, request), body: checked(row.body, given, malformed), request };
}

/** What the address says. A filter that was misspelt would be left out in silence, and everything found. */
function addressedBy<P extends z.ZodType, Q extends z.ZodType>(
  { params, query }: { readonly params?: P; readonly query?: Q },
  request: HttpRequest,
): { readonly params: z.output<P>; readonly query: z.output<Q> } {
  demandKnownMembers(closedOnce(query), request.query, 'parameter');
  return { params: checked(params, request.params, malformed), query: checked(query, request.query, malformed) };
}

/** Names the members that are wrong, not their values; an issue of our own has its reason (`gateway/api/contract/fields.ts`). */
function malformed({ issues }: z.ZodError): DomainError {
  const where = issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.code}`);
  const first = issues[0];
  if (first?.code === 'custom' && first.params?.['reason'] !== undefined) {
    const { reason, value } = first.params;
    return new DomainError('invalid', where.join('; '), {
      ids: { reason: String(reason), ...(value === undefined ? {} : { value: String(value) }) },
    });
  }
  const members = first?.path.filter((step) => typeof step === 'string') ?? [];
  return new DomainError('invalid', where.join('; '), { ids: { reason: 'malformed', value: members.join('.') || 'body' } });
}
