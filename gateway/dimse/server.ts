import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../dicom/dictionary/uid.ts';
import { type ConnectionPlace, ConnectionPlaces } from '../domain/bounds/connection-places.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { Receiver } from '../domain/imaging/reception.ts';
import type { Log } from '../domain/operation/log.ts';
import type { FacilityRef, SystemActor } from '../domain/people/actor.ts';
import type { AEContact, AETitleEntry, Facility } from '../domain/people/facility.ts';
import { mayUseAETitle, type Origin, originOf } from './caller.ts';
import { DIMSE_LIMITS, type DimseLimits } from './limits.ts';
import type { CommandName } from './message/command-set.ts';
import { type AssociationEnd, DimseEndpoint } from './message/dimse.ts';
import { VERIFICATION } from './services/c-echo.ts';
import { storageService } from './services/c-store.ts';
import { decided, type OperationActions } from './services/decided.ts';
import { negotiate } from './services/negotiation.ts';
import type { ServiceClass } from './services/service-class.ts';
import type { ServiceName } from './status.ts';
import { STATUS } from './status.ts';
import { PROTOCOL_VERSION } from './upper-layer/association.ts';
import { type AssociateRequest, DICOM_APPLICATION_CONTEXT, REJECTION, type RejectionReason } from './upper-layer/pdu.ts';

/** Fields are ids, codes and counts. */
export interface DimseMetrics {
  associationOpened(): void;
  associationClosed(how: 'released' | 'aborted', bytesReceived: number): void;
  associationRejected(reason: RejectionReason): void;
  /** Connections that made room for others, or found none. */
  connectionsTurnedAway?(count: number): void;
  operationAnswered(command: CommandName | undefined, status: number): void;
}

/** How long the caller of an association is believed to be one. */
export const CALLER_MS_MAX = 500;

export interface DimseServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly aeTitle: string;
  readonly acceptAnyCalledAE?: boolean;
  readonly receiver: Receiver;
  /** A registered caller has sent something, or something went wrong with it. */
  heard?(aeTitle: string, contact: AEContact): Promise<void>;
  /** An association was refused for who called; for the record. */
  refused?(caller: { readonly callingAETitle: string; readonly remoteAddress: string }, reason: RejectionReason): void;
  facilityByAETitle(aeTitle: string): Promise<(Facility & { readonly entry: AETitleEntry }) | undefined>;
  readonly log: Log;
  readonly metrics?: DimseMetrics;
  readonly tls?: {
    readonly key: string | Buffer;
    readonly cert: string | Buffer;
    /** With it, a client certificate that is asked for must come from here; without it, any is taken and AE titles pin theirs. */
    readonly ca?: string | Buffer;
    readonly requestClientCertificate?: boolean;
    /** Given the server, to hand it a renewed certificate while it runs. */
    readonly follow?: (server: TlsServer) => void;
  };
  readonly limits?: Partial<DimseLimits>;
}

export interface DimseServer {
  readonly port: number;
  /** Takes no more, lets operations in progress be answered, aborts the rest, and cuts what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Opens the DIMSE door. @throws what the operating system says of the port; what TLS says of key and certificate */
export async function startDimseServer(options: DimseServerOptions): Promise<DimseServer> {
  const door = new Door(options);
  const { host, port, tls } = options;
  const server = tls === undefined ? createTcpServer((socket) => door.arrive(socket) && door.enter(socket)) : tlsServer(tls, door);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.log.error('dimse-server', {}, error));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await door.close(graceMs);
      await closed;
    },
  };
}

function tlsServer(tls: NonNullable<DimseServerOptions['tls']>, door: Door): Server {
  const { key, cert, ca, requestClientCertificate = false } = tls;
  const server = createTlsServer(
    {
      key,
      cert,
      ...(ca === undefined ? {} : { ca }),
      requestCert: requestClientCertificate,
      rejectUnauthorized: requestClientCertificate && ca !== undefined,
      handshakeTimeout: door.limits.artimMs,
    },
    (socket) => door.enter(socket),
  );
  // Raw connections, so that handshakes that are never finished have their bound too, and closing does not wait for them.
  server.on('connection', (socket) => door.arrive(socket));
  tls.follow?.(server);
  server.on('tlsClientError', (error, socket) => {
    door.options.log.warn('dimse-tls', { remoteAddress: socket.remoteAddress, reason: error.message });
    socket.destroy();
  });
  return server;
}

