import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { jobSchema } from '../../gateway/api/contract/fields.ts';
import type { RegionSettings } from '../../gateway/api/contract/people.ts';
import { changeRegion, getRegion } from '../api/people.ts';
import { Button } from '../design/button.tsx';
import { Panel } from '../design/panel.tsx';
import { toast } from '../design/raised/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { Failure } from '../shell/failure.tsx';

const REGION = ['region'] as const;

/** How people of the region sign in. */
export function AdminSignInPage() {
  const { t } = useTranslation();
  const region = useQuery({ queryKey: REGION, queryFn: ({ signal }) => getRegion(signal) });
  if (region.isError) return <Failure error={region.error} onRetry={() => void region.refetch()} />;
  if (region.data === undefined) return null;
  return (
    <div className="flex flex-col gap-5">
      <Panel title={t('admin.firstUse')} intro={t('admin.firstUseIntro')}>
        <FirstUse settings={region.data} />
      </Panel>
      <Panel title={t('admin.factorJobs')} intro={t('admin.factorJobsIntro')}>
        <Jobs key={region.data.secondFactorJobs.join()} settings={region.data} />
      </Panel>
    </div>
  );
}

function useRegionChange() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  return useMutation({
    mutationFn: changeRegion,
    onSuccess: (now) => {
      client.setQueryData(REGION, now);
      toast(t('admin.saved'));
    },
    onError: (error) => toast(errorText(error), 'problem'),
  });
}

function FirstUse({ settings }: { settings: RegionSettings }) {
  const { t } = useTranslation();
  const save = useRegionChange();
  const shown = save.isPending ? save.variables.firstUseChange : settings.firstUseChange;
  return (
    <label className="flex items-center gap-2.5 text-sm pointer-coarse:min-h-11">
      <input
        type="checkbox"
        className="size-4 shrink-0 accent-(--color-accent)"
        checked={shown}
        disabled={save.isPending}
        onChange={({ currentTarget: { checked } }) => save.mutate({ firstUseChange: checked })}
      />
      {t('admin.firstUseChange')}
    </label>
  );
}

function Jobs({ settings }: { settings: RegionSettings }) {
  const { t } = useTranslation();
  const save = useRegionChange();
  const [chosen, setChosen] = useState<RegionSettings['secondFactorJobs']>(settings.secondFactorJobs);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ secondFactorJobs: jobSchema.options.filter((job) => chosen.includes(job)) });
      }}
    >
      <fieldset className="grid gap-3 sm:grid-cols-2">
        <legend className="sr-only">{t('admin.factorJobs')}</legend>
        {jobSchema.options.map((job) => (
          <label key={job} className="flex items-center gap-2.5 text-sm pointer-coarse:min-h-11">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-(--color-accent)"
              checked={chosen.includes(job)}
              onChange={({ currentTarget: { checked } }) => setChosen(checked ? [...chosen, job] : chosen.filter((one) => one !== job))}
            />
            {t(`job.${job}`)}
          </label>
        ))}
      </fieldset>
      <Button type="submit" kind="primary" className="self-start" busy={save.isPending}>
        {t('app.save')}
      </Button>
    </form>
  );
}
