import type { FastifyRequest } from 'fastify';
import type { FairTurns } from '../domain/bounds/fair-turns.ts';
import type { Clock } from '../domain/clock.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { Receiver } from '../domain/imaging/reception.ts';
import type { StudyIndex } from '../domain/imaging/study-index.ts';
import type { DamageReports } from '../domain/operation/damage.ts';
import type { Log } from '../domain/operation/log.ts';
import type { Actor } from '../domain/people/actor.ts';
import type { StudyAccess } from '../usecases/access/see-study.ts';
import type { ViewRecorder } from '../usecases/record/record-view.ts';
import type { Looks } from '../usecases/retrieve/looks.ts';
import type { FrameCodec, FrameReader } from '../usecases/retrieve/retrieve-frames.ts';
import type { AnswerTurns } from './outgoing.ts';

/** What the door is given. */
export interface DicomwebOptions {
  /** Who is asking. @throws unauthenticated */
  readonly authenticate: (request: FastifyRequest) => Promise<Actor>;
  readonly receiver: Receiver;
  readonly access: StudyAccess;
  readonly recorder: ViewRecorder;
  readonly studies: StudyIndex;
  readonly objects: ObjectStore;
  readonly codec: FrameCodec;
  readonly searches: FairTurns;
  /** REQUEST_TURNS and ANSWER_TURNS. Absent: nobody waits. */
  readonly turns?: AnswerTurns;
  readonly reports?: DamageReports;
  readonly looks: Looks;
  readonly clock: Clock;
  readonly log?: Log;
  /** Scheme, host and port that the outside knows, for the URLs in answers. Absent: those of the request. */
  readonly publicUrl?: string;
}

/** What the routes share. */
export interface Door extends DicomwebOptions {
  readonly frames: FrameReader;
  /** Set for every request before its route runs. */
  actor(request: FastifyRequest): Actor;
  /** Absolute URL of /dicom-web, without a slash at its end. */
  root(request: FastifyRequest): string;
  /** Absolute URL below which the request was asked: the root, or the base of one owner's studies (`study-url.ts`). */
  base(request: FastifyRequest): string;
}
