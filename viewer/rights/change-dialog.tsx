import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { RightsCell, RightsPreview } from '../../gateway/api/contract/rights.ts';
import { changeRights, previewRights } from '../api/people.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/raised/dialog.tsx';
import { toast } from '../design/raised/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { scopeWord } from '../record/rights-words.ts';

interface Props {
  title: string;
  cells: readonly RightsCell[];
  revision: number;
  onClose: () => void;
}

/** Whom a change concerns, before it is made. */
export function ChangeDialog({ title, cells, revision, onClose }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  const preview = useQuery({
    queryKey: ['rights', 'preview', revision, cells],
    queryFn: ({ signal }) => previewRights([...cells], signal),
    gcTime: 0,
  });
  const change = useMutation({
    mutationFn: () => changeRights({ revision, cells: [...cells] }),
    onSuccess: (rights) => {
      toast(t('rights.saved'));
      onClose();
      client.setQueryData(['rights'], rights);
    },
  });
  const failed = change.error ?? preview.error;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={title}
      description={t('rights.edits', { count: cells.length })}
      wide
    >
      <div className="flex flex-col gap-4">
        {preview.data === undefined ? null : <Effects effects={preview.data.effects} />}
        {failed === null ? null : (
          <p role="alert" className="text-sm text-danger">
            {errorText(failed)}
          </p>
        )}
        <div className="flex justify-end gap-3">
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button kind="primary" busy={change.isPending || preview.data === undefined} onClick={() => change.mutate()}>
            {t('rights.confirm')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

const ORDER = ['none', 'own', 'all'] as const;
type Effect = RightsPreview['effects'][number];
const isLess = ({ from, to }: Effect) => ORDER.indexOf(to) < ORDER.indexOf(from);

function Effects({ effects }: RightsPreview) {
  const { t } = useTranslation();
  if (effects.length === 0) return <p className="text-sm text-ink-2">{t('rights.nobody')}</p>;
  return (
    <>
      <EffectList title={t('rights.less')} effects={effects.filter(isLess)} />
      <EffectList title={t('rights.more')} effects={effects.filter((effect) => !isLess(effect))} />
    </>
  );
}

function EffectList({ title, effects }: { title: string; effects: readonly Effect[] }) {
  const { t } = useTranslation();
  if (effects.length === 0) return null;
  return (
    <section>
      <h3 className="text-sm font-medium text-ink">{title}</h3>
      <ul className="mt-1 flex flex-col gap-1.5 text-sm text-ink-2">
        {effects.map(({ job, act, from, to, people, facilities }) => (
          <li key={[job, act, from, to].join()}>
            <span className="block text-ink">
              {t('rights.effect', {
                job: t(`job.${job}`),
                people: t('rights.people', { count: people }),
                facilities: t('rights.facilities', { count: facilities }),
              })}
            </span>
            {t('rights.effectChange', { act: t(`rights.act.${act}`), from: scopeWord(act, from, t), to: scopeWord(act, to, t) })}
          </li>
        ))}
      </ul>
    </section>
  );
}
