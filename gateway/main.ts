/**
 * The only place where the floors are joined. Opens the stores that the configuration names, hands them to the rooms, and
 * either serves or runs one command.
 */
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { openIndex } from '../storage/index/open.ts';
import { indexBackup } from '../storage/index/operation/backup.ts';
import { installationNote } from '../storage/installation-note.ts';
import { openObjects } from '../storage/objects/open.ts';
import { verifiedObjects } from '../storage/objects/verified.ts';
import { recordAnchors } from '../storage/record-anchors.ts';
import { openRecordKey } from '../storage/record-key.ts';
import { recordProofs } from '../storage/record-proofs.ts';
import { createSecretSeal } from '../storage/secret-seal.ts';
import { actorOf } from './auth/authenticate.ts';
import { hashSecret } from './auth/secrets.ts';
import { startAuditSyslog } from './background/audit-syslog.ts';
import { startClockWatch } from './background/clock-watch.ts';
import { startFindingOut } from './background/finding-out.ts';
import { startHousekeeping } from './background/housekeeping.ts';
import { startMailSender } from './background/mail-sender.ts';
import { startRecordWatch } from './background/record-watch.ts';
import { startScrubber } from './background/scrubber.ts';
import { startTaskWorker } from './background/worker.ts';
import { type Codec, createCodec } from './codec/threads/codec.ts';
import { DESCRIBING_SHARE, headerThreads } from './codec/threads/header-threads.ts';
import type { BackupSettings } from './commands/backup-commands.ts';
import { COMMANDS_HELP, parseCommand } from './commands/command-line.ts';
import { lines } from './commands/lines.ts';
import { runCommand } from './commands/run-command.ts';
import { type Config, publicSettings, readConfig, settingsHelp, unknownSettings } from './config.ts';
import type { DimseServer } from './dimse/server.ts';
import type { Clock } from './domain/clock.ts';
import { asDomainError, type DomainError } from './domain/errors.ts';
import type { ObjectStore } from './domain/imaging/object-store.ts';
import { type Counters, NO_COUNTERS } from './domain/operation/counters.ts';
import type { Log } from './domain/operation/log.ts';
import type { User } from './domain/people/user.ts';
import { type Certificate, openCertificate } from './doorstep/certificate.ts';
import { inOperatorsWords, listening } from './doorstep/listening.ts';
import { createMetricsServer } from './doorstep/metrics-reader.ts';
import { plainDoors } from './doorstep/plain-doors.ts';
import { PROGRAM_VERSION, programBuild } from './doorstep/program-version.ts';
import { makeFirstAdministrator } from './first-administrator.ts';
import type { RouteEntry } from './http.ts';
import { createAdopter } from './ingest/adopt.ts';
import { derivationFor } from './ingest/derive-now.ts';
import { createSeriesDerivation } from './ingest/derive-series.ts';
import { createReceiver } from './ingest/receive.ts';
import { createLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import { createDamageReports } from './usecases/operate/report-damage.ts';
import { createStanding, type InstallationParts, type Standing, settleInstallation } from './usecases/operate/settle-installation.ts';
import { sweepClaims } from './usecases/operate/sweep-claims.ts';
import { anchorDays } from './usecases/record/anchor-record.ts';
import { createRefusalRecorder } from './usecases/record/record-refusal.ts';
import { createLooks, type Looks } from './usecases/retrieve/looks.ts';

const DIMSE_CLOSE_GRACE_MS = 10_000;
const CLOSE_MS_MAX = 12_000;
const PARENT_LOOK_MS = 500;
/** At start a claim this old is taken as left by a crash. One that is still live elsewhere is made again by its owner (`finish` answers lost). */
const CLAIMS_ABANDONED_AT_START_AFTER_MS = 60_000;
/** Commands that bring back what is missing, or look at what there is: they work when a start is refused. */
const AS_FOUND: ReadonlySet<string> = new Set([
  'reindex',
  'restore',
  'backup',
  'backup key',
  'verify',
  'audit verify',
  'audit anchors',
  'start-new',
]);
const systemClock: Clock = { now: () => new Date() };

/** `npm start` with its arguments; the exit status. Serving returns only when it was told to stop. */
export async function main(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const json = argv.includes('--json');
  try {
    const command = parseCommand(argv);
    if (command.name === 'help') {
      process.stdout.write(`${COMMANDS_HELP}\n\nSettings (environment):\n${settingsHelp()}\n`);
      return 0;
    }
    const config = readConfig(environment);
    for (const name of unknownSettings(environment))
      process.stderr.write(`renkei: ${name} is no setting and is ignored; see npm start -- --help\n`);
    if (command.name === 'serve') return await serve(config);
    const stores = await openStores(config, createLog('warn'));
    try {
      if (!AS_FOUND.has(command.name)) await settleInstallation(installationOf(stores));
      const { ok, answer } = await runCommand(
        {
          ...stores,
          ...stores.index,
          backup: backupOf(config, publicSettings(environment), stores),
          derive: derivationFor({ objects: stores.objects, studies: stores.index.studies, clock: systemClock }, () => createLooks().budget),
          log: createLog('warn'),
          clock: systemClock,
          timeZone: config.timeZone,
          typedIn: environment['INIT_CWD'] ?? process.cwd(),
        },
        command,
      );
      process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${lines(answer)}\n`);
      return ok ? 0 : 1;
    } finally {
      await stores.close();
    }
  } catch (thrown) {
    const error = asDomainError(thrown);
    if (json) process.stdout.write(`${JSON.stringify({ error: error.kind, message: error.message })}\n`);
    tellOperator(error);
    return 1;
  }
}

/** Why the program ends: a sentence, and for what was not foreseen where it came from. */
export function tellOperator(error: DomainError): void {
  process.stderr.write(`renkei: ${error.message}\n`);
  if (error.kind === 'internal') process.stderr.write(`${error.cause instanceof Error ? error.cause.stack : String(error.cause)}\n`);
}

export interface Gateway {
  readonly http: number;
  readonly dimse: number;
  /** When it has a port of its own. */
  readonly metrics: number | undefined;
  readonly routes: readonly RouteEntry[];
  readonly stores: Stores;
  close(): Promise<void>;
}

export type Stores = Awaited<ReturnType<typeof openStores>>;

/** Starts every door and the workers. `synthetic`: a region of invented people; the viewer says so on every page. */
export async function startGateway(config: Config, options: { synthetic?: boolean } = {}): Promise<Gateway> {
  const log = createLog(config.logLevel);
  const { buildDoors, createMetrics, echo, startDimseServer } = await readDoors();
  const metrics = createMetrics();
  // Reads every source: the first answer with an entity tag would wait for it.
  programBuild();
  const certificates = await openCertificates(config, log);
  // A command reads what it is given as fast as it can; here others wait.
  headerThreads({ share: DESCRIBING_SHARE, log });
  const stores = await openStores(config, log, metrics).catch(async (thrown: unknown) => {
    await certificates.close();
    throw thrown;
  });
  const codec = createCodec({ log });
  // Threads of its own, so that derived work and pictures somebody waits for do not delay each other.
  const laterCodec = createCodec({ workers: 1, renderers: 1, log });
  const looks = createLooks();
  metrics.gauge('looks_bytes', 'bytes of decoded images held for those who look at them', () => looks.budget.held);
  metrics.gauge('renderings_waiting', 'renderings that wait for their turn', () => looks.renderings.waiting);
  const opened: (() => Promise<void>)[] = [certificates.close, stores.close, codec.close, laterCodec.close];
  try {
    const standing = await firstStanding(stores, log);
    await makeFirstAdministrator(config.firstAdministrator, stores.index, log);
    const http = buildDoors({
      config,
      version: PROGRAM_VERSION,
      log,
      metrics,
      certificate: certificates.http,
      clock: systemClock,
      ...stores,
      echo: ({ host, port, aeTitle }, signal) => echo({ host, port, calledAETitle: aeTitle, callingAETitle: config.dimse.aeTitle }, signal),
      codec,
      looks,
      synthetic: options.synthetic === true,
      standing: standing.check,
    });
    opened.push(...startLaterWork({ config, log, metrics, stores, codec: laterCodec, looks }));
    const dimse = await startDimse(startDimseServer, { config, log, metrics, stores, certificates });
    opened.push(() => dimse.close(DIMSE_CLOSE_GRACE_MS));
    const metricsPort = await startMetrics(config, metrics, opened);
    opened.push(http.close);
    const port = await listening(http.server, config.http);
    tellOfPlainDoors(config, log, metrics);
    return { http: port, dimse: dimse.port, metrics: metricsPort, routes: http.routes, stores, close: () => closeAll(opened) };
  } catch (thrown) {
    await closeAll(opened);
    throw inOperatorsWords(thrown);
  }
}

/** Read by who serves: a command has no doors, and would wait for them. */
async function readDoors() {
  const [{ buildDoors }, { createMetrics }, { echo }, { startDimseServer }] = await Promise.all([
    import('./doors.ts'),
    import('./metrics.ts'),
    import('./dimse/services/c-echo-scu.ts'),
    import('./dimse/server.ts'),
  ]);
  return { buildDoors, createMetrics, echo, startDimseServer };
}

/** Refuses to start on stores that do not belong together. An object store that does not answer yet is asked again by each look at readiness. */
async function firstStanding(stores: Stores, log: Log): Promise<Standing> {
  const standing = createStanding(installationOf(stores));
  await standing.check().catch((thrown: unknown) => {
    if (asDomainError(thrown).kind !== 'unavailable') throw thrown;
    log.warn('installation.not-checked-yet', { reason: asDomainError(thrown).message });
  });
  return standing;
}

/** A port of their own for the metrics, when the configuration asks for one. */
async function startMetrics(config: Config, metrics: Metrics, opened: (() => Promise<void>)[]): Promise<number | undefined> {
  const { listen, token } = config.metrics;
  if (listen === undefined) return undefined;
  const server = createMetricsServer(metrics, token);
  opened.push(async () => {
    server.close();
    server.closeAllConnections();
  });
  return listening(server, listen);
}

function tellOfPlainDoors(config: Config, log: Log, metrics: Metrics): void {
  const plain = plainDoors(config);
  for (const { door, why } of plain) {
    log.warn('plain-door', { door });
    process.stderr.write(`renkei: WARNING: ${why}\n`);
  }
  metrics.gauge('plain_doors', 'doors that other machines reach without TLS', () => plain.length);
}

interface Certificates {
  readonly http: Certificate | undefined;
  readonly dimse: Certificate | undefined;
  close(): Promise<void>;
}

/** @throws invalid when a door's files do not hold a key and its certificate */
async function openCertificates(config: Config, log: Log): Promise<Certificates> {
  const http = config.http.tls === undefined ? undefined : await openCertificate('HTTP', config.http.tls, log);
  const dimse = config.dimse.tls === undefined ? undefined : await openCertificate('DIMSE', config.dimse.tls, log);
  const close = async () => {
    http?.close();
    dimse?.close();
  };
  return { http, dimse, close };
}

/** What was opened last is closed first. A store that is away must not keep the program from ending: each has its time. */
async function closeAll(opened: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of [...opened].reverse()) {
    const late = new AbortController();
    await Promise.race([close().catch(() => {}), delay(CLOSE_MS_MAX, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
  }
}

interface Parts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly stores: Stores;
}

/** Derived objects and housekeeping; how to stop each. */
function startLaterWork(parts: Parts & { codec: Codec; looks: Looks }): readonly (() => Promise<void>)[] {
  const { config, log, metrics, stores, codec, looks } = parts;
  const { index, objects, adopter, proofs, anchors, refusals } = stores;
  const clock = systemClock;
  const derive = createSeriesDerivation({ objects, studies: index.studies, codec, clock, log, counters: metrics, budget: looks.budget });
  const worker = startTaskWorker({ tasks: index.tasks, handlers: { 'derive-series': derive }, clock, log, counters: metrics });
  const stopFindingOut = startFindingOut({ index, timeZone: config.timeZone, clock, log });
  const housekeeping = startHousekeeping({
    objects,
    ingest: index.ingest,
    postedNotices: index.postedNotices,
    releases: index.releases,
    keptFiles: index.keptFiles,
    sweep: (before, limit, signal) =>
      sweepClaims({ objects, ingest: index.ingest, adopter, log, counters: metrics }, before, limit, signal),
    clock,
    log,
    quietMs: config.quietMs,
    abandonedAtStartAfterMs: CLAIMS_ABANDONED_AT_START_AFTER_MS,
  });
  metrics.gauge('tasks_waiting', 'derived work waiting', async () => (await index.tasks.depth()).waiting);
  metrics.gauge('tasks_failed', 'derived work that was given up', async () => (await index.tasks.depth()).failed);
  const record = startRecordWatch({
    audit: index.audit,
    proofs,
    clock,
    log,
    counters: metrics,
    anchorDays: (trusted) => anchorDays({ audit: index.audit, anchors, proofs, timeZone: config.timeZone }, trusted, clock.now()),
  });
  metrics.gauge('record_intact', '1, or 0 once the record was found changed: see npm start -- audit verify', () =>
    record.intact() ? 1 : 0,
  );
  const clockWatch = startClockWatch({
    ...index,
    clock,
    steady: () => performance.now(),
    log,
    counters: metrics,
    machine: hostname(),
  });
  metrics.gauge(
    'clock_ahead_seconds',
    'this machine’s clock ahead of the database’s, as last compared',
    () => index.databaseClock.aheadMs / 1000,
  );
  // Closed in the other order: what is still to be put on record is, before the last look at the record.
  return [
    record.stop,
    refusals.stop,
    worker.stop,
    stopFindingOut,
    housekeeping.stop,
    clockWatch.stop,
    startScrub(parts),
    sendAudit(parts),
    sendMail(parts),
  ];
}

/** The record goes out as audit messages, where a receiver is named; how to stop it. */
function sendAudit({ config, log, metrics, stores: { index } }: Parts): () => Promise<void> {
  const parts = { feed: index.auditFeed, warnings: index.warnings, clock: systemClock, log, counters: metrics, gauge: metrics.gauge };
  return startAuditSyslog(config.auditSyslog, { ...parts, source: config.dimse.aeTitle });
}

/** News by mail, where a server is named; how to stop it. */
function sendMail({ config, log, metrics, stores: { index } }: Parts): () => Promise<void> {
  const { mail: server, timeZone } = config;
  if (server === undefined) return async () => {};
  const actor = (user: User, now: Date) => actorOf(user, 'session', '', now);
  const parts = { mail: index.mail, people: index.people, clock: systemClock, log, counters: metrics, gauge: metrics.gauge };
  return startMailSender({ ...parts, server, timeZone, actorOf: actor, hashCode: hashSecret });
}

/** Everything kept is read again and again, slowly; how to stop it. */
function startScrub({ config, log, metrics, stores }: Parts): () => Promise<void> {
  const { index, kept, reports } = stores;
  const { damage, studies, ingest, keptFiles } = index;
  metrics.gauge('damaged_objects_known', 'originals, quarantined objects and files beside images that are not what was received', () =>
    damage.count(),
  );
  metrics.gauge('scrub_pass', 'pass of the scrub over everything kept', async () => (await damage.scrubState())?.pass ?? 0);
  metrics.gauge('scrub_last_pass_ended_seconds', 'when the last pass ended, seconds since 1970', async () => {
    return ((await damage.scrubState())?.lastPassEndedAt?.getTime() ?? 0) / 1000;
  });
  const { scrubBytesPerSecond: bytesPerSecond } = config;
  if (bytesPerSecond === 0) return async () => {};
  const { stop } = startScrubber({
    damage,
    studies,
    ingest,
    keptFiles,
    objects: kept,
    reports,
    clock: systemClock,
    log,
    counters: metrics,
    bytesPerSecond,
  });
  return stop;
}

async function startDimse(
  startDimseServer: Awaited<ReturnType<typeof readDoors>>['startDimseServer'],
  { config, log, metrics, stores, certificates }: Parts & { certificates: Certificates },
): Promise<DimseServer> {
  const { index, receiver, refusals } = stores;
  return startDimseServer({
    host: config.dimse.host,
    port: config.dimse.port,
    aeTitle: config.dimse.aeTitle,
    receiver,
    facilityByAETitle: (aeTitle) => index.people.facilityByAETitle(aeTitle),
    log,
    heard: (aeTitle, contact) => index.people.noteAEContact(aeTitle, contact),
    refused: ({ callingAETitle, remoteAddress }, reason) => {
      if (reason !== 'calling-ae-title-not-recognized') return;
      const who = { kind: 'anonymous', aeTitle: callingAETitle, through: 'dimse' } as const;
      void refusals.refused({ action: 'access-refused', outcome: 'refused', who, remoteAddress, refusal: 'unknown-ae-title' });
    },
    metrics: {
      associationOpened: () => metrics.count('dimse_associations', 1, { event: 'opened' }),
      associationClosed: (how) => metrics.count('dimse_associations', 1, { event: how }),
      associationRejected: (reason) => metrics.count('dimse_rejections', 1, { reason: String(reason) }),
      connectionsTurnedAway: (count) => metrics.add('connections_turned_away', count, { door: 'dimse', event: 'turned-away' }),
      operationAnswered: (operation, status) =>
        metrics.count('dimse_operations', 1, { operation: operation ?? 'unknown', status: status.toString(16) }),
    },
    // A client certificate is always asked for: without a CA any is taken, or none, and an AE title that pins one is held to it.
    ...(certificates.dimse === undefined
      ? {}
      : { tls: { ...certificates.dimse.current(), requestClientCertificate: true, follow: certificates.dimse.follow } }),
  });
}

/** Serves until SIGINT or SIGTERM; a second one ends it at once. */
export async function serve(
  config: Config,
  options: { synthetic?: boolean; beforeReady?: (gateway: Gateway) => Promise<void> } = {},
): Promise<number> {
  const gateway = await startGateway(config, options);
  await options.beforeReady?.(gateway);
  const more = {
    ...(config.http.tls === undefined ? {} : { https: true }),
    ...(gateway.metrics === undefined ? {} : { metrics: gateway.metrics }),
  };
  process.stdout.write(`${JSON.stringify({ event: 'ready', http: gateway.http, dimse: gateway.dimse, ...more })}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
    whenOrphanedByNpm(resolve);
  });
  await gateway.close();
  return 0;
}

/** npm sends SIGTERM to the shell between us, which ends without passing it on; we notice only that our parent has changed. */
function whenOrphanedByNpm(stop: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), PARENT_LOOK_MS).unref();
}

