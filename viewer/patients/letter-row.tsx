import { Link } from '@tanstack/react-router';
import { Mail } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ListedLetter } from '../../gateway/api/contract/letters.ts';
import { formatInstantDay } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';

/** A mark between the studies: a letter about the person, and where it went or came from. */
export function LetterRow({ letter: { id, kind, own, from, to, times, createdAt } }: { letter: ListedLetter }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const other = own ? to : from;
  return (
    <Link
      to="/letters/$letterId"
      params={{ letterId: id }}
      data-testid="line-letter"
      className="flex min-h-9 items-center gap-2.5 border-b border-line px-3 py-1.5 text-xs text-ink-2 hover:bg-surface focus-visible:outline-offset-[-2px] sm:px-4 pointer-coarse:min-h-11"
    >
      <Mail className="size-4 shrink-0 text-ink-3" aria-hidden />
      <span className="min-w-0 break-words">
        {[
          formatInstantDay(times.send ?? createdAt, language),
          t(`timeline.letter.${kind}`),
          t(own ? 'timeline.letterTo' : 'timeline.letterFrom', { facility: other === null ? '' : facilityName(other) }),
        ].join('　')}
      </span>
    </Link>
  );
}
