import { Link } from '@tanstack/react-router';
import { ChevronRight, Mail, MailX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { LetterNews } from '../../gateway/api/contract/letters.ts';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';

const TITLES = {
  arrived: 'notices.letterArrived',
  recalled: 'notices.letterRecalled',
  declined: 'notices.letterDeclined',
} as const satisfies Record<LetterNews['what'], unknown>;

/** That a letter came, or came to nothing; it leads there. */
export function LetterNewsEntry({ news: { letter, what, at, other }, unread }: { news: LetterNews; unread: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const Icon = what === 'arrived' ? Mail : MailX;
  return (
    <li data-testid="letter-news" data-what={what}>
      <Link
        to="/letters/$letterId"
        params={{ letterId: letter }}
        className="flex min-h-11 gap-3 px-3 py-3 hover:bg-surface focus-visible:outline-offset-[-2px] sm:px-4"
      >
        <Icon className="mt-0.5 size-5 shrink-0 text-ink-2" strokeWidth={1.5} aria-hidden />
        <span className="min-w-0 flex-1">
          <span className="flex flex-wrap items-baseline gap-x-3">
            <span className="text-sm font-medium text-ink">{t(TITLES[what])}</span>
            {unread ? <span className="rounded-sm bg-accent-soft px-1.5 text-2xs text-accent">{t('notices.isNew')}</span> : null}
            <time dateTime={at} className="text-xs text-ink-3">
              {formatInstant(at, language)}
            </time>
          </span>
          <span className="mt-0.5 block text-xs text-ink-2">{facilityName(other)}</span>
        </span>
        <ChevronRight className="size-4 shrink-0 self-center text-ink-3" aria-hidden />
      </Link>
    </li>
  );
}
