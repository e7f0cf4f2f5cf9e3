import type { ByteStream } from '../../domain/byte-stream.ts';
import { asDomainError, DomainError } from '../../domain/errors.ts';
import type { DimseLimits } from '../limits.ts';
import type { DimseAnswer, NegotiatedContext, Operation, ServiceClass, Session } from '../services/service-class.ts';
import { FAILURE_STATUS, failureComment, isPending, STATUS } from '../status.ts';
import { type AbortNotice, Association, type AssociationUser, fragmentBytesMax } from '../upper-layer/association.ts';
import type { AssociateAccept, AssociateReject, AssociateRequest } from '../upper-layer/pdu.ts';
import {
  COMMAND,
  type CommandName,
  type CommandSet,
  DATA_SET_FOLLOWS,
  decodeCommandSet,
  encodeCommandSet,
  NO_DATA_SET,
  RESPONSE_BIT,
} from './command-set.ts';
import { DataSetStream } from './data-set-stream.ts';

export type AssociationEnd = 'released' | AbortNotice;

/** What the owner of an endpoint is told. Must not throw. */
export interface EndpointEvents {
  associateIndication?(request: AssociateRequest): void;
  associateConfirm?(answer: AssociateAccept | AssociateReject): void;
  answered?(command: CommandName | undefined, status: number): void;
  /** An operation failed in a way its service does not foresee. */
  failed?(command: CommandName | undefined, error: DomainError): void;
  /** The association is over; once. */
  ended?(how: AssociationEnd): void;
  /** The connection is gone; once, last. */
  closed?(): void;
}

/** What was negotiated. */
export interface Established {
  readonly contexts: ReadonlyMap<number, NegotiatedContext>;
  /** The peer's maximum length, 0 = any. */
  readonly peerMaximumLength: number;
  /** Services we are the SCP of. */
  readonly services: readonly ServiceClass[];
  readonly session: Session | undefined;
}

export interface DimseResponse {
  readonly command: CommandSet;
  readonly status: number;
  readonly dataSet: Buffer | undefined;
}

interface Incoming {
  readonly contextId: number;
  push(bytes: Buffer): void;
  end(): void;
  fail(reason: unknown): void;
}

interface Performing {
  readonly context: NegotiatedContext;
  readonly command: CommandSet;
  readonly dataSet: DataSetStream | undefined;
  readonly cancel: AbortController;
}

interface Awaiting {
  readonly onInterim: ((response: DimseResponse) => void) | undefined;
  resolve(response: DimseResponse): void;
  reject(error: DomainError): void;
}

const COMMAND_NAME: ReadonlyMap<number, CommandName> = new Map(
  Object.entries(COMMAND).map(([name, field]) => [field, name as CommandName] as const),
);
const MESSAGE_ID_MAX = 0xffff;

/**
 * Messages of PS3.7 over one association, in both roles at once: performs what the peer invokes and invokes what its owner asks.
 * One operation is performed at a time and one invoked at a time (no asynchronous operations window); the next request waits unread.
 */
export class DimseEndpoint implements AssociationUser {
  readonly association: Association;
  readonly #events: EndpointEvents;
  readonly #limits: DimseLimits;
  #established: Established = { contexts: new Map(), peerMaximumLength: 0, services: [], session: undefined };
  #assembling: { readonly contextId: number; readonly parts: Buffer[]; bytes: number } | undefined;
  #incoming: Incoming | undefined;
  #performing: Performing | undefined;
  #next: Performing | undefined;
  #idle: (() => void)[] = [];
  readonly #awaiting = new Map<number, Awaiting>();
  #lastMessageId = 0;
  /** Messages being sent: it is our turn, however long our data set takes. */
  #sending = 0;
  #holds = { slowReceiver: false, nextWaits: false };
  #end: AssociationEnd | undefined;
  #leaving = false;
  #releaseConfirmed: (() => void) | undefined;

  constructor(role: 'acceptor' | 'requestor', limits: DimseLimits, events: EndpointEvents) {
    this.#limits = limits;
    this.#events = events;
    this.association = new Association(this, role, limits);
  }

  get contexts(): ReadonlyMap<number, NegotiatedContext> {
    return this.#established.contexts;
  }

  establish(established: Established): void {
    this.#established = established;
    this.#expect();
  }

  // ── Invoking (SCU) ──

