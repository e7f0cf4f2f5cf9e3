import { Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { Input } from '../design/field.tsx';
import { Failure } from '../shell/failure.tsx';
import type { usePeopleList } from './use-people-list.ts';

type Found = Pick<
  ReturnType<typeof usePeopleList>,
  'error' | 'refetch' | 'isPending' | 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
>;

interface Props {
  label: string;
  placeholder: string;
  addLabel: string;
  typed: string;
  /** What the gateway found: pages are asked for one by one. */
  found: Found;
  onType: (typed: string) => void;
  onAdd: () => void;
  children: readonly ReactNode[];
}

/** A list narrowed by typing, and a button that adds to it. `children`: its rows, <li> each. */
export function AdminList({ label, placeholder, addLabel, typed, found, onType, onAdd, children }: Props) {
  const { t } = useTranslation();
  return (
    <section aria-label={label}>
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <Input
          type="search"
          aria-label={t('admin.filter')}
          placeholder={placeholder}
          className="min-w-40 flex-1 sm:max-w-sm"
          value={typed}
          onChange={(event) => onType(event.target.value)}
        />
        <Button kind="primary" className="ml-auto" onClick={onAdd}>
          <Plus className="size-4" aria-hidden />
          {addLabel}
        </Button>
      </div>
      {found.error === null ? null : <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {children.length === 0 && found.error === null ? (
        <p role="status" className="py-6 text-sm text-ink-3">
          {t(found.isPending ? 'app.loading' : 'admin.noneFound')}
        </p>
      ) : null}
      <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line empty:hidden">{children}</ul>
      {found.hasNextPage ? (
        <Button className="mt-4" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t('app.more')}
        </Button>
      ) : null}
    </section>
  );
}
