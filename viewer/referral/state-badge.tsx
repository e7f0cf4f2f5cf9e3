import { useTranslation } from 'react-i18next';
import type { LetterState } from '../../gateway/api/contract/letters.ts';
import { classes } from '../design/classes.ts';

/** What waits for somebody here stands out. */
export function StateBadge({ state, own }: { state: LetterState; own: boolean }) {
  const { t } = useTranslation();
  const waits = !own && (state === 'sent' || state === 'received' || state === 'opened');
  const ended = state === 'recalled' || state === 'declined';
  return (
    <span
      className={classes(
        'rounded-full border px-2 py-0.5 text-2xs whitespace-nowrap',
        waits
          ? 'border-transparent bg-accent-soft text-accent'
          : ended
            ? 'border-transparent bg-danger-soft text-danger'
            : 'border-line text-ink-2',
      )}
      data-testid="letter-state"
    >
      {t(`letters.state.${state}`)}
    </span>
  );
}
