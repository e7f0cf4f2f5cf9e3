import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../domain/identifiers.ts';
import { COMMAND } from '../message/command-set.ts';
import type { DimseEndpoint } from '../message/dimse.ts';

export interface InstanceToStore {
  readonly sopClassUID: SOPClassUID;
  readonly sopInstanceUID: SOPInstanceUID;
  readonly transferSyntaxUID: TransferSyntaxUID;
  /** The data set alone, without preamble and File Meta Information, in its transfer syntax. */
  readonly dataSet: ByteStream;
  /** C-MOVE: who asked for it (PS3.7 9.1.1.1.9). */
  readonly moveOriginator?: { readonly aeTitle: string; readonly messageId: number };
}

export interface StoreResult {
  readonly status: number;
  /** PS3.7 annex C: 0000 and the warnings Bxxx mean that the peer keeps it. */
  readonly kept: boolean;
  readonly errorComment: string | undefined;
}

const PRIORITY_MEDIUM = 0;

/**
 * Storage as SCU, PS3.4 B.3: sends one instance as it is on a context negotiated for its class and syntax.
 * @throws unsupported when the peer accepted no such context (nothing was sent); otherwise as `invoke`
 */
export async function storeInstance(endpoint: DimseEndpoint, instance: InstanceToStore, signal?: AbortSignal): Promise<StoreResult> {
  const { sopClassUID, sopInstanceUID, transferSyntaxUID, dataSet, moveOriginator } = instance;
  const context = [...endpoint.contexts.values()].find(
    ({ abstractSyntax, transferSyntax }) => abstractSyntax === sopClassUID && transferSyntax === transferSyntaxUID,
  );
  if (context === undefined) {
    throw new DomainError('unsupported', 'the peer accepted no presentation context for it', { ids: { sopClassUID, transferSyntaxUID } });
  }
  const command = {
    AffectedSOPClassUID: sopClassUID,
    CommandField: COMMAND['C-STORE'],
    Priority: PRIORITY_MEDIUM,
    AffectedSOPInstanceUID: sopInstanceUID,
    ...(moveOriginator === undefined
      ? {}
      : { MoveOriginatorApplicationEntityTitle: moveOriginator.aeTitle, MoveOriginatorMessageID: moveOriginator.messageId }),
  };
  const response = await endpoint.invoke(context.id, command, { dataSet, ...(signal === undefined ? {} : { signal }) });
  const kept = response.status === 0 || (response.status & 0xf000) === 0xb000;
  return { status: response.status, kept, errorComment: response.command.ErrorComment };
}
