import type { SystemActor } from '../../domain/people/actor.ts';
import type { CommandName, CommandSet } from '../message/command-set.ts';
import type { DataSetStream } from '../message/data-set-stream.ts';
import type { ServiceName } from '../status.ts';

/** An accepted presentation context. */
export interface NegotiatedContext {
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
}

/** Who is at the other end of an accepted association. */
export interface Session {
  readonly actor: SystemActor;
  readonly callingAETitle: string;
  readonly calledAETitle: string;
  readonly remoteAddress: string;
  /**
   * An association may stay open for days: whether its caller would be let in still. Undefined: asked less than CALLER_MS_MAX ago.
   * @throws denied, unavailable
   */
  stillMay(): Promise<void> | undefined;
}

export interface DimseRequest {
  readonly session: Session;
  readonly context: NegotiatedContext;
  readonly command: CommandSet;
  /** What the operation does not read is thrown away before its answer is sent. */
  readonly dataSet: DataSetStream | undefined;
  /** Aborts with the association, or with C-CANCEL. */
  readonly signal: AbortSignal;
}

export interface DimseAnswer {
  readonly status: number;
  /** At most 64 characters, no patient data. */
  readonly errorComment?: string;
  readonly offendingElements?: readonly number[];
  /** Further fields: sub-operation counts, Event Type ID … */
  readonly fields?: Partial<CommandSet>;
  /** Identifier or attribute list, encoded in the context's transfer syntax. */
  readonly dataSet?: Uint8Array;
}

/** Carries out one operation. `interim` sends pending answers before the final one, which is returned. @throws what the service's status table translates */
export type Operation = (request: DimseRequest, interim: (answer: DimseAnswer) => Promise<void>) => Promise<DimseAnswer>;

/** A service class as SCP (PS3.4): which abstract syntaxes it serves and which commands it knows. */
export interface ServiceClass {
  readonly name: ServiceName;
  serves(abstractSyntaxUID: string): boolean;
  readonly operations: Partial<Readonly<Record<CommandName, Operation>>>;
  /** Which of the offered transfer syntaxes to take; without it, the first. Undefined rejects the context. */
  readonly chooseTransferSyntax?: (offered: readonly string[]) => string | undefined;
  /** Whether the peer may take the SCP role, as C-GET and storage commitment need (PS3.7 D.3.3.4). */
  readonly peerMayBeSCP?: boolean;
}
