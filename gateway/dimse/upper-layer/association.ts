import type { Socket } from 'node:net';
import {
  ABORT_REASON,
  type Abort,
  type AbortReason,
  type AssociateAccept,
  type AssociateReject,
  type AssociateRequest,
  encodePdu,
  PDV_HEADER_BYTES,
  type Pdu,
  type PduBounds,
  PduError,
  pDataHeader,
  REJECTION,
} from './pdu.ts';
import { PduReader } from './pdu-reader.ts';
import { type State, transition, type UpperLayerAction, type UpperLayerEvent } from './state-machine.ts';

/** Why an association ended other than by release. Texts are for logs: no patient data. */
export interface AbortNotice {
  /** `peer`: A-ABORT by its user; `provider`: A-ABORT by either upper layer; `transport`: the connection broke; `local`: we aborted. */
  readonly by: 'peer' | 'provider' | 'transport' | 'local';
  readonly reason: string;
}

/** The service user of PS3.8: indications and confirmations. Called from the socket's events, in order; must not throw. */
export interface AssociationUser {
  associateIndication?(request: AssociateRequest): void;
  associateConfirm?(answer: AssociateAccept | AssociateReject): void;
  /** A piece of a message; the bytes are the user's. */
  fragment(contextId: number, isCommand: boolean, isLast: boolean, bytes: Buffer): void;
  releaseIndication(): void;
  releaseConfirm(): void;
  abortIndication(notice: AbortNotice): void;
  /** The connection is gone. Comes last, once. */
  closed(): void;
}

export interface AssociationBounds extends PduBounds {
  readonly artimMs: number;
  /** A peer that takes nothing for so long is aborted. */
  readonly messageMs: number;
}

/** The transport of PS3.8 9.1: a connected (or, for a requestor, connecting) TCP or TLS socket. */
export interface Transport {
  readonly socket: Socket;
  /** Event that says the socket can carry PDUs, for requestors. */
  readonly connectedEvent?: 'connect' | 'secureConnect';
}

/** PS3.8 9.3.2: bit 0 is version 1. */
export const PROTOCOL_VERSION = 1;

/**
 * One association on one connection, as acceptor or requestor: turns socket and user events into events of the state table
 * and carries out the actions it answers.
 */
export class Association {
  readonly #user: AssociationUser;
  readonly #bounds: AssociationBounds;
  readonly #requestor: boolean;
  readonly #reader: PduReader;
  #socket: Socket | undefined;
  #state: State = 1;
  #artim: NodeJS.Timeout | undefined;
  /** Fragments of the current P-DATA-TF go to the user. */
  #delivering = false;
  #paused = false;
  /** Read from the socket, not yet parsed: what follows the place where the user said pause. */
  #held: Buffer[] = [];
  #parsing = false;
  #expectMs: number | undefined;
  #expectTimer: NodeJS.Timeout | undefined;
  #bytesRead = 0;

  constructor(user: AssociationUser, role: 'acceptor' | 'requestor', bounds: AssociationBounds) {
    this.#user = user;
    this.#bounds = bounds;
    this.#requestor = role === 'requestor';
    this.#reader = new PduReader(
      {
        pdu: (pdu) => this.#received(pdu),
        pDataBegins: () => this.#happened('P-DATA-TF received', undefined),
        fragment: (contextId, isCommand, isLast, bytes) => {
          if (this.#delivering) user.fragment(contextId, isCommand, isLast, bytes);
        },
        invalid: (error) => this.#happened('invalid PDU received', error),
      },
      bounds,
    );
  }

