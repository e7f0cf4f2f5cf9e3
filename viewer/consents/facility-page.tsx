import { type ReactNode, useEffect } from 'react';
import { useSession } from '../session/use-session.ts';
import { StudyListNotice } from '../study-list/study-list-notice.tsx';

/** What a facility says for all of its patients: nothing for who belongs to none. */
export function FacilityPage({ title, intro, children }: { title: string; intro: string; children: ReactNode }) {
  const { user } = useSession();
  useEffect(() => {
    document.title = `${title} – Renkei`;
  }, [title]);
  if (user.facility === null) return <StudyListNotice state="no-facility" />;
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-3xl flex-col gap-5 p-4 sm:p-8">
        <div>
          <h1 className="text-xl font-semibold">{title}</h1>
          <p className="mt-1 text-sm text-pretty text-ink-2">{intro}</p>
        </div>
        {children}
      </div>
    </main>
  );
}
