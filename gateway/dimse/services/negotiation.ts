import {
  type AnsweredContext,
  type AssociateRequest,
  CONTEXT_RESULT,
  type ProposedContext,
  type RoleSelection,
} from '../upper-layer/pdu.ts';
import type { NegotiatedContext, ServiceClass } from './service-class.ts';
import { isUID } from './storage-sop-classes.ts';

export interface Negotiated {
  readonly answers: readonly AnsweredContext[];
  readonly contexts: ReadonlyMap<number, NegotiatedContext>;
  readonly roles: readonly RoleSelection[];
}

/** What an acceptor with these services makes of a request's presentation contexts and roles. PS3.8 9.3.3.2, PS3.7 D.3.3.4. */
export function negotiate(request: AssociateRequest, services: readonly ServiceClass[]): Negotiated {
  const answers = request.presentationContexts.map((proposed) => answerContext(proposed, services));
  const contexts = new Map<number, NegotiatedContext>();
  request.presentationContexts.forEach(({ id, abstractSyntax }, index) => {
    const answer = answers[index];
    if (answer?.result === CONTEXT_RESULT.acceptance) contexts.set(id, { id, abstractSyntax, transferSyntax: answer.transferSyntax });
  });
  const roles = (request.userInformation.roles ?? []).flatMap((role) => {
    const service = services.find((candidate) => candidate.serves(role.sopClassUID));
    return service === undefined ? [] : [{ ...role, scp: role.scp && service.peerMayBeSCP === true }];
  });
  return { answers, contexts, roles };
}

function answerContext({ id, abstractSyntax, transferSyntaxes }: ProposedContext, services: readonly ServiceClass[]): AnsweredContext {
  const [first = ''] = transferSyntaxes;
  const service = services.find((candidate) => candidate.serves(abstractSyntax));
  if (service === undefined) return { id, result: CONTEXT_RESULT['abstract-syntax-not-supported'], transferSyntax: first };
  const offered = transferSyntaxes.filter(isUID);
  const chosen = service.chooseTransferSyntax === undefined ? offered[0] : service.chooseTransferSyntax(offered);
  if (chosen === undefined) return { id, result: CONTEXT_RESULT['transfer-syntaxes-not-supported'], transferSyntax: first };
  return { id, result: CONTEXT_RESULT.acceptance, transferSyntax: chosen };
}