/** Every service and what each of its operations lets its caller do; `open`: whoever was given an association. PS3.7 9.1 and 10.1. */
const SERVICES = {
  verification: { open: () => VERIFICATION, actions: { 'C-ECHO': 'open' } },
  storage: { open: ({ receiver }) => storageService(receiver), actions: { 'C-STORE': 'study.store' } },
} as const satisfies Record<ServiceName, { open: (options: DimseServerOptions) => ServiceClass; actions: OperationActions }>;

/** What each operation of the services lets its caller do. */
export const DIMSE_OPERATIONS: OperationActions = Object.assign({}, ...Object.values(SERVICES).map(({ actions }) => actions));

function servicesOf(options: DimseServerOptions): readonly ServiceClass[] {
  return Object.values(SERVICES).map(({ open, actions }) => decided(open(options), actions));
}

/** Of an association that sends thousands of images. */
const HEARD_EVERY_MS = 60_000;
const TURNED_AWAY_TOLD_EVERY_MS = 10_000;

function nameOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

/** One connection, from its coming to its end. */
interface Visit {
  readonly endpoint: DimseEndpoint;
  readonly origin: Origin;
  readonly place: ConnectionPlace | undefined;
  /** Undoes what was counted; again it does nothing. */
  leave: () => void;
  established: boolean;
  callingAETitle: string | undefined;
  /** When a success was last told of, ms. */
  heardAt: number;
}