  /**
   * Sends a request with its data set and waits for the final response. The Message ID is ours to give.
   * @throws busy when one is outstanding; unavailable when the association ends first; what the data set's stream throws, after A-ABORT.
   */
  async invoke(
    contextId: number,
    command: Omit<CommandSet, 'MessageID' | 'CommandDataSetType'>,
    options: { readonly dataSet?: ByteStream; readonly onInterim?: (response: DimseResponse) => void; readonly signal?: AbortSignal } = {},
  ): Promise<DimseResponse> {
    const { dataSet, onInterim, signal } = options;
    if (this.#awaiting.size > 0) throw new DomainError('busy', 'an operation is outstanding on this association');
    if (this.#end !== undefined || !this.association.canSend) throw this.#goneError();
    signal?.throwIfAborted();
    this.#lastMessageId = (this.#lastMessageId % MESSAGE_ID_MAX) + 1;
    const messageId = this.#lastMessageId;
    const final = new Promise<DimseResponse>((resolve, reject) => {
      this.#awaiting.set(messageId, { onInterim, resolve, reject });
    });
    // A message cannot be taken back half-way, nor an operation other than a query be cancelled.
    const abort = () => this.abort('aborted by its invoker');
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const set = { ...command, MessageID: messageId, CommandDataSetType: dataSet === undefined ? NO_DATA_SET : DATA_SET_FOLLOWS };
      // The final answer is awaited together with the sending: it rejects when the peer leaves in the middle.
      const [response] = await Promise.all([final, this.#send(contextId, set, dataSet)]);
      return response;
    } catch (error) {
      this.abort('a request was not completed');
      throw signal?.aborted === true ? signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#awaiting.delete(messageId);
      this.#expect();
    }
  }

  /** Asks for release and waits for it; aborts when the peer does not answer in time. */
  async release(): Promise<void> {
    if (this.#end !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#releaseConfirmed = resolve;
      this.association.release();
      this.association.expectWithin(this.#limits.responseMs);
    });
  }

  /** `reason` is for the log. */
  abort(reason: string): void {
    this.association.abort();
    this.#finish({ by: 'local', reason });
  }

  /** Resolves when no operation is being performed. */
  settled(): Promise<void> {
    return this.#performing === undefined ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Ends the association as soon as the operation in progress has been answered. */
  leave(): void {
    this.#leaving = true;
    if (this.association.state <= 2) this.association.destroy();
    else if (this.#performing === undefined && this.#incoming === undefined) this.abort('this program is closing');
  }

  // ── AssociationUser ──

  associateIndication(request: AssociateRequest): void {
    this.#events.associateIndication?.(request);
  }

  associateConfirm(answer: AssociateAccept | AssociateReject): void {
    this.#events.associateConfirm?.(answer);
  }

  fragment(contextId: number, isCommand: boolean, isLast: boolean, bytes: Buffer): void {
    try {
      if (isCommand) this.#commandFragment(contextId, isLast, bytes);
      else this.#dataSetFragment(contextId, isLast, bytes);
    } catch (violation) {
      this.abort(asDomainError(violation).message);
    }
  }

  releaseIndication(): void {
    if (this.#incoming !== undefined || this.#assembling !== undefined) {
      this.abort('release within a message');
      return;
    }
    void this.#answerRelease();
  }

  releaseConfirm(): void {
    // Sta12: both asked; the acceptor still has to answer the peer's request.
    if (this.association.state === 12) this.association.releaseResponse();
    this.#finish('released');
  }

  abortIndication(notice: AbortNotice): void {
    this.#finish(notice);
  }

  closed(): void {
    this.#finish({ by: 'transport', reason: 'connection closed' });
    this.#events.closed?.();
  }

  async #answerRelease(): Promise<void> {
    await this.settled();
    if (this.#end !== undefined) return;
    this.association.releaseResponse();
    // In a collision the confirmation is still to come (Sta11), or has to come first (Sta10).
    if (this.association.state === 13) this.#finish('released');
  }

  // ── Assembling messages (PS3.8 annex E) ──

  #commandFragment(contextId: number, isLast: boolean, bytes: Buffer): void {
    if (this.#incoming !== undefined) throw new DomainError('invalid', 'a command within a data set');
    if (!this.#established.contexts.has(contextId))
      throw new DomainError('invalid', 'a command on a presentation context that was not accepted');
    this.#assembling ??= { contextId, parts: [], bytes: 0 };
    const assembling = this.#assembling;
    if (assembling.contextId !== contextId) throw new DomainError('invalid', 'a command on two presentation contexts');
    assembling.parts.push(bytes);
    assembling.bytes += bytes.length;
    if (assembling.bytes > this.#limits.commandBytesMax || assembling.parts.length > this.#limits.commandBytesMax) {
      throw new DomainError('invalid', 'a command set larger than commandBytesMax');
    }
    if (isLast) {
      this.#assembling = undefined;
      this.#received(contextId, decodeCommandSet(assembling.parts.length === 1 ? bytes : Buffer.concat(assembling.parts)));
    }
    this.#expect();
  }

  #dataSetFragment(contextId: number, isLast: boolean, bytes: Buffer): void {
    const incoming = this.#incoming;
    if (incoming === undefined || incoming.contextId !== contextId) throw new DomainError('invalid', 'a data set without its command');
    incoming.push(bytes);
    if (!isLast) return;
    this.#incoming = undefined;
    incoming.end();
    this.#expect();
  }

  #received(contextId: number, command: CommandSet): void {
    const context = this.#established.contexts.get(contextId);
    if (context === undefined) return;
    if (command.CommandField === COMMAND['C-CANCEL']) this.#cancel(command);
    else if ((command.CommandField & RESPONSE_BIT) !== 0) this.#responseBegins(contextId, command);
    else this.#requestBegins(context, command);
  }

  #cancel(command: CommandSet): void {
    if (this.#performing?.command.MessageID !== command.MessageIDBeingRespondedTo) return;
    this.#performing?.cancel.abort(new DomainError('gone', 'cancelled by C-CANCEL'));
  }

  #responseBegins(contextId: number, command: CommandSet): void {
    const awaiting = this.#awaiting.get(command.MessageIDBeingRespondedTo ?? -1);
    if (awaiting === undefined) throw new DomainError('invalid', 'a response to no request');
    const deliver = (dataSet: Buffer | undefined) => {
      const response = { command, status: command.Status ?? STATUS['processing-failure'], dataSet };
      if (isPending(response.status)) awaiting.onInterim?.(response);
      else awaiting.resolve(response);
    };
    if (command.CommandDataSetType === NO_DATA_SET) {
      deliver(undefined);
      return;
    }
    const parts: Buffer[] = [];
    let bytes = 0;
    this.#incoming = {
      contextId,
      push: (part) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > this.#limits.identifierBytesMax) throw new DomainError('too-large', 'a response larger than identifierBytesMax');
      },
      end: () => deliver(Buffer.concat(parts)),
      fail: () => undefined,
    };
  }

  #requestBegins(context: NegotiatedContext, command: CommandSet): void {
    const dataSet = command.CommandDataSetType === NO_DATA_SET ? undefined : this.#dataSetBegins(context.id);
    const request = { context, command, dataSet, cancel: new AbortController() };
    if (this.#performing === undefined) {
      void this.#perform(request);
      return;
    }
    this.#next = request;
    this.#hold('nextWaits', true);
  }

