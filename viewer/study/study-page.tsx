import { getRouteApi, useCanGoBack, useRouter } from '@tanstack/react-router';
import { EyeOff, TriangleAlert } from 'lucide-react';
import { Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudyDetail } from '../../gateway/api/contract/studies.ts';
import { studyAddressKey } from '../api/study-address.ts';
import { Button } from '../design/button.tsx';
import { Notice } from '../design/notice.tsx';
import { EmergencyBar } from '../emergency/emergency-bar.tsx';
import { lazyWithTexts } from '../i18n/lazy-with-texts.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import type { StudyEnd } from '../session/held-studies.ts';
import { useAccount } from '../session/use-account.ts';
import { useHeldStudy } from '../session/use-standing-watch.ts';
import { AccountMenu } from '../shell/account-menu.tsx';
import { StudyDesk } from './study-desk.tsx';
import { StudyHeader } from './study-header.tsx';
import { readBeside } from './study-view.ts';
import { useStudy } from './use-study.ts';
import { startViewer } from './use-viewer.ts';

/** Few share while they look, so its code comes when it is wanted. */
const ShareDialog = lazyWithTexts(
  () => import('../sharing/share-dialog.tsx'),
  'ShareDialog',
  'sharing',
  'forms',
  'record',
  'administration',
);

const ExportDialog = lazyWithTexts(() => import('../export/export-dialog.tsx'), 'ExportDialog', 'export');

const route = getRouteApi('/signed-in/studies/$studyInstanceUID');

// The imaging code is fetched beside the study, not after it. A failure shows in the cells.
void startViewer().catch(() => undefined);

export function StudyPage() {
  const { t } = useTranslation();
  const { studyInstanceUID } = route.useParams();
  const { of = null, beside: besideText } = route.useSearch();
  const address = { studyInstanceUID, of };
  const [ended, setEnded] = useState<StudyEnd>();
  const study = useStudy(address, ended === undefined);
  useHeldStudy(ended === undefined ? study.data : undefined, true, setEnded);
  const beside = useBeside(besideText, ended === undefined, setEnded);
  const { session, chooseLanguage, leave } = useAccount();
  const [raised, setRaised] = useState<'share' | 'export'>();
  const [railOpen, setRailOpen] = useState(true);
  const router = useRouter();
  const canGoBack = useCanGoBack();
  useEffect(() => {
    // No patient's name in the window title: titles end up in histories and screen sharing.
    document.title = `${(ended === undefined ? study.data?.studyDescription : '') || t('studies.title')} – Renkei`;
  }, [study.data, ended, t]);
  const onBack = () => {
    if (canGoBack) router.history.back();
    else void router.navigate({ to: '/' });
  };

  if (ended !== undefined) return <StudyEnded why={ended} onBack={onBack} />;
  return (
    <div className="flex h-full flex-col">
      <StudyHeader
        study={study.data}
        beside={beside?.data}
        onBack={onBack}
        onShare={() => setRaised('share')}
        onExport={() => setRaised('export')}
        railOpen={railOpen}
        onRail={() => setRailOpen(!railOpen)}
      >
        <AccountMenu session={session} onLanguage={chooseLanguage} onSignOut={leave} />
      </StudyHeader>
      <EmergencyBar until={[study.data?.emergencyUntil ?? null, beside?.data?.emergencyUntil ?? null]} />
      <main className="min-h-0 flex-1">
        <StudyBody study={study} beside={beside} railOpen={railOpen} onBack={onBack} />
      </main>
      <Suspense>
        {study.data === undefined ? null : <Raised study={study.data} which={raised} onClose={() => setRaised(undefined)} />}
      </Suspense>
    </div>
  );
}

function Raised({ study, which, onClose }: { study: StudyDetail; which: 'share' | 'export' | undefined; onClose: () => void }) {
  if (which === 'share') return <ShareDialog study={study} open onOpenChange={onClose} />;
  return which === 'export' ? <ExportDialog studies={[study]} open onOpenChange={onClose} /> : null;
}

/** The study that the address has beside the first; undefined: none. When either may be shown no more the page shows neither. */
function useBeside(text: string | undefined, enabled: boolean, onEnd: (end: StudyEnd) => void): ReturnType<typeof useStudy> | undefined {
  const address = readBeside(text);
  const found = useStudy(address ?? NO_STUDY, enabled && address !== undefined);
  useHeldStudy(enabled && address !== undefined ? found.data : undefined, true, onEnd);
  return address === undefined ? undefined : found;
}

const NO_STUDY = { studyInstanceUID: '', of: null };

interface BodyProps {
  study: ReturnType<typeof useStudy>;
  beside: ReturnType<typeof useStudy> | undefined;
  railOpen: boolean;
  onBack: () => void;
}

/** The images, or why there are none yet. */
function StudyBody({ study, beside, railOpen, onBack }: BodyProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const all = beside === undefined ? [study] : [study, beside];
  if (study.data !== undefined && all.every(({ data }) => data !== undefined)) {
    const key = all.map(({ data }) => (data === undefined ? '' : studyAddressKey(data))).join('!');
    return <StudyDesk key={key} study={study.data} beside={beside?.data} railOpen={railOpen} />;
  }
  const failed = all.find(({ isError }) => isError);
  if (failed === undefined) {
    return (
      <p role="status" className="sr-only">
        {t('app.loading')}
      </p>
    );
  }
  return (
    <Notice icon={TriangleAlert} tone="danger" title={t('study.failedStudy')} body={errorText(failed.error)}>
      <div className="flex gap-2">
        <Button onClick={() => void failed.refetch()}>{t('app.retry')}</Button>
        <Button onClick={onBack}>{t('notFound.home')}</Button>
      </div>
    </Notice>
  );
}

const BODY_OF = {
  changed: 'study.ended.bodyChanged',
  barred: 'study.ended.bodyBarred',
  emergency: 'study.ended.bodyEmergency',
  consent: 'study.ended.bodyConsent',
} as const satisfies Readonly<Partial<Record<StudyEnd, string>>>;

/** What stands where the images were. */
function StudyEnded({ why, onBack }: { why: StudyEnd; onBack: () => void }) {
  const { t } = useTranslation();
  return (
    <main className="h-full" role="alert" data-testid="study-ended">
      <Notice
        icon={EyeOff}
        title={t(`study.ended.${why}`)}
        body={t(Object.hasOwn(BODY_OF, why) ? BODY_OF[why as keyof typeof BODY_OF] : 'study.ended.body')}
      >
        <Button onClick={onBack}>{t('notFound.home')}</Button>
      </Notice>
    </main>
  );
}
