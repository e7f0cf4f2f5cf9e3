/** Every HTTP door with what it is given, mounted on one server. */

import { authenticateRequest } from './api/authenticate-request.ts';
import { apiDoor } from './api/door.ts';
import { cookieNames } from './auth/authenticate.ts';
import { relyingPartyOf } from './auth/passkeys/relying-party.ts';
import { createProxyWatch, type ProxyWatch } from './auth/proxy-watch.ts';
import { rememberCredentials } from './auth/remembered-credentials.ts';
import type { Config } from './config.ts';
import { dicomwebDoor } from './dicomweb/door.ts';
import { ANSWER_TURNS, REQUEST_TURNS } from './dicomweb/media/outgoing.ts';
import { createFairTurns } from './domain/bounds/fair-turns.ts';
import { createStreamPace } from './domain/bounds/stream-pace.ts';
import type { Clock } from './domain/clock.ts';
import { asDomainError } from './domain/errors.ts';
import type { ObjectStore } from './domain/imaging/object-store.ts';
import type { Receiver } from './domain/imaging/reception.ts';
import type { Index } from './domain/opened-index.ts';
import type { DamageReports } from './domain/operation/damage.ts';
import { demandClock } from './domain/operation/database-clock.ts';
import type { Log } from './domain/operation/log.ts';
import type { EchoRequestor } from './domain/people/facility.ts';
import type { SecretSeal } from './domain/people/second-factor.ts';
import type { Certificate } from './doorstep/certificate.ts';
import { httpConnectionBounds } from './doorstep/connection-guard.ts';
import { openFilesMax } from './doorstep/http-server.ts';
import { plainDoors } from './doorstep/plain-doors.ts';
import type { RouteTable } from './doorstep/route.ts';
import { healthDoor } from './health.ts';
import { buildHttp, type HttpDoors, VIEWER_FOLDER } from './http.ts';
import type { Metrics } from './metrics.ts';
import { createReadiness } from './readiness.ts';
import { createStudyAccess } from './usecases/access/see-study.ts';
import { SEARCH_TURNS } from './usecases/find/find-studies.ts';
import { createStudyLister } from './usecases/find/list-studies.ts';
import { createExportTurns } from './usecases/media/export-turns.ts';
import { createPatientLister } from './usecases/patients/list-patients.ts';
import { createPersonOpener } from './usecases/patients/open-person.ts';
import { createOncePerListing } from './usecases/record/once-in-window.ts';
import { createRecordRate } from './usecases/record/record-rate.ts';
import type { createRefusalRecorder } from './usecases/record/record-refusal.ts';
import { createViewRecorder } from './usecases/record/record-view.ts';
import type { Looks } from './usecases/retrieve/looks.ts';
import type { FrameCodec } from './usecases/retrieve/retrieve-frames.ts';
import { createRosterReader } from './usecases/roster/import-roster.ts';
import { createLiveNews, LIVE_STREAMS_MAX } from './usecases/tell/live-news.ts';

/** How often it is looked whose view is over. */
const VIEW_ENDS_EVERY_MS = 60_000;

export interface DoorParts {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly certificate: Certificate | undefined;
  readonly clock: Clock;
  readonly index: Index;
  readonly objects: ObjectStore;
  readonly reports: DamageReports;
  readonly receiver: Receiver;
  readonly echo: EchoRequestor;
  readonly seal: SecretSeal;
  /** Of what passkeys are asked to sign. */
  readonly questionKey: Uint8Array;
  readonly refusals: ReturnType<typeof createRefusalRecorder>;
  readonly codec: FrameCodec;
  readonly looks: Looks;
  /** A region of invented people. */
  readonly synthetic: boolean;
  /** Whether the stores belong together. @throws why not */
  readonly standing: () => Promise<void>;
}

/** The HTTP server with the application API, DICOMweb and the viewer's files. */
export function buildDoors(parts: DoorParts): HttpDoors {
  const { config, log, metrics } = parts;
  const shared = sharedBy(parts);
  const http = buildHttp({
    config,
    certificate: parts.certificate,
    answersWait: () => shared.turns.streams.waiting > 0,
    log,
    metrics,
    proxies: shared.proxies,
    doors: [healthOf(parts), ...dicomwebOf(parts, shared), apiOf(parts, shared)],
    viewerFolder: VIEWER_FOLDER,
  });
  metrics.gauge('live_streams', 'pages that hear of news as it happens', () => shared.live.streams);
  const endViews = (all: boolean) =>
    shared.recorder.endViews(all).catch((thrown: unknown) => log.warn('record.view-ends-waiting', { kind: asDomainError(thrown).kind }));
  const ending = setInterval(() => void endViews(false), VIEW_ENDS_EVERY_MS).unref();
  // Streams give way to whoever asks.
  http.server.on('request', shared.turns.pace.asked);
  return {
    ...http,
    close: async () => {
      clearInterval(ending);
      shared.live.close();
      await http.close();
      await endViews(true);
    },
  };
}

type Shared = ReturnType<typeof sharedBy>;

/** Most of the connections are for who asks. */
function liveStreamsMax(): number {
  return Math.min(LIVE_STREAMS_MAX, Math.floor(httpConnectionBounds(openFilesMax()).connectionsMax / 4));
}

