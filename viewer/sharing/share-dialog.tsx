import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { exactly } from '../api/study-address.ts';
import { Dialog } from '../design/raised/dialog.tsx';
import { formatDA, formatTM } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { displayName } from '../patient/name-groups.ts';
import { DisclosureList } from './disclosure-list.tsx';
import { SharePanel } from './share-panel.tsx';

interface Props {
  study: StudySummary;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

const tab =
  'h-9 border-b-2 border-transparent px-3 text-sm text-ink-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink pointer-coarse:h-11';

/** For the owner: give a study to another facility, take it back, and see who opened it. */
export function ShareDialog({ study, open, onOpenChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [shown, setShown] = useState('share');
  // Two studies of one patient, or two patients of one name: what is shared is told apart by its date and ID.
  const description = [
    displayName(study.patientName).primary || t('studies.noName'),
    study.patientID === '' ? '' : `${t('studies.patientID')} ${study.patientID}`,
    `${formatDA(study.studyDate, language)} ${formatTM(study.studyTime)}`.trim(),
    study.studyDescription,
  ].filter((text) => text !== '');
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      wide
      title={t(shown === 'share' ? 'share.title' : 'share.titleOpened')}
      description={description}
    >
      <Tabs.Root value={shown} onValueChange={setShown}>
        <Tabs.List aria-label={t('share.tabs')} className="mb-4 flex border-b border-line">
          <Tabs.Trigger value="share" className={tab}>
            {t('share.tabShare')}
          </Tabs.Trigger>
          <Tabs.Trigger value="opened" className={tab} data-testid="who-opened">
            {t('share.tabOpened')}
          </Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="share" className="focus-visible:outline-none">
          <SharePanel study={study} />
        </Tabs.Content>
        <Tabs.Content value="opened" className="focus-visible:outline-none">
          <DisclosureList address={exactly(study)} />
        </Tabs.Content>
      </Tabs.Root>
    </Dialog>
  );
}
