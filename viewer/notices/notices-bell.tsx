import { Link } from '@tanstack/react-router';
import { Bell } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { useUnreadNotices } from './use-notices.ts';

/** Leads to the notices; a dot says that there are some this person has not looked at. */
export function NoticesBell() {
  const { t } = useTranslation();
  const unread = useUnreadNotices();
  return (
    <Button asChild kind="bare" size="icon">
      <Link
        to="/notices"
        aria-label={unread ? t('notices.bellUnread') : t('notices.title')}
        data-testid="notices-bell"
        data-unread={unread}
        className="relative data-[status=active]:text-ink"
      >
        <Bell className="size-5" strokeWidth={1.5} aria-hidden />
        {unread ? (
          <span className="absolute top-1/2 left-1/2 size-2.5 -translate-y-2.5 rounded-full border-2 border-surface bg-accent" />
        ) : null}
      </Link>
    </Button>
  );
}
