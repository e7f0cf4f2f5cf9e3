/** What stands in the form for taking a consent, and what is asked of the gateway by it. */
import { BASIS_RULES, type BasisKind, type BasisRule, basisRule } from '../../../gateway/api/contract/consent-rules.ts';
import type { ConsentPreview, GiveConsent } from '../../../gateway/api/contract/consents.ts';
import type { Facility } from '../../../gateway/api/contract/people.ts';
import type { KeptFile } from '../document-file.tsx';

export interface Typed {
  basis: BasisKind;
  relation: string;
  ground: string;
  whom: 'region' | 'chosen' | 'kinds';
  facilities: readonly string[];
  kinds: readonly Facility['kind'][];
  /** Whether what follows is seen: what is not seen is not said. */
  more: boolean;
  exceptFacilities: readonly string[];
  modalities: readonly string[];
  studyDateFrom: string;
  studyDateTo: string;
  exceptStudies: readonly string[];
  until: string;
  formVersion: string;
  file: KeptFile | null;
  /** What was signed on the screen, and what the patient had read: it is no signature of anything else. */
  signature: { readonly file: KeptFile; readonly of: string } | null;
}

/** Of those that people choose from, the commonest first. */
export const WAYS = ['signature', 'paper', 'proxy', 'implied', 'law'] as const satisfies readonly BasisKind[];

/** As it is today. */
export function ruleOf(kind: BasisKind): BasisRule {
  const today = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  return basisRule(kind, today) ?? (BASIS_RULES.find((rule) => rule.kind === kind) as BasisRule);
}

export const START: Typed = {
  basis: 'signature',
  relation: '',
  ground: '',
  whom: 'region',
  facilities: [],
  kinds: [],
  more: false,
  exceptFacilities: [],
  modalities: [],
  studyDateFrom: '',
  studyDateTo: '',
  exceptStudies: [],
  until: '',
  formVersion: '',
  file: null,
  signature: null,
};

/** Facilities that are named: those chosen, or those of the kinds that are chosen, as they are now. */
export function namedBy({ whom, facilities, kinds }: Pick<Typed, 'whom' | 'facilities' | 'kinds'>, others: readonly Facility[]): string[] {
  return whom === 'kinds' ? others.filter(({ kind }) => kinds.includes(kind)).map(({ code }) => code) : [...facilities];
}

/** What is said of the scope; undefined: not yet to whom. */
export function previewOf(typed: Typed, others: readonly Facility[]): ConsentPreview | undefined {
  const { whom, basis, more } = typed;
  const named = namedBy(typed, others);
  if (whom !== 'region' && named.length === 0) return undefined;
  return {
    to: whom === 'region' ? 'region' : named,
    basis,
    ...(more
      ? {
          exceptFacilities: [...typed.exceptFacilities],
          modalities: [...typed.modalities],
          exceptStudies: [...typed.exceptStudies],
          ...(typed.studyDateFrom === '' ? {} : { studyDateFrom: typed.studyDateFrom }),
          ...(typed.studyDateTo === '' ? {} : { studyDateTo: typed.studyDateTo }),
        }
      : {}),
  };
}

/** Whether its term is seen: a basis that needs one shows it at once. */
export const showsTerm = ({ basis, more }: Pick<Typed, 'basis' | 'more'>) => more || ruleOf(basis).needsTerm;

/** As the gateway is asked, but for the document. `to` is empty as long as nobody is named. */
function bodyWithoutDocument(typed: Typed, others: readonly Facility[]): Record<string, unknown> {
  const { needsRelation, needsGround } = ruleOf(typed.basis);
  return {
    ...(previewOf(typed, others) ?? { to: [], basis: typed.basis }),
    ...(needsRelation ? { relation: typed.relation === '' ? undefined : typed.relation } : {}),
    ...(needsGround ? { ground: typed.ground === '' ? undefined : typed.ground } : {}),
    ...(showsTerm(typed) && typed.until !== '' ? { until: typed.until } : {}),
    formVersion: typed.formVersion,
  };
}

/** What the patient reads stands for nothing else than this. */
export const readAs = (typed: Typed, others: readonly Facility[]) => JSON.stringify(bodyWithoutDocument(typed, others));

/** What shows that they consented: the paper, or the signature if what was read is what is asked. */
export function proofOf(typed: Typed, others: readonly Facility[]): KeptFile | undefined {
  const { basis, file, signature } = typed;
  const signed = signature !== null && signature.of === readAs(typed, others) ? signature.file : undefined;
  if (basis === 'signature') return signed;
  if (basis === 'proxy') return signed ?? file ?? undefined;
  return basis === 'implied' ? undefined : (file ?? undefined);
}

export function bodyOf(typed: Typed, others: readonly Facility[]): Record<string, unknown> {
  const proof = proofOf(typed, others);
  return { ...bodyWithoutDocument(typed, others), ...(proof === undefined ? {} : { document: proof.document }) };
}

/** What the schema leaves to the rules of the basis, by the field it is about. */
export function missingOf(body: GiveConsent): readonly ('relation' | 'ground' | 'until' | 'document')[] {
  const rule = ruleOf(body.basis);
  return [
    ...(rule.needsRelation && body.relation === undefined ? (['relation'] as const) : []),
    ...(rule.needsGround && body.ground === undefined ? (['ground'] as const) : []),
    ...(rule.needsTerm && body.until === undefined ? (['until'] as const) : []),
    ...(rule.needsDocument && body.document === undefined ? (['document'] as const) : []),
  ];
}
