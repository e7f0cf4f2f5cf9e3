import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { CreateShare } from '../../gateway/api/contract/sharing.ts';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { createShare } from '../api/shares.ts';
import { exactly } from '../api/study-address.ts';
import { Dialog } from '../design/raised/dialog.tsx';
import { formatDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { displayName } from '../patient/name-groups.ts';
import { ShareForm } from './share-form.tsx';

interface Props {
  studies: readonly StudySummary[];
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** For the owner: several studies for one facility, until one day. */
export function ShareStudiesDialog({ studies, open, onOpenChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const client = useQueryClient();
  const [first] = studies;
  const share = useMutation({
    async mutationFn(body: CreateShare) {
      // Sharing again only moves the day: after a failure the whole may be tried again.
      for (const study of studies) await createShare(exactly(study), body);
    },
    onSettled: () => Promise.all(['shares', 'disclosures'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  });
  return (
    <Dialog open={open} onOpenChange={onOpenChange} wide title={t('share.title')}>
      <ul className="mb-4 divide-y divide-line rounded-md border border-line" data-testid="studies-to-share">
        {studies.map((study) => (
          <li key={study.exact + study.studyInstanceUID} className="flex flex-wrap gap-x-4 px-3 py-2 text-sm">
            <span className="font-medium text-ink">{displayName(study.patientName).primary || t('studies.noName')}</span>
            <span className="text-ink-2">{formatDA(study.patientBirthDate, language)}</span>
            <span className="text-ink-2">{study.patientID}</span>
            <span className="text-ink">{formatDA(study.studyDate, language)}</span>
            <span className="text-ink-2">{study.studyDescription || t('studies.noDescription')}</span>
          </li>
        ))}
      </ul>
      {first === undefined ? null : (
        <ShareForm
          intro={t('share.introThese')}
          owners={studies.map(({ owner }) => owner.code)}
          study={exactly(first)}
          share={share}
          mayTake={studies.every(({ mayDownload }) => mayDownload)}
        />
      )}
    </Dialog>
  );
}
