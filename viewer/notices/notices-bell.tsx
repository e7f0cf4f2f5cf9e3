import { Link } from '@tanstack/react-router';
import { Bell } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { useLiveNews } from './use-live-news.ts';
import { useUnreadNotices } from './use-notices.ts';
import { useToldEmergencies } from './use-told-emergencies.ts';

/** Leads to the notices; a dot says that there are some this person has not looked at. */
export function NoticesBell() {
  const { t } = useTranslation();
  useLiveNews();
  const told = useToldEmergencies();
  const waits = (told?.waiting ?? 0) > 0;
  const unread = useUnreadNotices() || waits;
  return (
    <Button asChild kind="bare" size="icon">
      <Link
        to="/notices"
        aria-label={t(waits ? 'notices.bellWaiting' : unread ? 'notices.bellUnread' : 'notices.title')}
        data-testid="notices-bell"
        data-unread={unread}
        data-waits={waits}
        className="relative data-[status=active]:text-ink"
      >
        <Bell className="size-5" strokeWidth={1.5} aria-hidden />
        {unread ? (
          <span
            className={classes(
              'absolute top-1/2 left-1/2 size-2.5 -translate-y-2.5 rounded-full border-2 border-surface',
              waits ? 'bg-danger' : 'bg-accent',
            )}
          />
        ) : null}
      </Link>
    </Button>
  );
}
