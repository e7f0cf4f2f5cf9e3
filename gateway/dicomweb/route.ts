/** What a row of the table of DICOMweb is, and what its handler is given; it returns the answer as a value. */
import type { z } from 'zod';
import type { FairTurns } from '../domain/bounds/fair-turns.ts';
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { Receiver } from '../domain/imaging/reception.ts';
import { formatStudyOf, type StudyAddress } from '../domain/imaging/study-address.ts';
import type { StudyIndex } from '../domain/imaging/study-index.ts';
import type { DamageReports } from '../domain/operation/damage.ts';
import type { Log } from '../domain/operation/log.ts';
import type { Actor, FacilityRef } from '../domain/people/actor.ts';
import type { RefusalLog } from '../domain/record/audit.ts';
import type { MemberAction, StudyAction } from '../domain/sharing/access.ts';
import type { HttpAnswer, HttpRequest } from '../doorstep/exchange.ts';
import { checked, type RouteHead } from '../doorstep/route.ts';
import type { SeenStudy, StudyAccess } from '../usecases/access/see-study.ts';
import type { ViewRecorder } from '../usecases/record/record-view.ts';
import type { Looks } from '../usecases/retrieve/looks.ts';
import type { FrameCodec, FrameReader } from '../usecases/retrieve/retrieve-frames.ts';
import type { AnswerTurns } from './media/outgoing.ts';
import type { RecentAnswers } from './media/recent-answers.ts';
import { ofBase, rootOf } from './parameters.ts';

/** What the door is given. */
export interface DicomwebOptions {
  /** Who is asking. @throws unauthenticated */
  readonly authenticate: (request: HttpRequest) => Promise<Actor>;
  readonly receiver: Receiver;
  readonly access: StudyAccess;
  readonly recorder: ViewRecorder;
  readonly refusals: RefusalLog;
  readonly studies: StudyIndex;
  /** Handed on to use cases; none of a door's rows writes. */
  readonly objects: Pick<ObjectStore, 'get' | 'read' | 'readNow' | 'head'>;
  readonly codec: FrameCodec;
  readonly searches: FairTurns;
  /** REQUEST_TURNS and ANSWER_TURNS. Absent: nobody waits. */
  readonly turns?: AnswerTurns;
  readonly reports?: Pick<DamageReports, 'found' | 'wanted'>;
  readonly looks: Looks;
  readonly clock: Clock;
  readonly log?: Log;
  /** Scheme, host and port that the outside knows, for the URLs in answers. Absent: those of the request. */
  readonly publicUrl?: string;
}

/** Everything the door has; each handler names the few that it takes. */
export interface DicomwebPorts extends DicomwebOptions {
  readonly frames: FrameReader;
  readonly recent: RecentAnswers;
}

/** Who asks, and what. */
export interface Asked {
  readonly actor: Actor;
  readonly request: HttpRequest;
  readonly watch: Watch;
}

/** In the name of which facility. */
export interface OfMember extends Asked {
  readonly facility: FacilityRef;
  /** Between the parts of a body: who has lost the right to send gets no further one in. Asked anew when the last time is RECHECK_MS ago. @throws unauthenticated, denied */
  stillMay(): Promise<void>;
}

/** The study that was seen for what the row does. */
export interface OfStudy<For extends StudyAction = StudyAction> extends Asked {
  readonly seen: SeenStudy<For>;
  /** That study and no other again, between the parts of an answer: who has lost the right to it gets no more. @throws not-found */
  seeAgain(): Promise<SeenStudy<For>>;
}

/** Input that the row's schemas have checked. */
export interface Input<Params, Query> {
  readonly params: Params;
  readonly query: Query;
}

/** What every handler is given. */
export interface Call<Params, Query> extends Input<Params, Query>, Asked {
  /** Absolute URL of /dicom-web, without a slash at its end. @throws invalid when the client calls us what is no host */
  root(): string;
  /** Absolute URL below which the request was asked: the root, or the base of one owner's studies (`study-url.ts`). */
  base(): string;
}

export type MemberCall<Params, Query> = Call<Params, Query> & OfMember;
export type StudyCall<Params, Query, For extends StudyAction = 'study.view'> = Call<Params, Query> & OfStudy<For>;

/** Told of what the answer will hold, and asked whether this actor may still see it: who loses the right to it in the middle gets no more. */
export type Watch = (stillMay: (actor: Actor) => Promise<unknown>) => void;

/** A row as the door keeps it: its schemas and its handler have met. The door asks for its action before either of the two is served. */
export type DicomwebRoute = RouteHead & { readonly method: 'GET' | 'POST' } & (MemberRow | StudyRow);

interface MemberRow {
  readonly action: MemberAction;
  serve(ports: DicomwebPorts, asked: OfMember): Promise<HttpAnswer>;
}

interface StudyRow<For extends StudyAction = StudyAction> {
  readonly action: For;
  /** @throws invalid, not-found when the request can name no study */
  read(request: HttpRequest): {
    readonly study: StudyAddress;
    serve(ports: DicomwebPorts, asked: OfStudy<For>): Promise<HttpAnswer>;
  };
}

interface Schemas<P extends z.ZodType, Q extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly params: P;
  readonly query: Q;
}

/** A row for members of a facility, in its name. */
export function memberRoute<P extends z.ZodType, Q extends z.ZodType>(
  row: Schemas<P, Q> & {
    readonly action: MemberAction;
    readonly handle: (ports: DicomwebPorts, call: MemberCall<z.output<P>, z.output<Q>>) => Promise<HttpAnswer>;
  },
): DicomwebRoute {
  const { method, path, action } = row;
  const serve = (ports: DicomwebPorts, asked: OfMember) =>
    row.handle(ports, { ...asked, ...inputOf(row, asked.request), ...urlsOf(ports, asked) });
  return { method, path, action, serve };
}

/** A row about one study, which it names. */
export function studyRoute<P extends z.ZodType, Q extends z.ZodType, const For extends StudyAction>(
  row: Schemas<P, Q> & {
    readonly action: For;
    readonly study: (input: Input<z.output<P>, z.output<Q>>) => StudyAddress;
    readonly handle: (ports: DicomwebPorts, call: StudyCall<z.output<P>, z.output<Q>, For>) => Promise<HttpAnswer>;
  },
): RouteHead & { readonly method: 'GET' | 'POST' } & StudyRow<For> {
  const { method, path, action } = row;
  const read = (request: HttpRequest) => {
    const input = inputOf(row, request);
    const serve = (ports: DicomwebPorts, asked: OfStudy<For>) => row.handle(ports, { ...asked, ...input, ...urlsOf(ports, asked) });
    return { study: row.study(input), serve };
  };
  return { method, path, action, read };
}

function inputOf<P extends z.ZodType, Q extends z.ZodType>(
  { params, query }: { readonly params: P; readonly query: Q },
  request: HttpRequest,
): Input<z.output<P>, z.output<Q>> {
  return { params: checked(params, request.params, malformed), query: checked(query, request.query, malformed) };
}

function urlsOf({ publicUrl }: Pick<DicomwebPorts, 'publicUrl'>, { request }: Pick<Asked, 'request'>) {
  const root = () => rootOf(request, publicUrl);
  const base = () => {
    const of = ofBase(request.params['of']);
    return `${root()}${of === undefined ? '' : `/of/${formatStudyOf(of)}`}`;
  };
  return { root, base };
}

function malformed({ issues }: z.ZodError): DomainError {
  return new DomainError('invalid', issues[0]?.message ?? 'malformed request');
}
