import { createConnection, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from '../dicom/dictionary/uid.ts';
import { DomainError } from '../domain/errors.ts';
import { DIMSE_LIMITS, type DimseLimits } from './limits.ts';
import { DimseEndpoint } from './message/dimse.ts';
import type { NegotiatedContext, ServiceClass, Session } from './services/service-class.ts';
import type { Transport } from './upper-layer/association.ts';
import { PROTOCOL_VERSION } from './upper-layer/association.ts';
import {
  type AssociateAccept,
  type AssociateReject,
  CONTEXT_RESULT,
  DICOM_APPLICATION_CONTEXT,
  PRESENTATION_CONTEXTS_MAX,
  type RoleSelection,
} from './upper-layer/pdu.ts';

export interface ContextToPropose {
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
}

export interface AssociationRequest {
  readonly host: string;
  readonly port: number;
  readonly callingAETitle: string;
  readonly calledAETitle: string;
  /** At most 128. */
  readonly contexts: readonly ContextToPropose[];
  readonly roles?: readonly RoleSelection[];
  /** Services we are the SCP of on our own association, as C-GET needs. */
  readonly services?: { readonly classes: readonly ServiceClass[]; readonly session: Session };
  /** `ca` undefined: the system's authorities. */
  readonly tls?: { readonly ca?: string | Buffer; readonly key?: string | Buffer; readonly cert?: string | Buffer };
  readonly limits?: Partial<DimseLimits>;
}

/**
 * Opens an association as requestor. The caller ends it with `release` or `abort`.
 * @throws invalid; unavailable when the peer cannot be reached or does not answer; busy or denied when it rejects (transient, permanent)
 */
export async function openAssociation(request: AssociationRequest, signal?: AbortSignal): Promise<DimseEndpoint> {
  if (request.contexts.length === 0 || request.contexts.length > PRESENTATION_CONTEXTS_MAX) {
    throw new DomainError('invalid', `an association has 1 to ${PRESENTATION_CONTEXTS_MAX} presentation contexts`);
  }
  signal?.throwIfAborted();
  const limits = { ...DIMSE_LIMITS, ...request.limits };
  const proposed = request.contexts.map((context, index) => ({ ...context, id: 2 * index + 1 }));
  const peer = { host: request.host, port: request.port, calledAETitle: request.calledAETitle };

  let transport: Transport | undefined;
  let abort = () => {};
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<DimseEndpoint>((resolve, reject) => {
      const endpoint: DimseEndpoint = new DimseEndpoint('requestor', limits, {
        associateConfirm: (answer) => {
          if (answer.type === 'A-ASSOCIATE-RJ') {
            reject(rejected(answer, peer));
            return;
          }
          endpoint.establish({
            contexts: acceptedContexts(answer, proposed),
            peerMaximumLength: answer.userInformation.maximumLength,
            services: request.services?.classes ?? [],
            session: request.services?.session,
          });
          resolve(endpoint);
        },
        ended: (how) => {
          const reason = how === 'released' ? how : how.reason;
          reject(new DomainError('unavailable', `no association: ${reason}`, { ids: peer }));
        },
      });
      abort = () => endpoint.abort('the requestor gave up');
      timer = setTimeout(() => endpoint.abort('no answer in time'), limits.responseMs);
      signal?.addEventListener('abort', abort, { once: true });
      transport = connect(request);
      endpoint.association.request(transport, {
        type: 'A-ASSOCIATE-RQ',
        protocolVersion: PROTOCOL_VERSION,
        calledAETitle: request.calledAETitle,
        callingAETitle: request.callingAETitle,
        applicationContextName: DICOM_APPLICATION_CONTEXT,
        presentationContexts: proposed,
        userInformation: {
          maximumLength: limits.pduBytesMax,
          implementationClassUID: IMPLEMENTATION_CLASS_UID,
          implementationVersionName: IMPLEMENTATION_VERSION_NAME,
          ...(request.roles === undefined ? {} : { roles: request.roles }),
        },
      });
    });
  } catch (error) {
    transport?.socket.destroy();
    throw signal?.aborted === true ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function connect({ host, port, tls }: AssociationRequest): Transport {
  if (tls === undefined) return { socket: createConnection({ host, port }), connectedEvent: 'connect' };
  const socket: Socket = connectTls({ host, port, ...tls });
  return { socket, connectedEvent: 'secureConnect' };
}

function acceptedContexts(
  { presentationContexts }: AssociateAccept,
  proposed: readonly (ContextToPropose & { readonly id: number })[],
): ReadonlyMap<number, NegotiatedContext> {
  const contexts = new Map<number, NegotiatedContext>();
  for (const { id, result, transferSyntax } of presentationContexts) {
    const context = proposed.find((candidate) => candidate.id === id);
    if (context === undefined || result !== CONTEXT_RESULT.acceptance || !context.transferSyntaxes.includes(transferSyntax)) continue;
    contexts.set(id, { id, abstractSyntax: context.abstractSyntax, transferSyntax });
  }
  return contexts;
}

/** PS3.8 table 9-21: result 2 is transient. */
function rejected({ result, source, reason }: AssociateReject, peer: Record<string, string | number>): DomainError {
  const message = `association rejected: result ${result} source ${source} reason ${reason}`;
  return new DomainError(result === 2 ? 'busy' : 'denied', message, { ids: peer });
}