/** What the doors share, so that bounds and what is remembered count for all of them together. */
function sharedBy(parts: DoorParts) {
  const { config, index, refusals, clock, log } = parts;
  const rate = createRecordRate({ actsASecond: config.actsASecond });
  return {
    rate,
    access: createStudyAccess({ studies: index.studies, audit: refusals, clock }),
    recorder: createViewRecorder({ audit: index.audit, studies: index.studies, rate }),
    searches: createFairTurns(SEARCH_TURNS),
    turns: { requests: createFairTurns(REQUEST_TURNS), streams: createFairTurns(ANSWER_TURNS), pace: createStreamPace() },
    proxies: watchProxies(parts),
    cookies: cookieNames(config.http.secure),
    live: createLiveNews({ news: index.news, clock, log, streamsMax: liveStreamsMax() }),
  };
}

function dicomwebOf(parts: DoorParts, { access, recorder, searches, turns, cookies }: Shared): readonly RouteTable[] {
  const { config, index, receiver, refusals, objects, reports, codec, looks, clock, log } = parts;
  const { userById } = index.people;
  const asking = { people: { ...rememberCredentials(index.people), userById }, clock, cookies, refusals };
  return dicomwebDoor({
    authenticate: async (request) => (await authenticateRequest(asking, request)).actor,
    receiver,
    access,
    recorder,
    refusals,
    studies: index.studies,
    objects,
    reports,
    codec,
    searches,
    looks,
    turns,
    clock,
    log,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
  });
}

/** What the API asks of the index. */
const API_PORTS = [
  'people',
  'mail',
  'region',
  'audit',
  'feeRecord',
  'shares',
  'letters',
  'rights',
  'studies',
  'patients',
  'notices',
  'ingest',
  'warnings',
  'links',
  'consents',
  'postedNotices',
  'releases',
  'keptFiles',
  'emergencies',
  'unusual',
  'rosters',
] as const satisfies readonly (keyof DoorParts['index'])[];

function portsOf(index: DoorParts['index']): Pick<DoorParts['index'], (typeof API_PORTS)[number]> {
  return Object.fromEntries(API_PORTS.map((name) => [name, index[name]])) as never;
}

function apiOf(
  { config, version, log, index, objects, echo, receiver, refusals, clock, synthetic, seal, questionKey, codec, looks }: DoorParts,
  shared: Shared,
): RouteTable {
  const { access, recorder, rate, searches, proxies, cookies, live, turns } = shared;
  const { people, rosters } = index;
  return apiDoor(
    {
      ...portsOf(index),
      objects,
      codec,
      looks,
      exports: createExportTurns(turns.pace),
      echo,
      receiver,
      access,
      recorder,
      ...findersOf(index, { recorder, searches, refusals, clock }),
      readRoster: createRosterReader({ rosters, people, refusals, clock, timeZone: config.timeZone }),
      onceListed: createOncePerListing(),
      live,
      mailServed: config.mail !== undefined,
      refusals,
      rate,
      proxies,
      clock,
      timeZone: config.timeZone,
      source: config.dimse.aeTitle,
      synthetic,
      regionName: config.regionName,
      secureCookies: config.http.secure,
      cookies,
      sessions: config.sessions,
      seal,
      passkeys: { party: relyingPartyOf(config.publicUrl), questionKey },
    },
    log,
    version,
  );
}

function findersOf(
  { studies, patients }: DoorParts['index'],
  { recorder, searches, refusals, clock }: Pick<Shared, 'recorder' | 'searches'> & Pick<DoorParts, 'refusals' | 'clock'>,
) {
  return {
    listStudies: createStudyLister({ studies, recorder, searches, clock }),
    listPatients: createPatientLister({ studies, patients, recorder, searches, clock }),
    openPerson: createPersonOpener({ studies, patients, recorder, refusals, clock }),
  };
}

function healthOf({ config, metrics, index, objects, standing, log }: DoorParts): RouteTable {
  return healthDoor({
    readiness: createReadiness({
      index: () => index.probe(),
      objects: (signal) => objects.probe(signal),
      installation: standing,
      clock: async () => demandClock(index.databaseClock),
    }),
    databaseClock: index.databaseClock,
    plainDoors: plainDoors(config).map(({ door }) => door),
    metrics,
    metricsFor: config.metrics.listen === undefined ? { token: config.metrics.token } : undefined,
    log,
  });
}

/** At start it can only be guessed that there is a proxy; that one is not trusted shows with the first request. */
function watchProxies({ config, log, index }: DoorParts): ProxyWatch {
  const raise = (...warning: Parameters<typeof index.warnings.raise>) =>
    void index.warnings.raise(...warning).catch((thrown: unknown) => log.error('warnings.lost', {}, thrown));
  if (config.http.secure && config.http.tls === undefined && config.http.trustProxy.length === 0) {
    log.warn('start.proxy-not-named', { setting: 'RENKEI_TRUST_PROXY', reason: 'RENKEI_PUBLIC_URL is https and something else speaks it' });
    raise('proxy-not-named', 'RENKEI_PUBLIC_URL', 1);
  }
  return createProxyWatch({ log, warn: (peer, requests) => raise('proxy-not-trusted', peer, requests) });
}
