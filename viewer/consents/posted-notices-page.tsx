import { useState } from 'react';
import { Controller, useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { type PostedNoticeAnswer, type PostNotice, postNoticeSchema } from '../../gateway/api/contract/consents.ts';
import { postNotice, takeNoticeDown } from '../api/consents.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Panel } from '../design/panel.tsx';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { DateField, TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { daToInput, formatDA, formatInstantDay, inputToDA, todayDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { Failure } from '../shell/failure.tsx';
import { DocumentFile, type KeptFile } from './document-file.tsx';
import { FacilityPage } from './facility-page.tsx';
import { useConsentAct, useConsentsChanged, usePostedNotices } from './use-consents.ts';

/** The notice on the facility's wall, on which its implied consents stand. */
export function PostedNoticesPage() {
  const { t } = useTranslation();
  return (
    <FacilityPage title={t('postedNotice.title')} intro={t('postedNotice.intro')}>
      <Notices />
    </FacilityPage>
  );
}

function Notices() {
  const { t } = useTranslation();
  const { data, error, refetch } = usePostedNotices();
  const keptFocus = useKeptFocus<HTMLDivElement>();
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  const hanging = data.find(({ removedAt }) => removedAt === null);
  const earlier = data.filter(({ removedAt }) => removedAt !== null);
  return (
    <div {...keptFocus} className="flex flex-col gap-5">
      <Panel title={t('postedNotice.now')}>
        {hanging === undefined ? <p className="text-sm text-ink-2">{t('postedNotice.none')}</p> : <Hanging notice={hanging} />}
      </Panel>
      <Panel title={t('postedNotice.postTitle')} {...(hanging === undefined ? {} : { intro: t('postedNotice.replaces') })}>
        <PostForm key={hanging?.id ?? ''} />
      </Panel>
      {earlier.length === 0 ? null : <Earlier notices={earlier} />}
    </div>
  );
}

function Hanging({ notice }: { notice: PostedNoticeAnswer }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [asking, setAsking] = useState(false);
  const takeDown = useConsentAct(() => takeNoticeDown(notice.id), t('postedNotice.takenDown'));
  return (
    <div className="flex flex-wrap items-center gap-3" data-testid="hanging">
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium text-ok">{t('postedNotice.since', { date: formatDA(inputToDA(notice.postedOn), language) })}</p>
        <p className="text-xs break-words text-ink-2">
          {t('postedNotice.versionOf', { version: notice.version })}{' '}
          <span className="text-ink-3">{t('postedNotice.filed', { date: formatInstantDay(notice.filedAt, language) })}</span>
        </p>
      </div>
      <Button kind="danger" busy={takeDown.isPending} onClick={() => setAsking(true)}>
        {t('postedNotice.takeDown')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('postedNotice.takeDownTitle')}
        body={t('postedNotice.takeDownBody')}
        confirm={t('postedNotice.takeDownConfirm')}
        onConfirm={() => takeDown.mutate()}
      />
    </div>
  );
}

interface Typed {
  version: string;
  postedOn: string;
  file: KeptFile | null;
}

function PostForm() {
  const { t } = useTranslation();
  const changed = useConsentsChanged();
  const today = daToInput(todayDA(new Date()));
  const form = useContractForm<Typed, PostNotice>({
    schema: postNoticeSchema,
    start: { version: '', postedOn: today, file: null },
    bodyOf: ({ file, ...typed }) => ({ ...typed, ...(file === null ? {} : { document: file.document }) }),
    send: async (body) => {
      await postNotice(body);
      toast(t('postedNotice.posted'));
      form.fields.reset();
      await changed();
    },
    fieldOf: ({ reason }) => (reason === 'day-to-come' ? 'postedOn' : undefined),
  });
  return (
    <Form form={form} className="flex flex-col gap-4">
      <div className="grid grid-cols-2 items-start gap-4 max-sm:grid-cols-1">
        <TextField name="version" label={t('postedNotice.version')} whenEmpty={t('postedNotice.mustVersion')} />
        <DateField
          name="postedOn"
          label={t('postedNotice.postedOn')}
          whenEmpty={t('postedNotice.mustDay')}
          className="w-full"
          max={today}
        />
      </div>
      <PhotoField />
      <FormRefusal />
      <SubmitButton kind="primary" className="self-start" sending={t('postedNotice.posting')}>
        {t('postedNotice.post')}
      </SubmitButton>
    </Form>
  );
}

function PhotoField() {
  const { t } = useTranslation();
  const { setValue } = useFormContext<Typed>();
  return (
    <div>
      <p className="text-xs font-medium text-ink-2">
        {t('postedNotice.photo')} <span className="text-2xs text-ink-3">{t('form.optional')}</span>
      </p>
      <p className="mb-2 text-xs text-ink-3">{t('postedNotice.photoNote')}</p>
      <Controller
        name="file"
        render={({ field: { value } }) => (
          <DocumentFile kept={(value as KeptFile | null) ?? undefined} onKept={(file) => setValue('file', file, { shouldDirty: true })} />
        )}
      />
    </div>
  );
}

function Earlier({ notices }: { notices: readonly PostedNoticeAnswer[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <Panel title={t('postedNotice.earlier')}>
      <ul className="divide-y divide-line">
        {notices.map(({ id, version, postedOn, removedAt }) => (
          <li key={id} className="py-2 text-sm text-ink-2 first:pt-0 last:pb-0">
            {t('postedNotice.fromTo', { from: formatDA(inputToDA(postedOn), language), to: formatInstantDay(removedAt ?? '', language) })}
            <span className="ml-3 text-xs break-words text-ink-3">{t('postedNotice.versionOf', { version })}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
