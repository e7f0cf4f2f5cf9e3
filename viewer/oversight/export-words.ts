import type { TFunction } from 'i18next';
import type { RecordExport } from '../../gateway/api/contract/record.ts';
import type { Translation } from '../i18n/translation.ts';

/** Groups of words of the record, as a table names them, and where their texts are. */
const GROUPS = {
  columns: 'exportColumn',
  action: 'action',
  through: 'through',
  job: 'job',
  right: 'right',
  purpose: 'purpose',
  refusal: 'refusal',
  list: 'list',
  change: 'change',
  failure: 'failure',
  asked: 'asked',
  factor: 'factor',
  emergencyCategory: 'emergencyCategory',
  identifiedBy: 'identifiedBy',
  finding: 'finding',
  verdict: 'verdict',
  unusualRule: 'unusualRule',
  unusualDecision: 'unusualDecision',
  settled: 'settled',
  installation: 'installation',
  letterKind: 'letterKind',
  basis: 'basis',
  relation: 'relation',
  ground: 'ground',
} as const satisfies Record<string, keyof Translation>;

/** The words of this language, for a table that the gateway writes: it has none of its own. */
export function exportWords(t: TFunction): NonNullable<RecordExport['words']> {
  const texts = (key: keyof Translation | 'admin.reasons') =>
    (t as unknown as (key: string, options: object) => Record<string, string>)(key, { returnObjects: true });
  return {
    ...Object.fromEntries(Object.entries(GROUPS).map(([group, key]) => [group, texts(key)])),
    quarantine: texts('admin.reasons'),
    outcome: { success: t('entry.success'), refused: t('entry.refused'), failed: t('entry.failed') },
  };
}
