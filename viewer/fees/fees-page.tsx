import { useMutation } from '@tanstack/react-query';
import { ReceiptText } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FeePack } from '../../gateway/api/contract/fees.ts';
import { askFeePack, exportFeePack } from '../api/fees.ts';
import { Button } from '../design/button.tsx';
import { Field, Select } from '../design/field.tsx';
import { Notice } from '../design/notice.tsx';
import { toast } from '../design/raised/toast.tsx';
import { formatMonth, todayDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { PrintSheet } from '../oversight/print-sheet.tsx';
import { saveFile } from '../oversight/save-file.ts';
import { useSession } from '../session/use-session.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useFacilities } from '../sharing/use-shares.ts';
import { Failure } from '../shell/failure.tsx';
import { feeWords } from './fee-words.ts';
import { monthsBack } from './months.ts';
import { PackSheet } from './pack-sheet.tsx';
import { PackView } from './pack-view.tsx';

/** What of a month may be a fee, from the record. Each making of it is on record itself, so it is asked for by the button. */
export function FeesPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const months = monthsBack(todayDA(new Date()));
  // Claims are for the month that is over.
  const [month, setMonth] = useState(months[1] ?? '');
  const [facility, setFacility] = useState(user.facility?.code ?? '');
  const { mutate, isPending, error, data } = useMutation({ mutationFn: askFeePack });
  useEffect(() => {
    document.title = `${t('fees.title')} – Renkei`;
  }, [t]);
  const make = () => mutate({ month, facility });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!isPending && facility !== '') make();
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must be able to scroll a page that holds nothing but text
    <main className="h-full overflow-y-auto focus-visible:-outline-offset-2" tabIndex={0}>
      <div className="mx-auto flex max-w-4xl flex-col gap-5 p-4 sm:p-8">
        <div>
          <h1 className="text-xl font-semibold">{t('fees.title')}</h1>
          <p className="mt-1 max-w-prose text-sm text-pretty text-ink-2">{t('fees.intro')}</p>
        </div>
        <form onSubmit={onSubmit} className="flex flex-wrap items-end gap-3">
          {user.administrator ? <FacilityChoice code={facility} onChoose={setFacility} /> : null}
          <MonthChoice months={months} month={month} onChoose={setMonth} />
          <Button type="submit" kind="primary" busy={isPending || facility === ''}>
            {t(isPending ? 'fees.making' : 'fees.make')}
          </Button>
          {data === undefined ? null : <Save pack={data} />}
        </form>
        {error === null ? null : <Failure error={error} onRetry={make} />}
        {data === undefined ? null : <Made pack={data} />}
      </div>
    </main>
  );
}

function FacilityChoice({ code, onChoose }: { code: string; onChoose: (code: string) => void }) {
  const { t } = useTranslation();
  const { data: facilities } = useFacilities();
  const facilityName = useFacilityName();
  return (
    <div className="min-w-0 max-sm:w-full sm:w-72">
      <Field label={t('fees.facility')}>
        {({ id }) => (
          <Select id={id} value={code} onChange={(event) => onChoose(event.target.value)}>
            <option value="">{t('fees.chooseFacility')}</option>
            {facilities?.map((one) => (
              <option key={one.code} value={one.code}>
                {facilityName(one)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  );
}

function MonthChoice({ months, month, onChoose }: { months: readonly string[]; month: string; onChoose: (month: string) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <div className="max-sm:w-full sm:w-44">
      <Field label={t('fees.month')}>
        {({ id }) => (
          <Select id={id} value={month} onChange={(event) => onChoose(event.target.value)}>
            {months.map((one) => (
              <option key={one} value={one}>
                {formatMonth(one, language)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  );
}

/** Of the pack that is shown. */
function Save({ pack }: { pack: FeePack }) {
  const { t } = useTranslation();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => exportFeePack({ month: pack.month, facility: pack.facility.code, words: feeWords(t) }),
    onSuccess: ({ blob, name }) => {
      saveFile(blob, name);
      toast(t('fees.csvDone'));
    },
  });
  return (
    <>
      <Button onClick={() => window.print()}>{t('fees.print')}</Button>
      <Button busy={isPending} onClick={() => mutate()}>
        {t(isPending ? 'fees.csvWorking' : 'fees.csv')}
      </Button>
      {error === null ? null : <Failure error={error} onRetry={() => mutate()} />}
    </>
  );
}

function Made({ pack }: { pack: FeePack }) {
  const { t } = useTranslation();
  return (
    <>
      <PackView pack={pack} />
      {pack.lines.length === 0 ? <Notice icon={ReceiptText} title={t('fees.none')} body={t('fees.noneBody')} /> : null}
      <PrintSheet>
        <PackSheet pack={pack} />
      </PrintSheet>
    </>
  );
}
