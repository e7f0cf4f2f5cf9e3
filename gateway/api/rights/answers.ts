/** The region's table of rights in the contract's shape. */
import { boundOf, cellsOf, defaultScope, rightsOf } from '../../domain/sharing/job-rights.ts';
import type { RightsIndex } from '../../domain/sharing/rights-index.ts';
import { differing } from '../../usecases/account/change-rights.ts';
import type { Rights } from '../contract/rights.ts';

export function rightsAnswer({ now, before }: Awaited<ReturnType<RightsIndex['regionRights']>>): Rights {
  return {
    revision: now.revision,
    changedAt: now.changedAt?.toISOString() ?? null,
    changedBy: now.changedBy?.name ?? null,
    cells: cellsOf(now.rights).map((cell) => {
      const { kind, job, act } = cell;
      const { scopes, why } = boundOf(kind, job, act);
      return {
        ...cell,
        usual: defaultScope(kind, job, act),
        holds: rightsOf(now.rights, kind, job)[act],
        scopes: [...scopes],
        why: why ?? null,
      };
    }),
    undo: [...differing(now.rights, before.rights)],
  };
}
