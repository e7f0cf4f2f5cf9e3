import { useTranslation } from 'react-i18next';
import { classes } from '../design/classes.ts';
import type { UnreadableReason } from './files/upload-items.ts';

const REASONS = {
  encrypted: 'upload.reason.encrypted',
  method: 'upload.reason.method',
  checksum: 'upload.reason.checksum',
  damaged: 'upload.reason.damaged',
  'cut-short': 'upload.reason.cutShort',
  split: 'upload.reason.split',
  empty: 'upload.reason.empty',
  'too-deep': 'upload.reason.tooDeep',
  'too-large': 'upload.reason.tooLarge',
  'not-readable': 'upload.reason.notReadable',
} as const satisfies Record<UnreadableReason, string>;
/** More names than these are shown when somebody asks for them. */
const OPEN_MAX = 20;

export interface Problem<Outcome extends string> {
  readonly path: string;
  readonly outcome: Outcome;
  readonly reason?: UnreadableReason;
  readonly detail?: string;
}

interface Props<Outcome extends string> {
  title: string;
  problems: readonly Problem<Outcome>[];
  outcome: Outcome;
  serious?: boolean;
  /** The names are there when asked for, and not before. */
  closed?: boolean;
}

/** Files that did not go in, by name, with the reason where there is one. */
export function ProblemList<Outcome extends string>({ title, problems, outcome, serious = false, closed = false }: Props<Outcome>) {
  const { t } = useTranslation();
  const mine = problems.filter((problem) => problem.outcome === outcome);
  if (mine.length === 0) return null;
  return (
    <details
      className={classes('rounded-lg border bg-surface px-4 py-3', serious ? 'border-danger' : 'border-line')}
      open={serious || (!closed && mine.length <= OPEN_MAX)}
    >
      <summary className={classes('text-sm pointer-coarse:py-3', serious ? 'text-danger' : 'text-ink-2')}>
        {title} <span className="text-ink-3">({mine.length})</span>
      </summary>
      <ul className="mt-2 max-h-64 overflow-y-auto font-mono text-xs text-ink-3" data-problems={outcome}>
        {mine.map(({ path, reason, detail = '' }) => (
          <li key={path} className="py-0.5 break-all" data-reason={reason}>
            {path}
            {reason === undefined ? null : (
              <span className="block font-sans text-ink-2">
                {reason === 'cut-short' && detail !== ''
                  ? t('upload.reason.cutShortFiles', { count: Number(detail) })
                  : t(REASONS[reason], { detail })}
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