/** The stores, and what turns bytes into rows: the same for the gateway and for commands. */
async function openStores(config: Config, log: Log, counters: Counters = NO_COUNTERS) {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o755 });
  const recordKey = await openRecordKey(config.dataFolder, config.recordKeyFile);
  const index = await openIndex({
    dataFolder: config.dataFolder,
    seriesQuietMs: config.quietMs,
    log,
    ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
    ...(config.databaseAdminUrl === undefined ? {} : { databaseAdminUrl: config.databaseAdminUrl }),
  });
  let kept: ObjectStore;
  try {
    kept = await openObjects({
      dataFolder: config.dataFolder,
      s3: config.s3,
      ...(config.objectsUrl === undefined ? {} : { url: config.objectsUrl }),
    });
  } catch (thrown) {
    await index.close();
    throw thrown;
  }
  const { damage, studies, tasks } = index;
  const reports = createDamageReports({ damage, studies, tasks, objects: kept, clock: systemClock, log, counters });
  const objects = verifiedObjects(kept, reports.found);
  const folder = installationNote(config.dataFolder);
  const proofs = recordProofs({ objects: kept, dataFolder: config.dataFolder, key: recordKey });
  const anchors = recordAnchors({ objects: kept, key: recordKey });
  // Reads kept bytes unchecked: it compares them itself with the bytes at hand.
  const receiver = createReceiver({ objects: kept, ingest: index.ingest, log, counters, reports });
  const adopter = createAdopter({ objects: kept, ingest: index.ingest });
  const refusals = createRefusalRecorder({ audit: index.audit, log });
  const close = async () => {
    await refusals.stop();
    await reports.settled();
    await objects.close();
    await index.close();
  };
  const seal = createSecretSeal(recordKey, log);
  const questionKey = recordKey.keyFor('renkei passkey question');
  return { index, objects, kept, folder, proofs, anchors, reports, refusals, receiver, adopter, seal, questionKey, close };
}

function installationOf({ index, kept, folder }: Stores): InstallationParts {
  return { installation: index.installation, objects: kept, folder, audit: index.audit };
}

/** What `backup` and `restore` need to know of this installation. */
function backupOf(config: Config, settings: BackupSettings['settings'], { index }: Stores): BackupSettings {
  const { dataFolder, objectsUrl, backup } = config;
  return {
    index: indexBackup(index),
    dataFolder,
    madeBy: `renkei ${PROGRAM_VERSION}`,
    settings,
    ...(objectsUrl === undefined ? {} : { imagesAt: objectsUrl }),
    ...backup,
  };
}