  #dataSetBegins(contextId: number): DataSetStream {
    const { dataSetBufferBytesMax, dataSetBytesMax, discardBytesMax } = this.#limits;
    const stream = new DataSetStream(
      dataSetBufferBytesMax,
      () => this.#hold('slowReceiver', true),
      () => this.#hold('slowReceiver', false),
    );
    this.#incoming = {
      contextId,
      push: (bytes) => {
        stream.push(bytes);
        if (stream.bytes > dataSetBytesMax) stream.refuse(new DomainError('too-large', 'a data set larger than dataSetBytesMax'));
        if (stream.discardedBytes > discardBytesMax) {
          throw new DomainError('too-large', 'a refused data set larger than discardBytesMax');
        }
      },
      end: () => stream.end(),
      fail: (reason) => stream.fail(reason),
    };
    return stream;
  }

  // ── Performing (SCP) ──

  /** Never rejects. */
  async #perform(request: Performing): Promise<void> {
    this.#performing = request;
    const name = COMMAND_NAME.get(request.command.CommandField);
    const answer = await this.#answer(request, name);
    await request.dataSet?.drain();
    if (this.#end === undefined && this.association.canSend) {
      await this.#respond(request, answer);
      this.#events.answered?.(name, answer.status);
    }
    this.#performing = undefined;
    for (const resolve of this.#idle) resolve();
    this.#idle = [];
    if (this.#end !== undefined) return;
    if (this.#leaving) {
      this.abort('this program is closing');
      return;
    }
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) void this.#perform(next);
    this.#hold('nextWaits', false);
    this.#expect();
  }

  async #answer(request: Performing, name: CommandName | undefined): Promise<DimseAnswer> {
    const { services, session } = this.#established;
    const service = services.find((candidate) => candidate.serves(request.context.abstractSyntax));
    const operation: Operation | undefined = name === undefined ? undefined : service?.operations[name];
    if (service === undefined || operation === undefined || session === undefined) {
      return { status: STATUS['unrecognized-operation'], errorComment: 'operation not served on this presentation context' };
    }
    const { context, command, dataSet, cancel } = request;
    try {
      return await operation({ session, context, command, dataSet, signal: cancel.signal }, (interim) => this.#respond(request, interim));
    } catch (thrown) {
      const error = asDomainError(thrown);
      if (this.#end === undefined) this.#events.failed?.(name, error);
      // Its rest would be waited for before the answer, for as long as it likes to trickle.
      if (error.kind === 'too-slow') this.abort(error.message);
      return { status: FAILURE_STATUS[service.name][error.kind], errorComment: failureComment(error) };
    }
  }

  async #respond({ context, command }: Performing, answer: DimseAnswer): Promise<void> {
    if (this.#end !== undefined) return;
    const sopClassUID = command.AffectedSOPClassUID ?? command.RequestedSOPClassUID;
    const sopInstanceUID = command.AffectedSOPInstanceUID ?? command.RequestedSOPInstanceUID;
    const set: CommandSet = {
      ...(sopClassUID === undefined ? {} : { AffectedSOPClassUID: sopClassUID }),
      ...(sopInstanceUID === undefined ? {} : { AffectedSOPInstanceUID: sopInstanceUID }),
      ...answer.fields,
      CommandField: command.CommandField | RESPONSE_BIT,
      ...(command.MessageID === undefined ? {} : { MessageIDBeingRespondedTo: command.MessageID }),
      CommandDataSetType: answer.dataSet === undefined ? NO_DATA_SET : DATA_SET_FOLLOWS,
      Status: answer.status,
      ...(answer.errorComment === undefined ? {} : { ErrorComment: answer.errorComment.slice(0, 64) }),
      ...(answer.offendingElements === undefined ? {} : { OffendingElement: answer.offendingElements }),
    };
    await this.#send(context.id, set, answer.dataSet === undefined ? undefined : [answer.dataSet]);
  }

  // ── Sending ──

  async #send(contextId: number, command: CommandSet, dataSet: ByteStream | Iterable<Uint8Array> | undefined): Promise<void> {
    const bytesMax = fragmentBytesMax(this.#established.peerMaximumLength, this.#limits.pduBytesMax);
    const bytes = encodeCommandSet(command);
    this.#sending += 1;
    this.#expect();
    try {
      for (let at = 0; at < bytes.length; at += bytesMax) {
        const isLast = at + bytesMax >= bytes.length;
        if (!this.association.pData(contextId, true, isLast, [bytes.subarray(at, at + bytesMax)])) await this.association.drained();
      }
      if (dataSet !== undefined) await this.#sendDataSet(contextId, dataSet, bytesMax);
    } finally {
      this.#sending -= 1;
      this.#expect();
    }
  }

  /** Fills each P-DATA-TF, whatever the chunks are; a full one is held back until it is known whether it is the last. */
  async #sendDataSet(contextId: number, dataSet: ByteStream | Iterable<Uint8Array>, bytesMax: number): Promise<void> {
    let parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of dataSet) {
      for (let at = 0; at < chunk.length; ) {
        if (bytes === bytesMax) {
          const more = this.association.pData(contextId, false, false, parts);
          parts = [];
          bytes = 0;
          if (!more) await this.association.drained();
          if (this.#end !== undefined) throw this.#goneError();
        }
        const part = chunk.subarray(at, at + bytesMax - bytes);
        parts.push(part);
        bytes += part.length;
        at += part.length;
      }
    }
    if (!this.association.pData(contextId, false, true, parts)) await this.association.drained();
  }

  // ── Waiting and ending ──

  #hold(why: 'slowReceiver' | 'nextWaits', on: boolean): void {
    this.#holds[why] = on;
    if (this.#holds.slowReceiver || this.#holds.nextWaits) this.association.pause();
    else this.association.resume();
  }

  #expect(): void {
    if (this.#end !== undefined) return;
    const { messageMs, responseMs, idleMs } = this.#limits;
    const withinMessage = this.#incoming !== undefined || this.#assembling !== undefined;
    const ourTurn = this.#performing !== undefined || this.#sending > 0;
    const ms = withinMessage ? messageMs : ourTurn ? undefined : this.#awaiting.size > 0 ? responseMs : idleMs;
    this.association.expectWithin(ms);
  }

  #finish(how: AssociationEnd): void {
    if (this.#end !== undefined) return;
    this.#end = how;
    const error = this.#goneError();
    this.#incoming?.fail(error);
    this.#incoming = undefined;
    this.#assembling = undefined;
    this.#performing?.cancel.abort(error);
    this.#next = undefined;
    for (const awaiting of this.#awaiting.values()) awaiting.reject(error);
    this.#releaseConfirmed?.();
    this.#events.ended?.(how);
  }

  #goneError(): DomainError {
    const end = this.#end;
    const reason = end === undefined ? 'not established' : end === 'released' ? 'released' : `${end.by}: ${end.reason}`;
    return new DomainError('unavailable', `the association is over (${reason})`);
  }
}
