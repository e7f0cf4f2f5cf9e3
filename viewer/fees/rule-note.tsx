import { useTranslation } from 'react-i18next';
import type { FeePack } from '../../gateway/api/contract/fees.ts';
import { formatDA, inputToDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';

/** Since when a rule holds, where it was read, and whether anybody has confirmed it. */
export function RuleNote({ rule: { from, source, confirmed } }: { rule: FeePack['rules'][number] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <p className="text-xs text-pretty text-ink-3">
      <span className="mr-2 font-medium text-ink-2">{confirmed === null ? t('fees.unconfirmed') : t('fees.confirmed', confirmed)}</span>
      {t('fees.source', { from: formatDA(inputToDA(from), language) })}
      <cite lang="ja" className="not-italic">
        {source}
      </cite>
    </p>
  );
}