/** All associations of this process: who is let in, how many, and how they leave. */
class Door {
  readonly options: DimseServerOptions;
  readonly limits: DimseLimits;
  readonly #services: readonly ServiceClass[];
  readonly #endpoints = new Set<DimseEndpoint>();
  readonly #sockets = new Set<Socket>();
  readonly #places: ConnectionPlaces;
  /** By the peer's address and port, which a TLS socket has from the connection below it. */
  readonly #placeOf = new Map<string, ConnectionPlace>();
  readonly #telling: NodeJS.Timeout;
  #associations = 0;
  readonly #associationsByCaller = new Map<string, number>();
  readonly #associationsByFacility = new Map<string, number>();
  /** What outlives a connection: a caller's admission, the record. */
  readonly #unfinished = new Set<Promise<void>>();
  #closing = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: DimseServerOptions) {
    this.options = options;
    this.limits = { ...DIMSE_LIMITS, ...options.limits };
    this.#services = servicesOf(options);
    const { connectionsMax, connectionsPerAddressMax, silentConnectionsPerAddressMax, connectionsReservedForKnown } = this.limits;
    this.#places = new ConnectionPlaces({
      connectionsMax,
      perAddressMax: connectionsPerAddressMax,
      unprovenPerAddressMax: silentConnectionsPerAddressMax,
      unprovenUnknownMax: Math.max(1, connectionsMax - connectionsReservedForKnown),
    });
    this.#telling = setInterval(() => this.#tellOfTurnedAway(), TURNED_AWAY_TOLD_EVERY_MS).unref();
  }

  /** A connection has come; TLS may still be to be agreed. False: there is no room, it is closed. */
  arrive(socket: Socket): boolean {
    socket.on('error', () => undefined);
    const place = this.#places.enter(socket.remoteAddress ?? '', () => socket.destroy());
    if (place === undefined) {
      socket.destroy();
      return false;
    }
    const name = nameOf(socket);
    this.#sockets.add(socket);
    this.#placeOf.set(name, place);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      place.leave();
      if (this.#placeOf.get(name) === place) this.#placeOf.delete(name);
    });
    return true;
  }

  enter(socket: Socket): void {
    if (this.#closing) {
      socket.destroy();
      return;
    }
    // Of TLS the upper socket too; its connection has come in by itself.
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const origin = originOf(socket);
    const { log, metrics } = this.options;
    const endpoint: DimseEndpoint = new DimseEndpoint('acceptor', this.limits, {
      associateIndication: (request) => this.#asked(visit, request),
      answered: (command, status) => {
        metrics?.operationAnswered(command, status);
        if (command === 'C-STORE') this.#heard(visit, status);
      },
      failed: (command, error) => {
        const fields = { command, callingAETitle: visit.callingAETitle, remoteAddress: origin.remoteAddress, kind: error.kind };
        if (error.kind === 'internal') log.error('dimse-operation-failed', fields, error);
        else log.warn('dimse-operation-failed', { ...fields, reason: error.message });
      },
      ended: (how) => this.#ended(visit, how),
      closed: () => {
        visit.leave();
        this.#endpoints.delete(endpoint);
        if (this.#endpoints.size === 0) this.#onEmpty?.();
      },
    });
    const place = this.#placeOf.get(nameOf(socket));
    const visit: Visit = { endpoint, origin, place, leave: () => undefined, established: false, callingAETitle: undefined, heardAt: 0 };
    this.#endpoints.add(endpoint);
    endpoint.association.accept(socket);
  }

  /** A-ASSOCIATE-RQ has come: decides, and answers. */
  #asked(visit: Visit, request: AssociateRequest): void {
    const { endpoint, origin } = visit;
    const { callingAETitle } = request;
    const { remoteAddress } = origin;
    visit.callingAETitle = callingAETitle;
    this.#associations += 1;
    visit.leave = () => {
      this.#associations -= 1;
      visit.leave = () => undefined;
    };
    const admission = this.#admit(request, origin).then((facility) => {
      const refusal = typeof facility === 'string' ? facility : this.#refusalOf(callingAETitle, facility);
      if (typeof facility === 'string' || refusal !== undefined) {
        visit.leave();
        const reason = refusal ?? 'temporary-congestion';
        this.options.log.warn('dimse-association-rejected', { callingAETitle, remoteAddress, reason });
        this.options.metrics?.associationRejected(reason);
        this.options.refused?.({ callingAETitle, remoteAddress }, reason);
        this.#note(callingAETitle, { failedAt: new Date(), error: reason });
        endpoint.association.answer(REJECTION[reason]);
        return;
      }
      if (endpoint.association.state !== 3) return; // The peer has left.
      const leaveTotal = visit.leave;
      this.#count(callingAETitle, facility, 1);
      visit.leave = () => {
        leaveTotal();
        this.#count(callingAETitle, facility, -1);
      };
      visit.established = true;
      visit.place?.is('busy');
      this.#establish(endpoint, request, facility, origin);
    });
    this.#watch(admission);
  }

  /** Successes of one association are told once in a while; each failure at once. */
  #heard(visit: Visit, status: number): void {
    const { callingAETitle = '' } = visit;
    const now = Date.now();
    if (status !== STATUS.success)
      this.#note(callingAETitle, { failedAt: new Date(now), error: status.toString(16).padStart(4, '0').toUpperCase() });
    else if (now - visit.heardAt >= HEARD_EVERY_MS) {
      visit.heardAt = now;
      this.#note(callingAETitle, { receivedAt: new Date(now) });
    }
  }

  #note(aeTitle: string, contact: AEContact): void {
    const noted = this.options.heard?.(aeTitle, contact);
    if (noted !== undefined) this.#watch(noted);
  }

  #ended({ endpoint, origin: { remoteAddress }, established, callingAETitle }: Visit, how: AssociationEnd): void {
    const { log, metrics } = this.options;
    if (!established) {
      if (how !== 'released') log.info('dimse-no-association', { remoteAddress, by: how.by, reason: how.reason });
      return;
    }
    const outcome = how === 'released' ? { how } : { how: 'aborted', by: how.by, reason: how.reason };
    log.info('dimse-association-ended', { callingAETitle, remoteAddress, ...outcome });
    metrics?.associationClosed(how === 'released' ? 'released' : 'aborted', endpoint.association.bytesRead);
    // An operation in progress may still succeed: its receiver may have had all bytes when the peer left.
    if (how !== 'released') this.#watch(endpoint.settled());
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      if (this.#endpoints.size === 0) resolve();
    });
    let timer: NodeJS.Timeout | undefined;
    const graceOver = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    for (const endpoint of this.#endpoints) endpoint.leave();
    await Promise.race([empty, graceOver]);
    for (const socket of this.#sockets) socket.destroy();
    await empty;
    clearInterval(this.#telling);
    this.#tellOfTurnedAway();
    // What came in is put on record, but a receiver or a record that hangs does not keep the program from ending.
    await Promise.race([Promise.all(this.#unfinished), graceOver]);
    clearTimeout(timer);
  }

  /** Who this is, or why they are not let in. Never rejects. */
  async #admit(request: AssociateRequest, origin: Origin): Promise<FacilityRef | RejectionReason> {
    if (request.applicationContextName !== DICOM_APPLICATION_CONTEXT) return 'application-context-not-supported';
    if (this.#closing) return 'temporary-congestion';
    const { aeTitle, acceptAnyCalledAE = false, log } = this.options;
    if (!acceptAnyCalledAE && request.calledAETitle !== aeTitle) return 'called-ae-title-not-recognized';
    let facility: FacilityRef | undefined;
    try {
      facility = await this.#callerOf(request.callingAETitle, origin);
    } catch (error) {
      log.error('dimse-caller-lookup', { callingAETitle: request.callingAETitle }, asDomainError(error));
      return 'temporary-congestion';
    }
    return facility ?? 'calling-ae-title-not-recognized';
  }

  /** The facility that the AE title belongs to; undefined: nobody's, or not from there. @throws unavailable */
  async #callerOf(callingAETitle: string, origin: Origin): Promise<FacilityRef | undefined> {
    const facility = callingAETitle === '' ? undefined : await this.options.facilityByAETitle(callingAETitle);
    if (facility === undefined || !mayUseAETitle(facility.entry, origin)) return undefined;
    return { id: facility.id, code: facility.code };
  }

  #stillMay(callingAETitle: string, facility: FacilityRef, origin: Origin): () => Promise<void> | undefined {
    let askedAtMs = performance.now();
    const ask = async () => {
      const caller = await this.#callerOf(callingAETitle, origin);
      if (caller?.id !== facility.id) throw new DomainError('denied', 'the AE title is not the facility’s any more');
      askedAtMs = performance.now();
    };
    return () => (performance.now() - askedAtMs < CALLER_MS_MAX ? undefined : ask());
  }

  /** Asked and counted in one step, without an await between. */
  #refusalOf(callingAETitle: string, facility: FacilityRef): RejectionReason | undefined {
    const { associationsMax, associationsPerCallerMax, associationsPerFacilityMax, associationsReservedPerFacility } = this.limits;
    const ofCaller = this.#associationsByCaller.get(callingAETitle) ?? 0;
    const ofFacility = this.#associationsByFacility.get(facility.code) ?? 0;
    const full = this.#associations > associationsMax && ofFacility >= associationsReservedPerFacility;
    return full || ofCaller >= associationsPerCallerMax || ofFacility >= associationsPerFacilityMax ? 'local-limit-exceeded' : undefined;
  }

  #establish(endpoint: DimseEndpoint, request: AssociateRequest, facility: FacilityRef, origin: Origin): void {
    const { remoteAddress } = origin;
    const { callingAETitle, calledAETitle, userInformation } = request;
    const { log, metrics } = this.options;
    const actor: SystemActor = { kind: 'system', facility, aeTitle: callingAETitle, remoteAddress, through: 'dimse' };
    const { answers, contexts, roles } = negotiate(request, this.#services);
    endpoint.establish({
      contexts,
      peerMaximumLength: userInformation.maximumLength,
      services: this.#services,
      session: { actor, callingAETitle, calledAETitle, remoteAddress, stillMay: this.#stillMay(callingAETitle, facility, origin) },
    });
    metrics?.associationOpened();
    log.info('dimse-association', {
      callingAETitle,
      remoteAddress,
      facility: facility.code,
      contextsAccepted: contexts.size,
      contextsProposed: answers.length,
      implementation: userInformation.implementationVersionName,
    });
    endpoint.association.answer({
      type: 'A-ASSOCIATE-AC',
      protocolVersion: PROTOCOL_VERSION,
      calledAETitle,
      callingAETitle,
      applicationContextName: DICOM_APPLICATION_CONTEXT,
      presentationContexts: answers,
      userInformation: {
        maximumLength: this.limits.pduBytesMax,
        implementationClassUID: IMPLEMENTATION_CLASS_UID,
        implementationVersionName: IMPLEMENTATION_VERSION_NAME,
        ...(userInformation.asynchronousOperations === undefined ? {} : { asynchronousOperations: { invoked: 1, performed: 1 } }),
        ...(roles.length === 0 ? {} : { roles }),
      },
    });
  }

  #count(callingAETitle: string, facility: FacilityRef, by: 1 | -1): void {
    for (const [counts, key] of [
      [this.#associationsByCaller, callingAETitle],
      [this.#associationsByFacility, facility.code],
    ] as const) {
      const count = (counts.get(key) ?? 0) + by;
      if (count === 0) counts.delete(key);
      else counts.set(key, count);
    }
  }

  /** One log line for many, so that a flood of connections does not flood the log. */
  #tellOfTurnedAway(): void {
    const count = this.#places.takeTurnedAway();
    if (count === 0) return;
    this.options.log.warn('dimse-connections-turned-away', { count });
    this.options.metrics?.connectionsTurnedAway?.(count);
  }

  #watch(work: Promise<void>): void {
    const watched = work
      .catch((error: unknown) => this.options.log.error('dimse-server', {}, error))
      .finally(() => this.#unfinished.delete(watched));
    this.#unfinished.add(watched);
  }
}
