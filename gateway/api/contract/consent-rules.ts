/** What a consent may say, as plain values: a page that only names them does not load the schemas. Nothing is imported here but `domain`. */
export {
  BASIS_KINDS,
  BASIS_RULES,
  type BasisKind,
  type BasisRule,
  basisRule,
  LAW_GROUNDS,
  type LawGround,
  PROXY_RELATIONS,
  type ProxyRelation,
} from '../../domain/consent/basis-rules.ts';
export { CONSENT_YEARS_MAX } from '../../domain/consent/consent.ts';
export { CONSENT_DOCUMENT_BYTES_MAX, CONSENT_DOCUMENT_TYPES } from '../../domain/consent/consent-document.ts';
export { AFTER_HOURS_MAX, RELEASE_RULES_MAX } from '../../domain/consent/release-rule.ts';
