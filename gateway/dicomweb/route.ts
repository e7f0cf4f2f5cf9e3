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
import type { Actor } from '../domain/people/actor.ts';
import { type ActorAction, discloses, type StudyAction } from '../domain/sharing/access.ts';
import type { HttpAnswer, HttpRequest } from '../doorstep/exchange.ts';
import { checked, type RouteHead } from '../doorstep/route.ts';
import { demand } from '../usecases/access/demand.ts';
import { exactly, type SeenStudy, type StudyAccess } from '../usecases/access/see-study.ts';
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

/** Input that the row's schemas have checked, and who asks. */
export interface Call<Params, Query> {
  readonly actor: Actor;
  readonly params: Params;
  readonly query: Query;
  readonly request: HttpRequest;
  readonly watch: Watch;
  /** Absolute URL of /dicom-web, without a slash at its end. @throws invalid when the client calls us what is no host */
  root(): string;
  /** Absolute URL below which the request was asked: the root, or the base of one owner's studies (`study-url.ts`). */
  base(): string;
}

/** The same, once the study was seen that the row names. */
export interface StudyCall<Params, Query> extends Call<Params, Query> {
  readonly seen: SeenStudy;
  /** That study and no other again, between the parts of an answer: who has lost the right to it gets no more. @throws not-found */
  seeAgain(): Promise<SeenStudy>;
}

/** Told of what the answer will hold, and asked whether this actor may still see it: who loses the right to it in the middle gets no more. */
export type Watch = (stillMay: (actor: Actor) => Promise<unknown>) => void;

/** A row as the door keeps it: its schemas and its handler have met. */
export interface DicomwebRoute extends RouteHead {
  readonly method: 'GET' | 'POST';
  readonly serve: (ports: DicomwebPorts, actor: Actor, request: HttpRequest, watch: Watch) => Promise<HttpAnswer>;
}

interface Schemas<P extends z.ZodType, Q extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly params: P;
  readonly query: Q;
}

/** A row whose action is decided by who is asking alone. */
export function route<P extends z.ZodType, Q extends z.ZodType>(
  row: Schemas<P, Q> & {
    readonly action: ActorAction;
    readonly handle: (ports: DicomwebPorts, call: Call<z.output<P>, z.output<Q>>) => Promise<HttpAnswer>;
  },
): DicomwebRoute {
  const { method, path, action } = row;
  return {
    method,
    path,
    action,
    serve: async (ports, actor, request, watch) => {
      demand(actor, action);
      return row.handle(ports, callOf(row, ports, actor, request, watch));
    },
  };
}

/** A row about one study, which it names: nothing is handled before the asker was let see it for this. */
export function studyRoute<P extends z.ZodType, Q extends z.ZodType>(
  row: Schemas<P, Q> & {
    readonly action: StudyAction;
    readonly study: (call: Call<z.output<P>, z.output<Q>>) => StudyAddress;
    readonly handle: (ports: DicomwebPorts, call: StudyCall<z.output<P>, z.output<Q>>) => Promise<HttpAnswer>;
  },
): DicomwebRoute {
  const { method, path, action } = row;
  return {
    method,
    path,
    action,
    serve: async (ports, actor, request, watch) => {
      const call = callOf(row, ports, actor, request, watch);
      const seen = await ports.access.see(actor, action, row.study(call));
      // The address may mean another study before the answer is out: that one was not asked for.
      const again = (asker: Actor) => ports.access.see(asker, action, exactly(seen));
      if (discloses(action)) watch(again);
      return row.handle(ports, { ...call, seen, seeAgain: () => again(actor) });
    },
  };
}

function callOf<P extends z.ZodType, Q extends z.ZodType>(
  { params, query }: { readonly params: P; readonly query: Q },
  { publicUrl }: Pick<DicomwebPorts, 'publicUrl'>,
  actor: Actor,
  request: HttpRequest,
  watch: Watch,
): Call<z.output<P>, z.output<Q>> {
  const root = () => rootOf(request, publicUrl);
  return {
    actor,
    params: checked(params, request.params, malformed),
    query: checked(query, request.query, malformed),
    request,
    watch,
    root,
    base: () => {
      const of = ofBase(request.params['of']);
      return `${root()}${of === undefined ? '' : `/of/${formatStudyOf(of)}`}`;
    },
  };
}

function malformed({ issues }: z.ZodError): DomainError {
  return new DomainError('invalid', issues[0]?.message ?? 'malformed request');
}
