import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { LAW_GROUNDS, PROXY_RELATIONS } from '../../../gateway/api/contract/consent-rules.ts';
import type { ConsentReachAnswer } from '../../../gateway/api/contract/consents.ts';
import { Button } from '../../design/button.tsx';
import { SelectField } from '../../forms/form-fields.tsx';
import { formatDA, inputToDA } from '../../i18n/dates.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { Choice, Step } from './choice.tsx';
import { ruleOf, type Typed, WAYS } from './consent-wish.ts';

/** On what basis; `whole`: whether a notice hangs, and whether the patient is known to have died. */
export function BasisFields({ whole }: { whole: ConsentReachAnswer | undefined }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { watch } = useFormContext<Typed>();
  const { source, confirmed } = ruleOf(watch('basis'));
  return (
    <Step title={t('takeConsent.how')}>
      {whole === undefined || whole.diedOn === null ? null : (
        <p role="status" className="rounded-md bg-accent-soft px-3 py-2 text-sm text-accent">
          {t('takeConsent.diedOn', { date: formatDA(inputToDA(whole.diedOn), language) })}
        </p>
      )}
      {WAYS.map((way) => (
        <Choice key={way} name="basis" value={way} title={t(`takeConsent.way.${way}`)} note={t(`takeConsent.wayNote.${way}`)}>
          {FURTHER[way]?.(whole)}
        </Choice>
      ))}
      <p className="text-xs text-pretty text-ink-3">
        <span className="block">
          {t('takeConsent.source')}{' '}
          <cite lang="ja" className="not-italic">
            {source}
          </cite>
        </span>
        {confirmed === undefined ? <span className="block">{t('takeConsent.unconfirmed')}</span> : null}
      </p>
    </Step>
  );
}

/** What is to be said with some. */
const FURTHER: { readonly [W in (typeof WAYS)[number]]?: (whole: ConsentReachAnswer | undefined) => ReactNode } = {
  proxy: () => <Relation />,
  law: () => <Ground />,
  implied: (whole) => (whole?.noticePosted === false ? <NoNotice /> : undefined),
};

function Relation() {
  const { t } = useTranslation();
  return (
    <SelectField name="relation" label={t('takeConsent.relation')} asks>
      {PROXY_RELATIONS.map((relation) => (
        <option key={relation} value={relation}>
          {t(`relation.${relation}`)}
        </option>
      ))}
    </SelectField>
  );
}

function Ground() {
  const { t } = useTranslation();
  return (
    <SelectField name="ground" label={t('takeConsent.ground')} asks>
      {LAW_GROUNDS.map((ground) => (
        <option key={ground} value={ground}>
          {t(`ground.${ground}`)}
        </option>
      ))}
    </SelectField>
  );
}

function NoNotice() {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap items-center gap-3">
      <p role="status" className="min-w-0 flex-1 text-sm text-accent">
        {t('takeConsent.noNotice')}
      </p>
      <Button asChild size="small">
        <Link to="/posted-notices">{t('takeConsent.toNotices')}</Link>
      </Button>
    </div>
  );
}
