import type { ReactNode } from 'react';

export function Panel({ title, intro, children }: { title: string; intro?: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="rounded-lg border border-line bg-surface p-5">
      <h2 className="text-sm font-semibold">{title}</h2>
      {intro === undefined ? null : <p className="mt-1 text-xs text-ink-2">{intro}</p>}
      <div className="mt-4">{children}</div>
    </section>
  );
}
