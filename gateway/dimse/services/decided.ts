import { DomainError } from '../../domain/errors.ts';
import type { ActorAction } from '../../domain/sharing/access.ts';
import { demand } from '../../usecases/access/demand.ts';
import type { CommandName } from '../message/command-set.ts';
import type { Operation, ServiceClass } from './service-class.ts';

/**
 * What each operation of a service lets its caller do; `open`: whoever was given an association. Actions on one study are not among them: an
 * operation that concerns one is asked for by `see-study.ts` first, as `studyRoute` does, and none does yet.
 */
export type OperationActions = Partial<Readonly<Record<CommandName, ActorAction | 'open'>>>;

/** The same service, access asked before each operation. @throws internal when an operation names no action: the door does not open */
export function decided(service: ServiceClass, actions: OperationActions): ServiceClass {
  const operations: Partial<Record<CommandName, Operation>> = {};
  for (const [name, operation] of Object.entries(service.operations) as [CommandName, Operation][]) {
    const action = actions[name];
    if (action === undefined) throw new DomainError('internal', `${name} of ${service.name} names no action`);
    operations[name] = async (request, interim) => {
      const { actor, stillMay } = request.session;
      if (action !== 'open') {
        const asking = stillMay();
        if (asking !== undefined) await asking;
        demand(actor, action);
      }
      return operation(request, interim);
    };
  }
  return { ...service, operations };
}
