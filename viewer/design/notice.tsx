import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';

interface Props {
  icon: LucideIcon;
  title: string;
  body?: string | undefined;
  tone?: 'plain' | 'danger';
  children?: ReactNode;
}

/** A whole area that has nothing to show, or could not: what is so, and what to do. */
export function Notice({ icon: Icon, title, body, tone = 'plain', children }: Props) {
  return (
    <div
      role={tone === 'danger' ? 'alert' : undefined}
      className="flex h-full min-h-48 flex-col items-center justify-center gap-3 p-6 text-center"
    >
      <Icon className={classes('size-7', tone === 'danger' ? 'text-danger' : 'text-ink-3')} strokeWidth={1.5} aria-hidden />
      <div className="max-w-md">
        <p className="text-base font-medium text-balance text-ink">{title}</p>
        {body === undefined ? null : <p className="mt-1 text-sm text-balance text-ink-2">{body}</p>}
      </div>
      {children}
    </div>
  );
}
