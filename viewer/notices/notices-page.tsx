import { BellOff, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LetterNews } from '../../gateway/api/contract/letters.ts';
import { Button } from '../design/button.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Notice } from '../design/notice.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useSession } from '../session/use-session.ts';
import { StudyListNotice } from '../study-list/study-list-notice.tsx';
import { EmergencyNotices } from './emergency-notices.tsx';
import { LetterNewsEntry } from './letter-news-entry.tsx';
import { NoticeEntry } from './notice-entry.tsx';
import { isUnread } from './notices-seen.ts';
import { NOTICES_SHOWN_MAX, useLetterNews, useNotices, useNoticesSeen } from './use-notices.ts';

export function NoticesPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const keptFocus = useKeptFocus<HTMLElement>();
  useEffect(() => {
    document.title = `${t('notices.title')} – Renkei`;
  }, [t]);
  if (user.facility === null) return <StudyListNotice state="no-facility" />;
  return (
    <main {...keptFocus} className="h-full overflow-y-auto focus-visible:-outline-offset-2">
      <div className="mx-auto flex min-h-full max-w-3xl flex-col gap-4 p-4 sm:p-8">
        <div>
          <h1 className="text-xl font-semibold">{t('notices.title')}</h1>
          <p className="mt-1 text-sm text-ink-2">{t('notices.intro')}</p>
        </div>
        <EmergencyNotices />
        <Notices />
      </div>
    </main>
  );
}

const NO_NEWS: readonly LetterNews[] = [];

function latest(...instants: readonly (string | undefined)[]): string | undefined {
  return instants
    .filter((at) => at !== undefined)
    .toSorted()
    .at(-1);
}

function Notices() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { notices, error, retry } = useNotices();
  const { seen, see } = useNoticesSeen();
  // What is new stays marked as long as the page is open, although the bell is told at once.
  const [seenBefore] = useState(seen);
  const { data: news = NO_NEWS } = useLetterNews();
  const newest = latest(notices?.[0]?.at, news[0]?.at);
  useEffect(() => {
    if (newest !== undefined) see(newest);
  }, [newest, see]);

  if (notices === undefined) {
    if (error === null) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
    return (
      <Notice icon={TriangleAlert} tone="danger" title={t('notices.failed')} body={errorText(error)}>
        <Button onClick={retry}>{t('app.retry')}</Button>
      </Notice>
    );
  }
  if (notices.length === 0 && news.length === 0)
    return <Notice icon={BellOff} title={t('notices.emptyTitle')} body={t('notices.emptyBody')} />;
  return (
    <>
      <ul aria-label={t('notices.title')} className="divide-y divide-line overflow-hidden rounded-lg border border-line">
        {news.map((one) => (
          <LetterNewsEntry key={`${one.letter} ${one.what}`} news={one} unread={isUnread(one.at, seenBefore)} />
        ))}
        {notices.map((notice) => (
          <NoticeEntry key={notice.id} notice={notice} unread={isUnread(notice.at, seenBefore)} />
        ))}
      </ul>
      {notices.length < NOTICES_SHOWN_MAX ? null : (
        <p className="text-center text-xs text-ink-3">{t('notices.onlyNewest', { count: NOTICES_SHOWN_MAX })}</p>
      )}
    </>
  );
}
