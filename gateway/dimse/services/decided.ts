import { DomainError } from '../../domain/errors.ts';
import { type Action, isStudyAction } from '../../domain/sharing/access.ts';
import { demand } from '../../usecases/access/demand.ts';
import type { CommandName } from '../message/command-set.ts';
import type { Operation, ServiceClass } from './service-class.ts';

/** What each operation of a service lets its caller do; `open`: whoever was given an association. */
export type OperationActions = Partial<Readonly<Record<CommandName, Action | 'open'>>>;

/** The same service, access asked before each operation. @throws internal when an operation names no action: the door does not open */
export function decided(service: ServiceClass, actions: OperationActions): ServiceClass {
  const operations: Partial<Record<CommandName, Operation>> = {};
  for (const [name, operation] of Object.entries(service.operations) as [CommandName, Operation][]) {
    const action = actions[name];
    if (action === undefined) throw new DomainError('internal', `${name} of ${service.name} names no action`);
    operations[name] = async (request, interim) => {
      // An action on a study is decided where the study is known.
      if (action !== 'open' && !isStudyAction(action)) demand(request.session.actor, action);
      return operation(request, interim);
    };
  }
  return { ...service, operations };
}