  get state(): State {
    return this.#state;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  // ── Primitives ──

  /** Acceptor: a connection has come in. */
  accept(socket: Socket): void {
    this.#happened('transport indication', { socket } satisfies Transport);
  }

  /** Requestor: sends the request once the transport is connected. */
  request(transport: Transport, request: AssociateRequest): void {
    const { socket } = transport;
    socket.once(transport.connectedEvent ?? 'connect', () => this.#happened('transport connected', request));
    this.#happened('A-ASSOCIATE request', transport);
  }

  answer(answer: AssociateAccept | AssociateReject): void {
    if (this.#state !== 3) return; // The peer left while we were deciding.
    this.#happened(answer.type === 'A-ASSOCIATE-AC' ? 'A-ASSOCIATE response accept' : 'A-ASSOCIATE response reject', answer);
  }

  /** May data be sent now? */
  get canSend(): boolean {
    return this.#state === 6 || this.#state === 8;
  }

  /**
   * Sends one P-DATA-TF with one presentation data value, written at once. `parts` are not copied and belong to the socket afterwards.
   * @returns false when the socket has enough: wait for `drained`.
   */
  pData(contextId: number, isCommand: boolean, isLast: boolean, parts: readonly Uint8Array[]): boolean {
    this.#happened('P-DATA request', { contextId, isCommand, isLast, parts } satisfies PDataRequest);
    return this.#socket?.writableNeedDrain === false;
  }

  /** Resolves when the socket takes more, or is gone. A peer that does not read is aborted. */
  drained(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed || !socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#user.abortIndication({ by: 'local', reason: 'the peer took nothing in time' });
        // Not even A-ABORT would go out.
        socket.destroy();
      }, this.#bounds.messageMs);
      const done = () => {
        clearTimeout(timer);
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  release(): void {
    if (this.#state === 6) this.#happened('A-RELEASE request', undefined);
  }

  releaseResponse(): void {
    if (transition(this.#state, 'A-RELEASE response') !== undefined) this.#happened('A-RELEASE response', undefined);
  }

  /** A-ABORT request. No effect when the association is over. The user is not told of its own abort. */
  abort(): void {
    if (transition(this.#state, 'A-ABORT request') !== undefined) this.#happened('A-ABORT request', undefined);
  }

  /** Closes the connection in any state, because the program is ending. */
  destroy(): void {
    this.#socket?.destroy();
  }

  // ── Flow ──

  /** Stops reading: nothing more is reported until `resume`; the peer's TCP window fills and slows it. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#reader.stop();
    this.#socket?.pause();
    this.#armExpectation();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#parseHeld();
    if (this.#paused) return;
    this.#socket?.resume();
    this.#armExpectation();
  }

  /** The peer has to send something within this time, again and again; otherwise the association is aborted. Not counted while paused. */
  expectWithin(ms: number | undefined): void {
    if (this.#expectMs === ms) {
      this.#expectTimer?.refresh();
      return;
    }
    this.#expectMs = ms;
    this.#armExpectation();
  }

  #armExpectation(): void {
    clearTimeout(this.#expectTimer);
    this.#expectTimer = undefined;
    if (this.#expectMs === undefined || this.#paused || this.#state === 1 || this.#state === 13) return;
    this.#expectTimer = setTimeout(() => {
      this.abort();
      this.#user.abortIndication({ by: 'local', reason: 'the peer sent nothing in time' });
    }, this.#expectMs);
  }

  // ── The machine ──

  #happened(event: UpperLayerEvent, subject: unknown): void {
    const step = transition(this.#state, event);
    if (step === undefined) return; // For example a timer that fired while the association ended.
    const chosen = this.#actions[step.action](subject);
    const [next] = step.next;
    if (chosen !== undefined && !step.next.includes(chosen)) throw new Error(`PS3.8 table 9-10: ${event} cannot lead to Sta${chosen}`);
    // An action may itself be the cause of further events (an indication answered at once); those were for the state it leads to.
    const state = chosen ?? next;
    if (state !== undefined) this.#state = state;
    if (this.#state === 1 || this.#state === 13) {
      this.#expectMs = undefined;
      clearTimeout(this.#expectTimer);
    }
    this.#afterwards(step.action, subject);
  }

  /** What each action does to the connection and the timer, PS3.8 9.2.3; a state where the table leaves a choice. */
  readonly #actions: Readonly<Record<UpperLayerAction, (subject: unknown) => State | undefined>> = {
    'AE-1': (subject) => this.#attach(subject as Transport),
    'AE-2': (subject) => this.#send(subject as AssociateRequest),
    'AE-3': () => undefined,
    'AE-4': () => this.#close(),
    'AE-5': (subject) => this.#attachAndWait(subject as Transport),
    'AE-6': (subject) => this.#judgeVersion(subject as AssociateRequest),
    'AE-7': (subject) => this.#send(subject as AssociateAccept),
    'AE-8': (subject) => this.#sendAndWait(subject as AssociateReject),
    'DT-1': (subject) => this.#sendPData(subject as PDataRequest),
    'DT-2': () => this.#deliver(),
    'AR-1': () => this.#send({ type: 'A-RELEASE-RQ' }),
    'AR-2': () => undefined,
    'AR-3': () => this.#close(),
    'AR-4': () => this.#sendAndWait({ type: 'A-RELEASE-RP' }),
    'AR-5': () => this.#stopArtim(),
    'AR-6': () => this.#deliver(),
    'AR-7': (subject) => this.#sendPData(subject as PDataRequest),
    'AR-8': () => (this.#requestor ? 9 : 10),
    'AR-9': () => this.#send({ type: 'A-RELEASE-RP' }),
    'AR-10': () => undefined,
    'AA-1': () => this.#sendAndWait({ type: 'A-ABORT', source: 0, reason: 0 }),
    'AA-2': () => this.#destroy(),
    'AA-3': () => this.#destroy(),
    'AA-4': () => this.#stopArtim(),
    'AA-5': () => this.#stopArtim(),
    'AA-6': () => undefined,
    'AA-7': (subject) => this.#send(providerAbort(subject)),
    'AA-8': (subject) => this.#sendAndWait(providerAbort(subject)),
  };

  /** AE-6: the association is offered to the user, or rejected for its protocol version. */
  #judgeVersion(request: AssociateRequest): State {
    this.#stopArtim();
    if ((request.protocolVersion & PROTOCOL_VERSION) === PROTOCOL_VERSION) return 3;
    this.#send(REJECTION['protocol-version-not-supported']);
    this.#startArtim();
    return 13;
  }

  #attachAndWait(transport: Transport): undefined {
    this.#attach(transport);
    this.#startArtim();
  }

  #sendAndWait(pdu: Pdu): undefined {
    this.#send(pdu);
    this.#startArtim();
  }

  #deliver(): undefined {
    this.#delivering = true;
  }

  #close(): undefined {
    this.#stopArtim();
    this.#socket?.destroySoon();
  }

  #destroy(): undefined {
    this.#stopArtim();
    // What is still to be sent would wait for a peer that has left or does not read.
    this.#socket?.destroy();
  }

  /** What the action tells the user, now that the state is the new one. */
  #afterwards(action: UpperLayerAction, subject: unknown): void {
    switch (action) {
      case 'AE-3':
      case 'AE-4':
        this.#user.associateConfirm?.(subject as AssociateAccept | AssociateReject);
        return;
      case 'AE-6':
        if (this.#state === 3) this.#user.associateIndication?.(subject as AssociateRequest);
        return;
      case 'AR-2':
      case 'AR-8':
        this.#user.releaseIndication();
        return;
      case 'AR-3':
      case 'AR-10':
        this.#user.releaseConfirm();
        return;
      case 'AA-3': {
        const { source, reason } = subject as Abort;
        this.#user.abortIndication({
          by: source === 0 ? 'peer' : 'provider',
          reason: `A-ABORT received, source ${source} reason ${reason}`,
        });
        return;
      }
      case 'AA-4':
        this.#user.abortIndication({ by: 'transport', reason: subject instanceof Error ? subject.message : 'connection closed' });
        return;
      case 'AA-8':
        this.#ignoreRest();
        this.#user.abortIndication({ by: 'provider', reason: subject instanceof Error ? subject.message : 'unexpected PDU' });
        return;
      case 'AA-1':
      case 'AE-8':
        this.#ignoreRest();
        return;
      default:
        return;
    }
  }

  /** In Sta13 the connection is read on, so that closing it does not reset it before the peer has read our last PDU. */
  #ignoreRest(): void {
    this.#delivering = false;
    this.#held = [];
    if (this.#paused) {
      this.#paused = false;
      this.#socket?.resume();
    }
  }

  // ── Transport ──

  #attach({ socket }: Transport): undefined {
    this.#socket = socket;
    let failure: Error | undefined;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#bytesRead += chunk.length;
      this.#expectTimer?.refresh();
      this.#held.push(chunk);
      this.#parseHeld();
    });
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      this.#delivering = false;
      this.#held = [];
      this.#happened('transport closed', failure);
      this.#user.closed();
    });
  }

  /** Not re-entered when a report leads back here: the outer loop goes on with what is held. */
  #parseHeld(): void {
    if (this.#parsing) return;
    this.#parsing = true;
    while (!this.#paused) {
      const chunk = this.#held.shift();
      if (chunk === undefined) break;
      const used = this.#reader.read(chunk);
      if (used < chunk.length) this.#held.unshift(chunk.subarray(used));
    }
    this.#parsing = false;
  }

  #received(pdu: Pdu): void {
    this.#happened(`${pdu.type} received` as UpperLayerEvent & `${Pdu['type']} received`, pdu);
  }

  #send(pdu: Pdu): undefined {
    const socket = this.#socket;
    if (socket?.writable === true) socket.write(encodePdu(pdu));
  }

  #sendPData({ contextId, isCommand, isLast, parts }: PDataRequest): undefined {
    const socket = this.#socket;
    if (socket?.writable !== true) return;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    const header = pDataHeader(contextId, isCommand, isLast, bytes);
    if (bytes <= SMALL_WRITE_BYTES_MAX) {
      socket.write(Buffer.concat([header, ...parts]));
      return;
    }
    // One writev, or one TLS record batch: a header alone on the wire would wait for the peer's delayed acknowledgement.
    socket.cork();
    socket.write(header);
    for (const part of parts) socket.write(part);
    socket.uncork();
  }

  #startArtim(): undefined {
    clearTimeout(this.#artim);
    this.#artim = setTimeout(() => this.#happened('ARTIM expired', undefined), this.#bounds.artimMs);
  }

  #stopArtim(): undefined {
    clearTimeout(this.#artim);
    this.#artim = undefined;
  }
}

interface PDataRequest {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  readonly parts: readonly Uint8Array[];
}

/** Up to this a copy is cheaper than a second element of a writev. */
const SMALL_WRITE_BYTES_MAX = 4096;

function providerAbort(subject: unknown): Abort {
  const reason: AbortReason = subject instanceof PduError ? subject.reason : 'unexpected-pdu';
  return { type: 'A-ABORT', source: 2, reason: ABORT_REASON[reason] };
}

/**
 * Largest fragment that fits the peer's maximum length (0 = any) and our own bound; even, as PS3.8 E.2 wants fragments to be.
 * A peer whose maximum is below one useful fragment is sent the smallest fragment that carries data.
 */
export function fragmentBytesMax(peerMaximumLength: number, pduBytesMax: number): number {
  const pduBytes = peerMaximumLength === 0 ? pduBytesMax : Math.min(peerMaximumLength, pduBytesMax);
  return Math.max(2, (pduBytes - PDV_HEADER_BYTES) & ~1);
}
