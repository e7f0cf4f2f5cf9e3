import type { TFunction } from 'i18next';
import type { FeeLine, FeePackExport } from '../../gateway/api/contract/fees.ts';
import type { Translation } from '../i18n/translation.ts';

/** Groups of words of a table, and where their texts are. */
const GROUPS = {
  columns: 'feeColumn',
  state: 'feeState',
  fee: 'feeCode',
  verdict: 'feeVerdict',
  letterKind: 'letterKind',
  need: 'feeNeed',
  unmet: 'feeUnmet',
  confirmed: 'feeConfirmed',
} as const satisfies Record<string, keyof Translation>;

export function feeWords(t: TFunction): NonNullable<FeePackExport['words']> {
  const texts = (key: keyof Translation) =>
    (t as unknown as (key: string, options: object) => Record<string, string>)(key, { returnObjects: true });
  return Object.fromEntries(Object.entries(GROUPS).map(([group, key]) => [group, texts(key)]));
}

/** What a line lacks, and what nobody could know from the record. */
export function lackWords({ reasons }: FeeLine, t: TFunction): readonly string[] {
  const words = (state: 'unmet' | 'unsaid') =>
    reasons
      .filter((reason) => reason.state === state)
      .map(({ need }) => (state === 'unmet' ? t(`feeUnmet.${need}`) : t(`feeNeed.${need}`)))
      .join(t('fees.comma'));
  const [missing, unsaid] = [words('unmet'), words('unsaid')];
  return [
    ...(missing === '' ? [] : [t('fees.missing', { reasons: missing })]),
    ...(unsaid === '' ? [] : [t('fees.toConfirm', { reasons: unsaid })]),
  ];
}

export function patientWords({ patientID, patientFacility }: FeeLine, t: TFunction): string {
  return patientID === null ? t('fees.patientUnsaid') : t('fees.patient', { id: patientID, facility: patientFacility ?? '' });
}
