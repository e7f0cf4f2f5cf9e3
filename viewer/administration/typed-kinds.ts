import type { Facility } from '../../gateway/api/contract/people.ts';

type DatedKind = NonNullable<Facility['kinds']>[number];

/** A kind as it stands in its fields. The first holds from the beginning and has no day. */
export interface TypedKind {
  readonly kind: DatedKind['kind'];
  readonly from: string;
}

export const USUAL_KINDS: readonly TypedKind[] = [{ kind: 'hospital', from: '' }];

export function typedKind({ kind, from }: DatedKind): TypedKind {
  return { kind, from: from ?? '' };
}

export function kindOf({ kind, from }: TypedKind, at: number): DatedKind {
  return { kind, from: at === 0 ? null : from };
}
